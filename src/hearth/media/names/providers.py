"""Ids of metadata providers in names: "[tmdbid=603]", "{imdb-tt0133093}", "[tvdbid-123]", "[tt1234567]"."""

import re

_IDS = re.compile(
    r"[\[{(][ ]?(?:(?P<name>tmdb|tvdb|imdb|anidb|anilist|mal|tvmaze|musicbrainz)(?:id)?[ ]?[-=:][ ]?)?"
    r"(?P<value>tt\d{6,9}|(?(name)[\w-]{1,36}|(?!)))[ ]?[\]})]",
    re.IGNORECASE,
)
_ALONE = re.compile(r"tt\d{7,9}", re.IGNORECASE)


def provider_ids(text: str) -> dict[str, str]:
    """The ids in `text` by provider, lower case; the first of each."""
    found: dict[str, str] = {}
    if _ALONE.fullmatch(text):
        return {"imdb": text.lower()}
    if "[" not in text and "{" not in text and "(" not in text:
        return found
    for match in _IDS.finditer(text):
        found.setdefault((match["name"] or "imdb").lower(), match["value"])
    return found


def without_ids(text: str) -> str:
    """`text` with the ids cut out."""
    if _ALONE.fullmatch(text):
        return ""
    return _IDS.sub(" ", text) if "[" in text or "{" in text or "(" in text else text
