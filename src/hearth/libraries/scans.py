"""Scans: asked for, under way, ended; and what each did and refused."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth import jobs
from hearth.db import Row, Tx
from hearth.kit.errors import Conflict, NotFound
from hearth.kit.ids import new_id
from hearth.kit.paging import Page, pack_cursor, unpack_cursor
from hearth.libraries.folders import text

State = Literal["queued", "running", "paused", "done", "failed", "cancelled"]
Ending = Literal["paused", "done", "failed", "cancelled"]
_MAX_PROBLEMS = 10_000
# A running scan reports every few seconds; this long after its last word nothing runs it any more.
_DEAD_AFTER = timedelta(minutes=10)


class ScanCounts(Struct, frozen=True):
    """What a scan saw and did so far. `to_file` counts the files that need work, None until the walk is over."""

    folders: int = 0
    files: int = 0
    new: int = 0
    changed: int = 0
    moved: int = 0
    missing: int = 0
    refused: int = 0
    items_added: int = 0
    to_file: int | None = None
    filed: int = 0


class Scan(Struct, frozen=True):
    """A scan of a library; `rate` is files filed a second, `progress` 0 to 1 or None while unknown."""

    id: UUID
    library_id: UUID
    state: State
    counts: ScanCounts
    rate: float | None
    eta_ms: int | None
    progress: float | None
    current: str | None
    message: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ScanProblem(Struct, frozen=True):
    """A file or folder that was refused, and why, for people."""

    path: bytes
    reason: str


class ScanRequested(jobs.Event, frozen=True, tag="scan.requested"):
    """A scan was asked for and waits for a worker."""

    scan_id: UUID
    library_id: UUID
    accept_missing: bool


class ScanChanged(jobs.Event, frozen=True, tag="scan"):
    """A scan moved on: what listeners draw progress from."""

    library_id: UUID
    scan: Scan


_COUNTS = ", ".join(f"s.{name}" for name in ScanCounts.__struct_fields__)
_COLUMNS = (
    f"s.id, s.library_id, s.state, {_COUNTS}, s.current, s.message, s.created_at, s.started_at,"
    " s.updated_at, s.finished_at"
)


async def request_scan(tx: Tx, library_id: UUID, *, accept_missing: bool = False) -> Scan:
    """Ask for a scan of a library; answers with the one under way when there is one.

    `accept_missing` says that files which are gone are meant to be gone, however many.
    """
    scan_id = new_id()
    await tx.execute(
        "update libraries.scan set state = 'failed', finished_at = now(), current = null, message = $3"
        " where library_id = $1 and state = 'running' and updated_at < now() - $2::interval",
        library_id,
        _DEAD_AFTER,
        "The scan stopped moving: the process that ran it must have died too often. What it found is kept.",
    )
    created = await tx.fetchval(
        "insert into libraries.scan (id, library_id) select $1, id from libraries.library where id = $2"
        " on conflict (library_id) where state in ('queued', 'running') do nothing returning id",
        scan_id,
        library_id,
    )
    if created is None:
        row = await tx.fetchrow(
            f"select {_COLUMNS} from libraries.scan s where library_id = $1 and state in ('queued', 'running')",  # noqa: S608
            library_id,
        )
        if row is None:
            raise NotFound("There is no such library. It may have been removed.")
        return _scan(row)
    await jobs.announce(tx, ScanRequested(scan_id, library_id, accept_missing))
    return await announce_scan(tx, scan_id)


async def scan(tx: Tx, scan_id: UUID) -> Scan:
    """One scan; NotFound when there is none."""
    row = await tx.fetchrow(f"select {_COLUMNS} from libraries.scan s where id = $1", scan_id)  # noqa: S608
    if row is None:
        raise NotFound("There is no such scan. Its library may have been removed.")
    return _scan(row)


async def scans(tx: Tx, library_id: UUID, *, limit: int = 50, after: str | None = None) -> Page[Scan]:
    """The scans of a library, newest first (ids grow with time)."""
    before = UUID(str(unpack_cursor(after, 1)[0])) if after else None
    rows = await tx.fetch(
        f"select {_COLUMNS} from libraries.scan s where library_id = $1 and ($2::uuid is null or id < $2)"  # noqa: S608
        " order by id desc limit $3",
        library_id,
        before,
        limit + 1,
    )
    total = await tx.fetchval("select count(*) from libraries.scan where library_id = $1", library_id)
    found = [_scan(row) for row in rows[:limit]]
    return Page(found, pack_cursor(found[-1].id) if len(rows) > limit else None, total)


async def latest_scans(tx: Tx, library_ids: Sequence[UUID]) -> dict[UUID, Scan]:
    """Library id -> its newest scan."""
    rows = await tx.fetch(
        f"select distinct on (s.library_id) {_COLUMNS} from libraries.scan s where s.library_id = any($1::uuid[])"  # noqa: S608
        " order by s.library_id, s.id desc",
        list(library_ids),
    )
    return {row["library_id"]: _scan(row) for row in rows}


async def begin_scan(tx: Tx, scan_id: UUID) -> bool:
    """Mark a scan as running (again, after a crash: counts start over); False when it was cancelled or is over."""
    begun = await tx.fetchval(
        "update libraries.scan set state = 'running', started_at = coalesce(started_at, now()), updated_at = now(),"
        " folders = 0, files = 0, filed = 0, to_file = null, refused = 0"
        " where id = $1 and state in ('queued', 'running') and not cancel_requested returning id",
        scan_id,
    )
    return begun is not None


async def report_scan(tx: Tx, scan_id: UUID, counts: ScanCounts, current: bytes | None) -> bool:
    """Keep how far a scan is and tell listeners; False when somebody asked to cancel it."""
    names = ScanCounts.__struct_fields__
    assignments = ", ".join(f"{name} = ${n}" for n, name in enumerate(names, 3))
    cancelled = await tx.fetchval(
        f"update libraries.scan set current = $2, updated_at = now(), {assignments}"  # noqa: S608
        " where id = $1 returning cancel_requested",
        scan_id,
        None if current is None else text(current),
        *(getattr(counts, name) for name in names),
    )
    await announce_scan(tx, scan_id)
    return cancelled is False


async def end_scan(tx: Tx, scan_id: UUID, state: Ending, message: str | None = None) -> None:
    """End a scan with a sentence for people."""
    await tx.execute(
        "update libraries.scan set state = $2, message = $3, current = null, updated_at = now(), finished_at = now()"
        " where id = $1 and state in ('queued', 'running')",
        scan_id,
        state,
        message,
    )
    await announce_scan(tx, scan_id)


async def cancel_scan(tx: Tx, scan_id: UUID) -> Scan:
    """Ask a scan to stop: at once when it waits, within a batch when it runs. Conflict when it is over."""
    row = await tx.fetchrow(
        "update libraries.scan set cancel_requested = true, updated_at = now(),"
        " finished_at = case when state = 'queued' then now() end,"
        " state = case when state = 'queued' then 'cancelled' else state end"
        " where id = $1 and state in ('queued', 'running') returning id",
        scan_id,
    )
    if row is None:
        await scan(tx, scan_id)
        raise Conflict("This scan is over already.")
    return await announce_scan(tx, scan_id)


async def add_problems(tx: Tx, scan_id: UUID, found: Sequence[ScanProblem]) -> None:
    """Keep what a scan refused, up to 10,000 a scan."""
    have: int = await tx.fetchval("select count(*) from libraries.scan_problem where scan_id = $1", scan_id)
    kept = found[: max(0, _MAX_PROBLEMS - have)]
    await tx.execute(
        "insert into libraries.scan_problem (scan_id, path, reason) select $1, * from unnest($2::bytea[], $3::text[])"
        " on conflict (scan_id, path) do update set reason = excluded.reason",
        scan_id,
        [problem.path for problem in kept],
        [problem.reason for problem in kept],
    )


async def problems(tx: Tx, scan_id: UUID, limit: int = 200) -> tuple[list[ScanProblem], int]:
    """The first `limit` problems by path, and how many there are."""
    rows = await tx.fetch(
        "select path, reason from libraries.scan_problem where scan_id = $1 order by path limit $2", scan_id, limit
    )
    total: int = await tx.fetchval("select count(*) from libraries.scan_problem where scan_id = $1", scan_id)
    return [ScanProblem(*row) for row in rows], total


async def announce_scan(tx: Tx, scan_id: UUID) -> Scan:
    """Tell listeners how a scan stands; answers with it."""
    found = await scan(tx, scan_id)
    await jobs.announce(tx, ScanChanged(found.library_id, found))
    return found


def _scan(row: Row) -> Scan:
    counts = ScanCounts(*(row[name] for name in ScanCounts.__struct_fields__))
    started: datetime | None = row["started_at"]
    rate = eta_ms = progress = None
    if started is not None:
        # updated_at, not now(): a stuck scan must not look as if it still moved.
        seconds = max((row["updated_at"] - started).total_seconds(), 0.001)
        rate = round(counts.filed / seconds, 1) if counts.filed else None
        if counts.to_file is not None:
            progress = min(counts.filed / counts.to_file, 1.0) if counts.to_file else 1.0
            if rate and row["state"] == "running":
                eta_ms = int(max(counts.to_file - counts.filed, 0) / rate * 1000)
    return Scan(
        id=row["id"],
        library_id=row["library_id"],
        state=row["state"],
        counts=counts,
        rate=rate,
        eta_ms=eta_ms,
        progress=progress,
        current=row["current"],
        message=row["message"],
        created_at=row["created_at"],
        started_at=started,
        finished_at=row["finished_at"],
    )
