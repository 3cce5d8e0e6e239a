"""How the parts of a server are told to be, where what runs here cannot show it in time."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from hearth.api import health_parts
from hearth.config import Config
from hearth.db import Database
from hearth.kit.cache import Cache
from hearth.kit.valkey import Valkey


async def test_a_cache_that_never_answered_is_told_until_it_does(
    database: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_parts, "_FRESH_S", 0.0)
    valkey = Valkey(data_dir)
    cache = Cache(await valkey.start())
    health = health_parts.Health(Config(data=data_dir, cache=data_dir / "cache"), database, cache)

    async def told() -> str:
        return (await health.parts())["cache"].state

    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        while await told() == "ok":
            assert time.monotonic() - began < 15, "it hangs, and nobody says so"
            await asyncio.sleep(0.05)
        for _ in range(20):  # also between two tries
            assert await told() == "degraded"
            await asyncio.sleep(0.1)
    finally:
        os.kill(valkey.pid, signal.SIGCONT)
    began = time.monotonic()
    while await told() != "ok":
        assert time.monotonic() - began < 30, "it answers, and nobody says so"
        await asyncio.sleep(0.1)
    await cache.close()
    await valkey.stop()
