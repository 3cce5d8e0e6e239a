"""The orders that lists come in: a fixed table, so that no sort key ever comes from a request, and the page cursors.

A sort is one or more keys and the id, all in one direction; keys that may be missing put those rows last either way.
"""

from datetime import date, datetime
from typing import Annotated, LiteralString
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from hearth.browse.shuffle import PLACE, Shuffle
from hearth.db import Where
from hearth.kit.errors import Invalid
from hearth.kit.paging import pack_cursor, unpack_cursor

_Text = Annotated[str, Meta(max_length=1000, pattern=r"\A[^\x00]*\Z")]
_Int = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
_Long = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]
_Float = Annotated[float, Meta(ge=-1e6, le=1e6)]
_Time = Annotated[datetime, Meta(tz=True)]
_FOREIGN = "This page cursor belongs to another list: start again from the first page."


class Key(Struct, frozen=True):
    """A column to sort by. `type` is what a cursor may hold for it, `cast` PostgreSQL's name of that."""

    sql: LiteralString
    type: object
    cast: LiteralString
    nullable: bool = False


class Sort(Struct, frozen=True):
    """`state` is set when the keys are of the viewer's state (alias `p`) and the statement must join it;
    `indexed` when an index of catalog.item has a kind's rows in this order, `by_library` when one has those
    of a kind and library that are not null."""

    keys: tuple[Key, ...]
    state: bool = False
    indexed: bool = False
    by_library: bool = False


# Season 0 holds the specials: it and its episodes come after the others. What has no number comes after what has one.
GROUP: LiteralString = (
    "case when i.kind = 'episode' and i.group_number = 0 then 2147483646 else coalesce(i.group_number, 2147483647) end"
)
NUMBER: LiteralString = (
    "case when i.kind = 'season' and i.number = 0 then 2147483646 else coalesce(i.number, 2147483647) end"
)
BY_NUMBER: LiteralString = f"{GROUP}, {NUMBER}, i.sort_title, i.id"
"""The order of seasons, episodes and tracks, for statements of their own (alias `i`)."""
_TITLE = Key("i.sort_title", _Text, "text")
RANDOM = "random"

SORTS: dict[str, Sort] = {
    "title": Sort((_TITLE,), indexed=True),
    "added_at": Sort((Key("i.added_at", _Time, "timestamptz"),), indexed=True),
    "released": Sort((Key("i.released", date, "date", nullable=True),), by_library=True),
    "year": Sort((Key("i.year", _Int, "integer", nullable=True),), by_library=True),
    "rating": Sort((Key("i.rating", _Float, "real", nullable=True),), by_library=True),
    "runtime": Sort((Key("i.duration_ms", _Long, "bigint", nullable=True),), by_library=True),
    # What was never played has an order too, the title's: then an index gives it.
    "last_played": Sort((Key("p.last_played_at", _Time, "timestamptz", nullable=True), _TITLE), state=True),
    "play_count": Sort((Key("coalesce(p.play_count, 0)", _Long, "bigint"), _TITLE), state=True),
    "number": Sort((Key(GROUP, _Int, "integer"), Key(NUMBER, _Int, "integer"), _TITLE)),
    # See `shuffle`; seed and parts are bound by `Order`.
    RANDOM: Sort((Key(PLACE, _Long, "bigint"), Key("uuid_hash_extended(i.id, {seed})", _Long, "bigint"))),
}


class Order:
    """A sort in one direction, for one statement."""

    def __init__(self, word: str, seed: int = 0) -> None:
        name = word.removeprefix("-")
        sort = SORTS.get(name)
        if sort is None:
            raise Invalid(f"There is no sort of that name: use one of {', '.join(SORTS)}, with - in front to turn it.")
        self.word = word
        self.keys = sort.keys
        self.state = sort.state
        self.counts = name == "play_count"
        self.random = name == RANDOM
        self.indexed = sort.indexed
        self.by_library = sort.by_library
        self.descending = word.startswith("-")
        self.seed = seed if name == RANDOM else 0
        self.shuffle = Shuffle(self.seed, 1)

    def select(self, where: Where) -> str:
        """The keys as columns k0, k1, ..."""
        return ", ".join(f"{self._sql(key, where)} as k{n}" for n, key in enumerate(self.keys))

    def order_by(self) -> str:
        """Order by the columns of `select` and id."""
        turn = " desc" if self.descending else ""
        words = [f"k{n}{turn}{' nulls last' if key.nullable else ''}" for n, key in enumerate(self.keys)]
        return ", ".join([*words, f"id{turn}"])

    def after(self, where: Where, values: list[object], last: UUID) -> str:
        """The condition for rows behind the one with these key values and id."""
        sign = "<" if self.descending else ">"
        end = where.bind(last)
        places = [f"{where.bind(v)}::{key.cast}" for key, v in zip(self.keys, values, strict=True)]
        names = [self._sql(key, where) for key in self.keys]
        if not self.keys[0].nullable:
            return f"({', '.join(names)}, i.id) {sign} ({', '.join(places)}, {end})"
        name, place = names[0], places[0]
        rest = f"({', '.join([*names[1:], 'i.id'])}) {sign} ({', '.join([*places[1:], end])})"
        if values[0] is None:
            # The place is named so that the parameter has a type.
            return f"({place} is null and {name} is null and {rest})"
        return f"({name} {sign} {place} or {name} is null or ({name} = {place} and {rest}))"

    def has_key(self, missing: bool) -> LiteralString:
        """The condition for the half of a list whose rows lack the (only, nullable) key, or have it."""
        return f"{self.keys[0].sql} is null" if missing else f"{self.keys[0].sql} is not null"

    def order_half(self, missing: bool) -> str:
        """The order of such a half."""
        turn = " desc" if self.descending else ""
        return f"i.id{turn}" if missing else f"{self.keys[0].sql}{turn}, i.id{turn}"

    def after_half(self, where: Where, values: list[object], last: UUID, missing: bool) -> str | None:
        """What to add for a half's rows behind the one with this key and id; None when none of them is."""
        sign = "<" if self.descending else ">"
        key = self.keys[0]
        if values[0] is None:
            return f" and i.id {sign} {where.bind(last)}" if missing else None
        if missing:
            return ""
        return f" and ({key.sql}, i.id) {sign} ({where.bind(values[0])}::{key.cast}, {where.bind(last)})"

    def _sql(self, key: Key, where: Where) -> str:
        bound: str = key.sql
        parts = self.shuffle.parts
        for name, value in (
            ("seed", self.seed),
            ("width", 2**32 // parts),
            ("step", self.shuffle.step),
            ("parts", parts),
        ):
            if f"{{{name}}}" in bound:
                bound = bound.replace(f"{{{name}}}", f"{where.bind(value)}::bigint")
        return bound

    def pack(self, values: list[object], last: UUID, total: int) -> str:
        """The cursor of what follows; it carries the total, which is counted on the first page alone."""
        return pack_cursor(self.word, self.seed, total, last, *values)

    def unpack(self, cursor: str) -> tuple[list[object], UUID, int]:
        """Key values, id and total of a cursor; Invalid when it was not packed for this order. Takes over its seed."""
        word, seed, total, last, *values = unpack_cursor(cursor, 4 + len(self.keys))
        if word != self.word:
            raise Invalid(_FOREIGN)
        try:
            self.seed = msgspec.convert(seed, _Int)
            types = [key.type | None if key.nullable else key.type for key in self.keys]  # type: ignore[operator]  # Annotated types know |
            typed = [msgspec.convert(v, t) for v, t in zip(values, types, strict=True)]
            return typed, msgspec.convert(last, UUID), msgspec.convert(total, _Count)
        except (msgspec.ValidationError, OverflowError) as error:
            raise Invalid(_FOREIGN) from error
