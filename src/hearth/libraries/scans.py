"""Scans: asked for, under way, ended; and what each did and refused."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth import jobs
from hearth.db import Row, Tx
from hearth.kit.errors import Conflict, Invalid, NotFound
from hearth.kit.ids import new_id
from hearth.kit.paging import Page, pack_cursor, unpack_cursor
from hearth.libraries import counting
from hearth.libraries.folders import text

State = Literal["queued", "running", "paused", "done", "failed", "cancelled"]
Ending = Literal["paused", "done", "failed", "cancelled"]
_MAX_PROBLEMS = 10_000
_MAX_SHOWN = 20
# Jobs that make way for a scan ask again after so long.
_WAIT_S = 5.0
# More folders than these in one scan are the whole library.
_MAX_FOLDERS = 2_000
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
    folders: tuple[str, ...] | None
    """The folders that it is about, for people; None for the whole library."""


class ScanProblem(Struct, frozen=True):
    """A file or folder that was refused, and why, for people."""

    path: bytes
    reason: str


class ScanRequested(jobs.Event, frozen=True, tag="scan.requested"):
    """A scan was asked for and waits for a worker."""

    library_id: UUID


class ScanChanged(jobs.Event, frozen=True, tag="scan"):
    """A scan moved on: what listeners draw progress from."""

    library_id: UUID
    scan: Scan


_COUNTS = ", ".join(f"s.{name}" for name in ScanCounts.__struct_fields__)
_COLUMNS = (
    f"s.id, s.library_id, s.state, {_COUNTS}, s.current, s.message, s.created_at, s.started_at,"
    " s.updated_at, s.finished_at, s.of_folders"
)


async def request_scan(
    tx: Tx, library_id: UUID, *, accept_missing: bool = False, folders: Sequence[bytes] | None = None
) -> Scan:
    """Ask for a scan of a library, or of some of its `folders` (full paths; below them only what is new is walked).

    One that waits is the answer, and takes the folders along; so is one that runs, and another follows it. A scan of
    the whole library covers every folder. `accept_missing` says that files which are gone are meant to be gone, however
    many.
    """
    if folders is not None and (accept_missing or len(folders) > _MAX_FOLDERS):
        folders = None
    row = await tx.fetchrow(
        "insert into libraries.scan as s (id, library_id, accept_missing, of_folders)"  # noqa: S608 - names of columns
        " select $1, id, $3, $4 from libraries.library where id = $2"
        " on conflict (library_id) where state in ('queued', 'running') do update set"
        " again = s.again or s.state = 'running', accept_missing = s.accept_missing or excluded.accept_missing,"
        f" of_folders = case when s.state = 'queued' then {_merged('s.of_folders')} else s.of_folders end,"
        " again_folders = case when s.state = 'queued' then null when not s.again then excluded.of_folders"
        f" else {_merged('s.again_folders')} end"
        " returning id, (xmax = 0) as is_new",
        new_id(),
        library_id,
        accept_missing,
        None if folders is None else list(folders),
    )
    if row is None:
        raise NotFound("There is no such library. It may have been removed.")
    # Announced when it waited already, too: should its job have been lost, this one does the work.
    await jobs.announce(tx, ScanRequested(library_id))
    return await announce_scan(tx, row["id"]) if row["is_new"] else await scan(tx, row["id"])


def _merged(folders: str) -> str:
    """SQL for folders that were waiting (a column) together with those asked for now; too many are the whole."""
    return (
        f"case when {folders} is null or excluded.of_folders is null"
        f" or cardinality({folders}) + cardinality(excluded.of_folders) > {_MAX_FOLDERS} then null"
        f" else array(select unnest({folders}) union select unnest(excluded.of_folders)) end"
    )


async def scan_folders(tx: Tx, scan_id: UUID) -> list[bytes] | None:
    """The folders (full paths) that a scan is about; None for the whole library."""
    found: list[bytes] | None = await tx.fetchval("select of_folders from libraries.scan where id = $1", scan_id)
    return found


async def scanning(tx: Tx) -> set[UUID]:
    """The libraries of which a scan waits or runs."""
    rows = await tx.fetch("select library_id from libraries.scan where state in ('queued', 'running')")
    return {row["library_id"] for row in rows}


async def make_way(tx: Tx) -> None:
    """For jobs that nobody waits for: Later while a library is being scanned, so that they do not take the machine from
    it. A scan that has said nothing for ten minutes holds nothing up: its drive is very slow, or its job was parked."""
    if await tx.fetchval(
        "select exists (select from libraries.scan where state = 'running' and updated_at > now() - $1::interval)",
        _DEAD_AFTER,
    ):
        raise jobs.Later(_WAIT_S, "Waiting while a library is scanned.")


async def overdue(tx: Tx, every: timedelta, network_every: timedelta) -> list[UUID]:
    """Libraries that were not scanned as a whole for so long; `network_every` is for those with a root that cannot be
    watched. None while one of theirs waits or runs."""
    rows = await tx.fetch(
        "select l.id from libraries.library l where not exists (select from libraries.scan s"
        " where s.library_id = l.id and (s.state in ('queued', 'running') or (s.of_folders is null and s.created_at >"
        " now() - case when exists (select from libraries.root r where r.library_id = l.id and r.watch <> 'watched')"
        " then $2::interval else $1::interval end)))",
        every,
        network_every,
    )
    return [row["id"] for row in rows]


async def prune_scans(tx: Tx, keep: int = 200) -> None:
    """For housekeeping: of scans that ended, keep the newest of each library."""
    await tx.execute(
        "delete from libraries.scan s using (select id, row_number() over (partition by library_id order by id desc)"
        " as place from libraries.scan) old where old.id = s.id and old.place > $1"
        " and s.state not in ('queued', 'running')",
        keep,
    )


async def scan(tx: Tx, scan_id: UUID) -> Scan:
    """One scan; NotFound when there is none."""
    row = await tx.fetchrow(f"select {_COLUMNS} from libraries.scan s where id = $1", scan_id)  # noqa: S608
    if row is None:
        raise NotFound("There is no such scan. Its library may have been removed.")
    return _scan(row)


async def scans(tx: Tx, library_id: UUID, *, limit: int = 50, after: str | None = None) -> Page[Scan]:
    """The scans of a library, newest first (ids grow with time)."""
    before = _scan_id(after) if after else None
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


async def begin_scan(tx: Tx, library_id: UUID) -> tuple[Scan, bool] | None:
    """Begin the scan that waits, or go on with one whose worker died (its counts start over), and whether missing files
    are accepted. None when there is nothing to do; a scan that was to be cancelled meanwhile ends here."""
    row = await tx.fetchrow(
        "update libraries.scan set state = 'running', started_at = coalesce(started_at, now()), updated_at = now(),"
        " folders = 0, files = 0, filed = 0, to_file = null, refused = 0"
        " where library_id = $1 and state in ('queued', 'running') returning id, accept_missing, cancel_requested",
        library_id,
    )
    if row is None:
        return None
    if row["cancel_requested"]:
        await end_scan(tx, row["id"], "cancelled", "Cancelled. What was found until then is kept.")
        return None
    return await announce_scan(tx, row["id"]), row["accept_missing"]


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
    """End a scan with a sentence for people. If it was asked for again while it ran, the next one waits at once."""
    row = await tx.fetchrow(
        "update libraries.scan set state = $2, message = $3, current = null, updated_at = now(), finished_at = now()"
        " where id = $1 and state in ('queued', 'running') returning library_id, again, accept_missing, again_folders",
        scan_id,
        state,
        message,
    )
    if row is None:
        return
    counting.count_scan(await announce_scan(tx, scan_id))
    if row["again"]:
        await request_scan(tx, row["library_id"], accept_missing=row["accept_missing"], folders=row["again_folders"])


async def revive_scans(tx: Tx) -> int:
    """For housekeeping: end running scans that nothing moves any more and ask again for those that wait; how many."""
    dead = await tx.fetch(
        "select id from libraries.scan where state = 'running' and updated_at < now() - $1::interval", _DEAD_AFTER
    )
    for row in dead:
        await end_scan(tx, row["id"], "failed", "The scan stopped moving. What it found is kept; scan again.")
    waiting = await tx.fetch(
        "select library_id from libraries.scan where state = 'queued' and created_at < now() - $1::interval",
        _DEAD_AFTER,
    )
    for row in waiting:
        await jobs.announce(tx, ScanRequested(row["library_id"]))
    return len(dead) + len(waiting)


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


async def folders_below(tx: Tx, library_id: UUID, folder: bytes) -> list[bytes]:
    """A folder (full path) of a library with all that is known below it, for `request_scan`; Invalid when it lies in no
    folder of the library."""
    rows = await tx.fetch("select id, path from libraries.root where library_id = $1", library_id)
    folder = folder.rstrip(b"/") or b"/"
    for row in rows:
        root = row["path"].rstrip(b"/")
        if folder == root or folder.startswith(root + b"/"):
            below = folder[len(root) + 1 :]
            known = await tx.fetch(
                "select path from libraries.folder where root_id = $1"
                " and ($2 = ''::bytea or path = $2 or substring(path from 1 for length($2) + 1) = $2 || '/'::bytea)"
                " order by path limit $3",
                row["id"],
                below,
                _MAX_FOLDERS + 1,
            )
            return list(dict.fromkeys([folder, *(os.path.join(root, one["path"]) for one in known if one["path"])]))
    raise Invalid("This folder is not one of the library's, nor does it lie in one.", extra={"field": "folder"})


async def add_standing_problems(tx: Tx, scan_id: UUID, library_id: UUID) -> int:
    """Add the files of the library that were refused earlier and lie there unchanged; how many files are refused."""
    await tx.execute(
        "insert into libraries.scan_problem (scan_id, path, reason)"
        " select $1, rtrim(r.path, '/'::bytea) || '/'::bytea || case when f.folder = ''::bytea then ''::bytea"
        " else f.folder || '/'::bytea end || f.name, f.problem from libraries.file f"
        " join libraries.root r on r.id = f.root_id"
        " where r.library_id = $2 and f.problem is not null and f.missing_since is null limit $3"
        " on conflict (scan_id, path) do nothing",
        scan_id,
        library_id,
        _MAX_PROBLEMS,
    )
    count: int = await tx.fetchval(
        "select count(*) from libraries.file f join libraries.root r on r.id = f.root_id"
        " where r.library_id = $1 and f.problem is not null and f.missing_since is null",
        library_id,
    )
    return count


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


def _scan_id(cursor: str) -> UUID:
    try:
        return UUID(str(unpack_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise Invalid("This page cursor belongs to another list: start again from the first page.") from error


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
        folders=None if row["of_folders"] is None else tuple(text(path) for path in row["of_folders"][:_MAX_SHOWN]),
    )
