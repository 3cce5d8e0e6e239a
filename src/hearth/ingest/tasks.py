"""The work that ingest does in the background, as jobs."""

from uuid import UUID

from msgspec import Struct

from hearth import jobs
from hearth.artwork import ImageType, Source


class ScanArgs(Struct, frozen=True):
    """The library whose waiting scan is to run; which one that is, the scan's row says when it begins."""

    library_id: UUID


class PictureWork(Struct, frozen=True):
    """A place to take an item's picture from: the full path, and how long the film is for a frame of it."""

    item_id: UUID
    type: ImageType
    source: Source
    path: bytes
    duration_ms: int | None = None


class MeasureArgs(Struct, frozen=True):
    """The music library whose new and changed files are to be measured."""

    library_id: UUID


class IllustrateArgs(Struct, frozen=True):
    """Pictures to choose for items of one library, best place first for each item and type."""

    library_id: UUID
    works: tuple[PictureWork, ...]


SCAN = jobs.Task(
    "ingest.scan", ScanArgs, queue="scan", key=lambda args: str(args.library_id), timeout_s=None, max_attempts=10
)
ILLUSTRATE = jobs.Task("ingest.illustrate", IllustrateArgs, queue="artwork", timeout_s=1800.0, priority=-10)
LOUDNESS = jobs.Task(
    "ingest.loudness", MeasureArgs, queue="facts", key=lambda args: str(args.library_id), priority=-30, timeout_s=None
)
