"""What an item may be instead: what its file, its folder and its NFO say, and what the library has that is like it."""

import os
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth.catalog import ItemKind
from hearth.ingest.nfo import MAX_SIZE, BadNfo, read_nfo
from hearth.kit.text import fold
from hearth.libraries import look
from hearth.media import names
from hearth.media.facts import clean

_NFO = {"movie": ("movie", b"movie.nfo"), "series": ("tvshow", b"tvshow.nfo"), "album": ("album", b"album.nfo")}


class Candidate(Struct, frozen=True):
    """A title that an item may have, and where it was read; `item_id` is an item of the library that is like it."""

    title: str
    year: int | None
    source: Literal["library", "file", "folder", "nfo"]
    item_id: UUID | None = None


async def candidates(kind: ItemKind, files: Sequence[bytes]) -> list[Candidate]:
    """What the item's files (full paths) say, each title once: the NFO first, then the name, then the folder."""
    if not files:
        return []
    said = await look(_read, kind, files[0], what=files[0])
    found: dict[tuple[str, int | None], Candidate] = {}
    for one in [*said, *_named(kind, os.fsdecode(files[0]))]:
        found.setdefault((fold(one.title), one.year), one)
    return list(found.values())


def _named(kind: ItemKind, path: str) -> list[Candidate]:
    folder = os.path.dirname(path)
    if kind == "movie":
        readings = [("file", os.path.basename(path)), ("folder", f"{os.path.basename(folder)}.mkv")]
        parsed = [(source, names.parse(name, "movie")) for source, name in readings]
        return [
            Candidate(clean(name.title, 300), name.year, "file" if source == "file" else "folder")
            for source, name in parsed
            if name.title
        ]
    if kind not in ("series", "season", "episode"):
        return []
    while names.season_folder(folder) is not None and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    name = names.parse(path, "episode")
    title = name.episode_title if kind == "episode" else name.title
    found = [Candidate(clean(title, 300), name.year, "file")] if title else []
    if kind == "series":
        found.append(Candidate(clean(names.series_folder(folder), 300), None, "folder"))
    return found


def _read(kind: ItemKind, path: bytes) -> list[Candidate]:
    """What the NFO files beside or above a file say. Blocks on disk."""
    root, general = _NFO.get(kind, ("episodedetails" if kind == "episode" else "", b""))
    folder = os.path.dirname(path)
    places = [os.path.splitext(path)[0] + b".nfo"]
    if general:
        places += [os.path.join(folder, general), os.path.join(os.path.dirname(folder), general)]
    found = []
    for place in places:
        try:
            with open(place, "rb") as file:
                told = read_nfo(file.read(MAX_SIZE + 1))
        except (OSError, BadNfo):
            continue
        found += [Candidate(nfo.title, nfo.year, "nfo") for nfo in told if nfo.kind == root and nfo.title]
    return found
