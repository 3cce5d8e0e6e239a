"""The home page: what was begun, what comes next, what is new, what may please, what is liked."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.load import load
from hearth.browse.rows import Item
from hearth.browse.similar import Because, like_watched
from hearth.browse.sorts import BY_NUMBER, GROUP, NUMBER
from hearth.browse.visible import may_see, seen, sight_of
from hearth.db import Row, Tx

ROW = 20
_LOOK_BACK = 5000
_SHOWS = 200
_RECENT = 300
_BATCH = timedelta(days=1)


class Latest(Struct, frozen=True):
    """What is new in a library, the newest first: films, albums, and of shows what fits the news - an episode, a season
    of which several came, or the whole series."""

    library_id: UUID
    name: str
    kind: str
    items: list[Item]


class Home(Struct, frozen=True):
    resume: list[Item]
    next_up: list[Item]
    latest: list[Latest]
    recommended: list[Because]
    favorites: list[Item]


async def home(tx: Tx, viewer: Viewer, limit: int = ROW) -> Home:
    """The rows of the home page, up to `limit` items each; libraries with nothing in them have no row."""
    begun, following = await _begun(tx, viewer, limit), await _following(tx, viewer, limit)
    libraries, liked = await _latest(tx, viewer, limit), await _liked(tx, viewer, limit)
    alike = await like_watched(tx, viewer, limit)
    # All rows of the page are read at once: each part is one statement, and what hangs on the items one more for all.
    ids = {*begun, *following, *liked, *alike}.union(*(new for _, new in libraries), *alike.values())
    found = {item.id: item for item in await load(tx, viewer, list(ids))}

    def shown(part: Sequence[UUID]) -> list[Item]:
        return [found[id_] for id_ in part]

    return Home(
        shown(begun),
        shown(following),
        [Latest(row["id"], row["name"], row["kind"], shown(new)) for row, new in libraries],
        [Because(found[of].ref(), shown(part)) for of, part in alike.items()],
        shown(liked),
    )


async def resume(tx: Tx, viewer: Viewer, limit: int = ROW) -> list[Item]:
    """Films and episodes begun and not finished, the one played last first."""
    return await load(tx, viewer, await _begun(tx, viewer, limit))


async def next_up(tx: Tx, viewer: Viewer, limit: int = ROW) -> list[Item]:
    """Of each show the next unwatched episode after the one watched last, the show watched last first.

    Looks back over the last 5,000 things watched and the 200 shows among them: nobody waits for more on a home page.
    """
    return await load(tx, viewer, await _following(tx, viewer, limit))


async def _begun(tx: Tx, viewer: Viewer, limit: int) -> list[UUID]:
    rows = await tx.fetch(
        f"""select i.id from activity.state s join catalog.item i on i.id = s.item_id
           where s.user_id = $1 and s.position_ms > 0 and i.kind in ('movie', 'episode') and {seen("i", "$2")}
           order by s.last_played_at desc nulls last, i.id desc limit $3""",
        viewer.account_id, sight_of(viewer), limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def _liked(tx: Tx, viewer: Viewer, limit: int) -> list[UUID]:
    """What the viewer likes, the latest change first."""
    rows = await tx.fetch(
        f"""select i.id from activity.state s join catalog.item i on i.id = s.item_id
           where s.user_id = $1 and s.favorite and {seen("i", "$2")}
           order by s.updated_at desc, i.id desc limit $3""",
        viewer.account_id, sight_of(viewer), limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


# Each show by the regular episode watched last, and the first unwatched one behind it. What is begun already is in the
# resume row.
_NEXT_UP: LiteralString = f"""
    with recent as (
        select s.item_id, s.last_played_at from activity.state s
        where s.user_id = $1 and s.watched order by s.last_played_at desc limit $3),
    watched as (
        select i.top_id, r.last_played_at, {GROUP} as g, {NUMBER} as n, i.sort_title, i.id
        from recent r join catalog.item i on i.id = r.item_id
        where i.kind = 'episode' and i.top_id is not null and i.group_number is distinct from 0 and {seen("i", "$2")}),
    reached as (
        select distinct on (w.top_id) w.* from watched w
        order by w.top_id, w.last_played_at desc nulls last, w.g desc, w.n desc, w.sort_title desc, w.id desc)
    select f.id from (select * from reached order by last_played_at desc nulls last limit $5) r cross join lateral (
        select i.id, coalesce(s.position_ms, 0) as position_ms
        from catalog.item i left join activity.state s on s.item_id = i.id and s.user_id = $1
        where i.top_id = r.top_id and i.kind = 'episode' and i.group_number is distinct from 0 and {seen("i", "$2")}
            and not coalesce(s.watched, false)
            and ({GROUP}, {NUMBER}, i.sort_title, i.id) > (r.g, r.n, r.sort_title, r.id)
        order by {BY_NUMBER} limit 1) f
    where f.position_ms = 0 order by r.last_played_at desc nulls last, f.id desc limit $4"""


async def _following(tx: Tx, viewer: Viewer, limit: int) -> list[UUID]:
    rows: list[Row] = []
    # Most often the last few hundred will do; who watched much of few shows is looked at again, farther back.
    for look_back in (_LOOK_BACK // 10, _LOOK_BACK):
        rows = await tx.fetch(_NEXT_UP, viewer.account_id, sight_of(viewer), look_back, limit, _SHOWS)
        if len(rows) == limit:
            break
    return [row["id"] for row in rows]


# Of every library the newest films and albums, and of shows the newest episodes and shows: each from its index.
_NEWEST: LiteralString = f"""
    select l.id, l.name, l.kind, l.name_key, n.id as item_id, n.kind as item_kind, n.added_at, n.top_id, n.parent_id
    from libraries.library l
        cross join lateral (values ('movies', 'movie', $3::int), ('music', 'album', $3), ('shows', 'series', $3),
            ('shows', 'episode', $4::int)) k (library_kind, kind, most)
        cross join lateral (
            select i.id, i.kind, i.added_at, i.top_id, i.parent_id from catalog.item i
            where i.library_id = l.id and i.kind = k.kind and {seen("i", "$2")}
            order by i.added_at desc, i.id desc limit k.most) n
    where ($1::uuid[] is null or l.id = any($1::uuid[])) and k.library_kind = l.kind
    order by l.name_key, l.id, n.added_at desc, n.id desc"""


async def _latest(tx: Tx, viewer: Viewer, limit: int) -> list[tuple[Row, list[UUID]]]:
    """What was added last, library by library; of shows one entry each, filled up with the newest shows when the news
    are all of a few."""
    rows = await tx.fetch(_NEWEST, may_see(viewer), sight_of(viewer), limit, _RECENT)
    found: list[tuple[Row, list[UUID]]] = []
    for _, group in groupby(rows, key=lambda row: row["id"]):
        new = list(group)
        if new[0]["kind"] == "shows":
            found.append((new[0], _new_in_shows(new, limit)))
        else:
            found.append((new[0], [row["item_id"] for row in new]))
    return found


def _new_in_shows(rows: Sequence[Row], limit: int) -> list[UUID]:
    episodes = [row for row in rows if row["item_kind"] == "episode"]
    entries = group_news(episodes)
    told = {row["top_id"] for row in episodes}
    entries += [
        (row["added_at"], row["item_id"]) for row in rows if row["item_kind"] == "series" and row["item_id"] not in told
    ]
    return [id_ for _, id_ in sorted(entries, key=lambda entry: entry[0], reverse=True)[:limit]]


def group_news(episodes: Sequence[Row]) -> list[tuple[datetime, UUID]]:
    """One entry a show for rows of episodes, the newest first: what came within a day of the show's newest one is told
    as one thing - the episode, its season, or the show."""
    batches: dict[UUID, list[Row]] = {}
    for row in episodes:
        batch = batches.setdefault(row["top_id"] or row["item_id"], [])
        if not batch or batch[0]["added_at"] - row["added_at"] <= _BATCH:
            batch.append(row)
    entries = []
    for show, batch in batches.items():
        seasons = {row["parent_id"] for row in batch}
        several = next(iter(seasons)) if len(seasons) == 1 else show
        told = batch[0]["item_id"] if len(batch) == 1 else several
        entries.append((batch[0]["added_at"], told))
    return entries
