"""What follows from what happened: the one table of event -> task."""

from hearth import ingest, jobs, libraries

REACTIONS = jobs.Reactions()
REACTIONS.on(libraries.ScanRequested, lambda event: (ingest.SCAN, ingest.ScanArgs(event.library_id)))
