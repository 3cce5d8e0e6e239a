"""A file becomes a catalogue item: walk, read, identify, file, sweep; and pictures for what was found.

`Scanner.scan` and `Illustrator.illustrate` are the handlers of the tasks `SCAN` and `ILLUSTRATE`;
`Watcher.running` notices what changes in the libraries' folders and asks for scans. `candidates` says what an
item may be instead.
"""

from hearth.ingest.candidates import Candidate, candidates
from hearth.ingest.illustrate import Illustrator
from hearth.ingest.scan import Scanner
from hearth.ingest.tasks import ILLUSTRATE, SCAN, IllustrateArgs, PictureWork, ScanArgs
from hearth.ingest.watch import Watcher

__all__ = [
    "ILLUSTRATE",
    "SCAN",
    "Candidate",
    "IllustrateArgs",
    "Illustrator",
    "PictureWork",
    "ScanArgs",
    "Scanner",
    "Watcher",
    "candidates",
]
