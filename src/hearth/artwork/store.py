"""Where pictures lie: one clean WebP under the hash of its bytes in the data folder, its sizes in the cache folder."""

import asyncio
import os
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from hearth.kit.errors import NotFound, TooMany
from hearth.media import images

_MAX_SIDE = 3840
_WAITING = 200
_WAIT_S = 30.0


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
        self._making: dict[Path, asyncio.Future[None]] = {}

    async def keep(self, data: bytes, *, max_side: int = _MAX_SIDE) -> Kept:
        """Clean a picture from anywhere and keep it; Invalid when it is not one or is too large."""
        async with self._turn:
            return await asyncio.to_thread(self._keep, data, max_side)

    def original(self, digest: bytes) -> Path:
        """Where the picture with this hash lies; NotFound when it does not."""
        path = self._place(self._data, digest)
        if not path.is_file():
            raise NotFound("This picture is not in the store any more. Scan the library to make it again.")
        return path

    async def resized(self, digest: bytes, width: int) -> Path:
        """The picture at the next larger one of the served widths, made once; never wider than the original.

        Requests for one size wait for one making; TooMany when hundreds of sizes wait already.
        """
        step = images.step(width)
        target = self._place(self._cache, digest, f"-{step}")
        if target.is_file():
            return target
        if (running := self._making.get(target)) is not None:
            await asyncio.wait_for(asyncio.shield(running), _WAIT_S)
            return target
        if len(self._making) >= _WAITING:
            raise TooMany("Too many pictures are being made at once: try again in a moment.")
        done = asyncio.get_running_loop().create_future()
        self._making[target] = done
        try:
            async with asyncio.timeout(_WAIT_S), self._turn:
                await asyncio.to_thread(self._resize, self.original(digest), step, target)
            done.set_result(None)
        except BaseException as error:
            done.set_exception(error if isinstance(error, Exception) else TimeoutError())
            done.exception()  # nobody may wait for it: a failure told to the one who asked is not lost
            raise
        finally:
            del self._making[target]
        return target

    def _place(self, folder: Path, digest: bytes, suffix: str = "") -> Path:
        name = digest.hex()
        return folder / name[:2] / f"{name}{suffix}.webp"

    def _keep(self, data: bytes, max_side: int) -> Kept:
        clean = images.normalise(data, max_side)
        digest = sha256(clean).digest()
        path = self._place(self._data, digest)
        if not path.is_file():
            _write(path, clean)
        return Kept(digest, images.describe(clean))

    def _resize(self, source: Path, width: int, target: Path) -> None:
        _write(target, images.resize(source.read_bytes(), width))


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all: a crash leaves a stray temporary file, never a torn picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{id(data):x}")
    try:
        scratch.write_bytes(data)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
