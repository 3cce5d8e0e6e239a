"""What a person corrects: fields, matches, what belongs together."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from hearth.api.v1.views.words import ItemKind

Line = Annotated[str, Meta(min_length=1, max_length=500)]
Long = Annotated[str, Meta(max_length=20_000)]
Year = Annotated[int, Meta(ge=1850, le=2200)]
Number = Annotated[int, Meta(ge=0, lt=100_000)]
Words = Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=50)]
Rating = Annotated[float, Meta(gt=0, le=10)]
ProviderIds = Annotated[
    dict[
        Annotated[str, Meta(pattern=r"^[a-z0-9_]{2,30}$")],
        Annotated[str, Meta(pattern=r"^[\w.-]{1,60}$")],
    ],
    Meta(max_length=20),
]
Field = Literal[
    "title", "sort_title", "original_title", "year", "released", "overview", "tagline", "content_rating", "rating",
    "genres", "studios", "number", "group_number", "last_number", "provider_ids", "credits", "artists",
    "parent",
]  # fmt: skip


class PersonEdit(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    role: Literal["actor", "director", "writer"] = "actor"
    character: Annotated[str, Meta(max_length=500)] | None = None


class ItemPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Only what is named changes, and is locked by it; null empties a field. `group` is an episode's season or a
    track's disc: another season is a move. `parent_id` moves an episode to a season, a season to a series, a track to
    an album; a season whose number the series has already becomes one with that one, which is the answer. `artists` are
    the names of those who perform a track or album, in order.

    `locked`, when given, is the whole set of fields that stay as they are; what is taken out of it is told anew by the
    scan that follows.
    """

    title: Line | UnsetType = UNSET
    sort_title: Line | UnsetType = UNSET
    original_title: Line | UnsetType | None = UNSET
    year: Year | UnsetType | None = UNSET
    released: date | UnsetType | None = UNSET
    overview: Long | UnsetType | None = UNSET
    tagline: Line | UnsetType | None = UNSET
    content_rating: Line | UnsetType | None = UNSET
    rating: Rating | UnsetType | None = UNSET
    genres: Words | UnsetType = UNSET
    studios: Words | UnsetType = UNSET
    provider_ids: ProviderIds | UnsetType = UNSET
    group: Number | UnsetType | None = UNSET
    number: Number | UnsetType | None = UNSET
    last_number: Number | UnsetType | None = UNSET
    credits: Annotated[list[PersonEdit], Meta(max_length=200)] | UnsetType = UNSET
    artists: Annotated[list[Line], Meta(min_length=1, max_length=50)] | UnsetType = UNSET
    parent_id: UUID | UnsetType = UNSET
    locked: Annotated[list[Field], Meta(max_length=50)] | UnsetType = UNSET


class Candidate(Struct, frozen=True):
    """What an item may be: another item of the library (`item_id`), or what its file, folder or NFO says."""

    title: str
    year: int | None
    source: Literal["library", "file", "folder", "nfo"]
    item_id: UUID | None
    kind: ItemKind


class Candidates(Struct, frozen=True):
    """The likeliest first."""

    items: list[Candidate]


class Identify(Struct, frozen=True, forbid_unknown_fields=True):
    """What an item is: another item (`item_id`, it becomes one with that), or a title with its year and ids."""

    item_id: UUID | None = None
    title: Line | None = None
    year: Year | None = None
    provider_ids: ProviderIds | None = None


class Merge(Struct, frozen=True, forbid_unknown_fields=True):
    """The item that this one becomes one with; that one stays."""

    into: UUID


class Split(Struct, frozen=True, forbid_unknown_fields=True):
    """The files (`parts` of the versions) that go; to the item `into`, or to a new one, called `title` if given."""

    files: Annotated[list[UUID], Meta(min_length=1, max_length=1000)]
    into: UUID | None = None
    title: Line | None = None
    year: Year | None = None
