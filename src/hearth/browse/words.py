"""Words as conditions for the index of words: text search of PostgreSQL without a language, where a word is a word."""

from collections.abc import Sequence
from typing import LiteralString

from hearth.browse.spelling import Meant
from hearth.db import Where
from hearth.kit.text import fold

_MOST = 10
# In so many titles that looking them up would read a good part of the catalogue: they only narrow what others find.
_COMMON = frozenset(
    (
        "the", "and", "for", "with", "from", "der", "die", "das", "und", "den", "les", "des", "une", "los", "las",
        "del", "una", "per", "con", "een", "het", "van", "vol", "part",
    )
)  # fmt: skip


def leading(words: Sequence[str]) -> list[str]:
    """The words that an index can be asked for: those of three letters and more that are not in every other title."""
    return [word for word in words if len(word) > 2 and word not in _COMMON]


def begins_with(where: Where, column: LiteralString, text: str) -> None:
    """Every word of `text` begins a word of the column."""
    for word in has_leading(where, column, text):
        where.add(f"' ' || {column} like {{}}", f"% {word}%")


def has_leading(where: Where, column: LiteralString, text: str, *, whole: bool = False) -> list[str]:
    """Every word of `text` begins a word of the column, but for common and short ones where there are others: those are
    given back. `whole`: all but the last are whole words, which an index finds in a fifth of the time.

    Folding leaves letters, digits and spaces: neither quotes nor LIKE's wildcards."""
    words = fold(text).split()[:_MOST]
    if not words:
        where.add("false")
    asked = leading(words) or words
    where.add(
        f"to_tsvector('simple'::regconfig, {column}) @@ {{}}::text::tsquery",
        " & ".join(f"'{word}'" if whole and word != words[-1] else f"'{word}':*" for word in asked),
    )
    return [word for word in words if word not in asked]


def near(meant: Sequence[Meant]) -> str | None:
    """The query for what has, for each word, one of those that may have been meant; words that mean nothing are left
    out. None when nothing is left."""
    parts = [
        " | ".join(f"({' & '.join(_quoted(one) for one in other.split())})" for other in sorted(words))
        for words in meant
        if words
    ]
    return " & ".join(f"({part})" for part in parts) or None


def _quoted(word: str) -> str:
    return f"'{word}':*" if len(word) < 3 else f"'{word}'"
