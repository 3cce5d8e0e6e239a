"""What the process counts: counters, gauges and histograms that rooms declare beside the code which moves them.

Counting is a dictionary's entry and nothing else, so it may stand on any path; the library that writes Prometheus'
text is loaded when somebody asks for it (see `kit.metrics_text`). Labels are few and bounded: a route's template, a
queue, a word out of a fixed set; never a path, a name or an id. Should that go wrong, a metric stops growing at
`MOST_SERIES` and counts the rest under "other". Move metrics from the event loop's thread.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import ClassVar, Literal

import msgspec

Kind = Literal["counter", "gauge", "histogram"]
Labels = tuple[str, ...]

MOST_SERIES = 1000
OTHER = "other"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Buckets for what somebody waits for."""
LONG_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
"""Buckets for work in the background."""


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One line of the exposition: the name with its suffix, labels, value."""

    name: str
    labels: dict[str, str]
    value: float


class Family(msgspec.Struct, frozen=True, array_like=True):
    """A metric with its samples, ready to be sent to another process."""

    name: str
    kind: Kind
    about: str
    samples: list[Sample]


class Metric:
    """A name, what it says, and its label names. Declared once, at import."""

    kind: ClassVar[Kind]
    every: ClassVar[dict[str, Metric]] = {}

    def __init__(self, name: str, about: str, labels: Sequence[str] = ()) -> None:
        if name in self.every:
            raise ValueError(f"the metric {name} is declared twice")
        self.name = name
        self.about = about
        self.labels = tuple(labels)
        self.every[name] = self

    def family(self) -> Family:
        """The metric as it stands."""
        return Family(self.name, self.kind, self.about, self._samples())

    def _samples(self) -> list[Sample]:
        raise NotImplementedError

    def _named(self, values: Labels) -> dict[str, str]:
        return dict(zip(self.labels, values, strict=True))


class Counter(Metric):
    """Only grows. `known` are series that are there, at zero, before anything happens: alerts need the zero."""

    kind: ClassVar[Kind] = "counter"

    def __init__(self, name: str, about: str, labels: Sequence[str] = (), known: Sequence[Labels] = ()) -> None:
        if not name.endswith("_total"):
            raise ValueError(f"the counter {name} does not end with _total")
        super().__init__(name, about, labels)
        self._cells: dict[Labels, float] = dict.fromkeys(known if self.labels else [()], 0.0)

    def inc(self, *labels: str, by: float = 1) -> None:
        """Counts on, for the label values in the order of their names."""
        cells = self._cells
        if labels in cells:
            cells[labels] += by
        else:
            labels = _bounded(cells, labels)
            cells[labels] = cells.get(labels, 0.0) + by

    def value(self, *labels: str) -> float:
        """What was counted."""
        return self._cells.get(labels, 0.0)

    def _samples(self) -> list[Sample]:
        return [Sample(self.name, self._named(labels), value) for labels, value in self._cells.items()]


class Gauge(Metric):
    """Goes up and down. With `read` it is asked for when somebody looks, and holds nothing itself."""

    kind: ClassVar[Kind] = "gauge"

    def __init__(
        self,
        name: str,
        about: str,
        labels: Sequence[str] = (),
        known: Sequence[Labels] = (),
        read: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(name, about, labels)
        self._cells: dict[Labels, float] = dict.fromkeys(known if self.labels else [()], 0.0)
        self.read = read

    def set(self, value: float, *labels: str) -> None:
        self._cells[_bounded(self._cells, labels)] = value

    def inc(self, *labels: str, by: float = 1) -> None:
        labels = _bounded(self._cells, labels)
        self._cells[labels] = self._cells.get(labels, 0.0) + by

    def dec(self, *labels: str, by: float = 1) -> None:
        self.inc(*labels, by=-by)

    def value(self, *labels: str) -> float:
        return self.read() if self.read is not None else self._cells.get(labels, 0.0)

    def _samples(self) -> list[Sample]:
        if self.read is not None:
            return [Sample(self.name, {}, self.read())]
        return [Sample(self.name, self._named(labels), value) for labels, value in self._cells.items()]


class Histogram(Metric):
    """How often, in all, and how many up to each of `buckets`."""

    kind: ClassVar[Kind] = "histogram"

    def __init__(
        self,
        name: str,
        about: str,
        labels: Sequence[str] = (),
        buckets: Sequence[float] = SECONDS,
        known: Sequence[Labels] = (),
    ) -> None:
        super().__init__(name, about, labels)
        self._bounds = tuple(buckets)
        self._fresh = [0.0] * (len(self._bounds) + 2)  # one for each bucket, one above all of them, the sum
        self._cells: dict[Labels, list[float]] = {one: [*self._fresh] for one in (known if self.labels else [()])}

    def observe(self, value: float, *labels: str) -> None:
        """Counts one value."""
        cell = self._cells.get(labels)
        if cell is None:
            cell = self._cells.setdefault(_bounded(self._cells, labels), [*self._fresh])
        cell[bisect_left(self._bounds, value)] += 1
        cell[-1] += value

    def count(self, *labels: str) -> float:
        """How many values were counted."""
        return sum(self._cells.get(labels, self._fresh)[:-1])

    def _samples(self) -> list[Sample]:
        found = []
        for labels, cell in self._cells.items():
            named, so_far = self._named(labels), 0.0
            for bound, count in zip((*self._bounds, float("inf")), cell[:-1], strict=True):
                so_far += count
                found.append(Sample(f"{self.name}_bucket", {**named, "le": _bound(bound)}, so_far))
            found += [Sample(f"{self.name}_count", named, so_far), Sample(f"{self.name}_sum", named, cell[-1])]
        return found


def _bounded(cells: dict[Labels, float] | dict[Labels, list[float]], labels: Labels) -> Labels:
    if labels in cells or len(cells) < MOST_SERIES:
        return labels
    return (OTHER,) * len(labels)


def _bound(value: float) -> str:
    return "+Inf" if value == float("inf") else repr(float(value))


def snapshot() -> list[Family]:
    """Everything that this process counts."""
    return [metric.family() for metric in Metric.every.values()]
