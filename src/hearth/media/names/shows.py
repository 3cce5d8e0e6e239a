"""Episodes: what a file's name says about show, season and episode, and what its folders add."""

import re
from typing import NamedTuple

from hearth.media.names.brackets import best_of, bracketed
from hearth.media.names.counts import beside, by_bracket, by_dash, by_lead, by_number
from hearth.media.names.dates import Dated, find_date, short_date
from hearth.media.names.episodes import (
    CLEAR,
    CLEARLY,
    SEASON,
    STRONG,
    SURE,
    WEAK,
    Found,
    first_match,
    last_match,
)
from hearth.media.names.numbers import number
from hearth.media.names.text import prepare, ungroup
from hearth.media.names.titles import clean
from hearth.media.names.tokens import Words, tokens

_YEAR = re.compile(
    r"[(\[](?P<a>(?:19|20)\d\d)(?:[-–](?:(?:19|20)\d\d)?)?(?=[)\]/])[)\]]?"
    r"|(?<![^\W_])(?P<b>(?:19|20)\d\d)(?![^\W_])"
)
_COUNTRY = re.compile(r"[ .]*\((?P<c>US|UK|GB|AU|NZ|CA|IE|DE|FR|NL|BE|DK|SE|NO|FI|JP|KR|BR|IN|ZA)\)")
_SEASON_LETTER = re.compile(r"(?<!\w)S0*(?P<n>\d{1,2})$", re.IGNORECASE)
_AFTER_SEASON = re.compile(r"[ ](?P<n>\d{2,4})[ .]*(?:$|\[)")
_PART = re.compile(
    r"(?<!\w)(?:part|pt|teil|parte|partie)[ .]?"
    r"(?P<n>\d{1,2}|[ivx]{1,4}|one|two|three|four|five|six|seven|eight|nine|ten)(?!\w)",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"(?:[ .]-)?[ .](?:ep|episode|part|the complete|complete|ona|oav|ova)[ .]*$", re.IGNORECASE)
_RECORDED = re.compile(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ ](?=[^\W\d])")  # yymmdd before the title


class Reading(NamedTuple):
    """One name, read as an episode's."""

    title: str
    year: int | None = None
    season: int | None = None
    episodes: tuple[int, ...] = ()
    absolute: tuple[int, ...] = ()
    date: str | None = None
    strength: int = 0
    part: int | None = None
    episode_title: str | None = None
    country: str | None = None
    groups: tuple[str, ...] = ()


def read_show(stem: str, *, in_season: int | None = None, folder: str = "") -> Reading:
    """Read one name (no extension, no provider ids).

    in_season: the season that the folders give. folder: the series' name that they give.
    """
    text = prepare(stem)
    whole = bracketed(text)
    if whole is not None:
        return Reading(
            _short_season(whole.title),
            episodes=whole.numbers,
            absolute=whole.numbers,
            strength=CLEAR,
            groups=(whole.group,),
        )
    text, groups = ungroup(text)
    if recorded := _RECORDED.match(text):
        text = text[recorded.end() :]
    words = tokens(text)
    found, date = _locate(text, words, groups, in_season, folder)
    found = _with_season(text, found)
    start = min([place.start for place in (found, date) if place is not None], default=len(text))
    end = max([place.end for place in (found, date) if place is not None], default=len(text))
    title, year, country, stop = _title(text, words, start)
    if found is not None and found.pattern == "season, dash and number":
        title = _short_season(title)
    if year is None:
        year = _year_after(text, words, start, date)
    after = _episode_title(text, words, end)
    if not title and not folder and stop == 0 and (found is None or found.strength != STRONG):
        title = _title_after(text, words, end)
    numbers = found or _NOTHING
    if year is None and numbers.season is not None and numbers.season >= 1900:
        year = numbers.season  # a season that is a year is the year too
    return Reading(
        title,
        year,
        numbers.season,
        numbers.episodes,
        numbers.absolute,
        date.date if date is not None else None,
        STRONG if date is not None else numbers.strength,
        part=_part(text, end),
        episode_title=after,
        country=country,
        groups=groups,
    )


_NOTHING = Found(0, 0, None, (), (), 0, "nothing")


def _part(text: str, end: int) -> int | None:
    """The part of an episode in several files, behind its number."""
    part = _PART.search(text, end)
    return number(part["n"]) if part is not None else None


def _locate(
    text: str, words: Words, groups: tuple[str, ...], in_season: int | None, folder: str
) -> tuple[Found | None, Dated | None]:
    """The best-founded place that gives the episode, and a date."""
    found = last_match(SURE, text) if " / " in text else first_match(SURE, text)
    date = find_date(text)
    if found is not None:
        return beside(text, found), date
    found = first_match(CLEARLY, text)
    if found is not None:
        return found, date
    if date is not None:
        return None, date
    found = _by_counting(text, words, groups, in_season, folder)
    return found, short_date(text) if found is None or (found.strength == WEAK and not folder) else None


def _by_counting(text: str, words: Words, groups: tuple[str, ...], in_season: int | None, folder: str) -> Found | None:
    inside = in_season is not None
    lead = by_lead(text, in_season=inside, grouped=bool(groups))
    if inside and lead is not None and lead.strength == CLEAR:
        return _in_season(lead, in_season)
    dash = by_dash(text, words)
    if dash is not None and dash.strength == CLEAR:
        return dash
    bracket = by_bracket(text)
    if bracket is not None:
        return _in_season(bracket, in_season)
    if lead is not None or dash is not None:
        return lead or dash
    part = _PART.search(text, 1)
    count = number(part["n"]) if part is not None else None
    if part is not None and count is not None:
        return Found(part.start(), part.end(), 1, (count,), (), WEAK, "part as episode")
    same = bool(folder) and text.casefold().startswith(folder.casefold())
    return by_number(text, words, grouped=bool(groups), folder_is_title=same)


def _in_season(found: Found, in_season: int | None) -> Found:
    """`[401]` in season 4's folder is its first episode."""
    first = found.episodes[0]
    if in_season and len(found.episodes) == 1 and first >= 100 and first // 100 == in_season:
        return found._replace(season=in_season, episodes=(first % 100,))
    return found


def _with_season(text: str, found: Found | None) -> Found | None:
    """`found` together with a season that the name gives elsewhere."""
    season = first_match(SEASON, text)
    if season is None:
        return found
    if found is None or found.strength != STRONG:
        return _season_and(text, season, found)
    return found._replace(start=season.start) if 0 < season.start < found.start else found


def _season_and(text: str, season: Found, found: Found | None) -> Found | None:
    """A season named apart from the episode: `Season 1 (2016) ep13`, `Title S2 - 07`, or a season alone."""
    if found is not None and found.pattern == "compact number" and found.start <= season.end:
        found = None
    if found is not None and found.strength == CLEAR and found.start > season.start:
        near = found.start - season.end <= 2
        if found.pattern in {"dash and number", "number in brackets", "range of numbers"}:
            if not near:
                return season
            if season.pattern == "season letter":
                return found._replace(season=season.season, pattern="season, dash and number")
        return found._replace(season=season.season, start=season.start)
    direct = _AFTER_SEASON.match(text, season.end) if season.pattern == "season letter" else None
    if direct is not None:
        count = int(direct["n"])
        return Found(
            direct.start(), direct.end("n"), season.season, (count,), (count,), WEAK, "season, dash and number"
        )
    if found is not None and found.strength == CLEAR and found.start < season.start:
        return found._replace(season=season.season)
    return season


def _title(text: str, words: Words, start: int) -> tuple[str, int | None, str | None, int]:
    """(title, year, country, where it stops) of what stands before `start`."""
    country_at = _COUNTRY.search(text, 0, start)
    country = country_at["c"].upper() if country_at else None
    year: int | None = None
    stop = start
    begin = _begin(words, stop)
    first = max(begin, words[0].start if words else 0)
    for word in words:
        if word.kind == "strong" and first < word.start < stop:
            stop = word.start
            break
    if country_at is not None and first < country_at.start():
        stop = min(stop, country_at.start())
    for match in _YEAR.finditer(text, 0, max(stop, 0)):
        if match.start() <= first and match["b"]:
            continue
        if match["a"] or _closes(text, words, match.end(), start, stop):
            year, stop = int(match["a"] or match["b"]), match.start()
            break
    before = text[begin:stop]
    if " / " in before or before.rstrip().endswith(" /"):
        halves = [half for half in re.split(r"\s+/(?:\s+|$)", before) if half.strip(" .-([")]
        before = best_of(before) if len(halves) < 2 else halves[-1]
    title = clean(before)
    return _TRAILING.sub("", title), year, country, stop


def _closes(text: str, words: Words, end: int, start: int, stop: int) -> bool:
    """A bare year ends a title when nothing but noise stands between it and the episode; with no episode, always."""
    if start >= len(text):
        return True
    following = next((word for word in words if word.start >= end), None)
    return following is None or following.start >= min(start, stop) or following.kind == "strong"


def _begin(words: Words, stop: int) -> int:
    if not words or words[0].kind not in {"strong", "weak"}:
        return 0
    at = next((at for at, word in enumerate(words) if word.kind == "word" and word.start < stop), 0)
    return words[at].start if any(word.kind == "strong" for word in words[:at]) else 0


def _short_season(title: str) -> str:
    """ "Title S02" as fansub databases write it: "Title S2"."""
    return _SEASON_LETTER.sub(lambda match: f"S{match['n']}", title)


def _year_after(text: str, words: Words, start: int, date: Dated | None) -> int | None:
    for match in _YEAR.finditer(text, start):
        if date is not None and date.start <= match.start() < date.end:
            continue
        if match["a"]:
            return int(match["a"])
        following = next((word for word in words if word.start >= match.end()), None)
        if following is not None and following.kind == "strong":
            return int(match["b"])
    return None


def _episode_title(text: str, words: Words, end: int) -> str | None:
    """What stands between the episode's number and the release words."""
    stop = next((word.start for word in words if word.start >= end and word.kind == "strong"), len(text))
    while stop > end:
        tail = next((word for word in reversed(words) if word.start >= end and word.end <= stop), None)
        if stop == len(text) or tail is None or tail.kind in {"word", "edition"}:
            break
        stop = tail.start
    return clean(text[end:stop]) or None


def _title_after(text: str, words: Words, end: int) -> str:
    """The show's title behind the number, where nothing stands before it: `003. Show - Title`."""
    after = text[end:]
    stop = next((word.start - end for word in words if word.start > end and word.kind == "strong"), len(after))
    pieces = [piece for piece in re.split(r"\s-\s", after[:stop].strip(" .-")) if piece.strip()]
    return clean(pieces[0]) if pieces else ""
