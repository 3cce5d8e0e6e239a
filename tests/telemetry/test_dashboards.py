"""Every metric, label and value that a dashboard or an alert rule names exists on a running server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.journeys.server import Client, Server
from tests.journeys.test_a_play import find, play

DEPLOY = Path(__file__).parents[2] / "deploy"
BOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
RULES = DEPLOY / "prometheus" / "alerts.yml"
_MATCHER = re.compile(r'([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_SELECTOR = re.compile(r"(?<![a-z0-9_:.])([a-z_:][a-z0-9_:]*)(?![a-z0-9_:]|\s*\()", re.IGNORECASE)
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")
_WORDS = {"and", "or", "unless", "bool", "by", "on", "without", "ignoring", "s", "m", "h", "e"}
_OF_PROMETHEUS = {"up": {"job": {"hearth"}}}


class Named(msgspec.Struct, frozen=True):
    """What an expression names: a metric, its matchers, and the labels that it groups by."""

    metric: str
    matchers: list[tuple[str, str, str]]
    groups: set[str]


def named(expression: str) -> list[Named]:
    """The metrics of an expression; durations, strings and functions are none."""
    groups = {word.strip() for match in _GROUPING.finditer(expression) for word in match[1].split(",") if word.strip()}
    bare = re.sub(r"\[[^\]]*\]", "", _GROUPING.sub(" ", expression))
    found = []
    for match in _SELECTOR.finditer(_without_labels(bare)):
        name = match[1]
        if name.lower() in _WORDS:
            continue
        braces = re.match(r"\s*(\{[^}]*\})", bare[match.end(1) :])
        found.append(Named(name, _MATCHER.findall(braces[1]) if braces else [], groups))
    return found


def _without_labels(text: str) -> str:
    """The text with what stands in braces blanked out, every other character where it was."""
    return re.sub(r"\{[^}]*\}", lambda match: " " * len(match[0]), text)


def expressions() -> Iterator[tuple[str, str]]:
    for path in BOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield f"{path.stem}: {panel['title']}", target["expr"]
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            yield f"alert: {rule['alert']}", rule["expr"]


@pytest.fixture(scope="module")
def shown(person: Client, loud: Server) -> dict[str, dict[str, set[str]]]:
    """Sample name -> label -> values, after somebody signed in, scanned, looked and played."""
    person.http.get("/api/v1/home").raise_for_status()
    person.send("POST", "/auth/login", {"username": "nobody", "password": "wrong"}, status=401)
    session = play(person, find(person, "movie", "Ember Season"))
    person.http.get(session["url"].replace("master.m3u8", "0.m4s")).raise_for_status()
    person.send("DELETE", f"/play/{session['session']}", status=204)
    return read(person)


def read(person: Client) -> dict[str, dict[str, set[str]]]:
    text = person.http.get("/metrics", headers={"Authorization": ""}).text
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name]
            for label, value in sample.labels.items():
                found[sample.name][label].add(value)
    return found


def test_expressions_are_taken_apart() -> None:
    found = named(
        'sum by (le, a) (rate(x_bucket{s="5xx", r!~"/h.*"}[5m])) / clamp_min(y_total, 1e-9) > 2 and on (q) z == 0'
    )
    assert [(one.metric, one.matchers) for one in found] == [
        ("x_bucket", [("s", "=", "5xx"), ("r", "!~", "/h.*")]), ("y_total", []), ("z", []),
    ]  # fmt: skip
    assert found[0].groups == {"le", "a", "q"}


@pytest.mark.parametrize(("place", "expression"), list(expressions()), ids=lambda text: str(text)[:60])
def test_what_is_named_exists(place: str, expression: str, shown: dict[str, dict[str, set[str]]]) -> None:
    metrics = named(expression)
    assert metrics, f"{place} names nothing"
    known = {**shown, **_OF_PROMETHEUS}
    for one in metrics:
        assert one.metric in known, f"{place}: there is no {one.metric}"
        for label, how, value in one.matchers:
            assert label in known[one.metric], f"{place}: {one.metric} has no label {label}"
            if how == "=":
                assert value in known[one.metric][label], f"{place}: {one.metric} never has {label}={value}"
            if how == "=~":
                assert any(re.fullmatch(value, seen) for seen in known[one.metric][label]), f"{place}: {value}"
    for label in set.union(*(one.groups for one in metrics)):
        assert any(label in known[one.metric] for one in metrics), f"{place}: nothing has the label {label}"


def test_every_metric_is_looked_at(shown: dict[str, dict[str, set[str]]]) -> None:
    """What nobody looks at need not be counted."""
    looked_at = {one.metric for _, expression in expressions() for one in named(expression)}
    bare = {re.sub(r"_(bucket|count|sum)$", "", name) for name in looked_at}
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in shown if name.startswith("hearth_")}
    assert ours - bare == set()


def test_there_are_few_series(shown: dict[str, dict[str, set[str]]], person: Client) -> None:
    text = person.http.get("/metrics").text
    assert len(text.splitlines()) < 4000
    for name, labels in shown.items():
        for label, values in labels.items():
            assert len(values) <= 100, f"{name} has {len(values)} values of {label}"
            assert not any(re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", value) for value in values), f"ids in {name}"


@pytest.mark.timeout(300)
def test_a_thousand_paths_add_no_series(shown: dict[str, dict[str, set[str]]], person: Client) -> None:
    """Whatever strangers ask for: other ids, paths that are no routes, methods that are none, names, agents."""
    del shown  # what there is to count was counted before
    _ask_for(person, range(4))
    before = _series(person)
    _ask_for(person, range(4, 1004))
    added = _series(person) - before
    assert not {name for name, _ in added if name.startswith("hearth_http_")}, added
    # What the server does by itself meanwhile; a job that ended brings the series of its task.
    assert len([name for name, _ in added if not name.startswith("hearth_job_")]) < 10, added


def _ask_for(person: Client, numbers: range) -> None:
    for number in numbers:
        path, method = (
            (f"/api/v1/items/{uuid4()}", "GET"),
            (f"/no/such/{number}/wp-login.php?x={number}", "GET"),
            (f"/api/v1/no-such-{number}", "POST"),
            (f"/api/v1/libraries?page={number}", f"ODD{number}"),
        )[number % 4]
        headers = {"User-Agent": f"agent {number}", "X-Request-Id": f"asked-{number}"}
        assert person.http.request(method, path, headers=headers).status_code in (400, 401, 403, 404, 405)


def _series(person: Client) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """Every series that a scrape finds, by name and labels."""
    text = person.http.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items()))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_whole(path: Path) -> None:
    board: Any = json.loads(path.read_text())
    assert board["uid"].startswith("hearth-")
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, f"{panel['title']} lies on another panel"
        taken |= cells
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "hearth-prometheus"


def test_a_rule_says_what_to_do() -> None:
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert rule["annotations"]["summary"].endswith(".")
            assert rule["annotations"]["action"], rule["alert"]


def test_provisioning_names_the_dashboards_data_source() -> None:
    sources = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/hearth.yaml").read_text())["datasources"]
    assert {"hearth-prometheus", "hearth-jaeger"} == {source["uid"] for source in sources}
    (provider,) = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/hearth.yaml").read_text())["providers"]
    assert provider["type"] == "file"


def test_prometheus_itself_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on this machine; the rules' metrics were checked without it")
    for words in (["check", "rules", str(RULES)], ["check", "config", str(DEPLOY / "prometheus" / "prometheus.yml")]):
        done = subprocess.run([promtool, *words], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
