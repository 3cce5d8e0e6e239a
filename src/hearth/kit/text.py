"""Folding text so that people find what they typed: sort keys, search keys and identity keys.

The embedded PostgreSQL has no ICU, so order and equality are decided here and stored (see DESIGN: Data).
"""

import functools
import re
import unicodedata

_ARTICLE = re.compile(r"^(?:the|a|an|der|die|das|le|la|les|el|los|las|il|lo|gli|de|het|een|un|une|l')\s+(?=\S)")
_NUMBER = re.compile(r"\d+")
_SPECIAL = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i"})
_LOOSE = re.compile(r"[\W_]+")


def _unaccented(text: str) -> str:
    """Case-folded, compatibility-normalised, without combining marks; surrogates become U+FFFD."""
    if text.isascii():
        return text.lower()
    clean = text.encode("utf-8", "replace").decode("utf-8", "replace")
    folded = unicodedata.normalize("NFKD", clean).casefold().translate(_SPECIAL)
    return "".join(c for c in folded if not unicodedata.combining(c))


@functools.lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The search key: words in lower case without accents or punctuation, one space between ("Amélie!" -> "amelie")."""
    return _LOOSE.sub(" ", _unaccented(text.replace("'", "").replace("’", "").replace("&", " and "))).strip()


def sort_key(title: str) -> str:
    """The order key: folded, the leading article dropped, numbers padded so that 2 comes before 10.

    Compared as bytes (collation "C"). Titles of symbols alone keep their symbols, so they still have an order.
    """
    plain = _unaccented(title).strip()
    plain = _ARTICLE.sub("", plain, count=1)
    words = _LOOSE.sub(" ", plain.replace("'", "").replace("’", "")).strip() or plain
    return _NUMBER.sub(lambda m: m.group().zfill(10), words)[:200]
