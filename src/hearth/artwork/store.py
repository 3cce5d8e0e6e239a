"""Where pictures lie: one clean WebP under the hash of its bytes in the data folder, its sizes in the cache folder."""

import asyncio
import contextlib
import logging
import os
import time
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from hearth.kit.errors import DiskFull, NotFound, TooMany, out_of_room
from hearth.media import images

log = logging.getLogger(__name__)
_MAX_SIDE = 3840
_COMPLAIN_EVERY_S = 60.0
_WAITING = 200
_WAIT_S = 30.0
_BUSY = "Too many pictures are being made at once: try again in a moment."


class Kept(Struct, frozen=True):
    """A picture in the store: SHA-256 of its bytes, and its facts."""

    hash: bytes
    picture: images.Picture


class Store:
    """The two folders, and a bound on how many pictures are worked on at a time (libvips uses two threads each)."""

    def __init__(self, data: Path, cache: Path, *, at_once: int = 2) -> None:
        self._data = data / "artwork"
        self._cache = cache / "images"
        self._turn = asyncio.Semaphore(at_once)
        self._complain_at = 0.0
        self._making: dict[Path, asyncio.Task[Path]] = {}

    async def keep(self, data: bytes, *, max_side: int = _MAX_SIDE) -> Kept:
        """Clean a picture from anywhere and keep it; Invalid when it is not one or is too large, DiskFull when there is
        no room for it."""
        async with self._turn:
            return await asyncio.to_thread(self._keep, data, max_side)

    def original(self, digest: bytes) -> Path:
        """Where the picture with this hash lies; NotFound when it does not."""
        path = self._place(self._data, digest)
        if not path.is_file():
            raise NotFound("This picture is not in the store any more.")
        return path

    def holds(self, digest: bytes) -> bool:
        """Whether the picture with this hash lies in the store."""
        return self._place(self._data, digest).is_file()

    async def resized(self, digest: bytes, width: int) -> Path:
        """The picture at the next larger one of the served widths, made once; never wider than the original.

        Requests for one size wait for one making; TooMany when hundreds of sizes wait already. When the cache folder
        takes nothing (its disk is full, it is not ours) the answer is the original.
        """
        step = images.step(width)
        target = self._place(self._cache, digest, f"-{step}")
        if target.is_file():
            return target
        making = self._making.get(target)
        if making is None:
            if len(self._making) >= _WAITING:
                raise TooMany(_BUSY)
            making = self._making[target] = asyncio.create_task(self._make(digest, step, target))
            making.add_done_callback(lambda done: self._made(target, done))
        try:
            # Whoever asked first may leave: the others still get what was begun.
            return await asyncio.wait_for(asyncio.shield(making), _WAIT_S)
        except TimeoutError as error:
            raise TooMany(_BUSY) from error

    async def _make(self, digest: bytes, step: int, target: Path) -> Path:
        async with self._turn:
            return await asyncio.to_thread(self._resize, self.original(digest), step, target)

    def _made(self, target: Path, done: asyncio.Task[Path]) -> None:
        del self._making[target]
        if not done.cancelled():
            done.exception()  # nobody may wait for it any more: asked for here, so that it is not reported as lost

    def _place(self, folder: Path, digest: bytes, suffix: str = "") -> Path:
        name = digest.hex()
        return folder / name[:2] / f"{name}{suffix}.webp"

    def _keep(self, data: bytes, max_side: int) -> Kept:
        clean = images.normalise(data, max_side)
        digest = sha256(clean).digest()
        path = self._place(self._data, digest)
        if not path.is_file():
            try:
                _write(path, clean)
            except OSError as error:
                if out_of_room(error):
                    raise DiskFull from error
                raise
        return Kept(digest, images.describe(clean))

    def _resize(self, source: Path, width: int, target: Path) -> Path:
        small = images.resize(source.read_bytes(), width)
        try:
            _write(target, small)
        except OSError as error:
            # Said once a minute at most: a page of posters asks for a hundred.
            if time.monotonic() > self._complain_at:
                self._complain_at = time.monotonic() + _COMPLAIN_EVERY_S
                log.warning("the cache folder takes no pictures, originals are served: %s", error)
            return source
        return target


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all: a crash leaves a stray temporary file, never a torn picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{id(data):x}")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink()  # an error here must not hide the one that led to it
