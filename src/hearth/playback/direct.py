"""Sends a file, or a range of it, over ASGI: cached pages at once, cold ones by a thread, none when nobody listens."""

from __future__ import annotations

import asyncio
import errno
import functools
import os
import stat
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from hearth.kit.errors import Denied, NotFound, Unavailable

from .ranges import Answer, answer, etag, last_modified

Scope = MutableMapping[str, Any]  # ASGI's own definition
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_CHUNK = 256 * 1024
_COLD_CHUNK = 512 * 1024
_CHECK_EVERY = 16  # chunks between two looks at whether the file is still the same
_READERS = 16
_DISK_TIMEOUT_S = 30.0
_GONE = "The file is not there any more. Scan the library, or check that its drive is connected."
_HUNG = "The disk does not answer: check the drive or network share that holds this file."


@functools.cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_READERS, thread_name_prefix="media-read")


async def serve_file(
    scope: Scope,
    receive: Receive,
    send: Send,
    path: bytes,
    mime_type: str,
    *,
    roots: Sequence[bytes] | None = None,
    alive: Callable[[], bool] = lambda: True,
    cache_control: str = "private, no-cache",
) -> None:
    """Answers one GET or HEAD for a file; `alive` turning false ends the body within a chunk.

    With `roots` the file, every symbolic link resolved, must lie inside one of them. Raises, before anything is sent:
    NotFound (missing, not a regular file), Denied (outside the roots, not readable), Unavailable (the disk hangs).
    """
    loop = asyncio.get_running_loop()
    fd, status = await _opened(path, tuple(roots) if roots is not None else None)
    try:
        headers = {bytes(key).lower(): bytes(value) for key, value in scope["headers"]}
        what = answer(headers, status)
        await send(_start(what, status, mime_type, cache_control))
        if scope["method"] == "HEAD" or what.start >= what.end:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        gone = asyncio.Event()
        watcher = loop.create_task(_watch(receive, gone))
        try:
            await _pump(send, fd, status, what, lambda: alive() and not gone.is_set())
        finally:
            watcher.cancel()
    finally:
        os.close(fd)  # of a file that was only read: waits for nothing


def _start(what: Answer, status: os.stat_result, mime_type: str, cache_control: str) -> Message:
    headers = [
        (b"accept-ranges", b"bytes"),
        (b"etag", etag(status).encode()),
        (b"last-modified", last_modified(status).encode()),
        (b"cache-control", cache_control.encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if what.status != 304:
        headers += [(b"content-length", str(what.end - what.start).encode()), (b"content-type", mime_type.encode())]
    if what.status == 206:
        headers.append((b"content-range", f"bytes {what.start}-{what.end - 1}/{status.st_size}".encode()))
    elif what.status == 416:
        headers.append((b"content-range", f"bytes */{status.st_size}".encode()))
    return {"type": "http.response.start", "status": int(what.status), "headers": headers}


async def _pump(send: Send, fd: int, status: os.stat_result, what: Answer, wanted: Callable[[], bool]) -> None:
    """Sends the bytes. Returns early, the body unfinished, when nobody wants them or the file is another one now:
    the server then closes the connection, which is how a client learns that the rest will not come."""
    at, count, inline = what.start, 0, hasattr(os, "RWF_NOWAIT")
    while at < what.end and wanted():
        count += 1
        if count % _CHECK_EVERY == 0 and _changed(fd, status):
            return
        data: bytes | bytearray | None = None
        if inline:
            try:
                data = _read_cached(fd, min(_CHUNK, what.end - at), at)
            except OSError as error:
                if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
                    return
                inline = False  # a file system that cannot tell (some network and user-space ones)
        if data is None:
            try:
                data = await _in_thread(os.pread, fd, min(_COLD_CHUNK, what.end - at), at)
            except (OSError, Unavailable):
                return
            if not wanted():
                return
        else:
            await asyncio.sleep(0)
        if not data:  # truncated meanwhile
            return
        at += len(data)
        await send({"type": "http.response.body", "body": data, "more_body": at < what.end})


def _read_cached(fd: int, size: int, at: int) -> bytearray | None:
    """What of the range the kernel has in memory, or None when the disk would have to be waited for."""
    buffer = bytearray(size)
    try:
        got = os.preadv(fd, [buffer], at, os.RWF_NOWAIT)
    except BlockingIOError:
        return None
    if got < size:
        del buffer[got:]
    return buffer


def _changed(fd: int, before: os.stat_result) -> bool:
    now = os.fstat(fd)
    return (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns)


async def _watch(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _opened(path: bytes, roots: tuple[bytes, ...] | None) -> tuple[int, os.stat_result]:
    opening = _readers().submit(_open, path, roots)
    try:
        async with asyncio.timeout(_DISK_TIMEOUT_S):
            return await asyncio.wrap_future(opening)
    except BaseException as error:
        # We stop waiting, the thread does not: what it opens late has to be closed.
        opening.add_done_callback(_close_late)
        if isinstance(error, TimeoutError):
            raise Unavailable(_HUNG) from None
        raise


def _close_late(opening: Future[tuple[int, os.stat_result]]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        os.close(opening.result()[0])


async def _in_thread(function: Callable[..., Any], *args: object) -> Any:  # as run_in_executor types it
    try:
        async with asyncio.timeout(_DISK_TIMEOUT_S):
            return await asyncio.get_running_loop().run_in_executor(_readers(), functools.partial(function, *args))
    except TimeoutError:
        raise Unavailable(_HUNG) from None


def _open(path: bytes, roots: tuple[bytes, ...] | None) -> tuple[int, os.stat_result]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(_GONE) from None
    except PermissionError:
        raise Denied("Hearth may not read this file: check its owner and permissions.") from None
    except OSError as error:
        raise Unavailable(f"The disk refused to read this file: {error.strerror}.") from None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise NotFound("This is not a file that can be played.")
        if roots is not None and not inside(_real_path(fd, path), roots):
            raise Denied("This file is a link that leads out of its library.")
    except BaseException:
        os.close(fd)
        raise
    return fd, status


def check_inside(path: bytes, roots: Sequence[bytes]) -> None:
    """NotFound, Denied or Unavailable unless a file can be opened and lies inside one of the roots. Blocking."""
    fd, _ = _open(path, tuple(roots))
    os.close(fd)


def _real_path(fd: int, path: bytes) -> bytes:
    """Where the open file really lies: asked of the kernel, so that no link can be swapped in between."""
    try:
        return os.readlink(b"/proc/self/fd/%d" % fd)
    except OSError:
        return os.path.realpath(path)


def inside(real: bytes, roots: Sequence[bytes]) -> bool:
    """Whether a path without links lies below one of the roots (which may be links themselves). Blocking."""
    return any(real.startswith(os.path.realpath(root).rstrip(b"/") + b"/") for root in roots)
