"""Metrics: counted right, bounded, and written as Prometheus reads them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hearth.kit import metrics, metrics_text


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    before = dict(metrics.Metric.every)
    yield
    metrics.Metric.every.clear()
    metrics.Metric.every.update(before)


def fresh(end: str = "") -> str:
    return f"test_{uuid.uuid4().hex}{end}"


def read(*families: metrics.Family) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample as Prometheus' own parser sees it."""
    text = metrics_text.write({"web 1": families}).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_counter_starts_at_zero_where_its_series_are_known() -> None:
    name = fresh("_total")
    counter = metrics.Counter(name, "Signs in.", ("result",), [("right",), ("wrong",)])
    counter.inc("wrong")
    counter.inc("wrong", by=2)
    assert read(counter.family()) == {
        (name, (("process", "web 1"), ("result", "right"))): 0.0,
        (name, (("process", "web 1"), ("result", "wrong"))): 3.0,
    }
    assert counter.value("wrong") == 3


def test_a_histogram_counts_up_to_each_bound() -> None:
    name = fresh()
    histogram = metrics.Histogram(name, "Waits.", ("queue",), (0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7.0):
        histogram.observe(value, "scan")
    found = {key[1][0][1] if "le" in dict(key[1]) else key[0]: value for key, value in read(histogram.family()).items()}
    assert found == {"0.1": 2.0, "1.0": 3.0, "+Inf": 4.0, f"{name}_count": 4.0, f"{name}_sum": pytest.approx(7.65)}
    assert histogram.count("scan") == 4


def test_a_gauge_goes_both_ways_or_is_read() -> None:
    gauge = metrics.Gauge(fresh(), "Now.", ("kind",))
    gauge.inc("a")
    gauge.inc("a")
    gauge.dec("a")
    gauge.set(7, "b")
    assert (gauge.value("a"), gauge.value("b")) == (1, 7)
    asked = metrics.Gauge(fresh(), "Asked.", read=lambda: 42.0)
    assert list(read(asked.family()).values()) == [42.0]


def test_labels_that_run_wild_are_counted_together() -> None:
    counter = metrics.Counter(fresh("_total"), "Wild.", ("path", "method"))
    for number in range(metrics.MOST_SERIES + 50):
        counter.inc(f"/{number}", "GET")
    assert len(counter.family().samples) == metrics.MOST_SERIES + 1
    assert counter.value("other", "other") == 50


def test_processes_stand_side_by_side_and_survive_the_wire() -> None:
    counter = metrics.Counter(fresh("_total"), 'Says "\\" and\nmore.', ("word",))
    counter.inc('a "quoted" \\ word\n')
    sent = metrics_text.decode(metrics_text.encode([counter.family()]))
    whole = metrics.Family("test_house", "gauge", "Once.", [metrics.Sample("test_house", {"queue": "scan"}, 3)])
    text = metrics_text.write({"web 1": [counter.family()], "worker 1": sent}, [whole]).decode()
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    assert [one.labels for one in samples if one.name == "test_house"] == [{"queue": "scan"}]
    words = {one.labels["process"]: one.labels["word"] for one in samples if one.name == counter.name}
    assert words == {"web 1": 'a "quoted" \\ word\n', "worker 1": 'a "quoted" \\ word\n'}
    assert text.count(f"# TYPE {counter.name} ") == 1


def test_names_are_declared_once_and_as_prometheus_wants_them() -> None:
    name = fresh("_total")
    metrics.Counter(name, "Once.")
    with pytest.raises(ValueError, match="declared twice"):
        metrics.Counter(name, "Twice.")
    with pytest.raises(ValueError, match="_total"):
        metrics.Counter(fresh(), "No end.")
