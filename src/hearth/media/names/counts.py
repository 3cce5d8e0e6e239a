"""Episodes that a name gives as a mere number: "[Group] Show - 07", "12 - Title", "Show 104".

Unlike the patterns of `episodes.py` these depend on what stands around the number: brackets, release words, a season's
folder. Text comes with underscores already turned into spaces.
"""

import re

from hearth.media.names.episodes import CLEAR, WEAK, Found
from hearth.media.names.numbers import MOST, listed, split_compact
from hearth.media.names.tokens import Words

_DASH = re.compile(
    r"(?:(?<=[\s.\])])-[ .]?|(?<=\w)-(?=\d{2,4}\[)|(?<=\w):[ ](?=\d{2,4}[ ]\[))"
    r"(?P<e>\d{1,4})(?!\d)(?P<rest>(?:[-~]\d{1,4}(?!\w))*)(?:v\d)?(?:\.5)?(?!\w)"
    r"(?P<next>[ .]*(?:[\[({~]|$|-(?=[ .]|$))?)"
)
_RANGE = re.compile(r"(?<=[ .\]])\(?(?P<first>\d{2,4})[-~](?P<last>\d{2,4})\)?(?=[ .]*(?:[\[(]|$))")
_BRACKET = re.compile(r"[\[{](?P<e>\d{1,4})(?P<rest>(?:-\d{1,4})*)(?:v\d)?(?:[ ]?(?:fin|end))?[\]}]", re.IGNORECASE)
_LEADING = re.compile(r"\s*(?P<e>\d{1,4})(?:-(?P<last>\d{2,4}))?(?P<next>[ ]-[ ]|-(?=[^\W\d])|\.[ ]|[ .]|$)")
_NUMBER = re.compile(r"(?<![^\W_])(?P<n>\d{1,5})(?:v\d)?(?![^\W_])")
_NUMBER_BEFORE = re.compile(r"(?<!\w)(\d{3,4})[ .]$")
_AFTER = re.compile(
    r"[ .]{0,2}(?:[(\[](?P<one>\d{2,4})[)\]]|(?P<bare>\d{3,4})(?=[ .]*(?:$|\[))"
    r"|-?[ .]?[(]?(?P<list>\d{3,4}(?:-\d{3,4})+))(?!\w)"
)
_BEFORE = re.compile(r"(?:-[ ](?P<one>\d{2,4})[ ]?\(|(?<!\w)(?P<first>\d{2,4})-(?P<last>\d{2,4})[ .]*(?:-[ .]*)?)$")


def is_year(digits: str) -> bool:
    """Four digits that would rather be a year."""
    return len(digits) == 4 and digits[:2] in {"19", "20"}


def counted(pattern: str, start: int, end: int, numbers: tuple[int, int], *, strength: int = CLEAR) -> Found:
    """A Found of the running numbers from the first of `numbers` to the last."""
    first, last = numbers
    every = tuple(range(first, min(last, first + MOST) + 1))
    return Found(start, end, None, every, every, strength, pattern)


def by_dash(text: str, words: Words) -> Found | None:
    """`Title - 07 [720p]`: the last such number before brackets, release words or the end; else the first before a
    dash; else the first."""
    chosen: Found | None = None
    rank = 0
    for match in _DASH.finditer(text, 1):
        following = match["next"].strip(" .")
        if is_year(match["e"]) and following != "[":
            continue
        if following in {"[", "(", "{", "~"} or match.end("next") >= len(text) or _noise_at(words, match.end("next")):
            mine = 3
        else:
            mine = 2 if following == "-" else 1
        if mine > rank or mine == rank == 3:
            episodes, taken = listed(match["e"], match["rest"])
            end = max(match.start("rest") + taken, match.start("next"))
            chosen = Found(match.start(), end, None, episodes, episodes, CLEAR if mine > 1 else WEAK, "dash and number")
            rank = mine
    return chosen


def _noise_at(words: Words, at: int) -> bool:
    return any(at - 1 <= word.start <= at + 1 and word.kind != "word" for word in words)


def by_bracket(text: str) -> Found | None:
    """`[Group] Title [07][1080p]`, `Title {01}`, and the ranges `Title (01-25)`, `Title 13-16`."""
    for match in _RANGE.finditer(text, 1):
        first, last = match["first"], match["last"]
        if int(first) < int(last) and not (is_year(first) and is_year(last)) and len(first) <= len(last):
            return counted("range of numbers", match.start(), match.end(), (int(first), int(last)))
    for match in _BRACKET.finditer(text, 1):
        if not is_year(match["e"]):
            episodes, _ = listed(match["e"], match["rest"])
            return Found(match.start(), match.end(), None, episodes, episodes, CLEAR, "number in brackets")
    return None


def by_lead(text: str, *, in_season: bool, grouped: bool) -> Found | None:
    """`07 - Title`, `07. Title`, and in a season's folder `07 Title`; elsewhere `1-12` is season and episode."""
    match = _LEADING.match(text)
    if match is None or is_year(match["e"]):
        return None
    first, last, following = match["e"], match["last"], match["next"]
    if following in {" ", "."} and not in_season and last is None and not (grouped and first.startswith("0")):
        return None
    start = match.start("e")
    end = match.start("next")
    if last is None:
        return counted("leading number", start, end, (int(first), int(first)), strength=CLEAR if in_season else WEAK)
    if in_season or len(first) > 2:
        if int(first) >= int(last):
            return None
        return counted("leading range", start, end, (int(first), int(last)), strength=CLEAR if in_season else WEAK)
    return Found(start, end, int(first), (int(last),), (), WEAK, "leading season and episode")


def by_number(text: str, words: Words, *, grouped: bool, folder_is_title: bool) -> Found | None:
    """`Show 104`, `Show.07.HDTV`, `[Group] Show 13`: a number before release words or the end, else one in between.

    Three and four digits are season and episode, and their absolute reading is given too; behind a release group in
    brackets, or before a fansub's word, numbers run on through seasons.
    """
    chosen: re.Match[str] | None = None
    rank = 0
    for match in _NUMBER.finditer(text, 1):
        digits = match["n"]
        if is_year(digits) or _inside_brackets(text, match.start()) or _is_noise(words, match.start()):
            continue
        mine = _rank(text, words, match, folder_is_title)
        if mine > rank or (mine == rank == 3 and grouped):
            chosen, rank = match, mine
    if chosen is None:
        return None
    digits = chosen["n"]
    fansub = grouped or any(w.start >= chosen.end() and w.text in {"vostfr", "vosta"} for w in words)
    if fansub or len(digits) < 3:
        return counted("number", chosen.start(), chosen.end(), (int(digits), int(digits)), strength=WEAK)
    return _compact(text, chosen)


def _rank(text: str, words: Words, match: re.Match[str], folder_is_title: bool) -> int:
    digits = match["n"]
    rest = text[match.end() :].lstrip(" .")
    ending = not rest or rest[0] in "[({" or rest.startswith("- ") or _noise_at(words, match.end() + 1)
    tight = text[match.end() : match.end() + 1] == "-"
    if len(digits) == 1:
        return 1 if folder_is_title and not rest else 0
    if ending or (tight and len(digits) > 2):
        return 3
    return 2 if digits[0] == "0" or len(digits) == 3 else 0


def _compact(text: str, match: re.Match[str]) -> Found | None:
    """Season and episode written together: 104, 0308, and two episodes: 10708, "103.104"."""
    digits = match["n"]
    if len(digits) == 5:
        season, first, last = int(digits[0]), int(digits[1:3]), int(digits[3:])
        return (
            Found(match.start(), match.end(), season, (first, last), (), WEAK, "compact pair")
            if last == first + 1
            else None
        )
    pair = split_compact(digits)
    if pair is None:
        return counted("number", match.start(), match.end(), (int(digits), int(digits)), strength=WEAK)
    season, episode = pair
    before = _NUMBER_BEFORE.search(text, max(0, match.start() - 6), match.start())
    if before and int(before[1]) == int(digits) - 1:
        return Found(before.start(1), match.end(), season, (episode - 1, episode), (), WEAK, "compact pair")
    return Found(match.start(), match.end(), season, (episode,), (int(digits),), WEAK, "compact number")


def _inside_brackets(text: str, at: int) -> bool:
    before = text[:at]
    return before.count("[") > before.count("]") or before.count("(") > before.count(")")


def _is_noise(words: Words, at: int) -> bool:
    return any(word.start <= at < word.end and word.kind == "strong" for word in words)


def beside(text: str, found: Found) -> Found:
    """Absolute numbers given beside season and episode: `S16E03-04 - 313-314`, `12 (S01E12)`."""
    after = _AFTER.match(text, found.end)
    if after is not None:
        numbers = after["list"] or after["one"] or after["bare"]
        if not (is_year(numbers) or (after["bare"] and numbers in {"480", "720", "1080", "2160"})):
            return found._replace(absolute=_span([int(piece) for piece in numbers.split("-")]), end=after.end())
    before = _BEFORE.search(text, max(0, found.start - 24), found.start)
    if before is None:
        return found
    if before["one"]:
        return found._replace(absolute=(int(before["one"]),), start=before.start())
    first, last = int(before["first"]), int(before["last"])
    if first < last and not is_year(before["first"]):
        return found._replace(absolute=_span([first, last]), start=before.start())
    return found


def _span(numbers: list[int]) -> tuple[int, ...]:
    if len(numbers) == 2 and numbers[0] < numbers[1] <= numbers[0] + MOST:
        return tuple(range(numbers[0], numbers[1] + 1))
    return tuple(numbers)
