"""The home page: what was begun, what comes next, what is new, what may please, what is liked."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Sequence
from datetime import datetime, timedelta
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
    return Home(
        await resume(tx, viewer, limit),
        await next_up(tx, viewer, limit),
        await latest(tx, viewer, limit),
        await like_watched(tx, viewer, limit),
        await favorites(tx, viewer, limit),
    )


async def resume(tx: Tx, viewer: Viewer, limit: int = ROW) -> list[Item]:
    """Films and episodes begun and not finished, the one played last first."""
    rows = await tx.fetch(
        f"""select i.id from activity.state s join catalog.item i on i.id = s.item_id
           where s.user_id = $1 and s.position_ms > 0 and i.kind in ('movie', 'episode') and {seen("i", "$2")}
           order by s.last_played_at desc nulls last, i.id desc limit $3""",
        viewer.account_id, sight_of(viewer), limit,
    )  # fmt: skip
    return await load(tx, viewer, [row["id"] for row in rows])


async def favorites(tx: Tx, viewer: Viewer, limit: int = ROW) -> list[Item]:
    """What the viewer likes, the latest change first."""
    rows = await tx.fetch(
        f"""select i.id from activity.state s join catalog.item i on i.id = s.item_id
           where s.user_id = $1 and s.favorite and {seen("i", "$2")}
           order by s.updated_at desc, i.id desc limit $3""",
        viewer.account_id, sight_of(viewer), limit,
    )  # fmt: skip
    return await load(tx, viewer, [row["id"] for row in rows])


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


async def next_up(tx: Tx, viewer: Viewer, limit: int = ROW) -> list[Item]:
    """Of each show the next unwatched episode after the one watched last, the show watched last first.

    Looks back over the last 5,000 things watched and the 200 shows among them: nobody waits for more on a home page.
    """
    rows: list[Row] = []
    # Most often the last few hundred will do; who watched much of few shows is looked at again, farther back.
    for look_back in (_LOOK_BACK // 10, _LOOK_BACK):
        rows = await tx.fetch(_NEXT_UP, viewer.account_id, sight_of(viewer), look_back, limit, _SHOWS)
        if len(rows) == limit:
            break
    return await load(tx, viewer, [row["id"] for row in rows])


async def latest(tx: Tx, viewer: Viewer, limit: int = ROW) -> list[Latest]:
    """What was added last, library by library."""
    libraries = await tx.fetch(
        """select id, name, kind from libraries.library where $1::uuid[] is null or id = any($1::uuid[])
           order by name_key""",
        may_see(viewer),
    )
    found = []
    for row in libraries:
        if row["kind"] == "shows":
            ids = await _new_in_shows(tx, viewer, row["id"], limit)
        else:
            ids = await _newest(tx, viewer, row["id"], "movie" if row["kind"] == "movies" else "album", limit)
        if ids:
            found.append(Latest(row["id"], row["name"], row["kind"], await load(tx, viewer, ids)))
    return found


_NEWEST: LiteralString = f"""
    select i.id, i.added_at, i.top_id, i.parent_id from catalog.item i
    where i.library_id = $1 and i.kind = $2 and {seen("i", "$3")} order by i.added_at desc, i.id desc limit $4"""


async def _newest(tx: Tx, viewer: Viewer, library_id: UUID, kind: str, limit: int) -> list[UUID]:
    rows = await tx.fetch(_NEWEST, library_id, kind, sight_of(viewer), limit)
    return [row["id"] for row in rows]


async def _new_in_shows(tx: Tx, viewer: Viewer, library_id: UUID, limit: int) -> list[UUID]:
    """The newest episodes, one entry a show; filled up with the newest shows when the news are all of a few."""
    episodes = await tx.fetch(_NEWEST, library_id, "episode", sight_of(viewer), _RECENT)
    entries = group_news(episodes)
    shows = await tx.fetch(_NEWEST, library_id, "series", sight_of(viewer), limit)
    told = {row["top_id"] for row in episodes}
    entries += [(row["added_at"], row["id"]) for row in shows if row["id"] not in told]
    return [id_ for _, id_ in sorted(entries, key=lambda entry: entry[0], reverse=True)[:limit]]


def group_news(episodes: Sequence[Row]) -> list[tuple[datetime, UUID]]:
    """One entry a show for rows of episodes, the newest first: what came within a day of the show's newest one is told
    as one thing - the episode, its season, or the show."""
    batches: dict[UUID, list[Row]] = {}
    for row in episodes:
        batch = batches.setdefault(row["top_id"] or row["id"], [])
        if not batch or batch[0]["added_at"] - row["added_at"] <= _BATCH:
            batch.append(row)
    entries = []
    for show, batch in batches.items():
        seasons = {row["parent_id"] for row in batch}
        several = next(iter(seasons)) if len(seasons) == 1 else show
        told = batch[0]["id"] if len(batch) == 1 else several
        entries.append((batch[0]["added_at"], told))
    return entries
