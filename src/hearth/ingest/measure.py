"""How loud music is, measured after the scan for files whose tags do not say: one at a time, nicely, piece by piece."""

import os
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from hearth import jobs, libraries
from hearth.db import Database, Row, Tx
from hearth.ingest.tasks import MeasureArgs
from hearth.media import Unreadable, loudness

_AT_ONCE = 200
# So long at a time: then what waits with a higher priority has its turn.
_TURN_S = 120.0
_PLAYERS_S = 30.0


class Meter:
    """Measures with the configured ffmpeg. `wanted` is the setting, as it is now; `playing` says whether players need
    the machine."""

    def __init__(self, ffmpeg: str, wanted: Callable[[], bool], playing: Callable[[Tx], Awaitable[bool]]) -> None:
        self._ffmpeg = ffmpeg
        self._wanted = wanted
        self._playing = playing

    async def measure(self, args: MeasureArgs, run: jobs.Run) -> None:
        """The job: every track that was not measured as its file is now. It makes way for players, scans and,
        after two minutes, for other work, and goes on where it was; so it does after the setting was off and on."""
        until = time.monotonic() + _TURN_S
        database = run.database
        if not self._wanted():
            return
        done, total = await _count(database, args.library_id)
        after: tuple[UUID, int] | None = None
        while True:
            async with database.transaction(readonly=True) as tx:
                due = await _due(tx, args.library_id, after)
            if not due:
                await run.progress(done, total)
                return
            for row in due:
                after = (row["id"], row["start_ms"])
                await run.progress(done, total)
                if not self._wanted():
                    return
                await self._make_way(database, until)
                if (found := await self._one(row)) is not None:
                    async with database.transaction() as tx:
                        await libraries.put_loudness(tx, _measured(row, found))
                done += 1

    async def _one(self, row: Row) -> loudness.Loudness | None:
        """None when the file is away: it is measured when it is back. One that cannot be measured has no loudness."""
        path = os.path.join(row["root"], row["folder"], row["name"])
        length = row["end_ms"] - row["start_ms"] if row["end_ms"] is not None else None
        try:
            return await loudness.measure(self._ffmpeg, path, start_ms=row["start_ms"], length_ms=length)
        except Unreadable:
            there = await libraries.look(os.path.exists, path, what=path)
            return loudness.Loudness(None, None) if there else None

    async def _make_way(self, database: Database, until: float) -> None:
        async with database.transaction(readonly=True) as tx:
            if await self._playing(tx):
                raise jobs.Later(_PLAYERS_S, "Waiting while something is converted for a player.")
            await libraries.make_way(tx)
        if time.monotonic() > until:
            raise jobs.Later(0.0, "Making way for other work.")


def _measured(row: Row, found: loudness.Loudness) -> libraries.Measured:
    place = (row["id"], row["start_ms"], row["end_ms"])
    return libraries.Measured(*place, row["size"], row["mtime_ns"], found.lufs, found.peak)


# Pieces of a recording are measured each; files whose tags say how loud they are need no measuring.
_TRACKS = """
    from libraries.root r join libraries.file f on f.root_id = r.id join catalog.part p on p.file_id = f.id
        left join libraries.loudness l on l.file_id = f.id and l.start_ms = coalesce(p.start_ms, 0)
            and l.end_ms is not distinct from p.end_ms and l.size = f.size and l.mtime_ns = f.mtime_ns
    where r.library_id = $1 and f.kind = 'audio' and f.missing_since is null and f.media ->> 'type' = 'audio'
        and f.media -> 'replaygain' ->> 'track_gain' is null"""


async def _count(database: Database, library_id: UUID) -> tuple[int, int]:
    async with database.transaction(readonly=True) as tx:
        row = await tx.fetchrow(
            f"select count(l.file_id)::integer as done, count(*)::integer as total {_TRACKS}",
            library_id,
        )
    return (row["done"], row["total"]) if row else (0, 0)


async def _due(tx: Tx, library_id: UUID, after: tuple[UUID, int] | None) -> list[Row]:
    return await tx.fetch(
        f"""select distinct f.id, coalesce(p.start_ms, 0) as start_ms, p.end_ms, f.size, f.mtime_ns, f.folder, f.name,
                r.path as root {_TRACKS}
            and l.file_id is null and ($2::uuid is null or (f.id, coalesce(p.start_ms, 0)) > ($2, $3))
            order by 1, 2 limit {_AT_ONCE}""",
        library_id,
        after[0] if after else None,
        after[1] if after else 0,
    )
