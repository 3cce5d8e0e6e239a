"""Encoders while they run and after: what they leave, when they stop, who takes over, whom they outlive."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hearth import playback
from hearth.kit.errors import NotFound
from hearth.kit.ids import new_id
from hearth.playback import Encoder, Session, shelf
from tests.engines import alive, until
from tests.playback.encoding import NOTHING, children, encoding, get

from .conftest import FFMPEG, World, make


async def test_the_sweep_removes_what_nobody_plays(world: World, media: Callable[[str], Path]) -> None:
    source = await world.put(media("film.mkv"))
    living, idle = await world.begin(source, NOTHING), new_id()
    for one in (living.id, idle):
        folder = shelf.session_folder(world.cache, one)
        folder.mkdir(parents=True)
        (folder / "0.m4s").write_bytes(b"x")
    assert await playback.sweep(world.database, world.cache) == 1
    assert shelf.folders(world.cache) == [living.id]
    async with world.database.transaction() as tx:
        await tx.execute("update playback.session set seen_at = now() - interval '13 hours'")
    assert await playback.sweep(world.database, world.cache) == 1
    async with world.database.transaction() as tx:
        assert await tx.fetchval("select ended_at is not null from playback.session")


async def test_segments_beyond_the_playlist(world: World, media: Callable[[str], Path]) -> None:
    session = await world.begin(await world.put(media("film.mkv")), NOTHING)
    with pytest.raises(NotFound):
        await playback.segment(world.database, world.cache, session, len(session.cuts) - 1)


async def test_the_end_of_a_session_removes_everything(world: World, media: Callable[[str], Path]) -> None:
    session = await world.begin(await world.put(media("film.mkv")), NOTHING)
    folder = shelf.session_folder(world.cache, session.id)
    task = asyncio.create_task(Encoder(world.database, world.cache, FFMPEG).work(session.id))
    await get(world, session, 0)
    assert folder.is_dir()
    async with world.database.transaction() as tx:
        await playback.end(tx, world.viewer, session.id, 1234)
    async with asyncio.timeout(5):
        await task
    assert not folder.exists()
    assert children() == []
    with pytest.raises(NotFound):
        await playback.segment(world.database, world.cache, session, 1)


async def test_an_abandoned_encoder_stops(world: World, media: Callable[[str], Path]) -> None:
    session = await world.begin(await world.put(media("film.mkv")), NOTHING)
    task = asyncio.create_task(Encoder(world.database, world.cache, FFMPEG).work(session.id))
    await get(world, session, 0)
    async with world.database.transaction() as tx:
        await tx.execute(
            "update playback.session set seen_at = now() - interval '46 seconds' where id = $1", session.id
        )  # fmt: skip
    async with asyncio.timeout(5):
        await task
    assert children() == []
    # Somebody who comes back goes on where the segments ended.
    async with encoding(world, session):
        assert await get(world, session, 3)


async def test_only_one_encoder_works(world: World, media: Callable[[str], Path]) -> None:
    session = await world.begin(await world.put(media("film.mkv")), NOTHING)
    async with encoding(world, session):
        await get(world, session, 0)
        async with asyncio.timeout(2):
            await Encoder(world.database, world.cache, FFMPEG).work(session.id)  # sees the lease and leaves


async def _five_minutes(world: World, folder: Path) -> Session:
    path = await asyncio.to_thread(
        make, folder / "long.mkv", "-f", "lavfi", "-i", "color=s=64x36:r=5:d=400", "-c:v", "libx264", "-preset",
        "ultrafast", "-g", "10",
    )  # fmt: skip
    return await world.begin(await world.put(path), NOTHING)


def _made(world: World, session: Session) -> list[int]:
    return [int(one.stem) for one in shelf.session_folder(world.cache, session.id).glob("*.m4s")]


async def test_the_encoder_stays_a_minute_ahead(world: World, tmp_path: Path) -> None:
    session = await _five_minutes(world, tmp_path)
    async with encoding(world, session):
        await get(world, session, 0)
        async with asyncio.timeout(20):
            await until(lambda: max(_made(world, session)) >= 15, pause_s=0.05)
        await asyncio.sleep(2.5)  # time in which an encoder that nobody holds back would finish the film
        assert max(_made(world, session)) <= 60
        await get(world, session, 110)  # five minutes on: a new run there, and what lies behind goes
        async with asyncio.timeout(20):
            await until(lambda: min(_made(world, session)) >= 60, pause_s=0.05)


async def test_what_came_while_the_disk_was_slow_is_no_reason_to_run_ahead(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_init = shelf.Shelf.put_init

    def slow(self: shelf.Shelf, data: bytes) -> None:
        time.sleep(2)  # in which minutes of so small a film are read ahead, as on a busy machine
        put_init(self, data)

    monkeypatch.setattr(shelf.Shelf, "put_init", slow)
    session = await _five_minutes(world, tmp_path)
    async with encoding(world, session):
        await get(world, session, 0)
        await asyncio.sleep(2.5)
        assert 15 <= max(_made(world, session)) <= 60


async def test_a_killed_worker_leaves_no_ffmpeg(world: World, database_url: str, media: Callable[[str], Path]) -> None:
    """The encoder as a job in a worker process of its own: kill -9, and within a second its ffmpeg is gone too."""
    session = await world.begin(await world.put(media("film.mkv")), NOTHING)
    async with worker(database_url, world) as pid:
        await get(world, session, 0)
        before = below(pid)
        assert before, "the worker encodes"
        os.kill(pid, signal.SIGKILL)
        for _ in range(40):
            if not any(alive(child) for child in before):
                break
            await asyncio.sleep(0.05)
        assert not any(alive(child) for child in before)


async def test_another_worker_takes_over(world: World, database_url: str, media: Callable[[str], Path]) -> None:
    session = await world.begin(await world.put(media("film.mkv")), NOTHING)
    async with worker(database_url, world) as pid:
        await get(world, session, 0)
        os.kill(pid, signal.SIGKILL)
    folder = shelf.session_folder(world.cache, session.id)
    for one in folder.glob("*.m4s"):
        one.unlink()
    began = time.monotonic()
    async with worker(database_url, world):
        assert await get(world, session, 2)
    assert time.monotonic() - began < 20


@contextlib.asynccontextmanager
async def worker(database_url: str, world: World) -> AsyncIterator[int]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _WORKER, database_url, str(world.cache), FFMPEG, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    async with asyncio.timeout(20):
        assert await child.stdout.readline() == b"ready\n"
    try:
        yield child.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


_WORKER = """
import asyncio, sys
from pathlib import Path
from hearth import jobs
from hearth.db import Database
from hearth.playback import ENCODE, Encoder

async def main():
    database = await Database.connect(sys.argv[1], max_size=4)
    encoder = Encoder(database, Path(sys.argv[2]), sys.argv[3])
    worker = jobs.Worker(database, {ENCODE: encoder.encode}, {"encode": 2})
    async with worker.running():
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def below(pid: int) -> list[int]:
    """All descendants of a process that run ffmpeg."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdecimal():
                parents[int(entry)] = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])

    def descends(child: int) -> bool:
        while child in parents:
            child = parents[child]
            if child == pid:
                return True
        return False

    return [child for child in parents if descends(child) and "ffmpeg" in _command(child)]


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    return ""
