"""Watching the roots of all libraries: what changed and has settled becomes a scan of just the folders concerned.

One process watches a root at a time, by a lease in the database. Roots that cannot be watched (a network mount, the
system's limit) are scanned by the clock, and say so; in between, a glance at the times of their folders finds what came
and went, though not what was written over in its place. Whoever begins to watch first compares all folders, files and
all, with what was filed, so nothing that happened meanwhile is lost.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import structlog

from hearth import libraries
from hearth.db import Database
from hearth.ingest.changes import Changes
from hearth.ingest.walk import touched, walk
from hearth.kit.errors import HearthError
from hearth.libraries import Root
from hearth.media import names
from hearth.media.inotify import Change, Inotify, WatchLimit, network_kind

log = structlog.get_logger(__name__)

_TICK_S = 0.5
_ROUND_S = 5.0
_PAUSE_S = 5.0
# What could not be watched is tried again after this long: trying walks the whole tree.
_RETRY_S = 600.0
# How often to glance at folders that cannot be watched; a slow drive is given a twentieth of our time at most.
_GLANCE_S = 300.0
_PATIENCE_S = 120.0
_BUSY = 20


class Watcher:
    """Watches what no other process watches. `every_h` is how often all of a library is scanned whatever was noticed,
    `network_every_h` the same for one that cannot be watched; 0 is never."""

    def __init__(
        self, database: Database, *, settle_s: float, every_h: float, network_every_h: float, links: bool = False
    ) -> None:
        self._database = database
        self._settle_s = settle_s
        self.scan_every(every_h, network_every_h)
        self._links = links
        self._host = socket.gethostname()
        self._name = f"{self._host}:{os.getpid()}"
        self._notify: Inotify | None = None
        self._roots: dict[UUID, Changes] = {}
        self._retry_at: dict[UUID, float] = {}
        self._glance_at: dict[UUID, float] = {}
        self._changed = asyncio.Event()

    def scan_every(self, every_h: float, network_every_h: float) -> None:
        """How often, from now on; as for the class."""
        self._every = timedelta(hours=every_h) if every_h else timedelta(days=36500)
        self._network_every = timedelta(hours=network_every_h) if network_every_h else timedelta(days=36500)
        self._network_every_h = network_every_h

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watches for as long as the block lasts."""
        duty = asyncio.create_task(self._run(), name="watcher")
        try:
            yield
        finally:
            duty.cancel()
            await asyncio.gather(duty, return_exceptions=True)
            if self._notify is not None:
                self._notify.close()
            with contextlib.suppress(HearthError, TimeoutError):
                async with self._database.transaction() as tx:
                    await libraries.release_roots(tx, self._name)

    async def _run(self) -> None:
        due = 0.0
        while True:
            try:
                if self._changed.is_set() or time.monotonic() >= due:
                    self._changed.clear()
                    await self._round()
                    due = time.monotonic() + _ROUND_S
                await self._listen()
                for changes in list(self._roots.values()):
                    await changes.release(self._database)
            except Exception as error:
                # The database is away, or a disk fell out under our hands: what was noticed stays noticed.
                log.warning("watching paused", error=str(error) or type(error).__name__)
                await asyncio.sleep(_PAUSE_S)

    async def _listen(self) -> None:
        if self._notify is None or not self._roots:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _TICK_S * 2)
            return
        began = time.monotonic()
        try:
            changes = await self._notify.changes(_TICK_S)
        except WatchLimit:
            await self._limit_reached()
            return
        for change in changes:
            await self._note(change)
        # Gather for a moment: a copy of many files wakes us for each of them otherwise.
        await asyncio.sleep(max(0.0, _TICK_S - (time.monotonic() - began)))

    async def _note(self, change: Change) -> None:
        if change.kind == "overflow":
            log.warning("more changed at once than the system could tell; all watched folders are compared")
            for changes in list(self._roots.values()):
                await self._leave(changes.root.id)
            self._changed.set()
            return
        for changes in list(self._roots.values()):
            if changes.holds(change.folder):
                if change.kind == "lost":
                    await self._leave(changes.root.id)
                    self._changed.set()
                else:
                    changes.note(change)
                return

    async def _round(self) -> None:
        """Keep the leases, take roots that nobody watches, leave those that are gone, and scan what is due."""
        async with self._database.transaction() as tx:
            found = await libraries.libraries(tx)
            dead = [name for name in await libraries.watchers(tx) if self._is_dead(name)]
            mine = {
                root.id: root
                for library in found
                for root in library.roots
                if await libraries.lease_root(tx, root.id, self._name, instead_of=dead)
            }
            scanned = await libraries.scanning(tx)
            for library_id in await libraries.overdue(tx, self._every, self._network_every):
                await libraries.request_scan(tx, library_id)
        for root_id in [root_id for root_id in self._roots if root_id not in mine]:
            await self._leave(root_id)
        for root_id, root in mine.items():
            if root.library_id in scanned:
                continue  # comparing would only find what the scan has yet to file, and slow it down
            if root_id not in self._roots and time.monotonic() >= self._retry_at.get(root_id, 0.0):
                try:
                    await self._take(root)
                except WatchLimit:
                    await self._limit_reached(root)
            if root_id not in self._roots and root_id in self._retry_at and root.problem is None:
                await self._glance(root)

    async def _glance(self, root: Root) -> None:
        """Ask for a scan of the folders of a root scanned by the clock in which something came or went."""
        now = time.monotonic()
        if now < self._glance_at.get(root.id, 0.0):
            return
        self._glance_at[root.id] = now + _GLANCE_S
        async with self._database.transaction(readonly=True) as tx:
            times = await libraries.folder_times(tx, root.id)
        try:
            if await libraries.look(libraries.access_problem, root.path, what=root.path) is not None:
                return
            found = await libraries.look(touched, root.path, times, what=root.path, patience_s=_PATIENCE_S)
        except HearthError:
            return
        self._glance_at[root.id] = time.monotonic() + max(_GLANCE_S, (time.monotonic() - now) * _BUSY)
        if found:
            async with self._database.transaction() as tx:
                folders = [os.path.join(root.path, path) if path else root.path for path in found]
                await libraries.request_scan(tx, root.library_id, folders=folders)

    def _is_dead(self, watcher: str) -> bool:
        host, _, pid = watcher.rpartition(":")
        if host != self._host or not pid.isdecimal() or watcher == self._name:
            return False
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False

    async def _take(self, root: Root) -> None:
        try:
            if await libraries.look(libraries.access_problem, root.path, what=root.path) is not None:
                return  # its drive is away: scans say so, and we look again in a moment
            network = await libraries.look(network_kind, root.path, what=root.path)
        except (HearthError, OSError):
            return
        if network is not None:
            await self._say(root, self._by_the_clock(f"it lies on a network drive ({network}), which tells no changes"))
            return
        notify = self._notify = self._notify or Inotify(
            ignored=lambda name: names.ignored(os.fsdecode(name)), links=self._links
        )
        try:
            count = await asyncio.to_thread(notify.add_tree, root.path)
        except OSError as error:
            await self._say(root, self._by_the_clock(f"it cannot be watched ({error.strerror})"))
            return
        changes = Changes(root, settle_s=self._settle_s, links=self._links)
        self._roots[root.id] = changes
        async with self._database.transaction(readonly=True) as tx:
            known = await libraries.known_folders(tx, root.id)
        different = await asyncio.to_thread(self._compare, root, known)
        for folder in different:
            changes.note(Change("came", os.path.join(root.path, folder) if folder else root.path))
        await self._say(root, "watched")
        log.info("watching", root=libraries.text(root.path), folders=count, different=len(different))

    def _compare(self, root: Root, known: dict[bytes, bytes]) -> list[bytes]:
        """Folders that are not as they were filed."""
        seen: dict[bytes, bytes] = {}
        for found in walk(root.path, links=self._links):
            if not isinstance(found, tuple):
                seen[found.path] = found.digest if found.problem is None else known.get(found.path, b"")
        return [path for path in seen.keys() | known.keys() if seen.get(path) != known.get(path)]

    async def _leave(self, root_id: UUID) -> None:
        changes = self._roots.pop(root_id, None)
        if changes is not None and self._notify is not None:
            await asyncio.to_thread(self._notify.remove_tree, changes.root.path)

    async def _limit_reached(self, root: Root | None = None) -> None:
        """No watch is to be had: the root, or all of them when one grew beyond the limit, is scanned by the clock."""
        why = self._by_the_clock(
            "the system gives no further watches; raise fs.inotify.max_user_watches to have changes noticed at once"
        )
        for one in [root] if root is not None else [changes.root for changes in self._roots.values()]:
            await self._leave(one.id)
            await self._say(one, why)

    def _by_the_clock(self, why: str) -> str:
        hours = self._network_every_h
        often = f"Scanned every {hours:g} h" if hours else "Scanned only when asked to"
        return f"{often}: {why}."

    async def _say(self, root: Root, watch: str) -> None:
        if watch != "watched":
            self._retry_at[root.id] = time.monotonic() + _RETRY_S
        if watch != root.watch:
            async with self._database.transaction() as tx:
                await libraries.note_watch(tx, root.id, watch)
