"""Places in a list as fractions written as text: between any two there is another, so moving one thing writes one row.

A rank is digits of base 62 behind a point that is not written, compared as bytes; it never ends with the lowest digit,
so that there is always room below it.
"""

from collections.abc import Sequence

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE = len(_DIGITS)


def between(before: str | None, behind: str | None) -> str:
    """A rank between two; None is the beginning or the end of all. ValueError when `before` is not below `behind`."""
    low, high = before or "", behind
    if high is not None and low >= high:
        raise ValueError(f"{low!r} is not before {high!r}")
    rank = ""
    place = 0
    while True:
        floor = _DIGITS.index(low[place]) if place < len(low) else 0
        ceiling = _DIGITS.index(high[place]) if high is not None and place < len(high) else _BASE
        if ceiling - floor > 1:
            # At the end of a list there is room without end upwards: small steps keep ranks short.
            step = 1 if high is None and place < len(low) else (ceiling - floor) // 2
            return rank + _DIGITS[floor + step]
        rank += _DIGITS[floor]
        if ceiling > floor:
            high = None  # from here on everything is below it
        place += 1


def spread(before: str | None, behind: str | None, count: int) -> Sequence[str]:
    """So many ranks between two, in order and about as short as can be: halves of halves."""
    if count <= 0:
        return []
    middle = between(before, behind)
    left = (count - 1) // 2
    return [*spread(before, middle, left), middle, *spread(middle, behind, count - 1 - left)]
