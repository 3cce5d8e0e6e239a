"""The folders of one root that changed, until they have settled and a scan of them was asked for."""

import asyncio
import os
import time

from msgspec import Struct, field

from hearth import libraries
from hearth.db import Database
from hearth.ingest.settle import Settling, State
from hearth.ingest.walk import digest
from hearth.libraries import Root
from hearth.media.inotify import Change

_MARGIN_S = 1.0
_LONGEST_HOLD_S = 3.0
# A folder that takes long to list is looked at seldom, and so are many: they take a twentieth of our time. All of them
# together are not kept waiting for longer than this, though, so that what has settled appears soon.
_BUSY = 20
_LONGEST_REST_S = 5.0
_NOTHING = digest([])


class _Dirty(Struct):
    """A folder that changed: how it is looked at, until when nobody looks, what was found there when it was last
    released, since when it is ready, and since when names stand that were moved here."""

    settling: Settling
    removed_at: float | None = None
    next_look: float = 0.0
    released: bytes | None = None
    ready_at: float | None = None
    since: dict[bytes, float] = field(default_factory=dict)


class Changes:
    """What is known of a watched root's changes."""

    def __init__(self, root: Root, *, settle_s: float, links: bool) -> None:
        self.root = root
        self._settle_s = settle_s
        self._links = links
        self._dirty: dict[bytes, _Dirty] = {}
        self._next_look = 0.0
        self._top = root.path.rstrip(b"/") + b"/"

    def holds(self, folder: bytes) -> bool:
        """Whether a full path lies in the root."""
        return (folder.rstrip(b"/") + b"/").startswith(self._top)

    def note(self, change: Change) -> None:
        """Take note of a change in a folder of the root."""
        path = change.folder[len(self._top) :]
        now = time.monotonic()
        dirty = self._dirty_at(path)
        if change.kind == "left":
            # It may have been a folder: what was filed of it tells, when it is compared.
            self._dirty_at(os.path.join(path, change.name)).removed_at = now
            dirty.removed_at = now
            dirty.settling.opened.discard(change.name)
            dirty.since.pop(change.name, None)
        elif change.kind == "opened":
            dirty.settling.opened.add(change.name)
        elif change.kind == "written":
            dirty.settling.opened.discard(change.name)
        elif change.kind == "came" and change.name:
            dirty.since[change.name] = now

    def _dirty_at(self, path: bytes) -> _Dirty:
        if path not in self._dirty:
            settling = Settling(self.root.path, path, settle_s=self._settle_s, links=self._links)
            self._dirty[path] = _Dirty(settling)
        return self._dirty[path]

    async def release(self, database: Database) -> None:
        """Ask for a scan of the folders that have settled, if there are any and no scan of the library is under way."""
        now = time.monotonic()
        if not self._dirty or now < self._next_look:
            return
        async with database.transaction(readonly=True) as tx:
            if self.root.library_id in await libraries.scanning(tx):
                return  # it may do what we would ask for; what is left is compared when it is over
        ready = await asyncio.to_thread(self._look, now)
        took = time.monotonic() - now
        self._next_look = now + took + min(took * _BUSY, _LONGEST_REST_S)
        if not ready or self._held(ready, now):
            return
        async with database.transaction() as tx:
            known = await libraries.known_folders(tx, self.root.id)
            wanted = [
                os.path.join(self.root.path, path) if path else self.root.path
                for path, state in ready.items()
                if known.get(path) != state.digest
            ]
            if wanted:
                await libraries.request_scan(tx, self.root.library_id, folders=wanted)
        for path, state in ready.items():
            dirty = self._dirty[path]
            if state.moving:
                dirty.released, dirty.ready_at, dirty.removed_at = state.settled, None, None
            else:
                del self._dirty[path]

    def _look(self, now: float) -> dict[bytes, State]:
        """The folders in which something has settled since they were released last. Blocks on disk."""
        ready: dict[bytes, State] = {}
        for path, dirty in list(self._dirty.items()):
            if now < dirty.next_look:
                continue
            began = time.monotonic()
            state = dirty.settling.look(now, dirty.since)
            dirty.next_look = now + (time.monotonic() - began) * _BUSY
            if dirty.removed_at is not None and now - dirty.removed_at < self._settle_s + _MARGIN_S:
                continue
            if state.moving and state.settled == (dirty.released or _NOTHING):
                continue
            dirty.ready_at = dirty.ready_at or now
            ready[path] = state
        return ready

    def _held(self, ready: dict[bytes, State], now: float) -> bool:
        """Whether to wait a little: what left one folder and came to another is scanned together."""
        leaving = any(
            dirty.removed_at is not None and now - dirty.removed_at < self._settle_s + _MARGIN_S
            for dirty in self._dirty.values()
        )
        waited = max(now - (self._dirty[path].ready_at or now) for path in ready)
        return leaving and waited < _LONGEST_HOLD_S
