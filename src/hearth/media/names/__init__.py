"""What file and folder names mean: films, episodes, extras, parts, versions, sidecars.

Pure functions over text: no file is opened and no database asked. Paths are text as a scanner has it, decoded with
surrogateescape or not, with either separator, relative or absolute. Nothing here raises on any text.

- `parse` reads a file's path as a film or an episode; `extra`, `stub`, `is_sample`, `ignored` say what it is instead.
- `season_folder`, `series_folder`, `film_series`, `disc_folder` read folders.
- `stacks` and `versions` group a listing; `external` reads a sidecar.
"""

from hearth.media.names.extras import ExtraKind, extra, is_sample
from hearth.media.names.folders import film_series, season_folder, series_folder
from hearth.media.names.formats import AUDIO, IMAGE, SUBTITLE, VIDEO, Stub, StubKind, stub
from hearth.media.names.ignored import MARKERS, ignored
from hearth.media.names.languages import language
from hearth.media.names.music import disc_folder
from hearth.media.names.name import Kind, Name
from hearth.media.names.sidecars import External, external
from hearth.media.names.stacks import Stack, stacks
from hearth.media.names.stereo import format_3d
from hearth.media.names.understand import parse
from hearth.media.names.versions import Item, LibraryKind, Version, versions

__all__ = [
    "AUDIO",
    "IMAGE",
    "MARKERS",
    "SUBTITLE",
    "VIDEO",
    "External",
    "ExtraKind",
    "Item",
    "Kind",
    "LibraryKind",
    "Name",
    "Stack",
    "Stub",
    "StubKind",
    "Version",
    "disc_folder",
    "external",
    "extra",
    "film_series",
    "format_3d",
    "ignored",
    "is_sample",
    "language",
    "parse",
    "season_folder",
    "series_folder",
    "stacks",
    "stub",
    "versions",
]
