"""Counts that are kept instead of counted: totals of lists, letters, genres and the other facets of a filter panel.

They come from `catalog.tally`, which triggers keep exact in the transaction that changes an item. It knows libraries
and kinds, nothing of ages: for viewers with a limit, and for lists narrowed by several things, rows are counted.
"""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from typing import LiteralString
from uuid import UUID

from msgspec import Struct, structs

from hearth.accounts import Viewer
from hearth.browse.filters import KINDS, Filter, arms, check
from hearth.browse.visible import may_see, sees_library
from hearth.db import Row, Tx
from hearth.kit.errors import NotFound

_MOST_VALUES = 100
_MOST_ROWS = 20_000
_FACETS = ("genre", "year", "studio", "resolution", "hdr", "audio")
_OF: LiteralString = "catalog.facets_of(i.sort_title, i.year, i.genres, i.studios, i.quality, i.audio_languages) f"
_COLUMNS: LiteralString = "i.year, i.genres, i.studios, i.quality, i.audio_languages"
_USUAL = {"movies": "movie", "shows": "series", "music": "artist"}

Sizes = dict[tuple[UUID, str], int]


class Count(Struct, frozen=True):
    """How many items have this value."""

    value: str
    count: int


class Facets(Struct, frozen=True):
    """The values of each facet, the most frequent first, years newest first; up to a hundred each.

    `exact` is false when the list was so long that its first 20,000 items were counted.
    """

    total: int
    exact: bool
    values: dict[str, list[Count]]


class Letter(Struct, frozen=True):
    """A first letter of titles: where its items begin in the list by title, and how many there are. What comes before
    "a" is "#"."""

    letter: str
    position: int
    count: int


def one_facet(wanted: Filter) -> tuple[str, str] | None:
    """The facet and value that a list is narrowed by, ("", "") for none; None when the tally does not know the list."""
    narrowed = (
        wanted.parent, wanted.artist, wanted.person, wanted.q, wanted.watched, wanted.favorite, wanted.watch_later
    )  # fmt: skip
    if any(value is not None for value in narrowed):
        return None
    year = None if wanted.year is None else str(wanted.year)
    given = {
        "genre": wanted.genre, "year": year, "studio": wanted.studio, "resolution": wanted.resolution,
        "hdr": wanted.hdr, "audio": wanted.audio,
    }  # fmt: skip
    named = [(name, value) for name, value in given.items() if value is not None]
    if len(named) > 1 or wanted.film_series is not None:
        return None
    return named[0] if named else ("", "")


async def sizes(tx: Tx, viewer: Viewer, wanted: Filter, facet: tuple[str, str] = ("", "")) -> Sizes:
    """How many items there are in each library and kind that is asked for, without those that have none.
    For a viewer with an age limit these are upper bounds."""
    rows = await tx.fetch(
        """select t.library_id, t.kind, sum(t.n)::integer as n
           from libraries.library l join catalog.tally t on t.library_id = l.id
           where t.kind = any($1::text[]) and t.facet = $2 and t.value = $3
               and ($4::uuid[] is null or l.id = any($4::uuid[])) and ($5::uuid is null or l.id = $5)
           group by t.library_id, t.kind having sum(t.n) > 0""",
        list(wanted.kinds or (kind for kind in KINDS if kind != "extra")), *facet, may_see(viewer), wanted.library,
    )  # fmt: skip
    return {(row["library_id"], row["kind"]): row["n"] for row in rows}


async def first_letters(tx: Tx, viewer: Viewer, wanted: Filter) -> list[tuple[str, int]]:
    """The first letters of a plain list in its order, each with how many items begin so; not for an age limit."""
    rows = await tx.fetch(
        """select t.value, sum(t.n)::integer as n
           from libraries.library l join catalog.tally t on t.library_id = l.id
           where t.kind = any($1::text[]) and t.facet = 'letter'
               and ($2::uuid[] is null or l.id = any($2::uuid[])) and ($3::uuid is null or l.id = $3)
           group by t.value having sum(t.n) > 0""",
        list(wanted.kinds or (kind for kind in KINDS if kind != "extra")), may_see(viewer), wanted.library,
    )  # fmt: skip
    return sorted((row["value"], row["n"]) for row in rows)


async def facets(tx: Tx, viewer: Viewer, wanted: Filter) -> Facets:
    """What the items of a list have, for a filter panel. Invalid for a filter that is none."""
    check(wanted)
    kept = one_facet(wanted) == ("", "") and viewer.max_age is None
    rows = await (_kept if kept else _counted)(tx, viewer, wanted)
    values: dict[str, list[Count]] = {facet: [] for facet in _FACETS}
    total = 0
    for row in rows:
        if row["facet"] in values:
            values[row["facet"]].append(Count(row["value"], row["n"]))
        elif row["facet"] == "":
            total = row["n"]
    for facet, found in values.items():
        found.sort(key=lambda one: (-one.count, one.value))
        del found[_MOST_VALUES:]
        if facet == "year":
            found.sort(key=lambda one: -int(one.value))
    if kept or total <= _MOST_ROWS:
        return Facets(total, True, values)
    return Facets(_MOST_ROWS, False, values)


async def _kept(tx: Tx, viewer: Viewer, wanted: Filter) -> list[Row]:
    return await tx.fetch(
        """select t.facet, t.value, sum(t.n)::integer as n
           from libraries.library l join catalog.tally t on t.library_id = l.id
           where t.kind = any($1::text[]) and t.facet <> 'letter'
               and ($2::uuid[] is null or l.id = any($2::uuid[])) and ($3::uuid is null or l.id = $3)
           group by t.facet, t.value having sum(t.n) > 0""",
        list(wanted.kinds or (kind for kind in KINDS if kind != "extra")), may_see(viewer), wanted.library,
    )  # fmt: skip


async def _counted(tx: Tx, viewer: Viewer, wanted: Filter) -> list[Row]:
    args: list[object] = []
    parts = arms(wanted, viewer, args)
    if not parts:
        return []
    listed = " union all ".join(f"(select {_COLUMNS} from catalog.item i where {arm.where})" for arm in parts)
    # What `facets_of` says of each row, facet by facet: ten times as quick for thousands of rows.
    return await tx.fetch(
        f"""with i as materialized (select * from ({listed}) a limit {_MOST_ROWS + 1})
            select '' as facet, '' as value, count(*)::integer as n from i
            union all select 'year', year::text, count(*)::integer from i where year is not null group by year
            union all {_few("genre", "genres")} union all {_few("studio", "studios")}
            union all {_few("audio", "audio_languages")}
            union all select f.facet, f.value, sum(q.n)::integer
                from (select quality, count(*) as n from i where quality is not null group by quality) q
                cross join lateral catalog.facets_of('', null, '{{}}', '{{}}', q.quality, '{{}}') f
                where f.facet in ('resolution', 'hdr') group by f.facet, f.value""",
        *args,
    )


def _few(facet: LiteralString, column: LiteralString) -> LiteralString:
    """Counts of a column of arrays. Rows with the same array are counted first: those are few, and taking apart the
    array of every row would cost most of the time."""
    return f"""select '{facet}', value, sum(n)::integer
        from (select {column} as values, count(*) as n from i group by {column}) c
            cross join lateral (select distinct unnest(c.values) as value) u group by value"""


async def letters(tx: Tx, viewer: Viewer, library: UUID, kind: str | None = None) -> list[Letter]:
    """The first letters of a library's titles in the order of lists, each with its place in the list by title.

    `kind` is that of the library's own page when it is not given: films, series, artists. NotFound for a library that
    the viewer does not see.
    """
    rows = await _values(tx, viewer, library, kind, "letter")
    found, position = [], 0
    for value, count in sorted((row["value"], row["n"]) for row in rows):
        found.append(Letter(value, position, count))
        position += count
    return found


async def genres(tx: Tx, viewer: Viewer, library: UUID, kind: str | None = None) -> list[Count]:
    """The genres of a library by name. For `kind` and errors see `letters`; music's are those of albums."""
    rows = await _values(tx, viewer, library, kind, "genre")
    return sorted((Count(row["value"], row["n"]) for row in rows), key=lambda one: one.value.casefold())


async def _values(tx: Tx, viewer: Viewer, library: UUID, kind: str | None, facet: str) -> list[Row]:
    of = await tx.fetchval("select kind from libraries.library where id = $1", library)
    if of is None or not sees_library(viewer, library):
        raise NotFound("There is no such library.")
    usual = "album" if of == "music" and facet == "genre" else _USUAL[of]
    wanted = Filter(kinds=(kind or usual,), library=library)
    check(wanted)
    if viewer.max_age is None:
        return await tx.fetch(
            """select value, sum(n)::integer as n from catalog.tally
               where library_id = $1 and kind = $2 and facet = $3 group by value having sum(n) > 0""",
            library, wanted.kinds[0], facet,
        )  # fmt: skip
    args: list[object] = [facet]
    (part,) = arms(structs.replace(wanted), viewer, args)
    return await tx.fetch(
        f"""select f.value, count(*)::integer as n from catalog.item i cross join lateral {_OF}
            where {part.where} and f.facet = $1 group by f.value""",
        *args,
    )
