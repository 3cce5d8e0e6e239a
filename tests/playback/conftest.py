"""A real HTTP server for plain ASGI apps, a client that sees every byte, and small real media made by ffmpeg."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn

from hearth import playback
from hearth.accounts import Viewer
from hearth.db import Database
from hearth.kit.ids import new_id
from hearth.media import AudioTags, MediaInfo, ffmpeg, probe, tags
from hearth.playback import Client as Player
from hearth.playback import Session, Source

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


# -- media -------------------------------------------------------------------------------------------------------------

FFMPEG = ffmpeg.find()
VIDEO = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=24000/1001:d=15"]
SOUND = ["-f", "lavfi", "-i", "sine=440:d=15:r=48000"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "48", "-pix_fmt", "yuv420p"]

RECIPES: dict[str, list[str]] = {
    "film.mkv": [*VIDEO, *SOUND, *H264, "-c:a", "ac3"],
    "film.mp4": [*VIDEO, *SOUND, *H264, "-c:a", "aac", "-movflags", "+faststart"],
    "film.ts": [*VIDEO, *SOUND, *H264, "-c:a", "aac"],
    "hdr.mkv": [
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=7"), *SOUND[:3], "sine=440:d=7", "-c:v", "libx265",
        *("-preset", "ultrafast", "-x265-params", "log-level=error:keyint=50", "-pix_fmt", "yuv420p10le"),
        *("-vf", "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc", "-c:a", "aac"),
    ],
    "interlaced.ts": [
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=50:d=7"), *SOUND[:3], "sine=440:d=7",
        *("-vf", "tinterlace=interleave_top,fieldorder=tff", "-flags", "+ildct+ilme", "-c:v", "mpeg2video"),
        *("-g", "12", "-c:a", "mp2"),
    ],
    "jumpy.mkv": [
        *VIDEO, *SOUND, "-vf", "select='not(between(t,5,6.5))*not(eq(mod(n,7),3))'", "-fps_mode", "passthrough", *H264,
        *("-c:a", "flac"),
    ],
    "clip.webm": [
        *VIDEO, *SOUND, "-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime", "-g", "48", "-c:a", "libopus",
    ],
    "old.avi": [*VIDEO, *SOUND, "-c:v", "mpeg4", "-bf", "2", "-c:a", "mp3", "-ar", "44100"],
    "song.flac": [*SOUND, "-c:a", "flac"],
}  # fmt: skip
SRT = "1\n00:00:01,000 --> 00:00:02,500\nFirst <i>line</i>\n\n2\n00:00:11,000 --> 00:00:12,000\nZweite Zeile: äöü\n"


def make(path: Path, *argv: str) -> Path:
    """Runs ffmpeg to make one file; the way of the test, not of the server."""
    subprocess.run([FFMPEG, "-nostdin", "-v", "error", "-y", *argv, os.fspath(path)], check=True, timeout=60)
    return path


@pytest.fixture(scope="session")
def media_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="session")
def media(media_folder: Path) -> Callable[[str], Path]:
    """A file by its name in RECIPES, made when first asked for."""

    def get(name: str) -> Path:
        path = media_folder / name
        if not path.exists():
            if name == "subtitled.mkv":
                (media_folder / "words.srt").write_text(SRT)
                make(
                    path, *VIDEO, *SOUND, "-i", os.fspath(media_folder / "words.srt"),
                    *("-map", "0", "-map", "1", "-map", "2", "-map", "2", *H264, "-c:a", "aac"),
                    *("-c:s:0", "subrip", "-c:s:1", "ass", "-metadata:s:s:0", "language=eng"),
                )  # fmt: skip
            else:
                make(path, *RECIPES[name])
        return path

    return get


# -- rows --------------------------------------------------------------------------------------------------------------


class World(msgspec.Struct, frozen=True):
    """An account that is signed in, and what can be put before it."""

    database: Database
    cache: Path
    viewer: Viewer

    async def put(self, path: Path, facts: MediaInfo | AudioTags | None = None) -> Source:
        """A film with one version that is this file; probed unless the facts are given."""
        if facts is None:
            facts = await asyncio.to_thread(_facts, path)
        return await put_item(self.database, path, facts)

    async def begin(self, source: Source, client: Player, **options: Any) -> Session:
        made = await playback.plan(source, client, self.cache)
        async with self.database.transaction() as tx:
            return await playback.begin(tx, self.viewer, source, made.decision, cuts=made.cuts, **options)


def _facts(path: Path) -> MediaInfo | AudioTags:
    return tags(os.fsencode(path)) if path.suffix in (".flac", ".mp3") else probe(os.fsencode(path))


async def put_item(database: Database, path: Path, facts: MediaInfo | AudioTags) -> Source:
    library, root, file, item, version = (new_id() for _ in range(5))
    folder = os.fsencode(path.parent)
    async with database.transaction() as tx:
        known = await tx.fetchval("select id from libraries.root where path = $1", folder)
        if known is None:
            await tx.execute("insert into libraries.library (id, name, name_key, kind) values ($1, $2, $2, 'movies')",
                             library, f"Films {library.hex}")  # fmt: skip
            await tx.execute(
                "insert into libraries.root (id, library_id, path) values ($1, $2, $3)", root, library, folder
            )
        else:
            root = known
            library = await tx.fetchval("select library_id from libraries.root where id = $1", root)
        status = await asyncio.to_thread(path.stat)
        await tx.execute(
            """insert into libraries.file (id, root_id, folder, name, kind, size, mtime_ns, inode, media)
               values ($1, $2, '', $3, $4, $5, $6, $7, $8)
               on conflict (root_id, folder, name) do update set media = excluded.media""",
            file, root, os.fsencode(path.name), "audio" if isinstance(facts, AudioTags) else "video", status.st_size,
            status.st_mtime_ns, status.st_ino, facts,
        )  # fmt: skip
        file = await tx.fetchval(
            "select id from libraries.file where root_id = $1 and name = $2", root, os.fsencode(path.name)
        )
        await tx.execute(
            """insert into catalog.item (id, library_id, kind, identity, title, sort_title, search, duration_ms)
               values ($1, $2, $3, $4, $5, $5, $5, $6)""",
            item, library, "track" if isinstance(facts, AudioTags) else "movie", item.hex,
            path.stem.encode("utf-8", "replace").decode(), facts.duration_ms,
        )  # fmt: skip
        await tx.execute("insert into catalog.version (id, item_id, label) values ($1, $2, 'HD')", version, item)
        await tx.execute("insert into catalog.part (version_id, position, file_id) values ($1, 0, $2)", version, file)
        (source,) = await playback.sources(tx, item)
    return source


async def put_account(database: Database, name: str = "ada") -> Viewer:
    account, signed_in = new_id(), new_id()
    async with database.transaction() as tx:
        await tx.execute(
            "insert into accounts.account (id, username, username_key, password_hash, role)"
            " values ($1, $2, $2, 'x', 'user')",
            account,
            name,
        )
        await tx.execute(
            "insert into accounts.session (id, account_id, expires_at) values ($1, $2, now() + interval '1 day')",
            signed_in,
            account,
        )
    return Viewer(account, name, "user", frozenset({"items:read", "items:play"}), session_id=signed_in)


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> World:
    cache = tmp_path / "cache"
    cache.mkdir()
    return World(database, cache, await put_account(database))
