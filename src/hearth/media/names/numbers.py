"""Season and episode numbers: Roman numerals, and the lists and ranges that follow a first number."""

import re
import unicodedata

SEASON_WORDS = (
    "seasons?|saisons?|staffel|temporadas?|temp|tem|stagione|seizoen|sezonul|sezona|sezóna|sezon|säsong|seasong"
    "|kausi|sæson|sesong|série|sorozat|évad|сезон|シーズン|시즌"
)
EPISODE_WORDS = "episodes?|episodio|épisode|épisódio|capitulo|capítulo|folge|avsnitt|aflevering|afl|серия|eps?"

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}

# What continues a first number. Tight, so that a title that begins with a number is not taken for an episode.
STEP = (
    r"(?:[ .]?[-+&~]?[ .]?|,[ ]?|[ ]and[ ])(?:x?ep?|x(?!26[45]))[ .]?\d{1,5}(?![0-9a-df-wyz])"
    r"|[ ](?:en|and|&)[ ]\d{1,3}(?!\w)"
    r"|[-+&~]\d{1,5}(?!\w)"
)
REST = rf"(?:{STEP})*"
_STEP = re.compile(
    r"(?P<gap>[^\w]*)(?:s\d{1,4}[ .]?|\d{1,4}(?=x\d))?(?:and )?(?P<mark>x?ep?|x|en |and )?[ .&]*(?P<number>\d+)",
    re.IGNORECASE,
)
MOST = 2000  # numbers a range may span: a name is not a way to ask for memory


def roman(text: str) -> int | None:
    """The value of a Roman numeral up to C, or None."""
    total = 0
    text = text.lower()
    for at, char in enumerate(text):
        value = _ROMAN.get(char)
        if value is None:
            return None
        following = _ROMAN.get(text[at + 1], 0) if at + 1 < len(text) else 0
        total += -value if value < following else value
    return total or None


def number(text: str) -> int | None:
    """A number in digits of any script, in Roman numerals, or as an English word up to ten."""
    if text.isdecimal():
        return int(unicodedata.normalize("NFKC", text))
    return WORDS.index(text.lower()) + 1 if text.lower() in WORDS else roman(text)


def listed(first: str, rest: str) -> tuple[tuple[int, ...], int]:
    """Every number of "01-03", "01e02e03", "1-E2-E3", and how much of `rest` they took.

    Two numbers joined by a hyphen or tilde are a range; more are a list as written.
    """
    numbers = [int(first)]
    taken = 0
    ranged = False
    width = len(first)
    for step in _STEP.finditer(rest):
        if step.start() != taken:
            break
        digits = step["number"]
        if not step["mark"] and not _continues(digits, width, numbers[-1]):
            break
        ranged = "-" in step["gap"] or "~" in step["gap"]
        numbers.append(int(digits))
        taken = step.end()
    if len(numbers) == 2 and ranged and numbers[0] < numbers[1] <= numbers[0] + MOST:
        return tuple(range(numbers[0], numbers[1] + 1)), taken
    return tuple(dict.fromkeys(numbers)), taken


def _continues(digits: str, width: int, last: int) -> bool:
    """A bare number continues a list when it is written as wide as the first and counts on."""
    return (len(digits) == width or (len(digits) == width + 1 and int(digits) - last < 30)) and int(digits) > last


def split_compact(digits: str) -> tuple[int, int] | None:
    """(season, episode) of "104", "0308" or "1503"; None when it cannot be both."""
    season, episode = int(digits[:-2]), int(digits[-2:])
    return (season, episode) if season else None
