"""A random order that a page can be read from without shuffling the whole list.

An index has a list's rows by a hash of their ids. The hash's range is cut into parts of some hundred rows; the seed
says in which order the parts come and, by another hash, how the rows of each lie. So a page reads a part or two, and
each seed gives an order of its own. How many parts there are follows from the list's total, which cursors carry along.
"""

from typing import LiteralString

from msgspec import Struct

_PART = 400
_MOST_PARTS = 2**20


class Shuffle(Struct, frozen=True):
    """The order of one seed for a list of so many parts, a power of two."""

    seed: int
    parts: int

    @classmethod
    def of(cls, seed: int, total: int) -> "Shuffle":
        parts = 1
        while parts * _PART < total and parts < _MOST_PARTS:
            parts *= 2
        return cls(seed, parts)

    @property
    def step(self) -> int:
        """What a part's number is multiplied by to get its place: odd, so that no two get the same."""
        return (self.seed * 2_654_435_761 % 2**32) | 1

    def bounds(self, place: int) -> tuple[int, int]:
        """The hashes, from and to before, of the part that comes at this place."""
        number = (place - self.seed) * pow(self.step, -1, self.parts) % self.parts if self.parts > 1 else 0
        width = 2**32 // self.parts
        return number * width - 2**31, (number + 1) * width - 2**31


PLACE: LiteralString = "((((uuid_hash(i.id)::bigint + 2147483648) / {width}) * {step} + {seed}) % {parts})::bigint"
"""The place of a row's part, as SQL; the braces are bound by `Order`."""
