"""Facts for people that follow from a file's streams and name: quality words, version labels and their order."""

import os
import re

from hearth.ingest.findings import Media
from hearth.media.facts import MediaInfo, clean

_YEAR = re.compile(r"\d{4}")
_HDR = {"hdr10": "HDR", "hlg": "HLG", "dovi": "Dolby Vision"}
# Lowest width and height at which a name is earned; cinema scope loses height and 4:3 loses width, so either will do.
_STEPS = ((7000, 4000, "8K"), (3200, 1700, "4K"), (1800, 1000, "1080p"), (1200, 700, "720p"), (960, 560, "576p"))


def quality(media: Media | None) -> str | None:
    """ "1080p", "4K HDR": what the picture is worth ("1080p", "4K HDR"), from its size; None without a picture."""
    if not isinstance(media, MediaInfo) or not media.video:
        return None
    video = media.video[0]
    name = next((name for width, height, name in _STEPS if video.width >= width or video.height >= height), "SD")
    if video.hdr10_plus and video.hdr == "hdr10":
        return f"{name} HDR10+"
    return f"{name} {_HDR[video.hdr]}" if video.hdr in _HDR else name


def rank(media: Media | None) -> int:
    """Order among versions: more pixels first; at one size HDR comes last, for every screen shows the plain one."""
    if not isinstance(media, MediaInfo) or not media.video:
        return 0
    video = media.video[0]
    return -(video.width * video.height // 1000) * 2 + (video.hdr != "sdr")


def duration(media: Media | None) -> int | None:
    """How long it plays, in ms."""
    return media.duration_ms if media is not None else None


def shown(path: bytes) -> str:
    """A file's or folder's name for people: bytes that are not UTF-8 show as U+FFFD."""
    return clean(os.path.basename(path).decode("utf-8", "replace"), 500)


def stem(path: bytes) -> str:
    """A file's name without its extension, for people."""
    return os.path.splitext(shown(path))[0]


def year_from(text: str | None) -> int | None:
    """The year at the start of a tag's date."""
    match = _YEAR.match(text) if text else None
    year = int(match[0]) if match else 0
    return year if 1850 <= year <= 2200 else None
