"""Files and folders that a scanner passes over by their names alone.

Marker files (`.nomedia`, `.ignore`) hide the folder they lie in: `MARKERS` names them, the scanner acts on them.
"""

import re

MARKERS = frozenset({".nomedia", ".ignore", ".hearthignore"})

_NAMES = frozenset(
    {
        "@eadir",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "@recycle",
        "@recently-snapshot",
        "@snapshot",
        "@tmp",
        ".@__thumb",
        "__macosx",
        "desktop.ini",
        "folder.htt",
        "found.000",
        "lost+found",
        "recycler",
        "small.jpg",
        "albumart_small.jpg",
        "albumartsmall.jpg",
        "system volume information",
        "thumbs.db",
        "ehthumbs.db",
        "lost.dir",
        ".appledouble",
        "ps3_update",
        "ps3_vprm",
        "extrafanart",
        "extrathumbs",
        ".actors",
        ".wd_tv",
    }
)
_ENDINGS = (
    ".part",
    ".partial",
    ".!qb",
    ".!ut",
    ".!bt",
    ".bc!",
    ".crdownload",
    ".download",
    ".aria2",
    ".opdownload",
    ".tmp",
    ".temp",
    ".bak",
    ".swp",
    ".lock",
    ".filepart",
    ".unfinished",
    ".incomplete",
    ".nfs",
    ".torrent",
    "~",
)
_VIDEO_TMP = re.compile(r"\.(?:part|tmp|temp)\.\w{2,4}$")


def ignored(name: str) -> bool:
    """True when the file or folder called `name` (one part of a path) is none of a library's business.

    Hidden names, other systems' droppings, recycle bins, and files that are still being written.
    """
    low = name.casefold()
    return low[:1] == "." or low in _NAMES or low.endswith(_ENDINGS) or _VIDEO_TMP.search(low) is not None
