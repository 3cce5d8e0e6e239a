"""What scans did, in numbers for whoever watches the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth.db import Tx
from hearth.kit.metrics import LONG_SECONDS, Counter, Histogram

if TYPE_CHECKING:
    from hearth.libraries.scans import Scan

SCANS = Counter(
    "hearth_scans_total",
    "Scans that ended, by how.",
    ("outcome",),
    [("done",), ("paused",), ("failed",), ("cancelled",)],
)
FILES = Counter(
    "hearth_scan_files_total",
    "Files that ended scans saw, and what became of them.",
    ("what",),
    [("seen",), ("filed",), ("new",), ("changed",), ("moved",), ("missing",), ("refused",)],
)
SECONDS = Histogram("hearth_scan_seconds", "How long scans took, in seconds.", buckets=LONG_SECONDS)


def count_scan(scan: Scan) -> None:
    """Counts a scan that has ended."""
    counts = scan.counts
    SCANS.inc(scan.state)
    FILES.inc("seen", by=counts.files)
    for what in ("filed", "new", "changed", "moved", "missing", "refused"):
        FILES.inc(what, by=getattr(counts, what))
    if scan.started_at is not None and scan.finished_at is not None:
        SECONDS.observe((scan.finished_at - scan.started_at).total_seconds())


async def open_scans(tx: Tx) -> dict[str, int]:
    """How many scans wait ("queued") and run ("running")."""
    rows = await tx.fetch(
        "select state, count(*) as number from libraries.scan where state in ('queued', 'running') group by state"
    )
    return {"queued": 0, "running": 0, **{row["state"]: row["number"] for row in rows}}
