"""What identifying a folder yields: drafts of items, tied by kind and identity, with their files and pictures."""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth.artwork import ImageType, Source
from hearth.catalog import Facts, ItemKind
from hearth.ingest.cue import Cue
from hearth.ingest.nfo import Actor, Nfo
from hearth.ingest.walk import Entry
from hearth.media.facts import AudioTags, MediaInfo

Key = tuple[ItemKind, str]
Media = MediaInfo | AudioTags


_LONGEST = 400


def key(kind: ItemKind, *words: object) -> Key:
    """What an item is known by within its library: its kind, and words joined to an identity.

    An index takes no row over 2,704 bytes: a longer identity keeps its beginning and a digest of the whole.
    """
    identity = "|".join(str(word) for word in words)
    data = identity.encode("utf-8", "replace")
    if len(data) > _LONGEST:
        identity = f"{data[:_LONGEST].decode('utf-8', 'ignore')}~{blake2b(data, digest_size=16).hexdigest()}"
    return (kind, data.decode() if len(data) <= _LONGEST else identity)


class Unit(Struct, frozen=True):
    """A folder to identify, with its attached folders (extras, subtitles): `entries` of all of them, `media` by path.

    `listing`, `subfolders`, `nfo` and `cue` look at folders and files of the root: they read the disk.
    """

    root: bytes
    root_id: UUID
    folder: bytes
    entries: tuple[Entry, ...]
    media: Mapping[bytes, Media]
    listing: Callable[[bytes], tuple[Entry, ...]]
    subfolders: Callable[[bytes], tuple[bytes, ...]]
    nfo: Callable[[bytes], list[Nfo]]
    cue: Callable[[bytes], Cue | None]


class Draft(Facts, frozen=True, kw_only=True):
    """An item as found; parents are named by their keys and have drafts of their own."""

    kind: ItemKind
    identity: str
    title: str
    parent: Key | None = None
    top: Key | None = None
    sort_title: str | None = None
    also: tuple[str, ...] = ()
    """More words by which the item should be found: artists, the album, an original title."""
    duration_ms: int | None = None
    group_number: int | None = None
    number: int | None = None
    last_number: int | None = None
    quality: str | None = None
    credits: tuple[Actor, ...] = ()
    artists: tuple[str, ...] = ()
    """Identities of the artists who are credited, in order."""
    existing_only: bool = False
    """A finding that only adds to an item that is there already."""

    @property
    def key(self) -> Key:
        """What this is known by within its library."""
        return (self.kind, self.identity)


class DraftVersion(Struct, frozen=True):
    """Files (paths below the root) that are one version of an item, in playing order."""

    item: Key
    label: str
    edition: str | None
    rank: int
    files: tuple[bytes, ...]
    start_ms: int | None = None
    """Where it begins in its only file, and where it ends (None: at the end); None for whole files."""
    end_ms: int | None = None


class DraftSidecar(Struct, frozen=True):
    """A file beside the item's own."""

    item: Key
    file: bytes
    kind: Literal["subtitle", "audio", "lyrics"]
    language: str | None = None
    title: str | None = None
    is_forced: bool = False
    is_default: bool = False
    hearing_impaired: bool = False


class Picture(Struct, frozen=True):
    """Where an item's picture can be taken from: a picture file, a cover inside `path`, or a frame of the film."""

    item: Key
    type: ImageType
    source: Source
    path: bytes
    duration_ms: int | None = None


class Findings(Struct, frozen=True):
    """All that one folder yields, and the files that were refused (path, reason for people)."""

    drafts: list[Draft]
    versions: list[DraftVersion]
    sidecars: list[DraftSidecar]
    pictures: list[Picture]
    refused: list[tuple[bytes, str]]

    @classmethod
    def nothing(cls) -> "Findings":
        """Findings to be filled."""
        return cls([], [], [], [], [])


def from_nfo(nfo: Nfo | None) -> dict[str, object]:
    """The fields of a draft that an NFO fills; what it does not say is left out."""
    if nfo is None:
        return {}
    names = (*Facts.__struct_fields__, "title", "sort_title", "credits")
    return {name: value for name in names if (value := getattr(nfo, name))}
