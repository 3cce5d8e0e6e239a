"""Rows by their ids: one statement for the rows, and one each for what some kinds need more. Never one a row."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Iterable, Sequence
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.pictures import pictures_of
from hearth.browse.rows import Item, Ref, State
from hearth.browse.visible import seen, sight_of
from hearth.db import Row, Tx

_SELECT: LiteralString = """
    i.id, i.kind, i.library_id, i.parent_id, i.top_id, i.title, i.year, i.duration_ms, i.rating,
    i.group_number, i.number, i.last_number, i.quality, i.added_at,
    case when i.kind = 'episode' then i.overview end as blurb,
    %s, s.position_ms, s.watched, s.play_count, s.favorite, s.rating as own_rating, s.last_played_at"""
SELECT: LiteralString = _SELECT % (
    "o.kind as parent_kind, o.title as parent_title, t.kind as top_kind, t.title as top_title"
)
"""The columns that `complete` makes items of."""
SELECT_TOP: LiteralString = _SELECT % "null as parent_kind, null as parent_title, null as top_kind, null as top_title"
"""The same for kinds that stand alone, which need fewer joins: planning those costs more than the rows do."""
ALONE = frozenset({"movie", "series", "artist"})


def joins(viewer_place: str) -> str:
    """The joins that `SELECT` needs beside `catalog.item i`."""
    return f"""left join catalog.item o on o.id = i.parent_id left join catalog.item t on t.id = i.top_id
        {joins_top(viewer_place)}"""


def joins_top(viewer_place: str) -> str:
    """The joins that `SELECT_TOP` needs.

    The state is looked up for each row (`offset 0` makes it so): of a viewer whom the statistics do not know yet the
    planner thinks that they did nothing, and holds each row against all that they did (20 ms a page instead of 6).
    """
    return f"""left join lateral (select s.* from activity.state s
            where s.item_id = i.id and s.user_id = {viewer_place} offset 0) s on true"""


class _Below(Struct, frozen=True):
    """What lies below a series, season, artist or album."""

    children: int
    leaves: int
    watched: int
    play_count: int
    last_played_at: object


async def load(tx: Tx, viewer: Viewer, ids: Sequence[UUID]) -> list[Item]:
    """Items in the order of `ids`. The caller has decided that they are visible."""
    if not ids:
        return []
    rows = await tx.fetch(
        f"select {SELECT} from catalog.item i {joins('$2')} where i.id = any($1)", ids, viewer.account_id
    )
    place = {id_: n for n, id_ in enumerate(ids)}
    return await complete(tx, viewer, sorted(rows, key=lambda row: place[row["id"]]))


async def complete(tx: Tx, viewer: Viewer, rows: Sequence[Row]) -> list[Item]:
    """Makes items of rows that were selected with `SELECT`."""
    if not rows:
        return []
    below = await _below(tx, viewer, rows)
    artists = await _artists(tx, [row["id"] for row in rows if row["kind"] in ("album", "track")])
    pictures = await pictures_of(tx, rows)
    return [
        Item(
            row["id"], row["kind"], row["library_id"], row["parent_id"], row["top_id"], row["title"], row["year"],
            row["duration_ms"], _rating(row["rating"]), row["group_number"], row["number"], row["last_number"],
            row["quality"], row["added_at"],
            Ref(row["parent_id"], row["parent_kind"], row["parent_title"]) if row["parent_kind"] else None,
            Ref(row["top_id"], row["top_kind"], row["top_title"]) if row["top_kind"] else None,
            below[row["id"]].children if row["id"] in below else (0 if row["kind"] in _CONTAINERS else None),
            artists.get(row["id"]) or _top_artist(row),
            pictures.get(row["id"], {}),
            _state(row, below.get(row["id"])),
            row["blurb"],
        )
        for row in rows
    ]  # fmt: skip


_CONTAINERS = ("series", "season", "artist", "album", "collection", "playlist")


def _rating(value: float | None) -> float | None:
    # The column is single precision: 7.3 comes back as 7.300000190734863.
    return None if value is None else round(value, 2)


def _top_artist(row: Row) -> tuple[Ref, ...]:
    return (Ref(row["top_id"], "artist", row["top_title"]),) if row["top_kind"] == "artist" else ()


def _state(row: Row, below: _Below | None) -> State:
    own = row["favorite"] is not None
    favorite, rating = bool(row["favorite"]), row["own_rating"]
    if row["kind"] in _CONTAINERS:
        if below is None:
            return State(favorite=favorite, rating=rating)
        return State(
            watched=below.leaves > 0 and below.watched == below.leaves,
            play_count=below.play_count,
            favorite=favorite,
            rating=rating,
            last_played_at=below.last_played_at,  # type: ignore[arg-type]  # a timestamptz or null
            unwatched=below.leaves - below.watched if row["kind"] in ("series", "season") else None,
        )
    if not own:
        return State()
    return State(row["position_ms"], row["watched"], row["play_count"], favorite, rating, row["last_played_at"])


async def _below(tx: Tx, viewer: Viewer, rows: Iterable[Row]) -> dict[UUID, _Below]:
    """Counts below what holds others. Of artists only the albums: their tracks are many, and nobody asks."""
    found: dict[UUID, _Below] = {}
    series = [row["id"] for row in rows if row["kind"] == "series"]
    others = [row["id"] for row in rows if row["kind"] in _CONTAINERS and row["kind"] != "series"]
    # What was done with a series is known by the series, with the rest by what lies below: each is looked up, for the
    # planner holds one against the other where the statistics do not know the viewer yet.
    links: tuple[tuple[list[UUID], LiteralString, LiteralString], ...] = (
        (series, "top_id", """(select * from activity.state w where w.user_id = $2 and w.series_id = any($1) offset 0) w
            join catalog.item e on e.id = w.item_id"""),
        (others, "parent_id", """catalog.item e cross join lateral (
            select * from activity.state w where w.item_id = e.id and w.user_id = $2 offset 0) w"""),
    )  # fmt: skip
    for ids, link, done in links:
        if not ids:
            continue
        counts = await tx.fetch(
            f"""select c.*, coalesce(d.watched, 0) as watched, coalesce(d.play_count, 0)::bigint as play_count,
                   d.last_played_at
               from (select e.{link} as id,
                       count(*) filter (where e.parent_id = e.{link} and e.kind <> 'extra') as children,
                       count(*) filter (where e.kind in ('episode', 'track')) as leaves
                   from catalog.item e where e.{link} = any($1) and {seen("e", "$3", viewer)} group by e.{link}) c
               left join (select e.{link} as id, count(*) filter (where w.watched) as watched,
                       sum(w.play_count) as play_count, max(w.last_played_at) as last_played_at
                   from {done} where e.{link} = any($1) and e.kind in ('episode', 'track')
                       and {seen("e", "$3", viewer)} group by e.{link}) d on d.id = c.id""",
            ids, viewer.account_id, sight_of(viewer),
        )  # fmt: skip
        for row in counts:
            found[row["id"]] = _Below(
                row["children"], row["leaves"], row["watched"], row["play_count"], row["last_played_at"]
            )
    return found


async def _artists(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, tuple[Ref, ...]]:
    """Who performs these, in order. Each artist is looked up: while the first scan files a large library the statistics
    are of an empty one, and the planner reads all items to join the fifty of a page (18 of 28 ms; 0.1 this way)."""
    if not ids:
        return {}
    found: dict[UUID, list[Ref]] = {}
    for row in await tx.fetch(
        """select c.item_id, a.id, a.title from catalog.artist_credit c cross join lateral (
               select i.id, i.title from catalog.item i where i.id = c.artist_id offset 0) a
           where c.item_id = any($1) order by c.item_id, c.position""",
        ids,
    ):
        found.setdefault(row["item_id"], []).append(Ref(row["id"], "artist", row["title"]))
    return {id_: tuple(refs) for id_, refs in found.items()}
