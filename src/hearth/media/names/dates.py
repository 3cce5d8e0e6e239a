"""Dates of daily shows in names."""

import datetime
import re
from typing import NamedTuple

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DATES = re.compile(
    r"(?=\d)(?<!\d)(?:"
    r"(?P<y>(?:19|20)\d\d)(?P<sep>[ ._\-])(?P<m>[0-3]?\d)(?P=sep)(?P<d>[0-3]?\d)(?!\d)"
    r"|(?P<a>[0-3]?\d)(?P<sep2>[ ._\-])(?P<b>[0-3]?\d)(?P=sep2)(?P<y2>(?:19|20)\d\d)(?!\d)"
    r"|(?P<d3>[0-3]?\d)(?:st|nd|rd|th)?[ .]"
    r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[ .,]{1,2}(?P<y3>(?:19|20)\d\d)(?!\d)"
    r"|(?P<y4>20\d\d|19[5-9]\d)(?P<m4>0[1-9]|1[0-2])(?P<d4>0[1-9]|[12]\d|3[01])(?!\d)"
    r")",
    re.IGNORECASE,
)
_FOUR = re.compile(r"\d{4}")  # every spelling has a year: the cheapest thing to look for
_SIX = re.compile(
    r"(?<=[a-z][. ])(?P<y>[0-4]\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?=[. ]|$)", re.IGNORECASE
)
_SHORT = re.compile(r"(?P<d>\d\d)\.(?P<m>\d\d)\.(?P<y>\d\d)(?=[. ])")


class Dated(NamedTuple):
    """A date as "YYYY-MM-DD" and where it stands."""

    start: int
    end: int
    date: str


def find_date(text: str) -> Dated | None:
    """The first real calendar date in `text`.

    Two numbers before a year are day and month in the order that makes a date; when both orders do, day first.
    """
    if not _FOUR.search(text):
        return None
    for match in _DATES.finditer(text):
        date = _read(match)
        if date is not None:
            return Dated(match.start(), match.end(), date)
    return None


def short_date(text: str) -> Dated | None:
    """A date of six digits between dots or spaces, year first ("Show.140722.720p")."""
    for match in _SIX.finditer(text):
        date = _iso(2000 + int(match["y"]), int(match["m"]), int(match["d"]))
        if date is not None:
            return Dated(match.start(), match.end(), date)
    return None


def leading_date(text: str) -> Dated | None:
    """A date of two-digit numbers before everything else ("09.03.08.The.Film"), day first."""
    match = _SHORT.match(text)
    if match is None:
        return None
    year = int(match["y"])
    date = _iso(year + (2000 if year < 70 else 1900), int(match["m"]), int(match["d"]))
    return Dated(match.start(), match.end(), date) if date else None


def _read(match: re.Match[str]) -> str | None:
    if match["y"]:
        year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
        return _iso(year, month, day) or _iso(year, day, month)
    if match["y2"]:
        first, second, year = int(match["a"]), int(match["b"]), int(match["y2"])
        return _iso(year, second, first) or _iso(year, first, second)
    if match["y3"]:
        return _iso(int(match["y3"]), _MONTHS.index(match["name"].lower()) + 1, int(match["d3"]))
    return _iso(int(match["y4"]), int(match["m4"]), int(match["d4"]))


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None
