"""Libraries, their folders and scans."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from hearth.api.v1.views.words import LibraryKind, Name, PathText, ScanState


class Root(Struct, frozen=True):
    """A folder of a library. `problem` says, for people, why it cannot be scanned now; None when it can.

    `watch` is "watched" when changes in it are noticed at once, else a sentence that says how often it is scanned and
    why; None while nobody has looked.
    """

    id: UUID
    path: str
    problem: str | None
    watch: str | None


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
    folders: list[str] | None
    """The folders that it is about; null for the whole library."""


class ScanChange(Struct, frozen=True):
    """A file that the scan found new, changed, moved here or missing."""

    path: str
    change: Literal["new", "changed", "moved", "missing"]


class ScanProblem(Struct, frozen=True):
    """A file or folder that the scan refused, and the reason as a sentence."""

    path: str
    reason: str


class ScanDetail(Scan, frozen=True):
    problems: list[ScanProblem]
    problem_count: int
    changes: list[ScanChange]
    """The first 200 of them."""


class ScanRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """`accept_missing`: files that are gone are meant to be gone, even if they are many. `folder`, a full path: only
    that folder and what lies below it."""

    accept_missing: bool = False
    folder: PathText | None = None


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
