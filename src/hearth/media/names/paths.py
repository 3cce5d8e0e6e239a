"""Paths as a scanner sees them: POSIX or Windows separators, absolute or relative, and release titles that only look
like paths ("Первая / First / S2E1")."""

import re

from hearth.media.names.formats import split_extension

_SEPARATOR = re.compile(r"[/\\]+")
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")
_OPEN = {"[": "]", "(": ")", "【": "】"}


LONGEST = 4096  # characters of a path: PATH_MAX where it is largest
LONGEST_NAME = 512  # of a name: 255 bytes on every file system, twice that for release titles


def parts(path: str) -> list[str]:
    """The folders and the name of `path`, outermost first, without a drive letter.

    A slash between spaces, or inside brackets of a relative path, belongs to the name: no file system allows it, but
    release titles that stand in for file names use it to part two titles. Of a longer path than any system allows only
    the end is read, and of a longer name only the beginning: time stays bounded whatever the text.
    """
    return [piece[:LONGEST_NAME] for piece in _pieces(path[-LONGEST:])]


def _pieces(path: str) -> list[str]:
    if _ABSOLUTE.match(path):
        pieces = _SEPARATOR.split(path)
        if len(pieces[0]) == 2 and pieces[0][1] == ":":
            pieces = pieces[1:]
        return [piece for piece in pieces if piece]
    if "/" not in path and "\\" not in path:
        return [path] if path else []
    if " / " in path:
        return [path]
    if "[" in path or "(" in path or "【" in path:
        return [piece for piece in _outside_brackets(path) if piece]
    return [piece for piece in _SEPARATOR.split(path) if piece]


def _outside_brackets(path: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    closing = ""
    for at, char in enumerate(path):
        if closing:
            if char == closing:
                closing = ""
        elif char in _OPEN:
            # Only a bracket that is closed again can hide a slash, and only within a name's usual length.
            closing = _OPEN[char] if path.find(_OPEN[char], at, at + 255) > 0 else ""
        elif char in "/\\":
            pieces.append(path[start:at])
            start = at + 1
    pieces.append(path[start:])
    return pieces


def name_of(path: str) -> str:
    """The last part of `path`, with its extension; empty for a root."""
    pieces = parts(path)
    return pieces[-1] if pieces else ""


def stem_of(path: str) -> str:
    """The last part of `path` without a known extension."""
    return split_extension(name_of(path))[0]
