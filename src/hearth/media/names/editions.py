"""Editions of a film ("Director's Cut", "50th Anniversary Edition"), as the name writes them."""

import re

from hearth.media.names.tokens import Words
from hearth.media.names.vocabulary import words

_KINDS = r"cut|edition|version|edit"
_EDITION = re.compile(
    r"(?<![^\W_])(?:"
    r"(?:extended|unrated|uncut|uncensored|remastered|restored|recut|imax|despecialized|redux|criterion|integral"
    r"|theatrical|directors|fan[ .]?edit|open[ .]matte|[2-4]in1|alternat(?:e|ive))"
    rf"(?:[ .](?:{_KINDS}|collection))?"
    rf"|(?:director|collector)(?:'|’)?s?[ .](?:{_KINDS})|collector(?:'|’)s|director(?:'|’)s"
    r"|\d{2,3}(?:st|nd|rd|th)?[ .]anniversary(?:[ .](?:edition|cut|version))?|anniversary[ .]edition"
    rf"|(?:special|final|assembly|imperial|diamond|signature|rekall|ultimate|limited|rogue|platinum|gold|golden|deluxe)"
    rf"(?:[ .](?!{_KINDS})[^\W_]+(?:(?:'|’)s)?)?[ .](?:{_KINDS})|limited|festival"
    r"|(?:edition|version)[ .](?:collector|longue|integrale|intégrale|speciale|spéciale)"
    r"|(?-i:SE|OM|DC|EE)(?=[ .](?:19|20)\d\d|[ .]\d{3,4}p)"
    r")(?![^\W_])",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:18|19|20)\d\d")


def find_edition(text: str, words: Words, after: int | None = None) -> tuple[int, str] | None:
    """Where the edition's phrase begins and what it says, words parted by spaces; None when there is none.

    after: where the title and year end, when that is known; what follows and ends in "Cut", "Edition" or "Version"
    is an edition whatever it is called.

    A phrase counts when something that ends a title follows (a year, release words, a bracket, the end) and a title
    stands before it: "Uncut Gems" and "Directors Cut 2006" have none.
    """
    if not any(word.kind == "edition" for word in words):
        return None
    runs: list[tuple[int, int]] = []
    for match in _EDITION.finditer(text):
        if runs and not text[runs[-1][1] : match.start()].strip(" ."):
            runs[-1] = (runs[-1][0], match.end())
        else:
            runs.append(match.span())
    for start, end in runs:
        if any(word.end <= start and word.text not in _ARTICLES for word in words) and _ends_title(text, end, words):
            return start, " ".join(text[start:end].replace(".", " ").split())
    return _named_kind(text, words, after) if after is not None else None


def _named_kind(text: str, words: Words, after: int) -> tuple[int, str] | None:
    following = [word for word in words if word.start >= after][:5]
    for at, word in enumerate(following):
        if word.kind not in {"word", "edition"}:
            return None
        if at and word.text in _LAST:
            start = following[0].start
            return start, " ".join(text[start : word.end].replace(".", " ").split())
    return None


def declared_edition(name: str) -> str | None:
    """The edition that a name declares in so many words: "Film (2012) {edition-Anything}"."""
    match = _DECLARED.search(name)
    return match["name"].strip() if match is not None else None


_LAST = frozenset({"cut", "edition", "version"})
_DECLARED = re.compile(r"[{\[]edition[-=](?P<name>[^{}\[\]]{1,64})[}\]]", re.IGNORECASE)
_ARTICLES = words("the a an le la les der die das el los il lo un une")


def _ends_title(text: str, end: int, words: Words) -> bool:
    rest = text[end:].lstrip(" .")
    if not rest or rest[0] in "([{)]}-":
        return True
    following = [word for word in words if word.start >= end]
    firm = next((word for word in following if word.kind != "weak"), None)
    if firm is None or firm.kind != "word":
        return True
    return firm is following[0] and _YEAR.fullmatch(firm.text) is not None
