"""The vocabulary of release names: which words are about the copy and not about the work.

A *strong* word ("1080p", "x264", "BluRay") ends a title wherever it stands. A *weak* word ("web", "limited", "german")
may well be part of a title, and is noise only next to something strong. Editions are weak words with a value of their
own (`editions.py`).
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Literal, NamedTuple

from hearth.media.names.vocabulary import EDITION, LANGUAGE, PAIRS, RESOLUTIONS, STRONG, WEAK

Kind = Literal["word", "strong", "weak", "language", "edition"]


class Token(NamedTuple):
    """One word of a name: where it stands, what it says in lower case, and what sort it is."""

    start: int
    end: int
    text: str
    kind: Kind


Words = tuple[Token, ...]

# A name has a dozen words: made from what is at hand, a token costs half of one made by naming its fields.
_token: Callable[[tuple[int, int, str, Kind]], Token] = partial(tuple.__new__, Token)

_SECONDS = frozenset(pair.partition("-")[2] for pair in PAIRS)
_WORD = re.compile(r"[^\W_]+(?:['’*@][^\W_]+)*")
_SHAPE = re.compile(
    r"(?P<lines>\d{3,4})[pi]\d{0,3}(?:hd|hi)?|(?P<wide>\d{3,4})[x*](?P<high>\d{3,4})|\d?cds?\d?|cd\d(?:of\d)?"
    r"|(?:hdtv|pdtv|web|dvdrip|bdrip|bluray|webrip)[xh]26[45]|(?:x|h)26[45].{1,6}|(?:dts|flac|aac|ac3|atmos|dd|ddp)x?\d{1,2}"
    r"|\d{2,4}(?:kbit|kbps|mbps|fps|mb|gb|tb|ch|hz|khz)|\d(?:ch|gb|tb)|\d{2,3}bits?"
    r"|hdr10.{0,4}|lame\d.*|dvd\d|dvdr?\d?|bd\d{2,3}"
)


@lru_cache(maxsize=16384)
def _sort(raw: str) -> tuple[str, Kind]:
    """(`raw` in lower case, its sort)."""
    word = raw.lower()
    return word, _kind(word) if len(word) < 24 else "word"


def _kind(word: str) -> Kind:
    if word in STRONG:
        return "strong"
    if word in EDITION:
        return "edition"
    if word in LANGUAGE:
        return "language"
    if word in WEAK:
        return "weak"
    shape = _SHAPE.fullmatch(word)
    if shape is None:
        return "word"
    lines = shape["lines"]
    if lines is not None and lines not in RESOLUTIONS:
        return "word"
    return "strong"


@lru_cache(maxsize=512)
def tokens(text: str) -> Words:
    """The words of `text` in order, each with its sort; pairs such as "WEB-DL" count as one strong word each."""
    found = [_token((*match.span(), *_sort(match[0]))) for match in _WORD.finditer(text)]
    for at, word in enumerate(found):
        if word.text in _SECONDS and at:
            before = found[at - 1]
            if f"{before.text}-{word.text}" in PAIRS and word.start - before.end <= 2:
                found[at - 1 : at + 1] = before._replace(kind="strong"), word._replace(kind="strong")
    return tuple(found)


_NAMED = {"4k": "2160p", "uhd": "2160p", "ultrahd": "2160p", "8k": "4320p"}
_WIDTHS = ((7000, "4320p"), (3200, "2160p"), (2300, "1440p"), (1800, "1080p"), (1200, "720p"), (960, "540p"))
_LINES = re.compile(r"(?P<lines>\d{3,4})(?P<scan>[pi])\d{0,3}(?:hd|hi)?|(?P<wide>\d{3,4})[x*](?P<high>\d{3,4})")


@lru_cache(maxsize=1024)
def _quality(word: str) -> str | None:
    match = _LINES.fullmatch(word)
    if match is None:
        return None
    if match["lines"]:
        return match["lines"] + match["scan"]
    wide = int(match["wide"])
    return next((name for width, name in _WIDTHS if wide >= width), f"{int(match['high'])}p")


def quality(text: str) -> str | None:
    """The picture's height that `text` states, as lines and "p" or "i" ("1080p"); 4K and UHD are "2160p".

    A frame size is named by its width, as players do: 1920x804 is a 1080p picture with the bars cut off. What is
    stated in lines wins over a name.
    """
    named: str | None = None
    words = tokens(text)
    for at, word in enumerate(words):
        if word.kind == "strong":
            stated = _quality(word.text)
            if stated is None and word.text.startswith("hi10") and at and words[at - 1].text in RESOLUTIONS:
                stated = f"{words[at - 1].text}p"
            if stated is not None:
                return stated
            named = named or _NAMED.get(word.text)
    return named
