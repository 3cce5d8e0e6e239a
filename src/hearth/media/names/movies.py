"""Films: the title, year and edition of a file's name and of its folder, and which of the two to believe."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

from hearth.media.names.dates import find_date, leading_date
from hearth.media.names.editions import find_edition
from hearth.media.names.folders import is_generic
from hearth.media.names.numbers import number
from hearth.media.names.text import prepare, ungroup
from hearth.media.names.titles import clean, folded, is_hashed
from hearth.media.names.tokens import Token, Words, tokens

LAST_YEAR = datetime.now(UTC).year + 2
_YEAR = re.compile(
    r"(?<!\d)(?P<open>[(\[][^()\[\]]{0,40}?)?(?P<y>(?:18[89]|19\d|20\d)\d)(?!\d)(?P<close>[^()\[\]]{0,3}[)\]])?"
)
_PART = re.compile(
    r"(?:(?<=[ .\-(\[])|(?<=[)\]]))(?P<word>cd|disc|disk|dvd|part|pt)[ .\-]?"
    r"(?P<n>\d{1,2}|[ivx]{1,4})(?:of\d)?(?![^\W_])",
    re.IGNORECASE,
)
_COLLECTION = re.compile(r"\b(?:collection|trilogy|quadrilogy|box ?set|anthology|saga|filmography)\b", re.IGNORECASE)
_INNER = re.compile(
    r"(?:cd|disc|disk|dvd|part)[ ._-]?\d{1,2}|video_ts|audio_ts|bdmv|stream|mkv|main ?movie", re.IGNORECASE
)
_DISC_FILE = re.compile(r"(?:VTS|VIDEO TS|title|t)[ _]?\d*\b", re.IGNORECASE)
_ARTICLES = {
    "german": ("der", "die", "das", "ein", "eine"),
    "french": ("le", "la", "les", "un", "une", "l'"),
    "italian": ("il", "lo", "gli", "un", "una"),
    "spanish": ("el", "los", "las", "un", "una"),
}


class Reading(NamedTuple):
    """One name, read as a film's. `strong` counts its release words."""

    title: str
    long_title: str
    year: int | None
    edition: str | None
    part: int | None
    date: str | None
    strong: int
    groups: tuple[str, ...]


def read_movie(stem: str) -> Reading:
    """Read one file's or folder's name (no extension, no provider ids)."""
    text, groups = ungroup(prepare(stem))
    dated = leading_date(text)
    if dated is not None:
        text = text[dated.end :]
    words = tokens(text)
    begin = _first_word(words)
    strong = next((word.start for at, word in enumerate(words) if word.kind == "strong" and at > begin), len(text))
    year, year_at, year_end = _year(text, words, begin, strong)
    edition = find_edition(text, words, year_end if year is not None else None)
    part = _part(text)
    cut = min(strong, year_at if year_at > 0 or year is None else len(text), len(text))
    if part is not None and part.start() > 0 and (part["word"].lower() not in {"part", "pt"} or year is None):
        cut = min(cut, part.start())
    if edition is not None and edition[0] > 0:
        cut = min(cut, edition[0])
    start = words[begin].start if begin and begin < len(words) else 0
    if year is not None and year_at == 0:
        start = year_end
    cut = _before_tags(text, words, begin, cut, at_year=cut == year_at)
    title = clean(text[start:cut])
    if groups and (not title or title.isdecimal()) and not strong < len(text) and any(groups):
        title, groups = clean(f"{groups[-1]} {title}"), groups[:-1]
    in_title = part is not None and part.end() <= cut
    number_of = number(part["n"]) if part is not None and not in_title else None
    long_title = clean(text[start : part.end()]) if part is not None and cut == part.start() else title
    count = sum(word.kind == "strong" for word in words)
    return Reading(
        title,
        long_title,
        year,
        edition[1] if edition else None,
        number_of,
        dated.date if dated else None,
        count,
        groups,
    )


def _first_word(words: Words) -> int:
    """The first word that can begin a title; release words before it are passed over ("HD 720p: Title")."""
    if not words or words[0].kind in {"word", "edition", "language"}:
        return 0
    at = next((at for at, word in enumerate(words) if word.kind == "word"), 0)
    return at if any(word.kind == "strong" for word in words[:at]) else 0


def _year(text: str, words: Words, begin: int, strong: int) -> tuple[int | None, int, int]:
    """(year, where its text begins, where it ends). In brackets first; else the last before release words."""
    first = words[begin].start if words else 0
    early: re.Match[str] | None = None
    late: re.Match[str] | None = None
    for match in _YEAR.finditer(text):
        year = int(match["y"])
        if match["open"] and match["close"]:
            if match.start() > first or not words[1:]:
                return year, match.start(), match.end()
            continue
        at = match.start("y")
        if year < 1900 or year > LAST_YEAR or at <= first or _inside_word(text, match) or _dated(text, at):
            continue
        if at < strong:
            early = match
        elif late is None:
            late = match
    best = early or late
    if best is not None:
        return int(best["y"]), best.start("y"), best.end("y")
    return _leading_year(text)


def _inside_word(text: str, match: re.Match[str]) -> bool:
    start, end = match.span("y")
    return (start > 0 and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum())


def _dated(text: str, at: int) -> bool:
    dated = find_date(text[max(0, at - 6) : at + 10])
    return dated is not None


def _leading_year(text: str) -> tuple[int | None, int, int]:
    """A year before the title: "(1999) Film", "1999 - Film", "1999.film.with.dots"."""
    match = re.match(
        r"\s*(?:[(\[](?P<a>(?:19|20)\d\d)[)\]][ .\-]*|(?P<b>(?:19|20)\d\d)(?:[ ]-[ ]|\.(?=[a-z])))(?=\S)", text
    )
    if match is None or (match["b"] and match[0].endswith(".") and text != text.lower()):
        return None, len(text), len(text)
    return int(match["a"] or match["b"]), 0, match.end()


def _part(text: str) -> re.Match[str] | None:
    for match in _PART.finditer(text, 1):
        if number(match["n"]) is not None and not (match["word"].lower() == "dvd" and match["n"] in {"5", "9"}):
            return match
    return None


def _before_tags(text: str, words: Words, begin: int, cut: int, *, at_year: bool) -> int:
    """Move `cut` back over tags that stand before it: "Title.GERMAN.LIMITED|.1080p".

    Before a year only a tag that looks like one goes: "The Good German 2006" keeps its last word.
    """
    if cut >= len(text):
        return cut
    for at in range(len(words) - 1, begin, -1):
        word = words[at]
        if word.start >= cut:
            continue
        if word.kind == "word" or (at_year and not _is_tag(text, words, begin, word)):
            break
        cut = word.start
    return cut


def _is_tag(text: str, words: Words, begin: int, word: Token) -> bool:
    raw = text[word.start : word.end]
    if word.text == "3d" or (
        word.kind == "weak" and word.text in {"complete", "multi", "dubbed", "subbed", "internal"}
    ):
        return True
    if word.kind != "language" or len(raw) < 3:
        return False
    title = text[words[begin].start : word.start]
    if raw.isupper() and not title.isupper():
        return True
    return words[begin].text in _ARTICLES.get(word.text, ())


def choose_movie(pieces: list[str], stem: str) -> Reading:
    """Read a path's last parts and join what file and folder say.

    A folder "Title (Year)" corrects the spelling and gives a year that the file lacks; a folder that is a release
    ("Title.2018.1080p-GROUP") replaces file names that are short or random.
    """
    mine = read_movie(stem)
    folder = next((piece for piece in reversed(pieces[:-1]) if not _INNER.fullmatch(piece)), None)
    hashed = is_hashed(stem)
    if hashed:
        mine = mine._replace(title="", long_title="", year=None)
    if folder is None or is_generic(folder) or is_hashed(folder):
        return mine
    theirs = read_movie(folder)
    if not theirs.title or _COLLECTION.search(theirs.title):
        return mine
    if not mine.title or _better(mine, theirs):
        return theirs._replace(part=mine.part, edition=mine.edition or theirs.edition, date=mine.date)
    if folded(mine.title) == folded(theirs.title):
        return mine._replace(title=theirs.title, year=mine.year or theirs.year, edition=mine.edition or theirs.edition)
    return mine


def _better(mine: Reading, theirs: Reading) -> bool:
    """True when the folder says more: it is dated or a release, and the file is neither, nor a title of its own."""
    if mine.year is not None or (theirs.strong == 0 and theirs.year is None):
        return False
    ours, folder = folded(mine.title).split(), set(folded(theirs.title).split())
    own = (
        sum(word.isalpha() for word in ours) > 1
        and mine.title != mine.title.lower()
        and not _DISC_FILE.match(mine.title)
    )
    return not own or any(word in folder for word in ours if len(word) > 2)
