"""Playback: what a player can do, and what it is given."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from hearth.api.v1.views.items import Chapter, Loudness, Ref, Stream
from hearth.api.v1.views.words import PlayMethod, Word

Words = Annotated[list[Word], Meta(max_length=64)]


class Client(Struct, frozen=True, forbid_unknown_fields=True):
    """What the player can play: names as ffprobe's (mp4, webm, h264, hevc, aac, opus...); `max_bitrate` in bits/s."""

    containers: Words
    video: Words
    audio: Words
    subtitles: Words = []
    max_height: Annotated[int, Meta(ge=144, le=8640)] | None = None
    max_bitrate: Annotated[int, Meta(ge=64_000, le=1_000_000_000)] | None = None


class PlayRequest(Struct, frozen=True, forbid_unknown_fields=True):
    client: Client
    version: UUID | None = None
    audio: Annotated[int, Meta(ge=0, le=1000)] | None = None
    subtitle: Annotated[int, Meta(ge=0, le=1000)] | None = None
    start_ms: Annotated[int, Meta(ge=0, le=10**9)] | None = None


class PlaySubtitle(Struct, frozen=True):
    """A text subtitle, served as WebVTT."""

    index: int
    label: str
    language: str | None
    forced: bool
    default: bool
    url: str


class Clip(Struct, frozen=True):
    """How file and item differ. The item's position is that of the file, less `start_ms`, plus `offset_ms`.

    A track that is a piece of a longer recording begins at `start_ms` of the file and ends at `end_ms` (null: with the
    file). A stacked part begins at `offset_ms` of the item; when there is `more`, play the item again from where this
    file ends.
    """

    start_ms: int
    end_ms: int | None
    offset_ms: int
    more: bool


class PlaySession(Struct, frozen=True):
    """A play about to begin: `url` is a file (direct) or an HLS playlist (remux, transcode), for this session alone.

    `reasons` say, for people, why it is not played directly. `position_ms` is where to start: the kept position.
    Positions and `duration_ms` are the item's; with a `clip` those of the file at `url` differ.
    """

    session: UUID
    item: Ref
    method: PlayMethod
    reasons: list[str]
    url: str
    mime_type: str
    duration_ms: int
    position_ms: int
    version: UUID
    audio: int | None
    audio_streams: list[Stream]
    video: Stream | None
    subtitles: list[PlaySubtitle]
    chapters: list[Chapter]
    clip: Clip | None = None
    loudness: Loudness | None = None
    """Of a track, once it is known: players that even out the volume multiply by 10^(gain/20), and no further than the
    peak allows."""


class PlayReport(Struct, frozen=True, forbid_unknown_fields=True):
    position_ms: Annotated[int, Meta(ge=0, le=10**9)]
    paused: bool = False
