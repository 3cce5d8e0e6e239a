"""The vocabulary of release names: which words are about the copy and not about the work.

A *strong* word ("1080p", "x264", "BluRay") ends a title wherever it stands. A *weak* word ("web", "limited", "german")
may well be part of a title, and is noise only next to something strong. Editions are weak words with a value of their
own (`editions.py`).
"""

import re
from functools import lru_cache
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

_SECONDS = frozenset(pair.partition("-")[2] for pair in PAIRS)
_WORD = re.compile(r"[^\W_]+(?:['’*@][^\W_]+)*")
_SHAPE = re.compile(
    r"(?P<lines>\d{3,4})[pi]\d{0,3}(?:hd|hi)?|(?P<wide>\d{3,4})[x*](?P<high>\d{3,4})|\d?cds?\d?|cd\d(?:of\d)?"
    r"|(?:hdtv|pdtv|web|dvdrip|bdrip|bluray|webrip)[xh]26[45]|(?:x|h)26[45].{1,6}|(?:dts|flac|aac|ac3|atmos|dd|ddp)x?\d{1,2}"
    r"|\d{2,4}(?:kbit|kbps|mbps|fps|mb|gb|tb|ch|hz|khz)|\d(?:ch|gb|tb)|\d{2,3}bits?"
    r"|hdr10.{0,4}|lame\d.*|dvd\d|dvdr?\d?|bd\d{2,3}"
)


@lru_cache(maxsize=16384)
def _sort(word: str) -> Kind:
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
    found: list[Token] = []
    before = ""
    for match in _WORD.finditer(text):
        word = match[0].lower()
        kind = _sort(word) if len(word) < 24 else "word"
        start, end = match.span()
        if word in _SECONDS and before and f"{before}-{word}" in PAIRS and start - found[-1].end <= 2:
            found[-1] = found[-1]._replace(kind="strong")
            kind = "strong"
        found.append(Token(start, end, word, kind))
        before = word
    return tuple(found)


_QUALITY = re.compile(
    r"(?<![^\W_])(?:(?P<lines>240|288|360|480|540|576|720|900|1080|1440|2160|4320)(?:(?:p|(?P<laced>i))\d{0,3}|(?=\.hi10))(?:hd)?"
    r"|(?P<wide>\d{3,4})[x*×](?P<high>\d{3,4})|(?P<name>4k|8k|uhd|ultrahd))(?![^\W_])",
    re.IGNORECASE,
)
_NAMED = {"4k": "2160p", "uhd": "2160p", "ultrahd": "2160p", "8k": "4320p"}
_WIDTHS = ((7000, "4320p"), (3200, "2160p"), (2300, "1440p"), (1800, "1080p"), (1200, "720p"), (960, "540p"))


def quality(text: str) -> str | None:
    """The picture's height that `text` states, as lines and "p" or "i" ("1080p"); 4K and UHD are "2160p".

    A frame size is named by its width, as players do: 1920x804 is a 1080p picture with the bars cut off.
    """
    best: str | None = None
    for match in _QUALITY.finditer(text):
        if match["lines"]:
            return f"{match['lines']}{'i' if match['laced'] else 'p'}"
        if match["wide"]:
            wide = int(match["wide"])
            best = next((name for width, name in _WIDTHS if wide >= width), f"{int(match['high'])}p")
        else:
            best = best or _NAMED[match["name"].lower()]
    return best
