"""Keyframes found before anybody plays: after a scan, one file at a time, so that the first remux need not wait.

Containers with an index cost a few reads; others are read through once, up to a limit. Nothing is decoded.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from uuid import UUID

import msgspec

from hearth import jobs, libraries
from hearth.db import Database, Row, Tx
from hearth.media import MediaInfo

from .counting import playing
from .keyframe_index import FOLDER, find_keyframes
from .sources import join_path, read_media

_AT_ONCE = 200
# So long at a time: then what waits with a higher priority has its turn.
_TURN_S = 120.0
_PLAYERS_S = 30.0
_ONE_S = 600.0
# 16 GB of a container without an index: two hours of broadcast at 17 Mbit/s.
_MAX_BYTES = 16 * 10**9
_NICENESS = 15


class SeekArgs(msgspec.Struct, frozen=True):
    """The library whose new and changed files are to be looked through."""

    library_id: UUID


KEYFRAMES = jobs.Task(
    "playback.keyframes", SeekArgs, queue="facts", key=lambda args: str(args.library_id), priority=-20, timeout_s=None
)


class Ahead:
    """Knows the cache folder, where a play looks for keyframes."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    async def seek(self, args: SeekArgs, run: jobs.Run) -> None:
        """The job: every file that was not looked through as it is now. It makes way for players, scans and,
        after two minutes, for other work, and goes on where it was."""
        until = time.monotonic() + _TURN_S
        await self._start_over_if_emptied(run.database, args.library_id)
        done, total = await self._count(run.database, args.library_id)
        after: UUID | None = None
        while True:
            async with run.database.transaction(readonly=True) as tx:
                due = await _due(tx, args.library_id, after)
            if not due:
                await run.progress(done, total)
                return
            for row in due:
                after = row["id"]
                await run.progress(done, total)
                await _make_way(run.database, until)
                if await self._one(row):
                    async with run.database.transaction() as tx:
                        await _note(tx, row)
                done += 1

    async def _one(self, row: Row) -> bool:
        """False when the file is away: it is looked through when it is back."""
        media = read_media(row["media"])
        if not isinstance(media, MediaInfo) or not media.video:
            return True
        found = await find_keyframes(
            join_path(row), media.video[0].index, self._cache,
            within_s=_ONE_S, max_bytes=_MAX_BYTES, niceness=_NICENESS, give_up=True,
        )  # fmt: skip
        return found is not None

    async def _start_over_if_emptied(self, database: Database, library_id: UUID) -> None:
        """What was found is gone with the cache folder."""
        if await asyncio.to_thread((self._cache / FOLDER).is_dir):
            return
        async with database.transaction() as tx:
            await tx.execute(
                """delete from playback.keyframes_sought s using libraries.file f, libraries.root r
                   where f.id = s.file_id and r.id = f.root_id and r.library_id = $1""",
                library_id,
            )

    async def _count(self, database: Database, library_id: UUID) -> tuple[int, int]:
        async with database.transaction(readonly=True) as tx:
            row = await tx.fetchrow(
                f"select count(s.file_id)::integer as done, count(*)::integer as total {_FILES}", library_id
            )
        return (row["done"], row["total"]) if row else (0, 0)


_FILES = """
    from libraries.root r join libraries.file f on f.root_id = r.id
        left join playback.keyframes_sought s on s.file_id = f.id and s.size = f.size and s.mtime_ns = f.mtime_ns
    where r.library_id = $1 and f.kind = 'video' and f.missing_since is null and f.media ->> 'type' = 'media'"""


async def _due(tx: Tx, library_id: UUID, after: UUID | None) -> list[Row]:
    return await tx.fetch(
        f"""select f.id, f.size, f.mtime_ns, f.folder, f.name, f.media, r.path as root {_FILES}
            and s.file_id is null and ($2::uuid is null or f.id > $2) order by f.id limit {_AT_ONCE}""",
        library_id,
        after,
    )


async def _note(tx: Tx, row: Row) -> None:
    """A file that was forgotten meanwhile is passed over."""
    await tx.execute(
        """insert into playback.keyframes_sought (file_id, size, mtime_ns)
           select id, $2, $3 from libraries.file where id = $1 for key share
           on conflict (file_id) do update set size = excluded.size, mtime_ns = excluded.mtime_ns""",
        row["id"],
        row["size"],
        row["mtime_ns"],
    )


async def _make_way(database: Database, until: float) -> None:
    """Later, when something is converted for a player or this had its turn: no failed try, and nothing is lost."""
    async with database.transaction(readonly=True) as tx:
        if await playing(tx):
            raise jobs.Later(_PLAYERS_S, "Waiting while something is converted for a player.")
        await libraries.make_way(tx)
    if time.monotonic() > until:
        raise jobs.Later(0.0, "Making way for other work.")
