"""A scan from end to end: walk, read, identify, file, sweep. Killed at any point, the next run makes no doubles."""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import asyncpg
import structlog

from hearth import catalog, jobs, libraries
from hearth.db import Database, Tx
from hearth.ingest.file import ArtistsFiled, Filed, file_units
from hearth.ingest.films import identify_films
from hearth.ingest.findings import Findings, Picture, Unit
from hearth.ingest.marker import check_marker
from hearth.ingest.music import identify_music
from hearth.ingest.pipeline import SideBySide, batches
from hearth.ingest.playlists import ENDINGS, follow_playlists
from hearth.ingest.read import Read, Reader
from hearth.ingest.report import Cancelled, Report
from hearth.ingest.roots import Walked, inside, root_problem, walk_root
from hearth.ingest.shows import identify_shows
from hearth.ingest.sweep import sweep, too_much_gone
from hearth.ingest.tasks import ILLUSTRATE, IllustrateArgs, PictureWork, ScanArgs
from hearth.kit.errors import NotFound, Unavailable
from hearth.libraries import Library, Root
from hearth.media import Prober, Probers

log = structlog.get_logger(__name__)

IDENTIFY: dict[libraries.Kind, Callable[[Unit], Findings]] = {
    "movies": identify_films,
    "shows": identify_shows,
    "music": identify_music,
}
# Of a library that holds nothing yet two batches are filed at once, when they have no artist or show in common: while
# one waits for PostgreSQL the other makes its rows. Where files may have moved or been corrected, one at a time.
_AT_ONCE = 2
# With so many new items the database is told what it holds, where it knew of none; again with each ten times more.
_TELLING = 3_000
_PICTURES_A_JOB = 40
_UNFILED = "Hearth could not file this folder; the log says why. The next scan tries it again."
# The database was away, or two writers stood in each other's way: another try may well succeed.
_PASSING = (Unavailable, TimeoutError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class Scanner:
    """What a scan needs: the database, a prober, whether links are followed, and how long a file must stand still where
    nobody can tell whether it is being written."""

    def __init__(self, database: Database, prober: Prober, *, links: bool = False, settle_s: float = 0.0) -> None:
        self._database = database
        self._prober = prober
        self._links = links
        self._settle_s = settle_s

    async def scan(self, args: ScanArgs, run: jobs.Run) -> None:
        """The job. What may pass is tried again; anything else that fails ends the scan and says so."""
        async with self._database.transaction() as tx:
            begun = await libraries.begin_scan(tx, args.library_id)
            if begun is None:
                return
            empty = not await libraries.has_files(tx, args.library_id)
            library = await libraries.library(tx, args.library_id)
            folders = await libraries.scan_folders(tx, begun[0].id)
        scan, accept_missing = begun
        report = Report(self._database, library, scan.id, run)
        try:
            async with Probers(self._prober) as probers:
                course = _Course(
                    self._database,
                    probers,
                    library,
                    report,
                    links=self._links,
                    folders=folders,
                    empty=empty,
                    settle_s=self._settle_s,
                )
                await course.run(accept_missing=accept_missing)
        except Cancelled:
            await self._end(scan.id, report, "cancelled", "Cancelled. What was found until then is kept.")
        except (*_PASSING, asyncio.CancelledError):
            raise
        except NotFound:
            return  # the library was removed while it was scanned
        except Exception as error:
            if await self._removed(scan.id):
                return
            log.exception("scan failed", library=library.name)
            message = "The scan stopped because of a mistake of Hearth's; the log says which. Scan again."
            await self._end(scan.id, report, "failed", message)
            raise jobs.GiveUp(str(error)) from error

    async def _removed(self, scan_id: UUID) -> bool:
        """Whether the library is gone: then it was a foreign key that found nothing, and no mistake."""
        try:
            async with self._database.transaction(readonly=True) as tx:
                await libraries.scan(tx, scan_id)
        except NotFound:
            return True
        return False

    async def _end(self, scan_id: UUID, report: Report, state: libraries.Ending, message: str) -> None:
        async with self._database.transaction() as tx:
            await report.announce_rest(tx)
            await libraries.end_scan(tx, scan_id, state, message)


class _Course:
    """One run of a scan over the roots of its library."""

    def __init__(
        self,
        database: Database,
        probers: Probers,
        library: Library,
        report: Report,
        *,
        links: bool,
        folders: Sequence[bytes] | None = None,
        empty: bool,
        settle_s: float = 0.0,
    ) -> None:
        self._database = database
        self._probers = probers
        self._library = library
        self._report = report
        self._links = links
        self._folders = folders
        self._empty = empty
        self._settle_s = settle_s
        self._walked: dict[UUID, Walked] = {}
        self._claimed: set[UUID] = set()
        self._filed_artists = ArtistsFiled()
        self._playlists: set[bytes] = set()
        self._tell_at = _TELLING if empty else None
        self._beside: list[asyncio.Task[None]] = []

    async def run(self, *, accept_missing: bool) -> None:
        """Walk every root, or those of the scan's folders, then file what changed in each, then sweep what is gone."""
        self._report.partial = self._folders is not None
        try:
            await self._run(accept_missing=accept_missing)
        finally:
            for problem in await asyncio.gather(*self._beside, return_exceptions=True):
                if isinstance(problem, Exception):  # the scan itself does not need it
                    log.warning("work beside a scan failed", library=self._library.name, reason=repr(problem))

    async def _run(self, *, accept_missing: bool) -> None:
        for root in self._library.roots:
            folders = None if self._folders is None else inside(root.path, self._folders)
            if folders is not None and not folders:
                continue
            problem = await root_problem(root) or await self._other_place(root, accept_missing)
            async with self._database.transaction() as tx:
                await libraries.note_root_problem(tx, root.id, problem)
            if problem is not None:
                self._report.pause(problem)
                continue
            walked = await walk_root(
                self._database, self._library.kind, root, self._report, links=self._links, folders=folders
            )
            if walked is not None:
                self._walked[root.id] = walked
                if walked.problems:
                    async with self._database.transaction() as tx:
                        await self._report.refuse(tx, root, walked.problems)
        self._report.to_file = sum(
            one.seen[path].files for one in self._walked.values() for unit in one.units for path in unit.all
        )
        await self._report.tell(None)
        for walked in self._walked.values():
            await self._file(walked)
        # All roots are filed first: what moved from one to another must not count as gone from the first.
        for walked in self._walked.values():
            await self._sweep(walked, accept_missing=accept_missing)
        if self._library.kind == "music" and not self._report.paused:
            roots = [walked.root for walked in self._walked.values()]
            await follow_playlists(self._database, roots, self._playlists)
        await self._report.finish()

    async def _other_place(self, root: Root, accept_missing: bool) -> str | None:
        """Why a root is not the folder that was there before, by its marker; None when it is, or is meant to be."""
        async with self._database.transaction(readonly=True) as tx:
            known = await libraries.top_folders(tx, root.id) if root.marked else []
        problem, marked = await libraries.look(check_marker, root, known, accept_missing, what=root.path)
        if marked and not root.marked:
            async with self._database.transaction() as tx:
                await libraries.note_marked(tx, root.id)
        return problem

    async def _file(self, walked: Walked) -> None:
        reader = Reader(
            self._database,
            self._probers,
            self._library,
            walked.root,
            links=self._links,
            empty=self._empty,
            claimed=self._claimed,
            listings=walked.listings,
            settle_s=self._settle_s,
        )
        identify = IDENTIFY[self._library.kind]
        async with (
            SideBySide(_AT_ONCE if self._empty else 1) as filing,
            aclosing(batches(walked, reader, identify, links=self._links)) as ahead,
        ):
            async for batch in ahead:
                for read in batch.reads:
                    self._playlists.update(
                        reader.full(one.path) for one in read.entries if one.name.lower().endswith(ENDINGS)
                    )
                    walked.gone_files |= read.gone
                    if read.gone and not read.unsettled:
                        walked.held += read.seen
                await filing.begin(partial(self._file_batch, walked, batch.reads, batch.findings), batch.keys())

    async def _tell_planner(self) -> None:
        async with self._database.transaction() as tx:
            await catalog.refresh_statistics(tx)

    async def _file_batch(self, walked: Walked, reads: Sequence[Read], findings: Sequence[Findings]) -> None:
        """File a batch; when that fails, unit by unit, so that one folder cannot keep the others out."""
        try:
            await self._file_together(walked, reads, findings)
        except (*_PASSING, Cancelled, NotFound, asyncpg.ForeignKeyViolationError):
            raise
        except Exception:
            if len(reads) == 1:
                log.exception("folder not filed", folder=libraries.text(reads[0].folders.main))
                async with self._database.transaction() as tx:
                    await self._report.refuse(tx, walked.root, [(reads[0].folders.main, _UNFILED)])
                return
            for read, found in zip(reads, findings, strict=True):
                await self._file_batch(walked, [read], [found])

    async def _file_together(self, walked: Walked, reads: Sequence[Read], findings: Sequence[Findings]) -> None:
        problems = [problem for read in reads for problem in read.problems]
        warnings = [warning for read in reads for warning in read.warnings]
        async with self._database.transaction() as tx:
            # A batch that a power cut takes back is one that the next scan finds unfiled: no need to wait for the disk.
            await tx.execute("set local synchronous_commit = off")
            await libraries.hold(tx, self._library.id)
            filed = await file_units(
                tx, self._library.id, reads, findings, datetime.now(UTC), self._lies_there, self._filed_artists
            )
            await self._draw(tx, walked.root, filed.pictures)
            if filed.items_added or any(read.touched for read in reads):
                await self._report.items_changed(tx)
            await self._report.refuse(tx, walked.root, problems + warnings)
            await self._report.note(tx, walked.root, [one for read in reads for one in read.touched.items()])
            self._count(reads, filed, len(problems))
            place = os.path.join(walked.root.path, reads[-1].folders.main) if reads else None
            alive = await self._report.tell_with(tx, place)
        self._filed_artists.keep(filed.artists)
        if self._tell_at is not None and self._report.counts["items_added"] >= self._tell_at:
            self._tell_at *= 10
            self._beside.append(asyncio.create_task(self._tell_planner()))
        await self._report.moved(alive)

    def _count(self, reads: Sequence[Read], filed: Filed, refused: int) -> None:
        for read in reads:
            self._report.counts.update(read.touched.values())
            self._report.counts["filed"] += len(read.entries)
        self._report.counts["items_added"] += filed.items_added
        self._report.counts["refused"] += refused

    def _lies_there(self, root_id: UUID, folder: bytes) -> bool:
        """Whether a folder was seen; in a root that was not walked everything is taken to lie where it did."""
        walked = self._walked.get(root_id)
        return walked is None or walked.holds(folder)

    async def _draw(self, tx: Tx, root: Root, pictures: dict[UUID, list[Picture]]) -> None:
        works = [
            [
                PictureWork(item_id, one.type, one.source, os.path.join(root.path, one.path), one.duration_ms)
                for one in wanted
            ]
            for item_id, wanted in pictures.items()
        ]
        chunks = [
            IllustrateArgs(self._library.id, tuple(work for one in works[at : at + _PICTURES_A_JOB] for work in one))
            for at in range(0, len(works), _PICTURES_A_JOB)
        ]
        if chunks:
            await jobs.enqueue_many(tx, ILLUSTRATE, chunks)

    async def _sweep(self, walked: Walked, *, accept_missing: bool) -> None:
        root = walked.root
        async with self._database.transaction(readonly=True) as tx:
            gone = walked.gone_files | set(await libraries.missing_below(tx, root.id, walked.gone_folders))
            gone -= self._claimed
            present = await libraries.present_count(tx, root.id) if gone else 0
        found = present - len(gone) if walked.partial else sum(seen.files for seen in walked.seen.values())
        if not accept_missing and too_much_gone(len(gone), present, found):
            note = (
                f"{len(gone)} of {present} files are missing from {libraries.text(root.path)}. Nothing was removed:"
                " check that the drive is mounted and complete and scan again, or scan and accept that they are gone."
            )
            self._report.pause(note)
            async with self._database.transaction() as tx:
                await libraries.note_root_problem(tx, root.id, note)
            return
        if not (gone or walked.gone_folders or walked.held):
            return
        async with self._database.transaction() as tx:
            lost = await libraries.places(tx, gone)
            await self._report.note(tx, root, [(place, "missing") for place in lost])
            marked = await sweep(tx, root.id, list(gone), walked.gone_folders, walked.held)
            if marked:
                await self._report.items_changed(tx)
        self._report.counts["missing"] += marked
