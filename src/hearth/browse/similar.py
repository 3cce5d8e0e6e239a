"""What is like an item, by a rule that can be told: the people it shares, then genres, studio and time."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.lists import kind_of
from hearth.browse.load import load
from hearth.browse.rows import Item, Ref
from hearth.browse.visible import see, seen, sight_of
from hearth.db import Tx, Where

# Looked at are the two thousand that share most people and the five hundred best rated that share a genre.
_SHARED: LiteralString = """
    select c.item_id as id, sum(case when mine.role = 'director' then 3 else 2 end) as people
    from catalog.credit mine join catalog.credit c on c.person_id = mine.person_id and c.item_id <> mine.item_id
    where mine.item_id = me.id group by c.item_id order by people desc, c.item_id"""
# How much `i` is like `me`, with what `_SHARED` says of it as `s`.
_SAME_GENRES: LiteralString = """(select count(*) as number from unnest(me.genres) g where g = any(i.genres))"""
_POINTS: LiteralString = """(coalesce(s.people, 0) + (i.studios && me.studios)::int
    + coalesce((abs(i.year - me.year) <= 5)::int, 0) + 5.0::float8 * same_genres.number
        / greatest(cardinality(i.genres) + cardinality(me.genres) - same_genres.number, 1))"""


class Because(Struct, frozen=True):
    """What is recommended, and the thing watched that it is like."""

    of: Ref
    items: list[Item]


async def similar(tx: Tx, viewer: Viewer, item_id: UUID, limit: int = 20) -> list[Item]:
    """Items of the same kind that share something with this one, the most alike first. NotFound for what is hidden.

    Points: 3 for a shared director, 2 for any other person; up to 5 for genres, as the share of both items' genres that
    they have in common; 1 for a studio; 1 for years at most five apart. The better rated comes first among equals.
    """
    await kind_of(tx, viewer, item_id)
    where = Where(item_id)
    see(where, viewer)
    place = where.bind(limit)
    genre = f"""select i.id from catalog.item i where {where} and i.library_id = (select library_id from me)
        and i.kind = (select kind from me) and i.genres && (select genres from me) and i.rating is not null
        order by i.rating desc, i.id desc limit 500"""
    rows = await tx.fetch(
        f"""with me as materialized (select * from catalog.item where id = $1),
            shared as materialized (select s.* from me cross join lateral ({_SHARED} limit 2000) s),
            near as (select shared.id from shared union select id from ({genre}) g)
            select i.id from near join catalog.item i on i.id = near.id cross join me left join shared s on s.id = i.id
                cross join lateral {_SAME_GENRES} same_genres
            where {where} and i.kind = me.kind and i.id <> me.id
            order by {_POINTS} desc, i.rating desc nulls last, i.id limit {place}""",
        *where.args,
    )
    return await load(tx, viewer, [row["id"] for row in rows])


# The two films or shows watched last, and for each what shares most with it: what is known as similar, less what was
# begun, watched or rated, by the same points; looked at are the hundred and twenty that share most people and the forty
# best rated that share a genre.
def _like_watched(viewer: Viewer) -> LiteralString:
    return f"""
    with last as materialized (
        select i.id, r.at from (
            select coalesce(s.series_id, s.item_id) as id, max(s.last_played_at) as at
            from (values ('movie'), ('episode')) k (kind) cross join lateral (
                select s.item_id, s.series_id, s.last_played_at from activity.state s
                where s.user_id = $1 and s.kind = k.kind and s.watched and s.last_played_at is not null
                order by s.last_played_at desc limit 50) s
            group by coalesce(s.series_id, s.item_id) order by at desc) r
        join catalog.item i on i.id = r.id
        where i.kind in ('movie', 'series') and {seen("i", "$2", viewer)} order by r.at desc limit $3)
    select last.id as because, n.id from last join catalog.item me on me.id = last.id cross join lateral (
        select * from (select i.id, {_POINTS} as points, i.rating from ({_SHARED} limit 120) s
        full join (
            select g.id from catalog.item g where g.library_id = me.library_id and g.kind = me.kind and g.available
                and g.genres && me.genres and g.rating is not null order by g.rating desc, g.id desc limit 40) g
            on g.id = s.id
        join catalog.item i on i.id = coalesce(s.id, g.id) cross join lateral {_SAME_GENRES} same_genres
        where i.kind = me.kind and i.id <> me.id and {seen("i", "$2", viewer)}
        order by points desc, i.rating desc nulls last, i.id limit $4 * 2) i
        where not exists (select from activity.state t where t.user_id = $1 and t.item_id = i.id)
            and not exists (select from activity.state t where t.user_id = $1 and t.series_id = i.id)
        order by i.points desc, i.rating desc nulls last, i.id limit $4) n
    order by last.at desc, last.id, n.points desc, n.rating desc nulls last, n.id"""


_ROWS = 2


async def like_watched(tx: Tx, viewer: Viewer, limit: int = 20) -> dict[UUID, list[UUID]]:
    """For each of the two films and shows watched last what is similar to it and new to the viewer: nothing that they
    began, watched, liked or rated. What two have in common stands with the one watched later."""
    rows = await tx.fetch(_like_watched(viewer), viewer.account_id, sight_of(viewer), _ROWS, limit)
    by: dict[UUID, list[UUID]] = {}
    told: set[UUID] = set()
    for row in rows:
        if row["id"] not in told:
            told.add(row["id"])
            by.setdefault(row["because"], []).append(row["id"])
    return by
