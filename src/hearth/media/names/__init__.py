"""What file and folder names mean: films, episodes, extras, parts, versions, sidecars. Pure functions over text."""

from hearth.media.names.folders import season_folder, series_folder
from hearth.media.names.formats import AUDIO, IMAGE, SUBTITLE, VIDEO, Stub, stub
from hearth.media.names.name import Kind, Name
from hearth.media.names.understand import parse

__all__ = [
    "AUDIO",
    "IMAGE",
    "SUBTITLE",
    "VIDEO",
    "Kind",
    "Name",
    "Stub",
    "parse",
    "season_folder",
    "series_folder",
    "stub",
]
