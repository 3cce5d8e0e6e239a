"""Media files as they are: probing, tags, covers, keyframes, pictures and ffmpeg. Real tools, no database.

What a file says is data from a stranger. Code that reads it may crash or hang, so the server goes through `Prober`,
whose child process takes the fall; `probe`, `tags`, `cover` and `keyframes` are the blocking functions behind it.
"""

from . import ffmpeg, images, loudness, tagvalues
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
from .prober import Prober, Reading
from .sniff import AUDIO_SUFFIXES
from .tags import tags

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
