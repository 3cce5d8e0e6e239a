"""Metrics of all processes as Prometheus reads them.

Each process counts for itself and says so in the label `process`, which stays the same when it is started again ("web
1"), so that Prometheus sees the restart of a counter as what it is. What is true of the whole house (jobs that wait,
plays) is read from the database by whoever answers and carries no such label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import generate_latest

from hearth.kit.metrics import Family

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Fixed(CollectorRegistry):
    """A registry that holds what it was given."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        super().__init__()
        self._fixed = metrics

    def collect(self) -> Iterable[Metric]:
        return self._fixed


def write(processes: Mapping[str, Sequence[Family]], whole: Iterable[Family] = ()) -> bytes:
    """The exposition: families by process name, and those of the whole house."""
    metrics: dict[str, Metric] = {}
    for name, families in processes.items():
        for family in families:
            _add(metrics, family, {"process": name})
    for family in whole:
        _add(metrics, family, {})
    return generate_latest(_Fixed([metrics[name] for name in sorted(metrics)]))


def _add(metrics: dict[str, Metric], family: Family, labels: Mapping[str, str]) -> None:
    if family.name not in metrics:
        metrics[family.name] = Metric(family.name.removesuffix("_total"), family.about, family.kind)
    for sample in family.samples:
        metrics[family.name].add_sample(sample.name, {**labels, **sample.labels}, sample.value)


encode = msgspec.msgpack.Encoder().encode
"""Families as bytes, for another process."""


def decode(data: bytes) -> list[Family]:
    """What `encode` made; msgspec.DecodeError when it is something else."""
    return msgspec.msgpack.decode(data, type=list[Family])
