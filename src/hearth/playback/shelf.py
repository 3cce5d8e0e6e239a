"""The folder of one session in the cache: its init section and its segments, as files that are whole or not there.

The folder may be shared by machines: the encoder writes on one, web processes serve from any. Everything here blocks.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from .fmp4 import write_segment

# Kept behind what the player fetched last: it plays up to a minute behind that, and people go back a little.
_BEHIND_MS = 120_000
_BEYOND_MS = 240_000
_SEGMENT = re.compile(r"(\d{1,6})\.m4s")
INIT = "init.mp4"


def hls_folder(cache: Path) -> Path:
    return cache / "hls"


def session_folder(cache: Path, session_id: UUID) -> Path:
    return hls_folder(cache) / session_id.hex


def segment_name(number: int) -> str:
    return f"{int(number)}.m4s"


class Shelf:
    """What an encoder has put into its session's folder, about `max_bytes` at most."""

    def __init__(self, folder: Path, cuts: Sequence[int], max_bytes: int = 2**30) -> None:
        self.max_bytes = max_bytes
        self.folder = folder
        self._cuts = cuts
        self.sizes: dict[int, int] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for entry in os.scandir(folder):
            if match := _SEGMENT.fullmatch(entry.name):
                self.sizes[int(match[1])] = entry.stat().st_size
            elif entry.name.startswith("."):  # a run that was killed while it wrote
                Path(entry.path).unlink(missing_ok=True)

    @property
    def last(self) -> int:
        return len(self._cuts) - 2

    def put_init(self, data: bytes) -> None:
        """Once: later runs of the same session describe the same stream."""
        if not (self.folder / INIT).exists():
            self._write(INIT, data)

    def put(self, number: int, data: bytes) -> None:
        self._write(segment_name(number), data)
        self.sizes[number] = len(data)

    def put_empty(self, numbers: Sequence[int]) -> None:
        """For the end of a file whose streams are a little shorter than it says: nothing is shown there."""
        for number in numbers:
            self.put(number, write_segment(number + 1, []))

    def first_missing(self, wanted: int) -> int | None:
        """The first segment from `wanted` on that is not here, None when all are."""
        return next((n for n in range(max(0, wanted), self.last + 1) if n not in self.sizes), None)

    def bytes_ahead(self, wanted: int) -> int:
        return sum(size for number, size in self.sizes.items() if number >= wanted)

    def trim(self, wanted: int) -> None:
        """Deletes what lies far behind what is wanted, and far beyond it."""
        now = self._cuts[min(wanted, self.last)]
        for number in list(self.sizes):
            if self._cuts[number + 1] < now - _BEHIND_MS or self._cuts[number] > now + _BEYOND_MS:
                self._drop(number)
        for number in sorted(self.sizes):
            if number >= wanted - 2 or sum(self.sizes.values()) <= self.max_bytes:
                break
            self._drop(number)

    def _drop(self, number: int) -> None:
        (self.folder / segment_name(number)).unlink(missing_ok=True)
        del self.sizes[number]

    def _write(self, name: str, data: bytes) -> None:
        fresh = self.folder / f".{name}.{os.getpid()}"
        try:
            fresh.write_bytes(data)
            fresh.replace(self.folder / name)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise


def remove(cache: Path, session_id: UUID) -> None:
    """Deletes a session's folder. A writer that still is at work fails and stops."""
    shutil.rmtree(session_folder(cache, session_id), ignore_errors=True)


def folders(cache: Path) -> list[UUID]:
    """The sessions that have a folder."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(hls_folder(cache)):
            with contextlib.suppress(ValueError):
                found.append(UUID(hex=entry.name))
    return found
