"""What a media file turned out to be: plain frozen values that fit into a jsonb column."""

from __future__ import annotations

from typing import Literal

import msgspec

Hdr = Literal["sdr", "hdr10", "hlg", "dovi"]
ProblemKind = Literal["missing", "denied", "empty", "truncated", "not_media", "damaged", "timeout", "crashed", "failed"]


class Unreadable(Exception):
    """A file that cannot be played. `reason` is a sentence for people, `kind` is for programs."""

    def __init__(self, kind: ProblemKind, reason: str) -> None:
        super().__init__(reason)
        self.kind: ProblemKind = kind
        self.reason = reason


class Problem(msgspec.Struct, frozen=True, tag="problem"):
    """`Unreadable` as a value: what `Prober.probe_many` answers in the place of the facts."""

    kind: ProblemKind
    reason: str


class VideoStream(msgspec.Struct, frozen=True, omit_defaults=True):
    """`index` counts all streams of the file, as ffmpeg's `-map 0:INDEX` does. `bitrate` is in bits per second."""

    index: int
    codec: str
    width: int
    height: int
    profile: str | None = None
    level: int | None = None
    pixel_format: str | None = None
    bit_depth: int = 8
    fps: float | None = None
    bitrate: int | None = None
    hdr: Hdr = "sdr"
    hdr10_plus: bool = False
    """Whether the pictures carry HDR10+ too; a player without it shows `hdr`, or `dovi_base`, which is HDR10."""
    dovi_profile: int | None = None
    """Dolby Vision profile; `hdr` is "dovi" whenever it is set."""
    dovi_base: Hdr | None = None
    """What a player without Dolby Vision sees: "hdr10", "hlg", "sdr", None when the base layer is of no use."""
    interlaced: bool = False
    rotation: int = 0
    """Degrees clockwise to turn the picture for display: 0, 90, 180 or 270."""
    default: bool = False
    language: str | None = None
    title: str | None = None


class AudioStream(msgspec.Struct, frozen=True, omit_defaults=True):
    index: int
    codec: str
    channels: int
    sample_rate: int
    layout: str | None = None
    profile: str | None = None
    bitrate: int | None = None
    language: str | None = None
    title: str | None = None
    default: bool = False
    commentary: bool = False


class SubtitleStream(msgspec.Struct, frozen=True, omit_defaults=True):
    """`text` subtitles can become WebVTT; the others are pictures and must be burnt in or drawn by the player."""

    index: int
    codec: str
    text: bool
    language: str | None = None
    title: str | None = None
    forced: bool = False
    default: bool = False
    hearing_impaired: bool = False


class Chapter(msgspec.Struct, frozen=True):
    start_ms: int
    end_ms: int
    title: str | None = None


class Attachment(msgspec.Struct, frozen=True):
    """`name` is made here from the position and the mime type: the name in the file is never trusted or kept."""

    index: int
    name: str
    mimetype: str
    size: int


class MediaInfo(msgspec.Struct, frozen=True, omit_defaults=True, tag="media"):
    """The probe result of one file. `size` in bytes, `bitrate` in bits per second.

    `warnings` are sentences for people about a file that plays but is not whole.
    """

    container: str
    size: int
    duration_ms: int | None = None
    bitrate: int | None = None
    video: tuple[VideoStream, ...] = ()
    audio: tuple[AudioStream, ...] = ()
    subtitles: tuple[SubtitleStream, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    has_cover: bool = False
    tags: dict[str, str] = {}
    warnings: tuple[str, ...] = ()


class ReplayGain(msgspec.Struct, frozen=True, omit_defaults=True):
    """Gains in dB, peaks as a fraction of full scale."""

    track_gain: float | None = None
    track_peak: float | None = None
    album_gain: float | None = None
    album_peak: float | None = None


class MusicBrainz(msgspec.Struct, frozen=True, omit_defaults=True):
    """MusicBrainz ids, lower-case UUID text."""

    recording: str | None = None
    track: str | None = None
    release: str | None = None
    release_group: str | None = None
    artists: tuple[str, ...] = ()
    album_artists: tuple[str, ...] = ()


class LyricLine(msgspec.Struct, frozen=True):
    start_ms: int
    text: str


class Lyrics(msgspec.Struct, frozen=True, omit_defaults=True):
    """Embedded lyrics. `lines` is filled when the text carries times (LRC); `text` is always without them."""

    text: str
    lines: tuple[LyricLine, ...] = ()


class AudioTags(msgspec.Struct, frozen=True, omit_defaults=True, tag="audio"):
    """What an audio file says about itself. `bitrate` in bits per second; `date` is YYYY, YYYY-MM or YYYY-MM-DD."""

    container: str
    codec: str
    size: int
    duration_ms: int | None = None
    bitrate: int | None = None
    sample_rate: int | None = None
    channels: int | None = None
    bit_depth: int | None = None
    title: str | None = None
    artists: tuple[str, ...] = ()
    artist_credit: str | None = None
    """The artists as the tag words them ("A feat. B"), for display."""
    album: str | None = None
    album_artists: tuple[str, ...] = ()
    track: int | None = None
    track_total: int | None = None
    disc: int | None = None
    disc_total: int | None = None
    disc_title: str | None = None
    date: str | None = None
    year: int | None = None
    original_year: int | None = None
    genres: tuple[str, ...] = ()
    composers: tuple[str, ...] = ()
    comment: str | None = None
    isrc: str | None = None
    bpm: int | None = None
    sort_title: str | None = None
    sort_artist: str | None = None
    sort_album: str | None = None
    sort_album_artist: str | None = None
    compilation: bool = False
    musicbrainz: MusicBrainz = MusicBrainz()
    replaygain: ReplayGain = ReplayGain()
    lyrics: Lyrics | None = None
    has_cover: bool = False
    warnings: tuple[str, ...] = ()


class Keyframes(msgspec.Struct, frozen=True, tag="keyframes"):
    times_ms: list[int]


class Cover(msgspec.Struct, frozen=True, tag="cover"):
    data: bytes | None


Probed = MediaInfo | AudioTags | Problem


class Marked(msgspec.Struct, frozen=True, tag="marked"):
    """What a file is and the fingerprint of its content, None when that could not be read."""

    found: Probed
    mark: bytes | None


Answer = Probed | Marked | Keyframes | Cover
"""Whatever the child process of `Prober` can say."""


class Question(msgspec.Struct, frozen=True, array_like=True):
    """One file for the child, and what is wanted of it. With its `size` as it was listed, its fingerprint too."""

    path: bytes
    wanted: Literal["media", "tags", "keyframes", "cover"]
    timeout_s: float
    stream: int | None = None
    size: int | None = None


def clean(text: str, limit: int = 1000) -> str:
    """Text that any JSON and any PostgreSQL column takes: no NUL, no lone surrogates, no control characters but
    newlines and tabs, at most `limit` characters."""
    text = text[: limit * 2]
    if not text.isprintable():
        text = text.encode("utf-8", "replace").decode("utf-8", "replace")
        text = "".join(c for c in text if (c >= " " and c != "\x7f") or c in "\n\t")
    return text.strip()[:limit]
