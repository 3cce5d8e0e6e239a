"""Trailers, featurettes and deleted scenes: they hang on the film or series beside which they lie."""

import os
from collections.abc import Callable, Mapping

from hearth.ingest import looks
from hearth.ingest.findings import Draft, DraftVersion, Findings, Key, Picture, Unit
from hearth.ingest.walk import Entry
from hearth.kit.text import fold
from hearth.media.facts import clean


def add_extras(found: Findings, unit: Unit, extras: Mapping[Entry, str], owner: Callable[[Entry], Key | None]) -> None:
    """File each extra under its owner; one without an owner is refused with the reason."""
    for entry, kind in extras.items():
        media = unit.media.get(entry.path)
        if media is None or kind == "sample":
            continue
        key = owner(entry)
        if key is None:
            found.refused.append((entry.path, "An extra (trailer, featurette...) with no film or show beside it."))
            continue
        identity = f"{key[0]}/{key[1]}/{fold(os.fsdecode(entry.name)) or looks.shown(entry.name)}"
        found.drafts.append(
            Draft(
                kind="extra",
                identity=identity,
                title=clean(looks.stem(entry.name), 300),
                parent=key,
                top=key,
                duration_ms=looks.duration(media),
                quality=looks.quality(media),
            )
        )
        extra: Key = ("extra", identity)
        found.versions.append(DraftVersion(extra, kind, None, 0, (entry.path,)))
        found.pictures.append(Picture(extra, "thumb", "frame", entry.path, looks.duration(media)))
