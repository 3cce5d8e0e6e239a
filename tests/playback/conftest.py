"""A real HTTP server for plain ASGI apps, a client that sees every byte, and small real media made by ffmpeg."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
import uvicorn

App = Callable[[Any, Any, Any], Awaitable[None]]


class Reply(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes


class Client(msgspec.Struct, frozen=True):
    """Speaks HTTP/1.1 to one port over a fresh connection each time."""

    port: int

    async def get(self, path: str = "/", method: str = "GET", body: bytes = b"", **headers: str) -> Reply:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        try:
            lines = [f"{method} {path} HTTP/1.1", "Host: hearth", "Connection: close"]
            lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
            if body:
                lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"]
            writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
            async with asyncio.timeout(30):
                return _reply(await reader.read())
        finally:
            writer.close()


def _reply(raw: bytes) -> Reply:
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    if headers.get("transfer-encoding") == "chunked":
        whole = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]
        body = whole
    return Reply(int(lines[0].split()[1]), headers, body)


@contextlib.asynccontextmanager
async def serving(app: App) -> AsyncIterator[Client]:
    """The app behind uvicorn, as the server runs it, on a free port of this loop."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, loop="none", lifespan="off", log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 # uvicorn tells in no other way
            await asyncio.sleep(0.005)
        try:
            yield Client(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task


@pytest.fixture
def serve() -> Callable[[App], contextlib.AbstractAsyncContextManager[Client]]:
    return serving
