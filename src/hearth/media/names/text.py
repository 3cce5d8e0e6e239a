"""A name made ready for reading: underscores, brackets, leading groups, names written backwards."""

import re
from typing import NamedTuple

from hearth.media.names.titles import has_han

_FOLD = str.maketrans("【】［］（）＃_", "[][]()# ")
_GROUP = re.compile(r"\s*\[(?P<name>[^\[\]]*)\][ .\-]*|\s*\{(?P<curly>[^{}]*)\}[ .\-]*")
_SITE = re.compile(r"\s*(?:www\.[\w.\-]{2,40}|[\w\-]{2,30}\.(?:com|org|net|info|to|me))\s+-\s+(?=\S)", re.IGNORECASE)
_REVERSED = re.compile(r"(?<![^\W_])(?:\d{2,3}E\d{2,3}S|p0801|p027|p0612)(?![^\W_])")
_MAY_BE_REVERSED = re.compile(r"E\d\d\d?S|p0")  # found sooner than what it stands for
_HAN_SLASH = re.compile(r"(?<=[^\x00-\x7f])_(?=[A-Za-z])|\s_\s")
_WORDED = re.compile(r"[^\W_]")


# "salt-road-2009-720p": hyphens are the only thing between the words, and there is a year that begins no date.
_HYPHENED = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*?-(?:19|20)\d\d(?!-\d\d(?!\d))(?:-[A-Za-z0-9]+)*")
_LONE = re.compile("[\ud800-\udfff]+")


def readable(path: str) -> str:
    """`path` with what surrogateescape left undecoded read as Windows-1252, the usual origin of such bytes."""
    if path.isascii():
        return path
    return _LONE.sub(_decode, path)


def _decode(match: re.Match[str]) -> str:
    codes = [ord(char) - 0xDC00 for char in match[0]]
    if any(not 0x80 <= code <= 0xFF for code in codes):
        return "\ufffd" * len(codes)
    return bytes(codes).decode("cp1252", "replace")


def lowered(text: str) -> str:
    """`text` in lower case, as long as before: what is found in it stands at the same place in `text`."""
    low = text.lower()
    # U+0130 is the one letter that becomes two.
    return low if len(low) == len(text) else text.replace("\u0130", "i").lower()


class Ready(NamedTuple):
    """`text` without the leading brackets, which are in `groups`."""

    text: str
    groups: tuple[str, ...]


def prepare(stem: str) -> str:
    """`stem` with plain brackets, and spaces for underscores; turned round when it was written backwards.

    Hyphens become spaces, too, where nothing else parts the words of a name with a year.
    """
    if _MAY_BE_REVERSED.search(stem) and _REVERSED.search(stem):
        stem = stem[::-1]
    if stem.count("-") > 1 and _HYPHENED.fullmatch(stem):
        stem = stem.replace("-", " ")
    if stem.isascii():
        return stem.replace("_", " ")
    if has_han(stem):
        stem = _HAN_SLASH.sub(" / ", stem)
    return stem.translate(_FOLD)


def ungroup(text: str) -> Ready:
    """Part the leading `[Group]` brackets from a prepared name; a name of nothing else is unwrapped instead."""
    groups: list[str] = []
    site = _SITE.match(text)
    at = site.end() if site is not None else 0
    while match := _GROUP.match(text, at):
        if not _WORDED.search(text, match.end()) or _only_brackets(text[match.end() :]):
            break
        groups.append((match["name"] or match["curly"] or "").strip())
        at = match.end()
    rest = text[at:]
    if not groups and (whole := re.fullmatch(r"\s*\[\s(.*?)\s\]?\s*", text)):
        rest = whole[1]
    return Ready(rest, tuple(groups))


def _only_brackets(rest: str) -> bool:
    return not _WORDED.search(re.sub(r"\[[^\[\]]*\]|\{[^{}]*\}|\([^()]*\)", "", rest))
