"""Folders of albums that come on several discs."""

import functools
import re

from hearth.media.names.paths import parts

_DISC = re.compile(
    r"(?:cd|dis[ck]|dvd|vinyl|lp|digital media|vol(?:ume)?|part|act)[\s._]*-?[\s._]*(?P<n>\d{1,3})(?=$|[\s._\-,:(\[])",
    re.IGNORECASE,
)


@functools.lru_cache(maxsize=256)
def disc_folder(path: str) -> int | None:
    """The disc that the folder `path` holds of a multi-disc album ("CD 2", "Disc 01 (Live)"), or None."""
    pieces = parts(path)
    match = _DISC.match(pieces[-1].strip()) if pieces else None
    return int(match["n"]) if match is not None and match["n"].isdecimal() else None
