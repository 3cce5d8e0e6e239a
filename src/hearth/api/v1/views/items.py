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
    hdr10_plus: bool = False
    """Whether the pictures carry HDR10+ too, which players without it ignore."""
    channels: int | None = None
    bitrate: int | None = None
    profile: str | None = None
    level: int | None = None
    """As the codec counts: 41 is H.264's 4.1, 153 is HEVC's 5.1."""
    bit_depth: int | None = None
    pixel_format: str | None = None
    fps: float | None = None
    dovi_profile: int | None = None
    dovi_base: str | None = None
    """What a player without Dolby Vision sees: hdr10, hlg or sdr."""
    interlaced: bool = False
    rotation: int = 0
    layout: str | None = None
    """Of sound, as ffmpeg names it: stereo, 5.1(side)..."""
    sample_rate: int | None = None
    commentary: bool = False
    hearing_impaired: bool = False
    external: bool = False
    """In a file of its own, beside this one."""


class Attachment(Struct, frozen=True):
    """A font or other file inside the file; `name` is made from its place and type."""

    index: int
    name: str
    mimetype: str
    size: int


class Chapter(Struct, frozen=True):
    start_ms: int
    end_ms: int
    title: str | None


class Part(Struct, frozen=True):
    """A file of a version; `id` is what a split takes."""

    id: UUID
    name: str
    size: int
    duration_ms: int | None


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
    parts: list[Part]
    streams: list[Stream]
    chapters: list[Chapter]
    attachments: list[Attachment]


class Credit(Struct, frozen=True):
    """A person of a film or show; `id` is what `?person=` of /items takes."""

    id: UUID
    name: str
    role: str
    character: str | None


class ReplayGain(Struct, frozen=True):
    """Gains in dB, peaks as a fraction of full scale, as the file's tags have them."""

    track_gain: float | None
    track_peak: float | None
    album_gain: float | None
    album_peak: float | None


class Loudness(Struct, frozen=True):
    """How much to turn it up or down so that everything is as loud as the rest: dB towards -18 LUFS, peaks as a
    fraction of full scale. Tags win; else it was measured after EBU R 128. `source` is the track's, or an album's own.
    """

    track_gain: float | None
    track_peak: float | None
    album_gain: float | None
    album_peak: float | None
    source: Literal["tags", "measured"]


class MusicBrainz(Struct, frozen=True):
    """MusicBrainz ids, as the file's tags have them."""

    recording: str | None
    track: str | None
    release: str | None
    release_group: str | None
    artists: list[str]
    album_artists: list[str]


class TrackFacts(Struct, frozen=True):
    """What a track's file says beyond what every item has. `artist_credit` words the artists ("A feat. B")."""

    artist_credit: str | None
    composers: list[str]
    disc_title: str | None
    disc_total: int | None
    track_total: int | None
    isrc: str | None
    bpm: int | None
    sample_rate: int | None
    bit_depth: int | None
    compilation: bool
    replaygain: ReplayGain
    musicbrainz: MusicBrainz
    has_lyrics: bool
    """Whether /items/{id}/lyrics answers."""


class LyricLine(Struct, frozen=True):
    start_ms: int
    text: str


class Lyrics(Struct, frozen=True):
    """Lyrics from a file beside the track or from its tags; `lines` only when they carry times, `text` without them."""

    source: Literal["file", "embedded"]
    text: str
    lines: list[LyricLine]


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
    locked: list[str]
    """Fields that a person wrote: no scan changes them."""
    parents: list[Ref]
    next: Ref | None
    previous: Ref | None
    versions: list[Version]
    extras: list[Item]
    track: TrackFacts | None
    play_target: Ref | None
    """What "Play" plays: the item itself, or the next episode or first track below it."""
    loudness: Loudness | None
    """Of tracks and albums, once it is known."""


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
