"""A file becomes a catalogue item: walk, read, identify, file, sweep; and pictures for what was found.

`Scanner.scan`, `Illustrator.illustrate` and `Meter.measure` are the handlers of `SCAN`, `ILLUSTRATE` and `LOUDNESS`;
`Watcher.running` notices what changes in the libraries' folders and asks for scans. `candidates` says what an
item may be instead, `artist_identity` what an artist is known by.
"""

from hearth.ingest.candidates import Candidate, candidates
from hearth.ingest.illustrate import Illustrator
from hearth.ingest.measure import Meter
from hearth.ingest.music import artist_identity
from hearth.ingest.scan import Scanner
from hearth.ingest.tasks import ILLUSTRATE, LOUDNESS, SCAN, IllustrateArgs, MeasureArgs, PictureWork, ScanArgs
from hearth.ingest.watch import Watcher

__all__ = [
    "ILLUSTRATE",
    "LOUDNESS",
    "SCAN",
    "Candidate",
    "IllustrateArgs",
    "Illustrator",
    "MeasureArgs",
    "Meter",
    "PictureWork",
    "ScanArgs",
    "Scanner",
    "Watcher",
    "artist_identity",
    "candidates",
]
