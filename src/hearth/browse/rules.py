"""Lists by rule: a saved filter, asked anew each time, so that a list follows the catalogue and what its reader did."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from hearth.browse.filters import Filter, check
from hearth.browse.rows import Kind
from hearth.browse.sorts import Order
from hearth.kit.errors import Invalid

_Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\A[^\x00]*\Z")]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What belongs to a list, in the words of the filters of /items; `sort` is the list's order. `watched` and
    `favorite` are those of whoever looks at it."""

    kinds: Annotated[list[Kind], Meta(min_length=1, max_length=10)]
    library: UUID | None = None
    genre: _Text | None = None
    year: Annotated[int, Meta(ge=0, le=9999)] | None = None
    person: _Text | None = None
    studio: _Text | None = None
    resolution: _Text | None = None
    hdr: _Text | None = None
    audio: _Text | None = None
    film_series: _Text | None = None
    watched: bool | None = None
    favorite: bool | None = None
    q: _Text | None = None
    sort: Annotated[str, Meta(max_length=32)] | None = None


def filter_of(rule: Rule, limit: int = 100, after: str | None = None) -> Filter:
    """The rule as a filter; Invalid when it makes no sense."""
    fields = {name: getattr(rule, name) for name in Rule.__struct_fields__ if name != "kinds"}
    wanted = Filter(kinds=tuple(rule.kinds), limit=limit, after=after, **fields)
    check(wanted)
    if wanted.sort is not None:
        Order(wanted.sort)
    return wanted


def read_rule(kept: object) -> Rule | None:
    """A rule as the database has it; None for a list by hand. Invalid for one that this version does not understand."""
    if kept is None:
        return None
    try:
        return msgspec.convert(kept, Rule)
    except msgspec.ValidationError as error:
        raise Invalid("This list's rule was made by another version of Hearth: set it anew.") from error
