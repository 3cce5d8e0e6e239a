"""Pictures that lie beside the media, by the names that Kodi and its kin write."""

import os
from collections.abc import Iterable

from hearth.artwork import ImageType
from hearth.ingest.findings import Key, Picture
from hearth.ingest.walk import Entry

# Best name first; compared without case and extension.
_FOLDER: dict[ImageType, tuple[str, ...]] = {
    "poster": ("poster", "folder", "cover", "movie", "show", "default"),
    "backdrop": ("fanart", "backdrop", "background", "art"),
    "logo": ("clearlogo", "logo"),
    "banner": ("banner",),
    "thumb": ("thumb", "landscape"),
}
_SUFFIX: dict[ImageType, tuple[str, ...]] = {
    "poster": ("-poster", "-cover", ""),
    "backdrop": ("-fanart", "-backdrop", "-background"),
    "logo": ("-clearlogo", "-logo"),
    "banner": ("-banner",),
    "thumb": ("-thumb", "-landscape"),
}
_ALBUM = ("cover", "folder", "front", "album", "albumart", "poster")
_DISC_LAST = ("back", "cd", "disc", "inlay", "booklet")


def of_folder(item: Key, entries: Iterable[Entry]) -> list[Picture]:
    """The pictures that belong to whatever fills this folder: `poster.jpg`, `fanart.jpg`, ..."""
    stems = _stems(entries)
    return [
        Picture(item, kind, "local", stems[name].path)
        for kind, wanted in _FOLDER.items()
        if (name := next((name for name in wanted if name in stems), None)) is not None
    ]


def of_file(
    item: Key, video: bytes, entries: Iterable[Entry], types: Iterable[ImageType] = tuple(_SUFFIX)
) -> list[Picture]:
    """The pictures named after one file: `Film (1999)-poster.jpg`; `Film (1999).jpg` is its poster or still."""
    stems = _stems(entries)
    own = os.fsdecode(os.path.splitext(os.path.basename(video))[0]).casefold()
    found = []
    for kind in types:
        wanted = (*_SUFFIX[kind], "") if kind == "thumb" else _SUFFIX[kind]
        if (name := next((own + suffix for suffix in wanted if own + suffix in stems), None)) is not None:
            found.append(Picture(item, kind, "local", stems[name].path))
    return found


def of_season(item: Key, number: int, entries: Iterable[Entry]) -> list[Picture]:
    """A season's pictures in the folder of its series: `season01-poster.jpg`, `season-specials-poster.jpg`."""
    stems = _stems(entries)
    names = [f"season{number:02d}", f"season{number}"]
    if number == 0:
        names = ["season-specials", "season00", "specials"]
    found = []
    for kind in ("poster", "backdrop", "banner"):
        wanted = [name + suffix for name in names for suffix in _SUFFIX[kind]]
        if (name := next((name for name in wanted if name in stems), None)) is not None:
            found.append(Picture(item, kind, "local", stems[name].path))
    return found


def of_album(item: Key, entries: Iterable[Entry]) -> list[Picture]:
    """An album's cover: the usual names first, else the only picture, else one whose name does not say "back"."""
    stems = _stems(entries)
    name = next((name for name in _ALBUM if name in stems), None)
    if name is None:
        rest = sorted(name for name in stems if not any(word in name for word in _DISC_LAST))
        name = rest[0] if rest else None
    return [] if name is None else [Picture(item, "poster", "local", stems[name].path)]


def _stems(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {
        os.fsdecode(os.path.splitext(entry.name)[0]).casefold(): entry for entry in entries if entry.kind == "image"
    }
