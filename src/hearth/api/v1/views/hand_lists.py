"""Playlists and collections."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from hearth.api.v1.views.items import Item
from hearth.api.v1.views.words import Name
from hearth.browse import Rule

_Overview = Annotated[str, Meta(max_length=2000, pattern=r"\A[^\x00]*\Z")]


class HandList(Struct, frozen=True):
    """`editable` when those who see it may fill it; `rule` is what it holds, null for a list by hand. `own` when the
    viewer may change it as its maker; `owner` is null for collections, which belong to the house."""

    id: UUID
    name: str
    overview: str | None
    shared: bool
    editable: bool
    rule: Rule | None
    own: bool
    owner: str | None
    created_at: datetime
    updated_at: datetime


class HandLists(Struct, frozen=True):
    items: list[HandList]


class FilmSeries(Struct, frozen=True):
    """A set of films; `film_series` of /items takes its name. `first` is the earliest of them."""

    name: str
    count: int
    first: Item


class FilmSeriesList(Struct, frozen=True):
    items: list[FilmSeries]


class NewHandList(Struct, frozen=True, forbid_unknown_fields=True):
    """`shared` lets everybody see a playlist; collections always are. With a `rule` it holds what the rule says."""

    name: Name
    shared: bool = False
    rule: Rule | None = None


class HandListPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What is null stays as it is; an empty overview takes it away. Only a list by rule takes another rule."""

    name: Name | None = None
    overview: _Overview | None = None
    shared: bool | None = None
    editable: bool | None = None
    rule: Rule | None = None


class Entry(Struct, frozen=True):
    """A place in a list; `id` is the place's, for an item may be in a list twice."""

    id: UUID
    item: Item


class EntryPage(Struct, frozen=True):
    items: list[Entry]
    next: str | None
    total: int


class NewEntries(Struct, frozen=True, forbid_unknown_fields=True):
    """Items to put behind the entry `after`, or at the end."""

    item_ids: Annotated[list[UUID], Meta(min_length=1, max_length=500)]
    after: UUID | None = None


class NewEntryIds(Struct, frozen=True):
    ids: list[UUID]


class EntryMove(Struct, frozen=True, forbid_unknown_fields=True):
    """The entry to stand behind; null for the front."""

    after: UUID | None
