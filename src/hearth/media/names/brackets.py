"""Fansub names made of brackets alone: `[Group][番组/Title][07][1080P][MP4]`."""

import re
from typing import NamedTuple

from hearth.media.names.counts import is_year
from hearth.media.names.titles import clean, has_han, latin_letters
from hearth.media.names.tokens import tokens

_PIECE = re.compile(r"\[([^\[\]]*)\]|([^\[\]]+)")
_EPISODE = re.compile(r"第?(\d{1,4})(?:v\d)?(?:-(\d{1,4}))?[ ]?(?:[话話集回]|fin|end)?", re.IGNORECASE)
_SEASONAL = re.compile(r"新番|^国漫$|^國漫$|^动漫$")


class Bracketed(NamedTuple):
    """What such a name says; `numbers` are running numbers."""

    group: str
    title: str
    numbers: tuple[int, ...]


def bracketed(text: str) -> Bracketed | None:
    """Read `text` when (nearly) all of it stands in brackets and one of them holds an episode's number."""
    if not text.startswith("["):
        return None
    pieces = [(match[1], match[2]) for match in _PIECE.finditer(text)]
    inside = [piece for piece, _ in pieces if piece is not None]
    outside = "".join(_SEASONAL.sub("", loose) for _, loose in pieces if loose)
    outside = re.sub(r"\d{1,2}月", "", outside)
    if len(inside) < 3 or re.sub(r"[\W\d_]", "", outside):
        return None
    found: int | None = None
    for at, piece in enumerate(inside[2:], 2):
        match = _EPISODE.fullmatch(piece.strip())
        if match and not (is_year(match[1]) and found is None and _another_number(inside[at + 1 :])):
            found = at
            break
    if found is None:
        return None
    match = _EPISODE.fullmatch(inside[found].strip())
    if match is None:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    numbers = tuple(range(first, last + 1)) if first <= last <= first + 2000 else (first,)
    return Bracketed(inside[0], _title(inside[1:found]), numbers)


def _another_number(pieces: list[str]) -> bool:
    return any(_EPISODE.fullmatch(piece.strip()) for piece in pieces)


def _title(pieces: list[str]) -> str:
    """The first piece with a Latin title in it, else the last that is a title at all."""
    worth = [
        piece
        for piece in pieces
        if not _SEASONAL.search(piece) and not is_year(piece) and any(word.kind == "word" for word in tokens(piece))
    ]
    chosen = next((piece for piece in worth if latin_letters(piece) >= 3), worth[-1] if worth else pieces[-1])
    return clean(best_of(chosen), asides=True)


def best_of(text: str) -> str:
    """Of two titles parted by a slash, the one in Latin letters."""
    halves = [half for half in re.split(r"\s*/\s*", text) if half.strip()]
    if len(halves) < 2 or not has_han(text):
        return text
    latin = [half for half in halves if latin_letters(half) >= 2]
    return latin[-1] if latin else text
