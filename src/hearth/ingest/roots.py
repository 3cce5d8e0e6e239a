"""Walking the roots of a library without holding up the loop, and what each walk found."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct, field

from hearth import libraries
from hearth.db import Database
from hearth.ingest.part import Part
from hearth.ingest.read import Folders
from hearth.ingest.report import Report, below
from hearth.ingest.units import group
from hearth.ingest.walk import Listed, Seen, walk
from hearth.kit.errors import Invalid
from hearth.libraries import FolderSeen, Root

_SILENCE_S = 300.0
# Files whose listing is kept from the walk until they are read, some 300 bytes each; folders beyond are listed again.
_LISTED = 50_000


class Walked(Struct):
    """What walking a root found: folders as they are, units of work, folders that are gone, and what lies in those that
    changed, so far as it was kept. While filing, `gone_files` gathers the ids of files that are not there any more,
    `held` the digests that wait for the sweep's decision."""

    root: Root
    seen: dict[bytes, Seen] = field(default_factory=dict)
    listings: dict[bytes, Listed] = field(default_factory=dict)
    units: list[Folders] = field(default_factory=list)
    unreadable: list[bytes] = field(default_factory=list)
    problems: list[tuple[bytes, str]] = field(default_factory=list)
    gone_folders: list[bytes] = field(default_factory=list)
    gone_files: set[UUID] = field(default_factory=set)
    held: list[FolderSeen] = field(default_factory=list)
    moving: float = field(default_factory=time.monotonic)
    partial: bool = False

    def holds(self, folder: bytes) -> bool:
        """Whether a folder lies where it did; one that a scan of other folders did not come to is taken to."""
        return folder in self.seen or (self.partial and folder not in self.gone_folders)


async def root_problem(root: Root) -> str | None:
    """Why a root cannot be scanned now; a mount that hangs is given a quarter of a minute."""
    try:
        return await libraries.look(libraries.access_problem, root.path, what=root.path)
    except Invalid as silent:
        return silent.detail


def inside(root: bytes, folders: Sequence[bytes]) -> list[bytes]:
    """Those of the full paths that lie in a root, by their paths below it."""
    top = root.rstrip(b"/") + b"/"
    return [folder[len(top) :] for folder in folders if (folder.rstrip(b"/") + b"/").startswith(top)]


async def walk_root(
    database: Database,
    kind: libraries.Kind,
    root: Root,
    report: Report,
    *,
    links: bool,
    folders: Sequence[bytes] | None = None,
) -> Walked | None:
    """What lies in a root and what of it changed; None, and the scan pauses, when its disk fell silent.

    With `folders`, paths below the root, only these are looked at, and what is new below them.
    """
    async with database.transaction(readonly=True) as tx:
        known, times = await libraries.filed_folders(tx, root.id)
    found = Walked(root, partial=folders is not None)
    stopping = False
    part = None if folders is None else Part(kind, root.path, known, folders, links=links)

    def look() -> None:
        kept = 0

        def keep(listed: Listed) -> None:
            nonlocal kept
            if kept < _LISTED and known.get(listed.seen.path) != listed.seen.digest:
                kept += len(listed.files)
                found.listings[listed.seen.path] = listed

        whole = walk(root.path, links=links, stop=lambda: stopping, listed=keep)
        for seen in whole if part is None else part.walk(lambda: stopping, keep):
            found.moving = time.monotonic()
            if isinstance(seen, tuple):
                found.problems.append(seen)
            elif seen.problem is not None:
                found.unreadable.append(seen.path)
                found.problems.append((seen.path, seen.problem))
            else:
                found.seen[seen.path] = seen
        changed = [path for path, seen in found.seen.items() if known.get(path) != seen.digest]
        found.units = group(kind, changed, found.seen)
        gone = [path for path in known if path not in found.seen and not below(path, found.unreadable)]
        found.gone_folders = gone if part is None else [path for path in gone if part.is_gone(path)]

    counted = report.counts["folders"]
    looking = asyncio.ensure_future(asyncio.to_thread(look))
    try:
        while not (await asyncio.wait({looking}, timeout=1.0))[0]:
            if time.monotonic() - found.moving > _SILENCE_S:
                report.pause(f"{libraries.text(root.path)} fell silent while it was read. Check its drive or network.")
                return None
            report.counts["folders"] = counted + len(found.seen)
            await report.tell(root.path)
        await looking
    finally:
        stopping = True
    as_filed = [
        (path, seen.mtime_ns)
        for path, seen in found.seen.items()
        if known.get(path) == seen.digest and times.get(path) != seen.mtime_ns
    ]
    if as_filed:
        async with database.transaction() as tx:
            await libraries.note_folder_times(tx, root.id, as_filed)
    report.counts["folders"] = counted + len(found.seen)
    report.counts["files"] += sum(seen.files for seen in found.seen.values())
    return found
