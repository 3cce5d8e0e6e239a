"""What each scan did to files, and what it refused."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth.db import Tx

_MAX_PROBLEMS = 10_000
_MAX_CHANGES = 1_000


class ScanProblem(Struct, frozen=True):
    """A file or folder that was refused, and why, for people."""

    path: bytes
    reason: str


class ScanChange(Struct, frozen=True):
    """A file (full path) that a scan found new, changed, moved here or missing."""

    path: bytes
    change: Literal["new", "changed", "moved", "missing"]


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


async def add_changes(tx: Tx, scan_id: UUID, found: Sequence[ScanChange]) -> None:
    """Keep what a scan did to files, up to 1,000 a scan."""
    have: int = await tx.fetchval("select count(*) from libraries.scan_change where scan_id = $1", scan_id)
    kept = found[: max(0, _MAX_CHANGES - have)]
    await tx.execute(
        "insert into libraries.scan_change (scan_id, path, change) select $1, * from unnest($2::bytea[], $3::text[])"
        " on conflict (scan_id, path) do nothing",
        scan_id,
        [change.path for change in kept],
        [change.change for change in kept],
    )


async def changes(tx: Tx, scan_id: UUID, limit: int = 200) -> list[ScanChange]:
    """The first `limit` of what a scan did to files, by what and path."""
    rows = await tx.fetch(
        "select path, change from libraries.scan_change where scan_id = $1 order by change, path limit $2",
        scan_id,
        limit,
    )
    return [ScanChange(*row) for row in rows]


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
