"""A scan from end to end: walk, read, identify, file, sweep. Killed at any point, the next run makes no doubles."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog
from msgspec import Struct, field

from hearth import catalog, jobs, libraries
from hearth.db import Database, Tx
from hearth.ingest.file import file_units
from hearth.ingest.films import identify_films
from hearth.ingest.findings import Findings, Picture, Unit
from hearth.ingest.music import identify_music
from hearth.ingest.read import Folders, Read, Reader
from hearth.ingest.shows import identify_shows
from hearth.ingest.sweep import sweep, too_much_gone
from hearth.ingest.tasks import ILLUSTRATE, IllustrateArgs, PictureWork, ScanArgs
from hearth.ingest.units import Disk, group
from hearth.ingest.walk import Seen, walk
from hearth.kit.errors import NotFound, Unavailable
from hearth.libraries import FolderSeen, Library, Root, ScanCounts, ScanProblem
from hearth.media.prober import Prober

log = structlog.get_logger(__name__)

IDENTIFY: dict[libraries.Kind, Callable[[Unit], Findings]] = {
    "movies": identify_films,
    "shows": identify_shows,
    "music": identify_music,
}
_SMALLEST_BATCH, _FIRST_BATCH, _LARGEST_BATCH = 50, 100, 1000
_BATCH_GOAL_S = 1.0
_PICTURES_A_JOB = 40
_ROOT_PATIENCE_S = 30.0


class Cancelled(Exception):
    """Somebody asked the scan to stop."""


class _Walked(Struct):
    """What walking a root found; `held` are changed folders whose digests wait for the sweep."""

    root: Root
    seen: dict[bytes, Seen] = field(default_factory=dict)
    units: list[Folders] = field(default_factory=list)
    unreadable: list[bytes] = field(default_factory=list)
    gone_folders: list[bytes] = field(default_factory=list)
    gone_files: set[UUID] = field(default_factory=set)
    held: list[FolderSeen] = field(default_factory=list)
    first: bool = False


class Scanner:
    """What a scan needs: the database, a prober, and whether links are followed."""

    def __init__(self, database: Database, prober: Prober, *, links: bool = False) -> None:
        self._database = database
        self._prober = prober
        self._links = links

    async def scan(self, args: ScanArgs, run: jobs.Run) -> None:
        """The job. A database that went away is tried again; anything else that fails ends the scan and says so."""
        async with self._database.transaction() as tx:
            if not await libraries.begin_scan(tx, args.scan_id):
                return
            library = await libraries.library(tx, args.library_id)
        try:
            await self._run(library, args, run)
        except NotFound:
            return  # the library was removed while it was scanned

    async def _run(self, library: Library, args: ScanArgs, run: jobs.Run) -> None:
        try:
            await _Scan(self._database, self._prober, library, args, run, links=self._links).run()
        except Cancelled:
            await self._end(args, "cancelled", "Cancelled. What was found until then is kept.")
        except (Unavailable, NotFound, asyncio.CancelledError):
            raise
        except Exception as error:
            async with self._database.transaction(readonly=True) as tx:
                # NotFound when the library is gone: then it is a foreign key that found nothing, and no mistake.
                await libraries.scan(tx, args.scan_id)
            log.exception("scan failed", library=library.name)
            await self._end(args, "failed", f"The scan stopped: {error}. The log has more; what was found is kept.")
            raise jobs.GiveUp(str(error)) from error

    async def _end(self, args: ScanArgs, state: libraries.Ending, message: str) -> None:
        async with self._database.transaction() as tx:
            await libraries.end_scan(tx, args.scan_id, state, message)


class _Scan:
    """One run: its counts so far and what it says in the end."""

    def __init__(
        self, database: Database, prober: Prober, library: Library, args: ScanArgs, run: jobs.Run, *, links: bool
    ) -> None:
        self._database = database
        self._prober = prober
        self._library = library
        self._args = args
        self._run = run
        self._links = links
        self._counts: Counter[str] = Counter()
        self._to_file: int | None = None
        self._notes: list[str] = []
        self._paused = False

    async def run(self) -> None:
        """Walk every root, then file what changed in each, then sweep what is gone."""
        walked = []
        for root in self._library.roots:
            problem = await self._problem(root)
            async with self._database.transaction() as tx:
                await libraries.note_root_problem(tx, root.id, problem)
            if problem is not None:
                self._pause(problem)
                continue
            walked.append(await self._walk(root))
        self._to_file = sum(one.seen[path].files for one in walked for unit in one.units for path in unit.all)
        await self._report(None)
        for one in walked:
            await self._file(one)
        for one in walked:
            await self._sweep(one)
        await self._finish()

    async def _problem(self, root: Root) -> str | None:
        """Why a root cannot be scanned now. A mount that hangs is given half a minute."""
        try:
            async with asyncio.timeout(_ROOT_PATIENCE_S):
                return await asyncio.to_thread(libraries.access_problem, root.path)
        except TimeoutError:
            shown = libraries.text(root.path)
            return f"{shown} did not answer for {_ROOT_PATIENCE_S:.0f} s. Check its network or drive, then scan again."

    async def _walk(self, root: Root) -> _Walked:
        async with self._database.transaction(readonly=True) as tx:
            known = await libraries.known_folders(tx, root.id)
        found = _Walked(root, first=not known)
        problems: list[tuple[bytes, str]] = []
        # The walk runs in a thread and is asked to stop when the job is; progress is told from here meanwhile.
        stopping = False

        def look() -> None:
            for seen in walk(root.path, links=self._links, stop=lambda: stopping):
                if isinstance(seen, tuple):
                    problems.append(seen)
                elif seen.problem is not None:
                    found.unreadable.append(seen.path)
                    problems.append((seen.path or root.path, seen.problem))
                else:
                    found.seen[seen.path] = seen

        looking = asyncio.create_task(asyncio.to_thread(look))
        try:
            while not (await asyncio.wait({looking}, timeout=1.0))[0]:
                self._counts["folders"] = len(found.seen)
                await self._report(root.path)
            await looking
        finally:
            stopping = True
        self._counts["folders"] += len(found.seen)
        self._counts["files"] += sum(seen.files for seen in found.seen.values())
        changed = [path for path, seen in found.seen.items() if known.get(path) != seen.digest]
        found.units = group(self._library.kind, changed, found.seen)
        found.gone_folders = [path for path in known if path not in found.seen and not _below(path, found.unreadable)]
        await self._refuse(problems)
        return found

    async def _file(self, walked: _Walked) -> None:
        reader = Reader(self._database, self._prober, self._library, walked.root, links=self._links, empty=walked.first)
        async for reads, findings in self._identified(reader, walked):
            for read in reads:
                walked.gone_files |= read.gone
                if read.gone:
                    walked.held += read.seen
            await self._file_batch(walked, reads, findings)
        walked.gone_files -= reader.claimed

    async def _identified(self, reader: Reader, walked: _Walked) -> AsyncIterator[tuple[list[Read], list[Findings]]]:
        """Batches of units, read and identified; the next one is read while the caller files this one."""
        position, size = 0, _FIRST_BATCH

        async def prepare(units: Sequence[Folders]) -> tuple[list[Read], list[Findings], float]:
            began = time.monotonic()
            reads = await reader.read(units)
            disk = Disk(walked.root, links=self._links)
            findings = await asyncio.to_thread(disk.identify, reads, IDENTIFY[self._library.kind])
            for read in reads[:1]:
                read.problems += disk.problems
            return reads, findings, time.monotonic() - began

        ahead: asyncio.Task[tuple[list[Read], list[Findings], float]] | None = None
        try:
            while ahead is not None or position < len(walked.units):
                if ahead is None:
                    batch = self._take(walked, position, size)
                    position += len(batch)
                    ahead = asyncio.create_task(prepare(batch))
                reads, findings, seconds = await ahead
                # Batches grow and shrink towards a second each: progress moves, and round trips are shared.
                factor = max(0.5, min(2.0, _BATCH_GOAL_S / max(seconds, 0.01)))
                size = max(_SMALLEST_BATCH, min(_LARGEST_BATCH, int(size * factor)))
                batch = self._take(walked, position, size)
                position += len(batch)
                ahead = asyncio.create_task(prepare(batch)) if batch else None
                yield reads, findings
        finally:
            if ahead is not None:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)

    def _take(self, walked: _Walked, position: int, size: int) -> list[Folders]:
        """Units from `position` on with about `size` files, one at least."""
        batch: list[Folders] = []
        files = 0
        for unit in walked.units[position:]:
            files += sum(walked.seen[path].files for path in unit.all)
            if batch and files > size:
                break
            batch.append(unit)
        return batch

    async def _file_batch(self, walked: _Walked, reads: Sequence[Read], findings: Sequence[Findings]) -> None:
        problems = [problem for read in reads for problem in read.problems]
        problems += [refused for found in findings for refused in found.refused]
        added_at = datetime.now(UTC)
        async with self._database.transaction() as tx:
            filed = await file_units(tx, self._library.id, reads, findings, added_at)
            await self._draw(tx, walked.root, filed.pictures)
            if filed.items_added or any(read.touched for read in reads):
                await jobs.announce(tx, catalog.ItemsChanged(self._library.id))
            for read in reads:
                self._counts.update(read.touched.values())
                self._counts["filed"] += len(read.entries)
            self._counts["items_added"] += filed.items_added
            self._counts["refused"] += len(problems)
            await self._keep(tx, walked.root, problems + [warning for read in reads for warning in read.warnings])
            alive = await libraries.report_scan(tx, self._args.scan_id, self._so_far(), _place(walked.root, reads))
        await self._run.progress(self._counts["filed"], self._to_file)
        if not alive:
            raise Cancelled

    async def _draw(self, tx: Tx, root: Root, pictures: dict[UUID, list[Picture]]) -> None:
        works = [
            [
                PictureWork(item_id, one.type, one.source, os.path.join(root.path, one.path), one.duration_ms)
                for one in wanted
            ]
            for item_id, wanted in pictures.items()
        ]
        for start in range(0, len(works), _PICTURES_A_JOB):
            chunk = tuple(work for one in works[start : start + _PICTURES_A_JOB] for work in one)
            await jobs.enqueue(tx, ILLUSTRATE, IllustrateArgs(self._library.id, chunk))

    async def _sweep(self, walked: _Walked) -> None:
        async with self._database.transaction(readonly=True) as tx:
            gone = walked.gone_files | set(await libraries.missing_below(tx, walked.root.id, walked.gone_folders))
            present = await libraries.present_count(tx, walked.root.id)
        found = sum(seen.files for seen in walked.seen.values())
        if not self._args.accept_missing and too_much_gone(len(gone), present, found):
            shown = libraries.text(walked.root.path)
            self._pause(
                f"{len(gone)} of {present} files are missing from {shown}. Nothing was removed: check that the drive is"
                " mounted and complete and scan again, or scan and accept that they are gone."
            )
            async with self._database.transaction() as tx:
                await libraries.note_root_problem(tx, walked.root.id, self._notes[-1])
            return
        if not (gone or walked.gone_folders or walked.held or self._counts["moved"] or self._counts["changed"]):
            return
        async with self._database.transaction() as tx:
            marked = await sweep(
                tx,
                self._library.id,
                walked.root.id,
                gone_files=list(gone),
                gone_folders=walked.gone_folders,
                held=walked.held,
            )
            if marked:
                await jobs.announce(tx, catalog.ItemsChanged(self._library.id))
        self._counts["missing"] += marked

    async def _finish(self) -> None:
        message = " ".join(self._notes) or None
        if message is None and self._counts["files"] == 0:
            kinds = {"movies": "films", "shows": "episodes", "music": "music"}
            message = f"No {kinds[self._library.kind]} here yet. Put files into the folder and scan again."
        async with self._database.transaction() as tx:
            await libraries.report_scan(tx, self._args.scan_id, self._so_far(), None)
            await libraries.end_scan(tx, self._args.scan_id, "paused" if self._paused else "done", message)

    async def _report(self, current: bytes | None) -> None:
        async with self._database.transaction() as tx:
            alive = await libraries.report_scan(tx, self._args.scan_id, self._so_far(), current)
        if not alive:
            raise Cancelled

    async def _refuse(self, problems: Sequence[tuple[bytes, str]]) -> None:
        if problems:
            self._counts["refused"] += len(problems)
            async with self._database.transaction() as tx:
                await libraries.add_problems(
                    tx, self._args.scan_id, [ScanProblem(path, reason) for path, reason in problems]
                )

    async def _keep(self, tx: Tx, root: Root, problems: Sequence[tuple[bytes, str]]) -> None:
        if problems:
            full = [ScanProblem(os.path.join(root.path, path), reason) for path, reason in problems]
            await libraries.add_problems(tx, self._args.scan_id, full)

    def _pause(self, note: str) -> None:
        self._paused = True
        self._notes.append(note)

    def _so_far(self) -> ScanCounts:
        known = {name: self._counts[name] for name in ScanCounts.__struct_fields__ if name != "to_file"}
        return ScanCounts(**known, to_file=self._to_file)


def _below(path: bytes, folders: Sequence[bytes]) -> bool:
    return any(path == folder or path.startswith(folder + b"/") for folder in folders)


def _place(root: Root, reads: Sequence[Read]) -> bytes | None:
    return os.path.join(root.path, reads[-1].folders.main) if reads else None
