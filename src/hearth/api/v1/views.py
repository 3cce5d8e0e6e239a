"""The shapes that API v1 speaks: requests and answers. Durations are `*_ms`, times RFC 3339 UTC."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

LibraryKind = Literal["movies", "shows", "music"]
ItemKind = Literal[
    "movie", "series", "season", "episode", "artist", "album", "track", "extra", "collection", "playlist"
]
ImageType = Literal["poster", "backdrop", "thumb", "logo", "banner"]
ScanState = Literal["queued", "running", "paused", "done", "failed", "cancelled"]
PlayMethod = Literal["direct", "remux", "transcode"]

Username = Annotated[str, Meta(min_length=1, max_length=64)]
Password = Annotated[str, Meta(min_length=8, max_length=1024)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
PathText = Annotated[str, Meta(min_length=1, max_length=4096)]
Token = Annotated[str, Meta(min_length=1, max_length=512)]
Word = Annotated[str, Meta(max_length=64)]


# -- the server and who is asking --------------------------------------------------------------------------------------


class Server(Struct, frozen=True):
    """What anybody may know: enough for a client to decide between set-up and login."""

    name: str
    version: str
    setup_required: bool


class User(Struct, frozen=True):
    """An account; `permissions` are `thing:act` words that follow from its role."""

    id: UUID
    username: str
    role: str
    permissions: list[str]
    created_at: datetime


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """A name and a password; `cookie` asks for the browser's cookies beside the tokens."""

    username: Username
    password: Annotated[str, Meta(min_length=1, max_length=1024)]
    totp: Annotated[str, Meta(max_length=16)] | None = None
    device: Annotated[str, Meta(max_length=200)] | None = None
    cookie: bool = False


class FirstAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """The first account, an administrator; refused once there is a user."""

    username: Username
    password: Password
    device: Annotated[str, Meta(max_length=200)] | None = None
    cookie: bool = False


class RefreshRequest(Struct, frozen=True, forbid_unknown_fields=True):
    refresh_token: Token


class Tokens(Struct, frozen=True):
    """`access_token` goes into `Authorization: Bearer` for `expires_in` seconds; then `refresh_token`, once."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: User


class Session(Struct, frozen=True):
    """A signed-in device."""

    id: UUID
    device: str | None
    client: str | None
    address: str | None
    created_at: datetime
    seen_at: datetime
    current: bool


class PasswordChange(Struct, frozen=True, forbid_unknown_fields=True):
    current: Annotated[str, Meta(min_length=1, max_length=1024)]
    new: Password


class NewUser(Struct, frozen=True, forbid_unknown_fields=True):
    username: Username
    password: Password
    role: Word = "user"


# -- libraries and scans -----------------------------------------------------------------------------------------------


class Root(Struct, frozen=True):
    """A folder of a library. `problem` says, for people, why it cannot be scanned now; None when it can."""

    id: UUID
    path: str
    problem: str | None


class ScanCounts(Struct, frozen=True):
    """What a scan did to files (looked at, new, changed, moved, missing, refused) and to items.

    `to_file` is how many files need work, null until the walk is over; `filed` how many of them are done.
    """

    folders: int
    files: int
    new: int
    changed: int
    moved: int
    missing: int
    refused: int
    items_added: int
    to_file: int | None
    filed: int


class Scan(Struct, frozen=True):
    """One scan of a library. `rate` is files a second; `eta_ms` is None while unknown; `current` the folder at hand."""

    id: UUID
    library_id: UUID
    state: ScanState
    counts: ScanCounts
    rate: float | None
    eta_ms: int | None
    progress: float | None
    current: str | None
    message: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ScanProblem(Struct, frozen=True):
    """A file or folder that the scan refused, and the reason as a sentence."""

    path: str
    reason: str


class ScanDetail(Scan, frozen=True):
    problems: list[ScanProblem]
    problem_count: int


class ScanRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """`accept_missing`: files that are gone are meant to be gone, even if they are many."""

    accept_missing: bool = False


class ScanPage(Struct, frozen=True):
    items: list[Scan]
    next: str | None
    total: int


class Library(Struct, frozen=True):
    """A library: `counts` maps item kinds to how many there are; `scan` is the newest scan."""

    id: UUID
    name: str
    kind: LibraryKind
    roots: list[Root]
    counts: dict[str, int]
    scan: Scan | None
    created_at: datetime


class LibraryPage(Struct, frozen=True):
    items: list[Library]
    next: str | None
    total: int


class NewLibrary(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    kind: LibraryKind
    paths: Annotated[list[PathText], Meta(min_length=1, max_length=100)]


class LibraryPatch(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name | None = None
    paths: Annotated[list[PathText], Meta(min_length=1, max_length=100)] | None = None


class Folder(Struct, frozen=True):
    """A folder of the server's machine. `problem` says why it cannot be chosen (not readable, in another library)."""

    name: str
    path: str
    problem: str | None


class FolderListing(Struct, frozen=True):
    """What the folder picker shows: where we are, what lies below, how many media files lie right here."""

    path: str
    parent: str | None
    folders: list[Folder]
    media_files: int
    problem: str | None
    shortcuts: list[Folder]


# -- items -------------------------------------------------------------------------------------------------------------


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
    """An item that another one names."""

    id: UUID
    kind: ItemKind
    title: str


class Item(Struct, frozen=True):
    """A row of a list. Facts that a kind does not have are null.

    `series`/`season` of episodes and seasons; `album`/`artists` of tracks and albums; `number` is the season's,
    episode's or track's, `last_number` ends a file of several episodes, `disc` or the season of an episode is `group`.
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
    images: dict[str, Image]
    user: UserState
    added_at: datetime


class ItemPage(Struct, frozen=True):
    items: list[Item]
    next: str | None
    total: int


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
    name: str
    role: str
    character: str | None


class ItemDetail(Item, frozen=True):
    """All that a detail page shows; `parents` from the top (series, season), `next` and `previous` among siblings."""

    original_title: str | None
    overview: str | None
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


class Home(Struct, frozen=True):
    """`continue` is written `resume` here: begun and not finished, newest first."""

    resume: list[Item]
    next_up: list[Item]
    latest: list[LatestRow]


class SearchGroup(Struct, frozen=True):
    kind: ItemKind
    items: list[Item]


class SearchAnswer(Struct, frozen=True):
    """Groups in the order of their best match."""

    groups: list[SearchGroup]


class RatingChange(Struct, frozen=True, forbid_unknown_fields=True):
    rating: Annotated[int, Meta(ge=1, le=10)] | None


class ProgressChange(Struct, frozen=True, forbid_unknown_fields=True):
    position_ms: Annotated[int, Meta(ge=0, le=10**9)]


# -- playback ----------------------------------------------------------------------------------------------------------


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


class PlaySession(Struct, frozen=True):
    """A play about to begin: `url` is a file (direct) or an HLS playlist (remux, transcode), for this session alone.

    `reasons` say, for people, why it is not played directly. `position_ms` is where to start: the kept position.
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


class PlayReport(Struct, frozen=True, forbid_unknown_fields=True):
    position_ms: Annotated[int, Meta(ge=0, le=10**9)]
    paused: bool = False
