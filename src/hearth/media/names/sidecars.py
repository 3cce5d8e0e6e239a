"""Subtitles and audio tracks that lie beside a video: which video, which language, which flags."""

import re

import msgspec

from hearth.media.names.formats import AUDIO, SUBTITLE, split_extension
from hearth.media.names.languages import language
from hearth.media.names.paths import parts

_DEFAULT = frozenset({"default"})
_FORCED = frozenset({"forced", "foreign"})
_IMPAIRED = frozenset({"sdh", "cc", "hi", "hoh", "hearing impaired"})
_PART = re.compile(r"[^.]+")
_COUNT = re.compile(r"^\d{1,3}(?:_|[ ]?-[ ]?|\.)")
_FOLDERS = frozenset({"subs", "sub", "subtitles", "subtitle"})
_LEADING = ".-_ ([{+"


class External(msgspec.Struct, frozen=True):
    """A sidecar file. `language` is ISO 639-2/B ("fre"), `tag` the same as BCP 47 with region or script ("pt-BR")."""

    language: str | None = None
    tag: str | None = None
    title: str | None = None
    default: bool = False
    forced: bool = False
    hearing_impaired: bool = False


def external(path: str, video_stem: str) -> External | None:
    """What the sidecar `path` is to the video called `video_stem` (no extension), or None when it is not its own.

    After the video's stem come words parted by dots, in any order: a language, flags, and a title. "hi" is Hindi, and
    hearing impaired when another language is given. In a folder "Subs" beside the video, or one called like the video,
    names are the language alone ("Subs/2_English.srt"); whose they are when the folder has several videos, only the
    caller can know, as with the longer of two stems that both fit.
    """
    pieces = parts(path)
    stem, extension = split_extension(pieces[-1] if pieces else "")
    if extension not in SUBTITLE and extension not in AUDIO:
        return None
    rest = stem[len(video_stem) :]
    if stem.casefold().startswith(video_stem.casefold()) and (not rest or rest[0] in _LEADING):
        return _read([_bare(word) for word in _PART.findall(rest) if _bare(word)])
    folder = pieces[-2].casefold() if len(pieces) > 1 else ""
    if folder not in _FOLDERS and folder != video_stem.casefold():
        return None
    found = _read([_bare(word) for word in _PART.findall(_COUNT.sub("", stem)) if _bare(word)])
    return found if found.language or folder not in _FOLDERS else None


def _bare(word: str) -> str:
    return word.strip(" -_()[]{}+")


def _read(words: list[str]) -> External:
    spoken: tuple[str, str] | None = None
    title: list[str] = []
    flags: set[str] = set()
    hindi = False
    for word in _split(words):
        low = word.casefold()
        if low in _DEFAULT or low in _FORCED:
            flags.add(low)
        elif low == "hi":
            hindi = True
        elif low in _IMPAIRED:
            flags.add("sdh")
        elif spoken is None and (found := language(word)) is not None:
            spoken = found
        else:
            title.append(word)
    if hindi:
        if spoken is None:
            spoken = language("hi")
        else:
            flags.add("sdh")
    return External(
        language=spoken[0] if spoken else None,
        tag=spoken[1] if spoken else None,
        title=" ".join(title) or None,
        default=bool(flags & _DEFAULT),
        forced=bool(flags & _FORCED),
        hearing_impaired="sdh" in flags,
    )


def _split(words: list[str]) -> list[str]:
    """Words joined by hyphens, underscores or spaces, where every one of them means something ("en_forced")."""
    found: list[str] = []
    for word in words:
        pieces = [piece for piece in re.split(r"[-_\s]+", word) if piece]
        if language(word) is None and len(pieces) > 1 and all(_means(piece) for piece in pieces):
            found.extend(pieces)
        else:
            found.append(word)
    return found


def _means(piece: str) -> bool:
    low = piece.casefold()
    return low in _DEFAULT or low in _FORCED or low in _IMPAIRED or language(piece) is not None
