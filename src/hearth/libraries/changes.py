"""What scans did to which files, for whoever reads their history."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth.db import Tx

_MAX_CHANGES = 1_000


class ScanChange(Struct, frozen=True):
    """A file (full path) that a scan found new, changed, moved here or missing."""

    path: bytes
    change: Literal["new", "changed", "moved", "missing"]


async def add_changes(tx: Tx, scan_id: UUID, found: Sequence[ScanChange]) -> None:
    """Keep what a scan did to files, up to 1,000 a scan."""
    have: int = await tx.fetchval(
        "select coalesce(sum(cardinality(paths)), 0) from libraries.scan_change where scan_id = $1", scan_id
    )
    paths: dict[str, list[bytes]] = {}
    for one in found[: max(0, _MAX_CHANGES - have)]:
        paths.setdefault(one.change, []).append(one.path)
    for change, changed in paths.items():
        await tx.execute(
            "insert into libraries.scan_change (scan_id, change, paths) values ($1, $2, $3)", scan_id, change, changed
        )


async def changes(tx: Tx, scan_id: UUID, limit: int = 200) -> list[ScanChange]:
    """The first `limit` of what a scan did to files, by what and path."""
    rows = await tx.fetch(
        "select distinct path, change from libraries.scan_change, unnest(paths) path where scan_id = $1"
        " order by change, path limit $2",
        scan_id,
        limit,
    )
    return [ScanChange(*row) for row in rows]
