"""The home page: what was begun, what comes next, what is new, what may please, what is liked."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Sequence
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

ROW = 16
_SHOWS = 200
_RECENT = 300


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
    # Planned once for everyone: the same statements for the same limits, whose planning costs more than what a plan for
    # one viewer saves (measured at a million items: 9 of 60 ms).
    await tx.execute("set local plan_cache_mode = force_generic_plan")
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

    Looks into the 200 shows watched last: nobody waits for more on a home page.
    """
    return await load(tx, viewer, await _following(tx, viewer, limit))


async def _begun(tx: Tx, viewer: Viewer, limit: int) -> list[UUID]:
    rows = await tx.fetch(
        f"""select i.id from (
               select s.item_id, s.last_played_at from activity.state s where s.user_id = $1 and s.position_ms > 0
               order by s.last_played_at desc nulls last, s.item_id desc) s
           join catalog.item i on i.id = s.item_id
           where i.kind in ('movie', 'episode') and {seen("i", "$2", viewer)}
           order by s.last_played_at desc nulls last, s.item_id desc limit $3""",
        viewer.account_id, sight_of(viewer), limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def _liked(tx: Tx, viewer: Viewer, limit: int) -> list[UUID]:
    """What the viewer likes, the latest change first."""
    rows = await tx.fetch(
        f"""select i.id from (
               select s.item_id, s.updated_at from activity.state s where s.user_id = $1 and s.favorite
               order by s.updated_at desc, s.item_id desc) s
           join catalog.item i on i.id = s.item_id
           where {seen("i", "$2", viewer)} order by s.updated_at desc, s.item_id desc limit $3""",
        viewer.account_id, sight_of(viewer), limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


# The shows by what was watched of them last: of each the regular episode watched last, and the first unwatched one
# behind it. What is begun already is in the resume row. Shows are looked into in turn until there are enough.
# Their kind is asked for as no index has it: a show's episodes are found by the show, and not by going through all
# episodes as well (measured at a hundred thousand items: 2 ms instead of 27).
def _next_up(viewer: Viewer) -> LiteralString:
    return f"""
        select f.id from (
            select s.series_id, max(s.last_played_at) as at from activity.state s
            where s.user_id = $1 and s.watched and s.series_id is not null
            group by s.series_id order by at desc nulls last, s.series_id limit $4) r
        cross join lateral (
            select {GROUP} as g, {NUMBER} as n, i.sort_title, i.id
            from activity.state s join catalog.item i on i.id = s.item_id
            where s.user_id = $1 and s.series_id = r.series_id and s.watched
                and i.kind = 'episode' and i.group_number is distinct from 0 and {seen("i", "$2", viewer)}
            order by s.last_played_at desc nulls last, g desc, n desc, i.sort_title desc, i.id desc limit 1) w
        cross join lateral (
            select array_agg(s.item_id) as watched from activity.state s
            where s.user_id = $1 and s.series_id = r.series_id and s.watched) done
        cross join lateral (
            select i.id from catalog.item i
            where i.top_id = r.series_id and i.kind || '' = 'episode' and i.group_number is distinct from 0
                and {seen("i", "$2", viewer)}
                and ({GROUP}, {NUMBER}, i.sort_title, i.id) > (w.g, w.n, w.sort_title, w.id)
                and i.id <> all (done.watched)
            order by {BY_NUMBER} limit 1) f
        where not coalesce(
            (select s.position_ms > 0 from activity.state s where s.item_id = f.id and s.user_id = $1), false)
        order by r.at desc nulls last, r.series_id limit $3"""


async def _following(tx: Tx, viewer: Viewer, limit: int) -> list[UUID]:
    rows = await tx.fetch(_next_up(viewer), viewer.account_id, sight_of(viewer), limit, _SHOWS)
    return [row["id"] for row in rows]


# Of every library the newest films or albums; of a show what fits its news: what came within a day of its newest
# episode is told as one thing - the episode, its season when all are of one, or the show. Newest shows fill up, when
# the news are all of a few.
def _news(viewer: Viewer) -> LiteralString:
    return f"""
        with recent as (
            select i.id, i.parent_id, coalesce(i.top_id, i.id) as show, i.added_at,
                max(i.added_at) over (partition by coalesce(i.top_id, i.id)) as newest
            from (select i.id, i.parent_id, i.top_id, i.added_at from catalog.item i
                where i.library_id = l.id and i.kind = 'episode' and {seen("i", "$2", viewer)}
                order by i.added_at desc, i.id desc limit {_RECENT}) i),
        told as (
            select case when count(*) = 1 then (array_agg(r.id))[1]
                    when count(distinct r.parent_id) = 1 and count(r.parent_id) = count(*)
                    then (array_agg(r.parent_id))[1]
                    else r.show end as id, r.newest as at, r.show
            from recent r where r.newest - r.added_at <= interval '1 day' group by r.show, r.newest)
        select t.id, t.at from told t
        union all (
            select i.id, i.added_at from (select i.id, i.added_at from catalog.item i
                where i.library_id = l.id and i.kind = 'series' and {seen("i", "$2", viewer)}
                order by i.added_at desc, i.id desc limit $3) i
            where i.id not in (select t.show from told t))"""


def _latest_of(viewer: Viewer) -> LiteralString:
    return f"""
        select l.id, l.name, l.kind, array_agg(n.id order by n.at desc, n.id desc) as news
        from libraries.library l cross join lateral (
            select * from (
                select * from (select i.id, i.added_at as at from catalog.item i
                    where l.kind <> 'shows' and i.library_id = l.id
                        and i.kind = case l.kind when 'movies' then 'movie' else 'album' end
                        and {seen("i", "$2", viewer)}
                    order by i.added_at desc, i.id desc limit $3) plain
                union all select * from ({_news(viewer)}) news where l.kind = 'shows') all_kinds
            order by at desc, id desc limit $3) n
        where $1::uuid[] is null or l.id = any($1::uuid[])
        group by l.id order by l.name_key, l.id"""


async def _latest(tx: Tx, viewer: Viewer, limit: int) -> list[tuple[Row, list[UUID]]]:
    """What was added last, library by library; of shows one entry each."""
    rows = await tx.fetch(_latest_of(viewer), may_see(viewer), sight_of(viewer), limit)
    return [(row, row["news"]) for row in rows]
