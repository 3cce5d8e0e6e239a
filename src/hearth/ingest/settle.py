"""Whether a file is done being written. Blocks on disk: call it in a thread."""

import fcntl
import os
import signal
import time
from collections.abc import Mapping, Sequence

from msgspec import Struct

from hearth.ingest.walk import Entry, digest, list_folder

_Facts = tuple[int, int, int]


def being_written(path: bytes) -> bool | None:
    """Whether somebody has the file open for writing; None when the system does not tell us.

    A read lease (fcntl(2), F_SETLEASE) is given on a file that nobody writes, to its owner and to root, on local file
    systems. It is given back at once.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        # Who opens the file for writing in this very moment breaks the lease by a signal; SIGIO would end us.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(handle)
    return False


class State(Struct, frozen=True):
    """A folder as it lies there now: the digest that a scan would file (None when it is gone), the settled part of it,
    and how many files in it are still moving."""

    digest: bytes | None
    settled: bytes | None
    moving: int


class Settling:
    """Looks at a folder again and again. A file is settled when its size and times have stood still for `settle_s` by
    our own clock and nobody writes it; `opened` names files that were made and not closed since."""

    def __init__(self, root: bytes, folder: bytes, *, settle_s: float, links: bool) -> None:
        self._root = root
        self._folder = folder
        self._settle_s = settle_s
        self._links = links
        self._stood: dict[bytes, tuple[_Facts, float]] = {}
        self.opened: set[bytes] = set()

    def look(self, now: float, known: Mapping[bytes, float]) -> State:
        """How the folder stands at `now` (monotonic). `known` says since when names stand that were moved here."""
        try:
            entries = list_folder(self._root, self._folder, links=self._links)
        except OSError:
            return State(None, None, 0)
        settled = [entry for entry in entries if self._is_settled(entry, now, known.get(entry.name, now))]
        names = {entry.name for entry in entries}
        self._stood = {name: stood for name, stood in self._stood.items() if name in names}
        self.opened &= names
        return State(digest(entries), digest(settled), len(entries) - len(settled))

    def _is_settled(self, entry: Entry, now: float, since: float) -> bool:
        facts = (entry.size, entry.mtime_ns, entry.inode)
        before = self._stood.get(entry.name)
        if before is None or before[0] != facts:
            # What has lain there for long when we first look need not wait.
            old = before is None and time.time() - _changed_at(self._path(entry)) > self._settle_s
            since = now - self._settle_s if old else since if before is None else now
            self._stood[entry.name] = before = (facts, since)
        if now - before[1] < self._settle_s:
            return False
        writing = being_written(self._path(entry))
        return not (writing or (writing is None and entry.name in self.opened))

    def _path(self, entry: Entry) -> bytes:
        return os.path.join(self._root, entry.path)


def _changed_at(path: bytes) -> float:
    """When a file was last written, renamed or given other rights: its ctime, which nobody can set; now if unknown."""
    try:
        return os.stat(path).st_ctime
    except OSError:
        return time.time()


def wait_for(paths: Sequence[bytes], settle_s: float) -> tuple[set[bytes], float]:
    """Of files about to be read: those that are being written, and for how many seconds the rest should be waited for
    because nobody can tell whether they are and they changed a moment ago."""
    writing: set[bytes] = set()
    pause = 0.0
    for path in paths:
        told = being_written(path)
        if told:
            writing.add(path)
        elif told is None:
            pause = max(pause, settle_s - max(0.0, time.time() - _changed_at(path)))
    return writing, min(pause, settle_s)
