"""A file read in few pieces: its beginning once, and whatever lies further on when it is asked for."""

from __future__ import annotations

import os
import stat

from .fingerprint import EDGE

PIECE = EDGE
_LONGEST = 2**20


class Unusual(Exception):
    """The file is not laid out as nearly all of its kind are: the general readers are to be asked."""


class Window:
    """A regular file of `size` bytes, open as `fd`; `head` is its first PIECE, `tail` the last PIECE of the rest."""

    __slots__ = ("_at", "_fd", "_piece", "head", "size", "tail")

    def __init__(self, fd: int) -> None:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
            raise Unusual
        self.size = status.st_size
        self.head = os.read(fd, PIECE)
        self.tail = os.pread(fd, PIECE, max(PIECE, self.size - PIECE)) if self.size > PIECE else b""
        self._fd, self._at, self._piece = fd, 0, self.head

    def bytes_at(self, start: int, length: int) -> bytes:
        """The bytes from `start` on; Unusual when there are not so many, or more than a tag has any use for."""
        begin = start - self._at
        if begin < 0 or begin + length > len(self._piece):
            if start < 0 or length > _LONGEST or start + length > self.size:
                raise Unusual
            self._piece, self._at, begin = os.pread(self._fd, max(length, PIECE), start), start, 0
            if len(self._piece) < length:
                raise Unusual
        return self._piece[begin : begin + length]
