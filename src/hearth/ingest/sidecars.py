"""Subtitles, sound tracks and lyrics that lie beside a video or track, matched by name."""

import os
from collections.abc import Mapping

from hearth.ingest.findings import DraftSidecar, Findings, Key, Unit
from hearth.media import names
from hearth.media.facts import clean

_LONE_FOLDERS = frozenset((b"subs", b"subtitles", b"sub"))


def add_sidecars(found: Findings, unit: Unit, videos: Mapping[bytes, Key]) -> None:
    """Tie each subtitle file (and sound track that is no item) to the video whose name it begins with.

    In a folder named Subs one video takes all of them, whatever their names.
    """
    stems = {os.path.splitext(os.path.basename(path))[0]: key for path, key in videos.items()}
    by_length = sorted(stems, key=len, reverse=True)
    for entry in unit.entries:
        if entry.kind != "subtitle" and not (entry.kind == "audio" and videos):
            continue
        stem = next((stem for stem in by_length if _begins(entry.name, stem)), None)
        if stem is None:
            stem = next((stem for stem in by_length if stem in entry.folder.split(b"/")), None)
        if stem is None and len(stems) == 1 and os.path.basename(entry.folder).lower() in _LONE_FOLDERS:
            stem = by_length[0]
        if stem is None:
            continue
        # In a folder of its own the file need not repeat the video's name: "Subs/English.srt".
        name = entry.name if _begins(entry.name, stem) else stem + b"." + entry.name
        said = names.external(os.fsdecode(name), os.fsdecode(stem))
        found.sidecars.append(
            DraftSidecar(
                stems[stem],
                entry.path,
                "subtitle" if entry.kind == "subtitle" else "audio",
                language=said.language if said else None,
                title=clean(said.title, 200) if said and said.title else None,
                is_forced=bool(said and said.forced),
                is_default=bool(said and said.default),
                hearing_impaired=bool(said and said.hearing_impaired),
            )
        )


def _begins(name: bytes, stem: bytes) -> bool:
    rest = name[len(stem) :]
    return name.lower().startswith(stem.lower()) and rest[:1] in (b".", b"-", b"_", b" ", b"(", b"[")
