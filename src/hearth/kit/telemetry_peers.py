"""How the processes of one server learn from each other what they count and what they said.

Each has a socket in `run/peers` of the data folder, which nobody else may enter, and answers two questions on it. The
alternatives were weighed: files shared by mapping (prometheus-client's own way) kill the process with SIGBUS when the
disk is full, which this server must outlive; the cache may be away just when somebody looks why; a table would be
written every few seconds by an idle server. A socket costs nothing until somebody asks, is exact at that moment, and is
gone with its process. Processes on other machines are asked by whoever watches those (see `hearth worker
--metrics-port`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

log = logging.getLogger(__name__)

Answer = Callable[[str], bytes]
"""A question's argument -> the answer."""

_TIMEOUT_S = 2.0
_LONGEST_QUESTION = 1000
_LONGEST_ANSWER = 32 * 2**20
_MOST_PEERS = 64
_LONGEST_SOCKET = 100  # sun_path holds 108 bytes


class Told(Struct, frozen=True):
    """What a peer answered: its name ("web 1") and the bytes."""

    process: str
    data: bytes


def folder_of(data: Path) -> Path:
    """Where the sockets lie."""
    return data / "run" / "peers"


@contextlib.asynccontextmanager
async def answering(data: Path, process: str, answers: Mapping[str, Answer]) -> AsyncIterator[None]:
    """Answers peers for the length of the block. A folder that cannot be written costs that and nothing else."""
    path = folder_of(data) / f"{_host()}.{os.getpid()}.{process.replace(' ', '-')}.sock"
    server: asyncio.Server | None = None
    listener: socket.socket | None = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        with _short(path) as name:
            listener.bind(name)
        server = await asyncio.start_unix_server(lambda r, w: _answer(r, w, process, answers), sock=listener)
    except OSError as error:
        log.warning("other processes cannot ask this one for its numbers: %s", error)
        if listener is not None:
            listener.close()
    try:
        yield
    finally:
        if server is not None:
            server.close()
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


async def ask(data: Path, question: str, argument: str = "") -> list[Told]:
    """What the other processes on this machine answer, by name; who is slow or gone is left out."""
    try:
        paths = sorted(await asyncio.to_thread(lambda: list(folder_of(data).glob(f"{_host()}.*.sock"))))
    except OSError:
        return []
    own = f"{_host()}.{os.getpid()}."
    others = [path for path in paths if not path.name.startswith(own)][:_MOST_PEERS]
    found = await asyncio.gather(*(_ask(path, question, argument) for path in others))
    return sorted((told for told in found if told is not None), key=lambda told: told.process)


async def _ask(path: Path, question: str, argument: str) -> Told | None:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            said = await _converse(path, f"{question} {argument}\n".encode())
    except ConnectionRefusedError:
        await asyncio.to_thread(path.unlink, missing_ok=True)  # of a process that was killed
        return None
    except (OSError, TimeoutError):
        return None
    process, _, data = said.partition(b"\n")
    return Told(process.decode(), data) if process else None


async def _converse(path: Path, words: bytes) -> bytes:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        with _short(path) as name:
            connection.connect(name)  # to a socket's file: at once or never
        reader, writer = await asyncio.open_unix_connection(sock=connection)
    except BaseException:
        connection.close()
        raise
    try:
        writer.write(words)
        return await _read(reader)
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    data = bytearray()
    while chunk := await reader.read(256 * 1024):
        data += chunk
        if len(data) > _LONGEST_ANSWER:
            raise OSError("a peer does not end its answer")
    return bytes(data)


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, process: str, answers: Mapping[str, Answer]
) -> None:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            line = await reader.readuntil(b"\n")
            if len(line) <= _LONGEST_QUESTION:
                question, _, argument = line.decode().strip().partition(" ")
                if question in answers:
                    writer.write(f"{process}\n".encode() + answers[question](argument))
            await writer.drain()
    except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def _host() -> str:
    """The data folder may be shared by machines; sockets are not."""
    return socket.gethostname().replace(".", "-").replace("/", "-") or "host"


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name for the socket that fits: through its folder's descriptor where the path is too long."""
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        yield str(path)
        return
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)
