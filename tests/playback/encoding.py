"""An encoder at work on a session, and the segments it makes."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from hearth import playback
from hearth.playback import Client, Encoder, Session

from .conftest import FFMPEG, World

NOTHING = Client((), (), ())


@contextlib.asynccontextmanager
async def encoding(world: World, session: Session) -> AsyncIterator[asyncio.Task[None]]:
    encoder = Encoder(world.database, world.cache, FFMPEG)
    task = asyncio.create_task(encoder.work(session.id))
    try:
        yield task
    finally:
        async with world.database.transaction() as tx:
            await tx.execute("update playback.session set ended_at = now() where id = $1", session.id)
        async with asyncio.timeout(10):
            await task


async def get(world: World, session: Session, number: int | None) -> bytes:
    path = await playback.segment(world.database, world.cache, session, number)
    return await asyncio.to_thread(path.read_bytes)


def children() -> list[str]:
    """Commands of ffmpeg processes below this one."""
    found = []
    for pid in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if pid.isdecimal() and b"ffmpeg" in Path(f"/proc/{pid}/cmdline").read_bytes():
                stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                if int(stat[1]) == os.getpid() and stat[0] != "Z":
                    found.append(pid)
    return found
