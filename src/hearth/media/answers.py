"""The end of a pipe that a child's answers come out of, looked at when we want them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

MAX_ANSWER = 40 * 2**20  # the largest cover, and some
_CHUNK = 2**18


class Answers:
    """Length-prefixed messages that a child writes to `end`. It belongs to the event loop it is read on.

    A stream would wake the loop for each answer, although we decode a handful of them at once: asking for the tags of
    many files took 85 us a file here; read like this 20.
    """

    def __init__(self) -> None:
        self._fd, self.end = os.pipe()
        os.set_blocking(self._fd, False)
        self._heard = bytearray()
        self._waiting: asyncio.Future[None] | None = None

    def given(self) -> None:
        """The child has `end` now: ours is closed, so that its death is heard."""
        end, self.end = self.end, -1
        if end >= 0:
            os.close(end)

    def close(self) -> None:
        """Nothing more is wanted: whoever waits for answers is told that there are none."""
        self.given()
        fd, self._fd = self._fd, -1
        if self._waiting is not None:
            asyncio.get_running_loop().remove_reader(fd)
            _tell(self._waiting)
        if fd >= 0:
            os.close(fd)

    async def some(self) -> list[bytes]:
        """Whole messages, one at least, as soon as there are any; none when the child is gone. ValueError when one
        announces more than any answer has."""
        while not (found := list(_messages(self._heard))) and self._fd >= 0:
            try:
                chunk = os.read(self._fd, _CHUNK)
            except BlockingIOError:
                await self._readable()
                continue
            if not chunk:
                break
            self._heard += chunk
            await asyncio.sleep(0)  # a large answer comes in many chunks
        return found

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        self._waiting = waiting = loop.create_future()
        loop.add_reader(self._fd, _tell, waiting)
        try:
            await waiting
        finally:
            self._waiting = None
            if self._fd >= 0:
                loop.remove_reader(self._fd)


def _tell(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)


def _messages(heard: bytearray) -> Iterator[bytes]:
    """The whole messages at the beginning of what was heard, which are taken out of it."""
    at = 0
    while len(heard) >= at + 4:
        size = int.from_bytes(heard[at : at + 4], "little")
        if size > MAX_ANSWER:
            raise ValueError("an answer is too long")
        if len(heard) < at + 4 + size:
            break
        yield bytes(heard[at + 4 : at + 4 + size])
        at += 4 + size
    del heard[:at]
