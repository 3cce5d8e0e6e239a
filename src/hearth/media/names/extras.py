"""Extras of a film or show: trailers, featurettes, theme songs ..., by folder names and by suffixes of file names."""

import re
from typing import Literal

from hearth.media.names.formats import AUDIO, VIDEO, split_extension
from hearth.media.names.paths import parts

ExtraKind = Literal[
    "trailer",
    "teaser",
    "featurette",
    "behind_the_scenes",
    "deleted_scene",
    "interview",
    "scene",
    "short",
    "clip",
    "sample",
    "theme_song",
    "theme_video",
    "extra",
]

# Folders and what the videos in them are; a name counts with spaces, dots, hyphens and underscores alike.
FOLDERS: dict[str, ExtraKind] = {
    "trailers": "trailer",
    "teasers": "teaser",
    "featurettes": "featurette",
    "behind the scenes": "behind_the_scenes",
    "making of": "behind_the_scenes",
    "deleted scenes": "deleted_scene",
    "interviews": "interview",
    "scenes": "scene",
    "shorts": "short",
    "clips": "clip",
    "sample": "sample",
    "samples": "sample",
    "backdrops": "theme_video",
    "extra": "extra",
    "extras": "extra",
    "other": "extra",
    "bonus": "extra",
}
_MUSIC_FOLDERS = frozenset({"theme music", "theme songs", "theme song"})
_SUFFIXES: dict[str, ExtraKind] = {
    "trailer": "trailer",
    "teaser": "teaser",
    "featurette": "featurette",
    "behindthescenes": "behind_the_scenes",
    "makingof": "behind_the_scenes",
    "deleted": "deleted_scene",
    "deletedscene": "deleted_scene",
    "interview": "interview",
    "scene": "scene",
    "short": "short",
    "clip": "clip",
    "sample": "sample",
    "extra": "extra",
    "other": "extra",
}
_ALONE: dict[str, ExtraKind] = {
    "trailer": "trailer",
    "teaser": "teaser",
    "sample": "sample",
    "movie-trailer": "trailer",
}
_SUFFIX = re.compile(
    rf"(?<=[^\s._\-])(?:[ ]?-[ ]?|[._])(?P<kind>{'|'.join(_SUFFIXES)})(?P<count>[ ._-]?\d{{1,2}})?$", re.IGNORECASE
)
# Of the suffixes after a dot or underscore only these are sure; "Film.short" and "Film_clip" may be titles.
_DOTTED = frozenset({"trailer", "sample", "teaser", "featurette", "behindthescenes", "deletedscene"})
_SPELLING = re.compile(r"[\s._\-]+")


def extra(path: str, library_root: str | None = None) -> ExtraKind | None:
    """What kind of extra `path` is, or None for an item of its own.

    library_root: the folder that was given as library; it and what lies above are never read as an extras folder,
    whatever they are called.
    """
    pieces = parts(path)
    if not pieces:
        return None
    stem, extension = split_extension(pieces[-1])
    above = parts(library_root) if library_root else []
    inside = pieces[:-1]
    if above and inside[: len(above)] == above:
        inside = inside[len(above) :]
    folder = _SPELLING.sub(" ", inside[-1]).strip().casefold() if inside else ""
    if extension in AUDIO:
        return "theme_song" if stem.casefold() == "theme" or folder in _MUSIC_FOLDERS else None
    if extension and extension not in VIDEO and extension != ".disc":
        return None
    return FOLDERS.get(folder) or by_suffix(stem)


def by_suffix(stem: str) -> ExtraKind | None:
    """The kind that a stem's end states: "Film-trailer", "Film - sample2", and "trailer" alone."""
    alone = _ALONE.get(stem.casefold().strip())
    if alone is not None:
        return alone
    match = _SUFFIX.search(stem, max(0, len(stem) - 40))
    if match is None:
        return None
    kind = match["kind"].lower()
    dashed = "-" in stem[match.start() : match.start("kind")]
    return _SUFFIXES[kind] if dashed or kind in _DOTTED else None


def without_suffix(stem: str) -> str:
    """`stem` without the suffix that makes it an extra: the stem of the item it belongs to."""
    match = _SUFFIX.search(stem, max(0, len(stem) - 40))
    return stem[: match.start()].rstrip(" ._-") if match and by_suffix(stem) else stem


def is_sample(path: str) -> bool:
    """True for samples of a release ("film-sample.mkv", a file in a "Sample" folder)."""
    return extra(path) == "sample"
