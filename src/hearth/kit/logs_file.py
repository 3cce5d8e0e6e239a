"""Logs in files: one for each process, begun anew at a size and each day, the old ones removed by number and age.

Each process writes its own file, for processes that share one cannot turn it over without losing lines. A disk that is
full costs lines, which are counted, and nothing else.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from pathlib import Path
from typing import IO

from msgspec import Struct

from hearth.kit.metrics import Counter

LINES_LOST = Counter("hearth_log_lines_lost_total", "Lines of the log that could not be written.")
_DAY_S = 86_400
_MOST_TWINS = 16


class Files(Struct, frozen=True):
    """Where logs go: `bytes` at which a file is turned over, how many old ones stay, for how many days."""

    folder: Path
    bytes: int = 10 * 2**20
    count: int = 10
    days: int = 14


class Rotating(logging.Handler):
    """Appends lines to `<process>.log` in the folder."""

    def __init__(self, files: Files, process: str) -> None:
        super().__init__()
        self._files = files
        self._stem = "".join(c if c.isalnum() else "-" for c in process)
        self._file: IO[bytes] | None = None
        self._size = 0
        self._day = 0
        self._retry_at = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
            file = self._ready(len(line))
            if file is None:
                LINES_LOST.inc()
                return
            file.write(line)
            self._size += len(line)
        except OSError:
            LINES_LOST.inc()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        LINES_LOST.inc()

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
        super().close()

    def _ready(self, coming: int) -> IO[bytes] | None:
        day = int(time.time()) // _DAY_S
        if self._file is None and self._open(day) is None:
            return None
        if self._size and (self._size + coming > self._files.bytes or day != self._day):
            self._turn_over()
            return self._open(day)
        return self._file

    def _open(self, day: int) -> IO[bytes] | None:
        """The process's own file; another name when a process of the same name holds it. None while that fails."""
        now = time.monotonic()
        if now < self._retry_at:
            return None
        try:
            self._files.folder.mkdir(parents=True, exist_ok=True)
            for number in range(1, _MOST_TWINS):
                path = self._files.folder / f"{self._stem}{f'.{number}' if number > 1 else ''}.log"
                descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                    continue
                status = os.fstat(descriptor)
                self._file = os.fdopen(descriptor, "ab", buffering=0)
                self._size = status.st_size
                # A file that was begun on another day is turned over by the next line.
                self._day = int(status.st_mtime) // _DAY_S if status.st_size else day
                self._remove_old()
                return self._file
        except OSError:
            pass
        self._retry_at = now + 10
        return None

    def _turn_over(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        path = Path(os.readlink(f"/proc/self/fd/{file.fileno()}")) if os.path.isdir("/proc/self/fd") else None
        path = path or self._files.folder / f"{self._stem}.log"
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + f"{time.time_ns() // 1_000_000 % 1000:03d}"
        with contextlib.suppress(OSError):
            path.rename(path.with_name(f"{path.stem}-{stamp}.log"))
        file.close()

    def _remove_old(self) -> None:
        """By number and age; those of other processes by age too, for the process may never come back."""
        oldest = time.time() - self._files.days * _DAY_S
        own = sorted(self._files.folder.glob(f"{self._stem}*-[0-9]*T[0-9]*.log"), reverse=True)
        for path in own[self._files.count :]:
            path.unlink(missing_ok=True)
        for path in self._files.folder.glob("*-[0-9]*T[0-9]*.log"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink(missing_ok=True)
