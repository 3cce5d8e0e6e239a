"""Filters that grow with what was asked for, without ever putting a value into SQL text."""

from typing import LiteralString


class Where:
    """Conditions joined by "and"; every value becomes a bound parameter.

    >>> where = Where()
    >>> where.add("library = {}", 7)
    >>> where.add("year between {} and {}", 1990, 1999)
    >>> str(where), where.args
    ('library = $1 and year between $2 and $3', [7, 1990, 1999])

    `add` takes literal text alone (mypy checks it). Sort keys come from a fixed table, never from the request.
    Arguments given to the constructor are parameters that the statement uses before its conditions.
    """

    def __init__(self, *args: object) -> None:
        self.args: list[object] = list(args)
        self._parts: list[str] = []

    def bind(self, value: object) -> str:
        """Adds one parameter and returns its place: "$3"."""
        self.args.append(value)
        return f"${len(self.args)}"

    def add(self, condition: LiteralString, *values: object) -> None:
        """Adds a condition; each `{}` in it takes one value. A count that does not match is a ValueError."""
        if condition.count("{}") != len(values):
            raise ValueError(f"{condition!r} takes {condition.count('{}')} values, got {len(values)}")
        pieces = condition.split("{}")
        places = [self.bind(value) for value in values]
        self._parts.append("".join(a + b for a, b in zip(pieces, [*places, ""], strict=True)))

    def __str__(self) -> str:
        return " and ".join(self._parts) or "true"
