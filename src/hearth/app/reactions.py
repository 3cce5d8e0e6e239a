"""What follows from what happened: the one table of event -> task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth import jobs, libraries

if TYPE_CHECKING:
    from hearth.ingest import ScanArgs

REACTIONS = jobs.Reactions()


def _scan(event: libraries.ScanRequested) -> tuple[jobs.Task[ScanArgs], ScanArgs]:
    from hearth import ingest  # which web processes, whom people ask for scans, need not load before they answer

    return ingest.SCAN, ingest.ScanArgs(event.library_id)


REACTIONS.on(libraries.ScanRequested, _scan)
