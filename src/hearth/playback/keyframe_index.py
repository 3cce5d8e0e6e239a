"""Finding where a file can be cut without encoding: asked of libav in a child process, and remembered.

A play that needs them waits for them; `ahead` finds them before anybody plays.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import msgspec

from hearth.kit.ids import new_id
from hearth.media.ffmpeg import Failed, run

# libav reads a stranger's file here: if that crashes, it is not the server that does.
_CHILD = (
    "import sys,json\n"
    "from hearth.media import keyframes\n"
    "path=sys.stdin.buffer.read()\n"
    "json.dump(keyframes(path,int(sys.argv[1]),float(sys.argv[2]),int(sys.argv[3]) or None),sys.stdout)\n"
)
_READ_S = 25.0
_MAX_OUTPUT = 16 * 2**20
FOLDER = "keyframes"


async def find_keyframes(
    path: bytes,
    stream: int,
    cache: Path,
    *,
    within_s: float = _READ_S,
    max_bytes: int = 0,
    niceness: int = 0,
    give_up: bool = False,
) -> list[int] | None:
    """Times of a video stream's keyframes in ms, or None when they cannot be found `within_s`.

    Containers without an index are read through once, at most `max_bytes` of them where that is not 0; what was found
    is kept in the cache folder, for the file as it is now. With `give_up`, that none could be found is kept as well:
    nobody waits for that again.
    """
    try:
        status = await asyncio.to_thread(os.stat, path)
    except OSError:
        return None
    kept = cache / FOLDER / f"{status.st_dev:x}-{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}-{stream}"
    found = await asyncio.to_thread(_recall, kept)
    if found is not None:
        return found
    argv = [sys.executable, "-I", "-c", _CHILD, str(int(stream)), str(within_s), str(int(max_bytes))]
    try:
        out = await run(argv, timeout_s=within_s + 10, max_output=_MAX_OUTPUT, stdin=path, niceness=niceness)
        found = msgspec.json.decode(out, type=list[int])
    except (Failed, TimeoutError, OSError, msgspec.DecodeError):
        if not give_up or not await asyncio.to_thread(os.path.exists, path):
            return None
        found = []
    await asyncio.to_thread(_keep, kept, found)
    return found


def _recall(kept: Path) -> list[int] | None:
    try:
        found = msgspec.json.decode(kept.read_bytes(), type=list[int])
        os.utime(kept)  # what is played stays; what nobody asked for in a year goes
        return found
    except (OSError, msgspec.DecodeError):
        return None


def _keep(kept: Path, found: list[int]) -> None:
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_name(f".{new_id().hex}")
        fresh.write_bytes(msgspec.json.encode(found))
        fresh.replace(kept)
    except OSError:
        return  # a full disk: found again next time
