"""What follows from what happened: the one table of event -> task."""

from hearth import ingest, jobs, libraries, playback


def _facts_to_seek(event: libraries.ScanChanged) -> tuple[jobs.Task[playback.SeekArgs], playback.SeekArgs] | None:
    return (playback.KEYFRAMES, playback.SeekArgs(event.library_id)) if _has_found(event) else None


def _sound_to_measure(event: libraries.ScanChanged) -> tuple[jobs.Task[ingest.MeasureArgs], ingest.MeasureArgs] | None:
    return (ingest.LOUDNESS, ingest.MeasureArgs(event.library_id)) if _has_found(event) else None


def _has_found(event: libraries.ScanChanged) -> bool:
    """A scan that ended, however far it came: what it filed can be looked into."""
    return event.scan.state in ("done", "paused", "cancelled")


REACTIONS = jobs.Reactions()
REACTIONS.on(libraries.ScanRequested, lambda event: (ingest.SCAN, ingest.ScanArgs(event.library_id)))
REACTIONS.on(libraries.ScanChanged, _facts_to_seek)
REACTIONS.on(libraries.ScanChanged, _sound_to_measure)
