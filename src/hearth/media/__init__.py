"""Media files as they are: probing, tags, covers, keyframes, pictures and ffmpeg. Real tools, no database.

What a file says is data from a stranger. Code that reads it may crash or hang, so the server goes through `Prober`,
whose child process takes the fall; `probe`, `tags`, `cover` and `keyframes` are the blocking functions behind it.
"""

import importlib
from typing import TYPE_CHECKING

from . import tagvalues
from .covers import cover
from .facts import (
    Attachment,
    AudioStream,
    AudioTags,
    Chapter,
    LyricLine,
    Lyrics,
    MediaInfo,
    MusicBrainz,
    Probed,
    Problem,
    ReplayGain,
    SubtitleStream,
    Unreadable,
    VideoStream,
)
from .fingerprint import fingerprint
from .keyframes import keyframes
from .probe import probe
from .sniff import AUDIO_SUFFIXES
from .tags import tags

if TYPE_CHECKING:
    from . import ffmpeg, images, loudness
    from .prober import Prober, Reading
    from .probers import Probers

__all__ = [
    "AUDIO_SUFFIXES",
    "Attachment",
    "AudioStream",
    "AudioTags",
    "Chapter",
    "LyricLine",
    "Lyrics",
    "MediaInfo",
    "MusicBrainz",
    "Probed",
    "Prober",
    "Probers",
    "Problem",
    "Reading",
    "ReplayGain",
    "SubtitleStream",
    "Unreadable",
    "VideoStream",
    "cover",
    "ffmpeg",
    "fingerprint",
    "images",
    "keyframes",
    "loudness",
    "probe",
    "tags",
    "tagvalues",
]


def __getattr__(name: str) -> object:
    """What only the server needs is loaded when it asks: the child that probes, which comes by here too, does not."""
    if name in ("ffmpeg", "images", "loudness"):
        return importlib.import_module(f".{name}", __name__)
    if name in ("Prober", "Reading"):
        return getattr(importlib.import_module(".prober", __name__), name)
    if name == "Probers":
        return importlib.import_module(".probers", __name__).Probers
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
