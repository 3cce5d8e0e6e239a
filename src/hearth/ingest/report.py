"""How a scan stands: what it counted, what it refused, what it says in the end."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID

from hearth import catalog, jobs, libraries
from hearth.db import Database, Tx
from hearth.libraries import Change, Root, ScanChange, ScanCounts, ScanProblem

_ENOUGH = 1_000
# Whoever shows items makes them anew when they changed: with each batch, lists beside a scan took six times as long.
_ANNOUNCED_EVERY_S = 2.0


class Cancelled(Exception):
    """Somebody asked the scan to stop."""


class Report:
    """The counts of one run; written with what they count, told to listeners, kept with the scan."""

    def __init__(self, database: Database, library: libraries.Library, scan_id: UUID, run: jobs.Run) -> None:
        self._database = database
        self._library = library
        self._scan_id = scan_id
        self._run = run
        self._notes: list[str] = []
        self.paused = False
        self._told = 0
        # What a try before this one changed and could not announce any more is announced at the end.
        self._changed = run.attempt > 1
        self._announced = -_ANNOUNCED_EVERY_S
        self.partial = False
        self.counts: Counter[str] = Counter()
        self.to_file: int | None = None

    def pause(self, note: str) -> None:
        """The scan ends as paused, with this sentence among those it says."""
        self.paused = True
        self._notes.append(note)

    async def tell(self, current: bytes | None) -> None:
        """Say how far the scan is; Cancelled when it is to stop."""
        async with self._database.transaction() as tx:
            alive = await libraries.report_scan(tx, self._scan_id, self._so_far(), current)
        await self.moved(alive)

    async def tell_with(self, tx: Tx, current: bytes | None) -> bool:
        """`tell` in the transaction of a batch; the answer is for `moved`, after the commit."""
        return await libraries.report_scan(tx, self._scan_id, self._so_far(), current)

    async def moved(self, alive: bool) -> None:
        """After a step was committed: the job's own progress, and Cancelled when the scan is to stop."""
        await self._run.progress(self.counts["filed"], self.to_file)
        if not alive:
            raise Cancelled

    async def items_changed(self, tx: Tx) -> None:
        """Tell listeners that items are new, otherwise or gone, but only so often; `announce_rest` tells the rest."""
        self._changed = True
        now = time.monotonic()
        if now - self._announced >= _ANNOUNCED_EVERY_S:
            self._announced = now
            await jobs.announce(tx, catalog.ItemsChanged(self._library.id))

    async def announce_rest(self, tx: Tx) -> None:
        """Tell listeners, at the end, of all that changed."""
        if self._changed:
            await jobs.announce(tx, catalog.ItemsChanged(self._library.id))

    async def refuse(self, tx: Tx, root: Root, problems: Iterable[tuple[bytes, str]]) -> None:
        """Keep what was refused in a root (path below it, reason)."""
        found = [ScanProblem(os.path.join(root.path, path), reason) for path, reason in problems]
        if found:
            await libraries.add_problems(tx, self._scan_id, found)

    async def note(self, tx: Tx, root: Root, changes: Iterable[tuple[bytes, Change]]) -> None:
        """Keep what was done to the files of a root (path below it, what)."""
        found = [ScanChange(os.path.join(root.path, path), change) for path, change in changes][: _ENOUGH - self._told]
        if found:
            self._told += len(found)
            await libraries.add_changes(tx, self._scan_id, found)

    async def finish(self) -> None:
        """End the scan, with all that is refused in the library now, whichever scan found it."""
        message = " ".join(self._notes) or None
        if message is None and self.counts["files"] == 0 and not self.partial:
            kinds = {"movies": "films", "shows": "episodes", "music": "music"}
            message = f"No {kinds[self._library.kind]} here yet. Put files into the folder and scan again."
        async with self._database.transaction() as tx:
            standing = await libraries.add_standing_problems(tx, self._scan_id, self._library.id)
            self.counts["refused"] = max(self.counts["refused"], standing)
            await self.announce_rest(tx)
            await libraries.report_scan(tx, self._scan_id, self._so_far(), None)
            await libraries.end_scan(tx, self._scan_id, "paused" if self.paused else "done", message)

    def _so_far(self) -> ScanCounts:
        known = {name: self.counts[name] for name in ScanCounts.__struct_fields__ if name != "to_file"}
        return ScanCounts(**known, to_file=self.to_file)


def below(path: bytes, folders: Sequence[bytes]) -> bool:
    """Whether a path is one of the folders or lies in one; "" is the root, which holds everything."""
    return any(folder in (b"", path) or path.startswith(folder + b"/") for folder in folders)
