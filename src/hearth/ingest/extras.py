"""Trailers, featurettes and deleted scenes: they hang on the film or series beside which they lie."""

import os
from collections.abc import Callable, Mapping

from hearth.ingest import looks
from hearth.ingest.findings import Draft, DraftVersion, Findings, Key, Picture, Unit, key
from hearth.ingest.walk import Entry
from hearth.kit.text import fold
from hearth.media.facts import clean


def owner_by_name(videos: Mapping[bytes, Key], entry: Entry) -> Key | None:
    """The item whose file's name the extra's begins with, the longest first; the only item there is; else None."""
    stems = {os.path.splitext(os.path.basename(path))[0].lower(): item for path, item in videos.items()}
    name = entry.name.lower()
    for stem in sorted(stems, key=len, reverse=True):
        if name.startswith(stem):
            return stems[stem]
    return next(iter(stems.values())) if len(set(stems.values())) == 1 else None


def add_extras(found: Findings, unit: Unit, extras: Mapping[Entry, str], owner: Callable[[Entry], Key | None]) -> None:
    """File each extra under its owner; one without an owner is refused with the reason."""
    for entry, kind in extras.items():
        media = unit.media.get(entry.path)
        if media is None or kind == "sample":
            continue
        owned = owner(entry)
        if owned is None:
            found.refused.append((entry.path, "An extra (trailer, featurette...) with no film or show beside it."))
            continue
        below = entry.path.removeprefix(unit.folder).decode("utf-8", "replace")
        extra = key("extra", *owned, fold(below) or below)
        found.drafts.append(
            Draft(
                kind="extra",
                identity=extra[1],
                title=clean(looks.stem(entry.name), 300),
                parent=owned,
                top=owned,
                duration_ms=looks.duration(media),
                quality=looks.quality(media),
            )
        )
        found.versions.append(DraftVersion(extra, kind, None, 0, (entry.path,)))
        found.pictures.append(Picture(extra, "thumb", "frame", entry.path, looks.duration(media)))
