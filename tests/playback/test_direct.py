"""The range responder over real HTTP: every byte, every condition, and what happens when a side goes away."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hearth.kit.errors import HearthError
from hearth.playback import direct, serve_file

from .conftest import App, Client, serving

DATA = bytes(range(256)) * 4096 + b"tail"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film \udcff.mp4"
    path.write_bytes(DATA)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def app_for(path: Path, roots: Sequence[bytes] | None = None, **options: Any) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await serve_file(scope, receive, send, os.fsencode(path), "video/mp4", roots=roots, **options)
        except HearthError as error:
            await send({"type": "http.response.start", "status": error.status, "headers": [(b"connection", b"close")]})
            await send({"type": "http.response.body", "body": error.detail.encode()})

    return app


async def test_whole_file(film: Path) -> None:
    async with serving(app_for(film)) as client:
        reply = await client.get()
        head = await client.get(method="HEAD")
    assert (reply.status, reply.body) == (200, DATA)
    assert reply.headers["content-type"] == "video/mp4"
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(DATA))


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=0-99", 206, 0, 100),
        ("bytes=5-", 206, 5, len(DATA)),
        ("bytes=-7", 206, len(DATA) - 7, len(DATA)),
        ("bytes=-99999999", 206, 0, len(DATA)),
        ("bytes=100-99999999", 206, 100, len(DATA)),
        ("Bytes = 3-9", 206, 3, 10),
        (f"bytes={len(DATA) - 1}-", 206, len(DATA) - 1, len(DATA)),
        ("bytes=300000-900000", 206, 300_000, 900_001),
        (f"bytes={len(DATA)}-", 416, 0, 0),
        ("bytes=99999999999999999-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        ("bytes=9-3", 200, 0, len(DATA)),
        ("bytes=-", 200, 0, len(DATA)),
        ("bytes=a-b", 200, 0, len(DATA)),
        ("bytes=1-2,5-6", 200, 0, len(DATA)),
        ("items=1-2", 200, 0, len(DATA)),
        ("bytes=" + "9" * 40 + "-", 200, 0, len(DATA)),
        ("bytes=" + "0-0," * 2000, 200, 0, len(DATA)),
    ],
)
async def test_ranges(film: Path, asked: str, status: int, start: int, end: int) -> None:
    async with serving(app_for(film)) as client:
        reply = await client.get(Range=asked)
    assert reply.status == status
    assert reply.body == DATA[start:end]
    if status == 206:
        assert reply.headers["content-range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    elif status == 416:
        assert reply.headers["content-range"] == f"bytes */{len(DATA)}"


async def test_conditions(film: Path) -> None:
    async with serving(app_for(film)) as client:
        first = await client.get(Range="bytes=0-0")
        tag, date = first.headers["etag"], first.headers["last-modified"]
        assert (await client.get(If_None_Match=tag)).status == 304
        assert (await client.get(If_None_Match=f'"x", W/{tag}')).status == 304
        assert (await client.get(If_None_Match="*")).status == 304
        assert (await client.get(If_None_Match='"x"')).status == 200
        assert (await client.get(If_Modified_Since=date)).status == 304
        assert (await client.get(If_Modified_Since="Tue, 14 Nov 2023 22:13:19 GMT")).status == 200
        assert (await client.get(If_Modified_Since="nonsense")).status == 200
        assert (await client.get(Range="bytes=0-1", If_Range=tag)).status == 206
        assert (await client.get(Range="bytes=0-1", If_Range=date)).status == 206
        assert (await client.get(Range="bytes=0-1", If_Range=f"W/{tag}")).status == 200
        assert (await client.get(Range="bytes=0-1", If_Range='"other"')).status == 200
        os.utime(film, (1_700_000_001, 1_700_000_001))
        assert (await client.get(Range="bytes=0-1", If_Range=tag)).status == 200
        assert (await client.get(If_None_Match=tag)).status == 200


async def test_empty_file(tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    async with serving(app_for(empty)) as client:
        assert (await client.get()).body == b""
        assert (await client.get(Range="bytes=0-")).status == 416


async def test_missing_folder_and_unreadable(tmp_path: Path, film: Path) -> None:
    async with serving(app_for(tmp_path / "nothing.mp4")) as client:
        reply = await client.get()
    assert (reply.status, b"not there any more" in reply.body) == (404, True)
    async with serving(app_for(tmp_path)) as client:
        assert (await client.get()).status == 404
    os.mkfifo(tmp_path / "pipe.mp4")
    async with serving(app_for(tmp_path / "pipe.mp4")) as client:
        assert (await client.get()).status == 404


async def test_links_stay_inside_the_roots(tmp_path: Path, film: Path) -> None:
    library, outside = tmp_path / "library", tmp_path / "outside"
    library.mkdir()
    outside.mkdir()
    (outside / "secret.mp4").write_bytes(b"secret")
    (library / "own.mp4").write_bytes(b"own")
    (library / "escape.mp4").symlink_to(outside / "secret.mp4")
    (library / "inner.mp4").symlink_to(library / "own.mp4")
    (tmp_path / "library-twin").symlink_to(library)
    roots = [os.fsencode(tmp_path / "library-twin")]
    for name, status in (("own.mp4", 200), ("inner.mp4", 200), ("escape.mp4", 403)):
        async with serving(app_for(tmp_path / "library-twin" / name, roots)) as client:
            assert (await client.get()).status == status
    async with serving(app_for(library / "escape.mp4", None)) as client:
        assert (await client.get()).body == b"secret"


async def test_cold_pages_come_from_a_thread(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "_read_cached", lambda fd, size, at: None)
    async with serving(app_for(film)) as client:
        assert (await client.get()).body == DATA


async def test_file_systems_that_cannot_tell(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(fd: int, size: int, at: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(direct, "_read_cached", refuse)
    async with serving(app_for(film)) as client:
        assert (await client.get(Range="bytes=7-")).body == DATA[7:]


class Wire:
    """The ASGI side of a connection, with a client that can go and a count of what was sent."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.sent = 0

    async def receive(self) -> dict[str, object]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent += len(message.get("body", b""))
        if self.sent >= 1_000_000:
            self.gone.set()


async def test_stops_when_the_client_left(tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(64 * 2**20)
    wire = Wire()
    await serve_file({"method": "GET", "headers": []}, wire.receive, wire.send, os.fsencode(path), "video/mp4")
    assert 1_000_000 <= wire.sent <= 3_000_000


async def test_stops_when_the_session_ended(tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(64 * 2**20)
    wire = Wire()
    await serve_file(
        {"method": "GET", "headers": []},
        wire.receive,
        wire.send,
        os.fsencode(path),
        "video/mp4",
        alive=lambda: wire.sent < 500_000,
    )
    assert 500_000 <= wire.sent <= 1_000_000


@pytest.mark.parametrize("change", ["truncate", "append"])
async def test_stops_when_the_file_changes(tmp_path: Path, change: str) -> None:
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(64 * 2**20)
    sent = 0

    async def send(message: Any) -> None:
        nonlocal sent
        before, sent = sent, sent + len(message.get("body", b""))
        if before < 1_000_000 <= sent:
            with path.open("ab") as file:
                file.truncate(1_000_000 if change == "truncate" else 70 * 2**20)

    wire = Wire()
    await serve_file({"method": "GET", "headers": []}, wire.receive, send, os.fsencode(path), "video/mp4")
    assert 1_000_000 <= sent <= 6_000_000


async def test_a_torn_body_closes_the_connection(film: Path) -> None:
    """The client must be able to tell that bytes are missing: the length was promised, the connection ends early."""
    calls = iter([True, True, False, False, False])
    async with serving(app_for(film, alive=lambda: next(calls))) as client:
        reply = await client.get()
    assert reply.headers["content-length"] == str(len(DATA))
    assert len(reply.body) < len(DATA)


async def test_descriptors_are_closed(film: Path, tmp_path: Path) -> None:
    def count() -> int:
        return len(os.listdir("/proc/self/fd"))

    async with serving(app_for(film)) as client:
        await client.get()
        before = count()
        for _ in range(20):
            await client.get(Range="bytes=0-9")
            await client.get(Range="bytes=99999999-")
        for _ in range(100):
            if count() <= before + 2:
                break
            await asyncio.sleep(0.02)
        assert count() <= before + 2


async def test_many_at_once(film: Path) -> None:
    async with serving(app_for(film)) as client:

        async def one(client: Client, start: int) -> bool:
            return (await client.get(Range=f"bytes={start}-")).body == DATA[start:]

        assert all(await asyncio.gather(*(one(client, start * 1000) for start in range(40))))
