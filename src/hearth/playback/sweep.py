"""Tidying the cache folder: what belongs to no living session goes, and what was taken out of files long ago."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from pathlib import Path

from hearth.db import Database

from . import keyframe_index
from . import shelf as shelves
from .sessions import end_idle

_DAY_S = 86_400
# Keyframes are small, and were perhaps found long before the first play.
_KEPT_S = {"subtitles": 30 * _DAY_S, keyframe_index.FOLDER: 365 * _DAY_S}
# Segments of a play that nobody was heard of for so long are made again if somebody comes back.
_IDLE_MINUTES = 10


async def sweep(database: Database, cache: Path) -> int:
    """Ends sessions idle for 12 hours, deletes the segments of those idle for ten minutes; how many folders went."""
    async with database.transaction() as tx:
        await end_idle(tx)
    there = await asyncio.to_thread(shelves.folders, cache)
    async with database.transaction() as tx:
        rows = await tx.fetch(
            """select id from playback.session where id = any($1::uuid[]) and ended_at is null
                   and seen_at > now() - make_interval(mins => $2)""",
            there,
            _IDLE_MINUTES,
        )
    living = {row["id"] for row in rows}
    gone = [one for one in there if one not in living]
    for one in gone:
        await asyncio.to_thread(shelves.remove, cache, one)
    for kept, seconds in _KEPT_S.items():
        await asyncio.to_thread(_forget_old, cache / kept, seconds)
    return len(gone)


def _forget_old(folder: Path, kept_s: int) -> None:
    limit = time.time() - kept_s
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            with contextlib.suppress(OSError):
                if entry.stat().st_mtime < limit:
                    if entry.is_dir():
                        shutil.rmtree(entry.path, ignore_errors=True)
                    else:
                        Path(entry.path).unlink()
