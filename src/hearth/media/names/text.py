"""A name made ready for reading: underscores, brackets, leading groups, names written backwards."""

import re
from typing import NamedTuple

from hearth.media.names.titles import has_han

_FOLD = str.maketrans("【】［］（）＃_", "[][]()# ")
_GROUP = re.compile(r"\s*\[(?P<name>[^\[\]]*)\][ .\-]*|\s*\{(?P<curly>[^{}]*)\}[ .\-]*")
_REVERSED = re.compile(r"(?<![^\W_])(?:\d{2,3}E\d{2,3}S|p0801|p027|p0612)(?![^\W_])")
_HAN_SLASH = re.compile(r"(?<=[^\x00-\x7f])_(?=[A-Za-z])|\s_\s")
_WORDED = re.compile(r"[^\W_]")


class Ready(NamedTuple):
    """`text` without the leading brackets, which are in `groups`."""

    text: str
    groups: tuple[str, ...]


def prepare(stem: str) -> str:
    """`stem` with plain brackets and spaces for underscores; turned round when it was written backwards."""
    if _REVERSED.search(stem):
        stem = stem[::-1]
    if has_han(stem):
        stem = _HAN_SLASH.sub(" / ", stem)
    return stem.translate(_FOLD)


def ungroup(text: str) -> Ready:
    """Part the leading `[Group]` brackets from a prepared name; a name of nothing else is unwrapped instead."""
    groups: list[str] = []
    at = 0
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
