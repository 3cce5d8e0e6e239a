"""What the read side answers with: rows of lists, as plain values. The doors turn them into their own shapes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

Kind = Literal["movie", "series", "season", "episode", "artist", "album", "track", "extra", "collection", "playlist"]


class Ref(Struct, frozen=True):
    """An item that another one names. The numbers are those of `Item`, where it is something that plays."""

    id: UUID
    kind: Kind
    title: str
    group: int | None = None
    number: int | None = None
    last_number: int | None = None


class Picture(Struct, frozen=True):
    """A picture to show: `item_id` is whose it is (a season may show its series'), `hash` that of its bytes."""

    item_id: UUID
    type: str
    hash: bytes
    width: int
    height: int
    thumbhash: bytes | None
    color: str | None


class State(Struct, frozen=True):
    """What the viewer did with it. Of what holds others: the sums of what lies below; `unwatched` counts episodes."""

    position_ms: int = 0
    watched: bool = False
    play_count: int = 0
    favorite: bool = False
    rating: int | None = None
    last_played_at: datetime | None = None
    unwatched: int | None = None


class Item(Struct, frozen=True):
    """A row of a list. `group` is an episode's season and a track's disc; `child_count` counts direct children."""

    id: UUID
    kind: Kind
    library_id: UUID
    parent_id: UUID | None
    top_id: UUID | None
    title: str
    year: int | None
    duration_ms: int | None
    rating: float | None
    group: int | None
    number: int | None
    last_number: int | None
    quality: str | None
    added_at: datetime
    parent: Ref | None
    top: Ref | None
    child_count: int | None
    artists: tuple[Ref, ...]
    pictures: dict[str, Picture]
    state: State
    overview: str | None = None
    """Of episodes alone: their lists show it."""

    @property
    def series(self) -> Ref | None:
        return self.top if self.top and self.top.kind == "series" else None

    @property
    def album(self) -> Ref | None:
        return self.parent if self.parent and self.parent.kind == "album" else None

    def ref(self) -> Ref:
        return Ref(self.id, self.kind, self.title, self.group, self.number, self.last_number)
