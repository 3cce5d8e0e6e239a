"""What most music files are, out of two reads: FLAC, and MP3 with ID3. Anything else is for `tags` and `fingerprint`.

A general tag library costs three times what this does; it stays the judge of whatever is unusual.
"""

from __future__ import annotations

import os

from .facts import AudioTags, Marked
from .fingerprint import mark
from .flac import read_flac
from .id3 import add_id3v1, read_id3
from .mpeg import read_mpeg
from .tags import from_fields
from .window import Unusual, Window

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def quick(path: bytes, size: int) -> Marked | None:
    """The tags of an audio file, and the fingerprint that `fingerprint` gives; None when this cannot tell."""
    try:
        fd = os.open(path, _FLAGS)
    except OSError:
        return None
    try:
        file = Window(fd)
        if file.size != size:
            return None
        found = _tags(file)
    except (Unusual, OSError, IndexError, ValueError):
        return None
    finally:
        os.close(fd)
    return None if found is None else Marked(found, mark(size, file.head, file.tail))


def _tags(file: Window) -> AudioTags | None:
    if file.head.startswith(b"ID3"):
        fields, covered, end = read_id3(file)
        old = add_id3v1(fields, file)
        seconds, kilobits, hertz, channels = read_mpeg(file, end, 128 if old else 0)
        depth, kind = None, "mp3"
    elif file.head.startswith(b"fLaC"):
        fields, covered, (seconds, kilobits, hertz, channels, depth) = read_flac(file)
        kind = "flac"
    else:
        return None
    duration_ms = round(seconds * 1000)
    if not duration_ms:
        return None
    track, of_tracks = _counted(fields, "track")
    disc, of_discs = _counted(fields, "disc")
    return from_fields(
        fields,
        container=kind,
        codec=kind,
        size=file.size,
        duration_ms=duration_ms,
        bitrate=round(kilobits * 1000),
        sample_rate=hertz,
        channels=channels,
        bit_depth=depth,
        numbers=(track, of_tracks, disc, of_discs),
        covered=covered,
    )


def _counted(fields: dict[str, list[str]], name: str) -> tuple[int | None, int | None]:
    """The number and the total out of "3/12", or of a total that stands by itself."""
    told, _, total = fields[name][0].partition("/") if name in fields else ("", "", "")
    apart = f"{name}total"
    if not total and apart in fields:
        total = fields[apart][0]
    return _whole(told), _whole(total)


def _whole(text: str) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None
