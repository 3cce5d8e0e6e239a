"""How each part of the server is: looked at when somebody asks, at most every few seconds, each with a limit in time.

Health is asked for by anybody, often, and just when disks hang: a look that did not come back is not repeated until it
does, so that questions cannot pile up threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from hearth import jobs, libraries
from hearth.config import Config
from hearth.db import Database, migrate
from hearth.kit.cache import Cache
from hearth.kit.errors import HearthError, Unavailable
from hearth.media import ffmpeg

State = Literal["ok", "degraded", "down"]
_FRESH_S = 5.0
_PATIENCE_S = 2.0
_LEAST_FREE = 2 * 2**30
_NO_ROOM = 64 * 2**20
_LONGEST_WAIT_MS = 10 * 60_000
_SHOWN = 3


class Part(Struct, frozen=True):
    """One part: its state, and a sentence for administrators when it is not well."""

    state: State
    detail: str | None = None


OK = Part("ok")
Look = Callable[[], Awaitable[Part]]


class Health:
    """Looks at the parts; `parts` answers within about two seconds, whatever hangs."""

    def __init__(self, config: Config, database: Database, cache: Cache) -> None:
        self._config = config
        self._database = database
        self._cache = cache
        self._looks: Mapping[str, Look] = {
            "database": self._database_part,
            "cache": self._cache_part,
            "jobs": self._jobs_part,
            "disks": self._disks_part,
            "libraries": self._libraries_part,
            "ffmpeg": self._ffmpeg_part,
        }
        self._under_way: dict[str, asyncio.Task[Part]] = {}
        self._seen: dict[str, tuple[float, Part]] = {}
        self._current = False
        self._tried: asyncio.Task[str] | None = None

    async def parts(self) -> dict[str, Part]:
        """Each part by name. Looks that are not older than a few seconds count."""
        names = list(self._looks)
        found = await asyncio.gather(*(self._part(name) for name in names))
        return dict(zip(names, found, strict=True))

    async def started(self) -> Part:
        """Whether the database has the tables that this version needs: until then nothing works."""
        if self._current:
            return OK
        try:
            async with asyncio.timeout(_PATIENCE_S):
                steps = await migrate.status(self._database.dsn)
        except (HearthError, TimeoutError, OSError):
            return Part("down", "The database does not answer.")
        waiting = [step.name for step in steps if step.applied_at is None]
        if waiting:
            return Part("down", f"{len(waiting)} migrations wait: run `hearth migrate up`.")
        self._current = True
        return OK

    async def _part(self, name: str) -> Part:
        seen = self._seen.get(name)
        if seen is not None and time.monotonic() - seen[0] < _FRESH_S:
            return seen[1]
        look = self._under_way.get(name)
        if look is None:
            look = self._under_way[name] = asyncio.create_task(self._look(name), name=f"health {name}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                return await asyncio.shield(look)
        return Part("down" if name == "database" else "degraded", "It does not answer in time.")

    async def _look(self, name: str) -> Part:
        try:
            part = await self._looks[name]()
        except HearthError as error:
            part = Part("down" if name == "database" else "degraded", error.detail)
        except (OSError, TimeoutError) as error:
            part = Part("down" if name == "database" else "degraded", str(error) or "It does not answer in time.")
        finally:
            self._under_way.pop(name, None)
        self._seen[name] = (time.monotonic(), part)
        return part

    async def _database_part(self) -> Part:
        async with self._database.transaction(readonly=True) as tx:
            await tx.fetchval("select 1")
        return OK

    async def _cache_part(self) -> Part:
        if self._cache.connected:
            well = await self._cache.set("health", b"1", ttl_ms=60_000)
        else:
            await self._cache.get("health")  # begins to connect, should nobody have needed it yet
            well = not self._cache.failing
        return OK if well else Part("degraded", "The cache does not answer; everything works without it, more slowly.")

    async def _jobs_part(self) -> Part:
        async with self._database.transaction(readonly=True) as tx:
            queues = await jobs.counts(tx)
        stuck = [queue for queue in queues if queue.oldest_ms > _LONGEST_WAIT_MS and queue.running == 0]
        if stuck:
            words = ", ".join(f"{queue.queue} ({queue.oldest_ms // 60_000} min)" for queue in stuck)
            return Part("degraded", f"Nobody works on what waits in {words}: does a worker run?")
        return OK

    async def _disks_part(self) -> Part:
        return await asyncio.to_thread(look_at_disks, self._config)

    async def _libraries_part(self) -> Part:
        async with self._database.transaction(readonly=True) as tx:
            known = await libraries.libraries(tx)
        paths = [root.path for library in known for root in library.roots]
        problems = await asyncio.to_thread(
            lambda: [words for path in paths if (words := libraries.access_problem(path))]
        )
        if problems:
            more = f" And {len(problems) - _SHOWN} more." if len(problems) > _SHOWN else ""
            return Part("degraded", " ".join(problems[:_SHOWN]) + more)
        return OK

    async def _ffmpeg_part(self) -> Part:
        """Whether it is there; whether it runs is tried once in the background, for nobody who starts waits for it."""
        program = await asyncio.to_thread(ffmpeg.find, self._config.ffmpeg)
        if not await asyncio.to_thread(os.access, program, os.X_OK):
            raise Unavailable(f"{program} may not be run by the server: check its permissions.")
        if self._tried is None:
            self._tried = asyncio.create_task(ffmpeg.version(program), name="health ffmpeg runs")
        if not self._tried.done():
            return OK
        tried, problem = self._tried, self._tried.exception()
        if problem is not None:
            self._tried = None  # and the next look tries again
            raise Unavailable(str(problem))
        tried.result()
        return OK


def look_at_disks(config: Config) -> Part:
    """The disks of the data and cache folders. Blocks on disk."""
    worst = OK
    for what, folder in (("data", config.data), ("cache", config.cache)):
        free = free_bytes(folder)
        if free < _NO_ROOM:
            return Part("down", f"The disk of the {what} folder {folder} is full: make room on it.")
        if free < _LEAST_FREE:
            worst = Part("degraded", f"The disk of the {what} folder {folder} has only {free / 2**30:.1f} GB left.")
    return worst


def free_bytes(folder: Path) -> int:
    """What is free on the disk of a folder, or of the nearest folder above that exists; Unavailable when it is away."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(FileNotFoundError):
            try:
                return shutil.disk_usage(place).free
            except OSError as error:
                if isinstance(error, FileNotFoundError):
                    raise
                raise Unavailable(f"The disk of {folder} does not answer: {error.strerror}.") from error
    return 0
