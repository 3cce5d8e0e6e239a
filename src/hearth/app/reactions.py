"""What follows from what happened: the one table of event -> task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hearth import jobs, libraries, playback

if TYPE_CHECKING:
    from hearth.ingest import MeasureArgs, ScanArgs

# Web processes, whom people ask for scans, need not load `ingest` before they answer: hence the imports below.


def _scan(event: libraries.ScanRequested) -> tuple[jobs.Task[ScanArgs], ScanArgs]:
    from hearth import ingest

    return ingest.SCAN, ingest.ScanArgs(event.library_id)


def _facts_to_seek(event: libraries.ScanChanged) -> tuple[jobs.Task[playback.SeekArgs], playback.SeekArgs] | None:
    return (playback.KEYFRAMES, playback.SeekArgs(event.library_id)) if _has_found(event) else None


def _sound_to_measure(event: libraries.ScanChanged) -> tuple[jobs.Task[MeasureArgs], MeasureArgs] | None:
    if not _has_found(event):
        return None
    from hearth import ingest

    return ingest.LOUDNESS, ingest.MeasureArgs(event.library_id)


def _has_found(event: libraries.ScanChanged) -> bool:
    """A scan that ended, however far it came: what it filed can be looked into."""
    return event.scan.state in ("done", "paused", "cancelled")


REACTIONS = jobs.Reactions()
REACTIONS.on(libraries.ScanRequested, _scan)
REACTIONS.on(libraries.ScanChanged, _facts_to_seek)
REACTIONS.on(libraries.ScanChanged, _sound_to_measure)
