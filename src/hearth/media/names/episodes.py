"""Where a name states its season and episodes: a table of patterns, each with its name and an example.

Patterns are tried in the order of the table and the first that holds wins, so the sure ones stand first. Text comes
with underscores already turned into spaces, and is searched in lower case: patterns that ignore case take twice the
time. For the same reason those that few names could match say what such a name has at least.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from hearth.media.names.numbers import EPISODE_WORDS, REST, SEASON_WORDS, STEP, listed, number, split_compact
from hearth.media.names.text import lowered

STRONG, CLEAR, WEAK = 3, 2, 1


class Found(NamedTuple):
    """What a pattern found and where. `strength`: STRONG is never wrong, CLEAR seldom, WEAK needs a show's folder."""

    start: int
    end: int
    season: int | None
    episodes: tuple[int, ...]
    absolute: tuple[int, ...]
    strength: int
    pattern: str


class Pattern(NamedTuple):
    """A row of the table. `read` turns a match into a Found, or None when the numbers make no sense."""

    name: str
    example: str
    strength: int
    regex: re.Pattern[str]
    read: Callable[["Pattern", re.Match[str]], Found | None]
    needs: re.Pattern[str] | None = None  # text without this cannot match, and this is found sooner


def _found(
    pattern: Pattern,
    match: re.Match[str],
    season: int | None,
    episodes: tuple[int, ...],
    absolute: tuple[int, ...] = (),
    *,
    end: int | None = None,
) -> Found:
    stop = match.end() if end is None else end
    return Found(match.start(), stop, season, episodes, absolute, pattern.strength, pattern.name)


def _with_season(pattern: Pattern, match: re.Match[str]) -> Found | None:
    season = number(match["s"])
    if season is None:
        return None
    rest = match["rest"] or ""
    episodes, taken = listed(match["e"], rest)
    end = match.start("rest") + taken
    complete = _COMPLETE.match(match.string, end)
    if complete and len(episodes) > 2 and episodes[0] == 1 and int(complete["of"]) == episodes[-1]:
        episodes = ()
    return _found(pattern, match, season, episodes, end=end)


def _compact(pattern: Pattern, match: re.Match[str]) -> Found | None:
    first = split_compact(match["n"])
    last = split_compact(match["m"]) if match["m"] else first
    if first is None or last is None:
        return None
    episodes = tuple(range(first[1], last[1] + 1)) if last[0] == first[0] and last[1] >= first[1] else (first[1],)
    return _found(pattern, match, first[0], episodes)


def _no_season(pattern: Pattern, match: re.Match[str]) -> Found | None:
    episodes, taken = listed(match["e"], match["rest"] or "")
    return _found(pattern, match, None, episodes, episodes, end=match.start("rest") + taken)


def _counted(pattern: Pattern, match: re.Match[str]) -> Found | None:
    numbers = [int(digits) for digits in re.findall(r"\d+", match["n"])]
    if len(numbers) == 2 and numbers[0] < numbers[1] <= numbers[0] + 2000:
        numbers = list(range(numbers[0], numbers[1] + 1))
    return _found(pattern, match, None, tuple(numbers), tuple(numbers))


def _season_only(pattern: Pattern, match: re.Match[str]) -> Found | None:
    season = number(match["s"])
    return None if season is None else _found(pattern, match, season, ())


def _of_of(pattern: Pattern, match: re.Match[str]) -> Found | None:
    return _found(pattern, match, int(match["s"]), (int(match["e"]),))


_COMPLETE = re.compile(r"[ .]of[ .](?P<of>\d{1,4})")
_SEASON_WORD = re.compile(SEASON_WORDS)
_OF = re.compile("of")
_ROMAN_NUMBER = r"[ivx]{1,5}(?!\w)"

SURE: tuple[Pattern, ...] = (
    Pattern(
        "season and episode",
        "Show.S01E02-E03",
        STRONG,
        re.compile(
            rf"(?<!\w)(?:(?:{SEASON_WORDS}|livre|book|volume|series)[ .]{{0,2}}(?P<word>)|s(?:e\.)?[ .]?)"
            rf"(?P<s>\d{{1,4}}|(?(word){_ROMAN_NUMBER}|(?!)))"
            rf"(?:[ .]?-?[ .]?[(\[]?(?:x?e|{EPISODE_WORDS})[ .]{{0,2}}|-?x(?!26[45]))"
            rf"(?P<e>\d{{1,5}})(?!\d)(?P<rest>(?:[ .]?[-+&]?[ .]?s(?P=s)[ .]?e\d{{1,5}}(?!\d)|{STEP})*)",
        ),
        _with_season,
    ),
    Pattern(
        "season by episode",
        "Show - 1x02x03",
        STRONG,
        re.compile(
            r"(?<!\w)(?:ep[ .])?(?P<s>\d{1,2}|(?:19|20)\d\d)x(?P<e>\d{1,3})(?![\da-wyz])"
            rf"(?P<rest>(?:[ .]?[-+&~]?[ .]?(?P=s)x\d{{1,3}}(?!\w)|{STEP}|[ ]\d\d(?=[ ]-[ ]|$|[ ]?\[))*)",
        ),
        _with_season,
        needs=re.compile("x"),
    ),
    Pattern(
        "season and episode after letters",
        "grp-shows01e02",
        STRONG,
        re.compile(rf"s(?<=[a-z]s)(?P<s>\d\d)e(?P<e>\d\d)(?!\d)(?P<rest>{REST})"),
        _with_season,
    ),
    Pattern(
        "chapter",
        "Serie - Temporada 2 [Cap.201_203]",
        STRONG,
        re.compile(r"(?<!\w)cap\.?[ ]?(?P<n>\d{3,4})(?:[ \-](?P<m>\d{3,4}))?(?!\d)"),
        _compact,
        needs=re.compile("cap"),
    ),
    Pattern(
        "ordinal season and episode",
        "Serie 2. Staffel Folge 5",
        STRONG,
        re.compile(
            rf"(?<!\w)(?P<s>\d{{1,3}})(?:st|nd|rd|th|[.ªº]|-?[йя])?[ ]?(?:{SEASON_WORDS})[ .,\-]{{1,3}}"
            rf"(?:(?:{EPISODE_WORDS})[ .]{{1,2}}(?P<e>\d{{1,4}})(?!\w)|(?P<m>\d{{1,4}})(?:-?я)?[ ]сери[яи])",
        ),
        lambda pattern, match: _found(pattern, match, int(match["s"]), (int(match["e"] or match["m"]),)),
        needs=_SEASON_WORD,
    ),
    Pattern(
        "counted season and episode",
        "Show.Season.2of5.3of9",
        STRONG,
        re.compile(rf"(?<!\w)(?:{SEASON_WORDS})[ .](?P<s>\d{{1,3}})[ .]?of[ .]?\d+[ .](?P<e>\d{{1,3}})[ .]?of[ .]?\d+"),
        _of_of,
        needs=_OF,
    ),
)

CLEARLY: tuple[Pattern, ...] = (
    Pattern(
        "episode word",
        "Show Episode 12",
        CLEAR,
        re.compile(
            rf"(?<!\w)(?:(?:{EPISODE_WORDS})[. ]{{0,2}}|e(?=\d\d))(?P<e>\d{{1,5}})(?:v\d)?(?!\w)(?P<rest>{REST})"
        ),
        _no_season,
    ),
    Pattern(
        "special",
        "[Group] Show - OVA 2",
        CLEAR,
        re.compile(r"(?<!\w)(?:sp|ova|oad|oav|ona)[ .]?(?P<n>\d{1,2})(?:v\d)?(?!\w)"),
        lambda pattern, match: _found(pattern, match, 0, (int(match["n"]),)),
    ),
    Pattern(
        "number sign",
        "[Group] Show #957",
        CLEAR,
        re.compile(r"(?<!\w)#(?P<n>\d{1,4})(?:v\d)?(?!\w)"),
        _counted,
        needs=re.compile("#"),
    ),
    Pattern(
        "counted episode",
        "Show.14.of.21",
        CLEAR,
        re.compile(
            r"(?<!\w)(?P<n>\d{1,3})[ .]?of[ .]?\d{1,3}(?!\w)",
        ),
        _counted,
        needs=_OF,
    ),
    Pattern(
        "Turkish episode",
        "Dizi 79.BLM",
        CLEAR,
        re.compile(r"(?<!\w)(?P<n>\d{1,4})\.?[ ]?(?:blm|bölüm)(?!\w)"),
        _counted,
        needs=re.compile("bl|bö"),
    ),
    Pattern(
        "Chinese or Japanese episode",
        "番组 第05话",
        CLEAR,
        re.compile(r"第(?P<n>\d{1,4})[话話集回]|(?<!\d)(?P<m>\d{1,4})[话話集回](?=[\]\s])"),
        lambda pattern, match: _found(pattern, match, None, *(2 * ((int(match["n"] or match["m"]),),))),
        needs=re.compile("[话話集回]"),
    ),
)

SEASON: tuple[Pattern, ...] = (
    Pattern(
        "season word",
        "Show Season 2",
        CLEAR,
        re.compile(
            rf"(?<!\w)(?:(?:the[ .])?(?:complete[ .])?(?:{SEASON_WORDS})[ .]{{1,3}}"
            rf"(?P<s>\d{{1,4}}(?!\w|[ .]of)|{_ROMAN_NUMBER}))"
            rf"(?:[ ]?[-&][ ]?(?:(?:{SEASON_WORDS})[ ])?\d{{1,2}}(?!\w)|[ ]to[ ]\d{{1,2}}(?!\w))?"
            r"(?:[ .]of[ .]\d+)?",
        ),
        _season_only,
        needs=_SEASON_WORD,
    ),
    Pattern(
        "season letter",
        "Show.S02",
        CLEAR,
        re.compile(
            r"s(?<![\w'’]s)(?:[ ](?=\d\d))?(?P<s>\d{1,4})(?:d\d{1,2})?(?!\w)"
            r"(?:[ ]?-?[ ]?s\d{1,2}(?!\w)|-\d{1,2}(?!\w))?",
        ),
        _season_only,
    ),
    Pattern(
        "all of a season",
        "Show.1xAll",
        CLEAR,
        re.compile(r"(?<!\w)(?P<s>\d{1,2})xall(?!\w)"),
        _season_only,
        needs=re.compile("xall"),
    ),
)


def first_match(table: tuple[Pattern, ...], text: str) -> Found | None:
    """What the first pattern of `table` that holds finds in `text`."""
    low = lowered(text)
    for pattern in table:
        if pattern.needs is None or pattern.needs.search(low):
            match = pattern.regex.search(low)
            while match is not None:
                found = pattern.read(pattern, match)
                if found is not None:
                    return found
                match = pattern.regex.search(low, match.end())
    return None


def last_match(table: tuple[Pattern, ...], text: str) -> Found | None:
    """Like `first_match`, but the last place: for names that give the show's title twice."""
    low = lowered(text)
    for pattern in table:
        last: Found | None = None
        for match in pattern.regex.finditer(low):
            last = pattern.read(pattern, match) or last
        if last is not None:
            return last
    return None
