"""A file becomes a catalogue item: walk, read, identify, file, sweep; and pictures for what was found.

`Scanner.scan` and `Illustrator.illustrate` are the handlers of the tasks `SCAN` and `ILLUSTRATE`;
`Watcher.running` notices what changes in the libraries' folders and asks for scans.
"""

from hearth.ingest.illustrate import Illustrator
from hearth.ingest.scan import Scanner
from hearth.ingest.tasks import ILLUSTRATE, SCAN, IllustrateArgs, PictureWork, ScanArgs
from hearth.ingest.watch import Watcher

__all__ = ["ILLUSTRATE", "SCAN", "IllustrateArgs", "Illustrator", "PictureWork", "ScanArgs", "Scanner", "Watcher"]
