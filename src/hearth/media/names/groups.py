"""Who made a release: the group at a name's end or in brackets at its start."""

import re

from hearth.media.names.tokens import tokens
from hearth.media.names.vocabulary import PAIRS

_ADDRESS = re.compile(r"[ .]*\[[\w\-]*\.[\w.\-]*\][ .]*$")
_NAME = re.compile(r"[^\s\[\](){}]{1,40}(?:[ ]?\[\w{2,16}\])?")
# What reposting sites and samples add behind the group.
_ADDED = re.compile(
    r"[-.](?:sample|obfuscated|scrambled|asrequested|postbot|xpost|rakuv\w*|buymore|english|german|french)(?=$|[ .\[])",
    re.IGNORECASE,
)
_SITE = re.compile(r"^\.?www\.|\.(?:com|org|net|info|ru|to|me)\.?$", re.IGNORECASE)


def release_group(stem: str, leading: tuple[str, ...]) -> str | None:
    """The group of a release called `stem`; `leading` are the brackets that its name began with."""
    for group in leading:
        if group and not _SITE.search(group) and all(word.kind != "strong" for word in tokens(group)):
            return group
    text = _ADDED.sub("", _ADDRESS.sub("", stem) if "[" in stem else stem).rstrip(" ._-")
    words = tokens(text)
    strong = [at for at, word in enumerate(words) if word.kind == "strong"]
    if not strong:
        return None
    at = strong[-1] + 1
    while at < len(words) - 1 and (words[at].kind != "word" or words[at].text.isdecimal()):
        at += 1
    if at < len(words):
        match = _NAME.fullmatch(text, words[at].start)
        return match[0] if match is not None else None
    # A group that is called like a release word: "x264-UHDTV", but not the end of "WEB-DL".
    word = words[-1]
    joined = len(words) > 1 and text[words[-2].end : word.start] == "-"
    return text[word.start :] if joined and len(strong) > 1 and f"{words[-2].text}-{word.text}" not in PAIRS else None
