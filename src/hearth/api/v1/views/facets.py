"""The filter panel, letter jump and genre list."""

from msgspec import Struct


class ValueCount(Struct, frozen=True):
    """How many items have this value."""

    value: str
    count: int


class Facets(Struct, frozen=True):
    """What the items of a list have, the most frequent first (years: the newest), up to a hundred values each.

    `exact` is false when the list was too long to count whole: the counts are those of 20,000 of its items.
    """

    total: int
    exact: bool
    genres: list[ValueCount]
    years: list[ValueCount]
    studios: list[ValueCount]
    resolutions: list[ValueCount]
    hdr: list[ValueCount]
    audio_languages: list[ValueCount]


class Letter(Struct, frozen=True):
    """`position` is what `at` of a list by title takes. All that comes before "a" is "#"."""

    letter: str
    position: int
    count: int


class Letters(Struct, frozen=True):
    letters: list[Letter]


class Genres(Struct, frozen=True):
    genres: list[ValueCount]
