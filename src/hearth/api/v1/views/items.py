"""Items: rows of lists, detail pages, home and search."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from hearth.api.v1.views.words import ItemKind, LibraryKind


class Image(Struct, frozen=True):
    """`url` never changes its picture; add `&width=` for a size. `thumbhash` is base64, `color` #rrggbb."""

    url: str
    width: int
    height: int
    thumbhash: str | None
    color: str | None


class UserState(Struct, frozen=True):
    """What the viewer did with an item. `unwatched` counts episodes of a series or season not yet seen."""

    position_ms: int
    watched: bool
    play_count: int
    favorite: bool
    rating: int | None
    last_played_at: datetime | None
    unwatched: int | None


class Ref(Struct, frozen=True):
    """An item that another one names; `group`, `number` and `last_number` as in `Item`, of what plays."""

    id: UUID
    kind: ItemKind
    title: str
    group: int | None = None
    number: int | None = None
    last_number: int | None = None


class Item(Struct, frozen=True):
    """A row of a list. Facts that a kind does not have are null.

    `series`/`season` of episodes and seasons; `album`/`artists` of tracks and albums; `number` is the season's,
    episode's or track's, `last_number` ends a file of several episodes, `disc` or the season of an episode is `group`.
    In lists only episodes have their `overview`.
    """

    id: UUID
    kind: ItemKind
    library_id: UUID
    parent_id: UUID | None
    title: str
    year: int | None
    duration_ms: int | None
    rating: float | None
    group: int | None
    number: int | None
    last_number: int | None
    child_count: int | None
    series: Ref | None
    album: Ref | None
    artists: list[Ref]
    quality: str | None
    overview: str | None
    images: dict[str, Image]
    user: UserState
    added_at: datetime


class ItemPage(Struct, frozen=True):
    items: list[Item]
    next: str | None
    total: int


class SimilarItems(Struct, frozen=True):
    """The most alike first."""

    items: list[Item]


class Stream(Struct, frozen=True):
    """A stream of a file; `index` is what `audio` and `subtitle` of a play request name. `label` is for people."""

    index: int
    type: Literal["video", "audio", "subtitle"]
    codec: str
    label: str
    language: str | None
    title: str | None
    default: bool
    forced: bool
    width: int | None = None
    height: int | None = None
    hdr: str | None = None
    channels: int | None = None
    bitrate: int | None = None


class Chapter(Struct, frozen=True):
    start_ms: int
    end_ms: int
    title: str | None


class Version(Struct, frozen=True):
    """One edition or quality of an item, with the file (or stacked files) that it is."""

    id: UUID
    label: str
    edition: str | None
    container: str | None
    duration_ms: int | None
    size: int
    bitrate: int | None
    files: list[str]
    streams: list[Stream]
    chapters: list[Chapter]


class Credit(Struct, frozen=True):
    """A person of a film or show; `id` is what `?person=` of /items takes."""

    id: UUID
    name: str
    role: str
    character: str | None


class ItemDetail(Item, frozen=True):
    """All that a detail page shows; `parents` from the top (series, season), `next` and `previous` among siblings."""

    original_title: str | None
    tagline: str | None
    released: date | None
    content_rating: str | None
    genres: list[str]
    studios: list[str]
    credits: list[Credit]
    provider_ids: dict[str, str]
    parents: list[Ref]
    next: Ref | None
    previous: Ref | None
    versions: list[Version]
    extras: list[Item]
    play_target: Ref | None
    """What "Play" plays: the item itself, or the next episode or first track below it."""


class LatestRow(Struct, frozen=True):
    library_id: UUID
    name: str
    kind: LibraryKind
    items: list[Item]


class Recommended(Struct, frozen=True):
    """What is similar (see /items/{id}/similar) to `because`, which was watched, and was not begun yet."""

    because: Ref
    items: list[Item]


class Home(Struct, frozen=True):
    """`continue` is written `resume` here: begun and not finished, newest first."""

    resume: list[Item]
    next_up: list[Item]
    latest: list[LatestRow]
    recommended: list[Recommended]
    favorites: list[Item]


class SearchGroup(Struct, frozen=True):
    kind: ItemKind
    items: list[Item]


class Person(Struct, frozen=True):
    """`works` counts films, shows and episodes, up to a hundred."""

    id: UUID
    name: str
    works: int


class SearchAnswer(Struct, frozen=True):
    """Groups in the order of their best match, and people."""

    groups: list[SearchGroup]
    people: list[Person]


class PersonRole(Struct, frozen=True):
    """What somebody was in a work, and whom they played."""

    role: str
    character: str | None


class Work(Struct, frozen=True):
    item: Item
    roles: list[PersonRole]


class Filmography(Struct, frozen=True):
    """A person and what they took part in, the newest first: up to 500 works of `total`. `?person=` of /items lists
    them all."""

    id: UUID
    name: str
    total: int
    works: list[Work]


class RatingChange(Struct, frozen=True, forbid_unknown_fields=True):
    rating: Annotated[int, Meta(ge=1, le=10)] | None


class ProgressChange(Struct, frozen=True, forbid_unknown_fields=True):
    position_ms: Annotated[int, Meta(ge=0, le=10**9)]
