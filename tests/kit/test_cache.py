"""The cache against a real Valkey, and without one: slower, never an error."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from hearth.kit.cache import Cache
from hearth.kit.valkey import Valkey
from tests.engines import listening_ports, until


async def test_values_come_back_and_expire(cache: Cache) -> None:
    assert await cache.connect()
    assert await cache.get("film") is None
    assert await cache.set("film", b"\x00\xffAlien", ttl_ms=60_000)
    assert await cache.get("film") == b"\x00\xffAlien"
    assert await cache.delete("film", "never there")
    assert await cache.get("film") is None
    assert await cache.set("short", b"1", ttl_ms=30)
    await asyncio.sleep(0.06)
    assert await cache.get("short") is None
    assert await cache.delete()


async def test_counting_starts_anew(cache: Cache) -> None:
    assert await cache.connect()
    assert [await cache.incr("tries", ttl_ms=150) for _ in range(3)] == [1, 2, 3]
    assert await cache.incr("tries", ttl_ms=150, by=5) == 8
    await asyncio.sleep(0.2)
    assert await cache.incr("tries", ttl_ms=150) == 1


async def test_a_value_too_large_is_not_kept(cache: Cache) -> None:
    assert await cache.connect()
    assert not await cache.set("huge", bytes(9 * 1024 * 1024), ttl_ms=1000)


async def test_without_a_server_there_are_only_misses(tmp_path: Path) -> None:
    for url in (None, f"unix://{tmp_path}/nothing.sock"):
        cache = Cache(url)
        assert await cache.get("a") is None
        assert not await cache.set("a", b"1", ttl_ms=1000)
        assert await cache.incr("a", ttl_ms=1000) is None
        await cache.close()


async def test_killed_and_back(data_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A dead cache costs its time limit a few times, then nothing; when it is back it is used again."""
    valkey = Valkey(data_dir)
    cache = Cache(await valkey.start(), timeout_ms=100)
    assert await cache.connect()
    assert await cache.set("a", b"1", ttl_ms=60_000)
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGKILL)
    await valkey.wait()
    began = time.monotonic()
    for _ in range(100):
        assert await cache.get("a") is None
    assert time.monotonic() - began < 2
    assert cache.resting
    assert any("going on without it" in record.message for record in caplog.records)
    await valkey.start()

    async with asyncio.timeout(20):
        while not await cache.set("a", b"2", ttl_ms=60_000):  # noqa: ASYNC110 - the server comes back when it does
            await asyncio.sleep(0.05)
    assert await cache.get("a") == b"2"
    await cache.close()
    await valkey.stop()


async def test_a_server_that_hangs_holds_nobody_up(data_dir: Path) -> None:
    """Not even while it is connected to: the client's own way waits two seconds on the event loop."""
    valkey = Valkey(data_dir)
    cache = Cache(await valkey.start(), timeout_ms=100)
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        connecting = asyncio.create_task(cache.connect())
        longest = 0.0
        while not connecting.done():
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)
        assert not connecting.result()
        assert cache.failing
        assert longest < 1, f"the loop stood still for {longest:.1f} s"
    finally:
        os.kill(valkey.pid, signal.SIGCONT)
    await until(lambda: not cache.resting)
    assert await cache.connect()
    assert await cache.set("a", b"1", ttl_ms=60_000)
    await cache.close()
    await valkey.stop()


async def test_valkey_listens_on_its_socket_alone(data_dir: Path) -> None:
    valkey = Valkey(data_dir, memory_mb=16)
    url = await valkey.start()
    assert await valkey.start() == url  # a second call changes nothing
    path = Path(url.removeprefix("unix://"))
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert valkey.pid is not None
    assert listening_ports(valkey.pid) == []
    await valkey.stop()
    await until(lambda: valkey.pid is None)
