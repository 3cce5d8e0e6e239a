"""User names: what is accepted, and when two of them are the same."""

import unicodedata

from hearth.kit.errors import Invalid

MAX_LENGTH = 64
# Control, format (zero-width, direction marks), surrogate, private, unassigned, line and paragraph separators: what
# cannot be seen or typed makes two names look alike.
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def readable(name: str) -> bool:
    """Whether all characters can be seen; no account has a name that is not readable."""
    return not any(unicodedata.category(c) in _REFUSED for c in name)


def clean_username(name: str) -> str:
    """The name as it is kept (NFKC, single spaces); Invalid when nobody could read or type it."""
    if not readable(name):
        raise Invalid("A user name has no invisible or control characters.", extra={"field": "username"})
    kept = " ".join(unicodedata.normalize("NFKC", name).split())
    if not kept or len(kept) > MAX_LENGTH:
        raise Invalid(f"A user name has 1 to {MAX_LENGTH} characters.", extra={"field": "username"})
    return kept


def username_key(name: str) -> str:
    """What names are compared by: NFKC and case folded, so that "Ada", "ADA" and full-width "Ａda" are one."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", " ".join(folded.split()))
