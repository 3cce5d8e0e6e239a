"""The reference says what is: its examples are what a real server answers, its pages name all that there is.

With HEARTH_TEST_RECORD=1 the examples are written anew.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tools.plan.truth import Truth
from tools.site.pages import pages, route_permissions

from hearth.accounts.permissions import PERMISSIONS
from hearth.api.app import openapi_document
from hearth.app.cli import hearth
from hearth.config import Config
from tests import plain
from tests.docs.tour import Tour, read, shape, write
from tests.journeys.server import Server
from tests.plan import ours

ROOT = Path(__file__).parents[2]
NOWHERE = "01980000-0000-7000-8000-00000000dead"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The pages of the reference."""
    return pages(ROOT)


@pytest.fixture(scope="module")
def truth() -> Truth:
    return ours.truth()


def test_examples_are_what_a_server_answers(tour: Tour) -> None:
    if os.environ.get("HEARTH_TEST_RECORD"):
        write(tour)
    committed = {(one["method"], one["route"], one["status"]): one for one in read()}
    seen = {(one.method, one.route, one.status): one for one in tour.examples}
    assert list(committed) == list(seen)
    for key, example in seen.items():
        assert shape(committed[key]["body"]) == shape(example.body), key
        assert not differences(shape(committed[key]["response"]), shape(example.response)), key


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two shapes differ; what may be null may also not be."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = [f"{place}.{name}" for name in set(one) ^ set(other)]
        return found + [
            text for name in set(one) & set(other) for text in differences(one[name], other[name], f"{place}.{name}")
        ]
    if isinstance(one, list) and isinstance(other, list):
        return differences(one[0], other[0], f"{place}[]") if one and other else []
    numbers = {"int", "float"}
    same = one == other or {one, other} <= numbers if isinstance(one, str) and isinstance(other, str) else False
    return [] if same or "NoneType" in (one, other) else [place]


def test_routes_that_are_done_have_a_tried_example(truth: Truth) -> None:
    documented = {f"{method.upper()} {path}" for path, ops in openapi_document()["paths"].items() for method in ops}
    tried = {f"{one['method']} {one['route']}" for one in read()}
    assert tried <= documented
    done = {
        name
        for feature in truth.plan.features
        if feature.version == "0.1"
        for name in (entry.name for entry in feature.evidence if entry.kind == "route")
    }
    tried_names = [name.replace("/api/v1", "") for name in tried]
    for name in done:
        assert any(truth.exists("route", name) and _same(name, one) for one in tried_names), name


def _same(one: str, other: str) -> bool:
    first, second = one.split("/"), other.split("/")
    return len(first) == len(second) and all(
        a == b or (a.startswith("{") and b.startswith("{")) for a, b in zip(first, second, strict=True)
    )


def test_every_route_answers_and_refuses_strangers(docs_server: Server) -> None:
    """Each route of the description is there on a running server, and asks who is asking unless it is for anybody."""
    permissions = route_permissions()
    with plain.Client(base_url=docs_server.address, timeout=30) as http:
        for path, operations in openapi_document()["paths"].items():
            for method in operations:
                key = f"{method.upper()} {path}"
                real = "/".join(NOWHERE if part.startswith("{") else part for part in path.split("/"))
                status = http.request(method, real, headers={"Content-Type": "application/json"}).status_code
                if key in permissions:
                    assert status == 401, f"{key}: {status}"
                else:
                    assert status not in (404, 405, 500), f"{key}: {status}"


def test_every_command_explains_itself(truth: Truth) -> None:
    """Each command is there when it is called, and says what it is for: what ticks commands in the plan."""
    for command in sorted(truth.names("command")):
        done = CliRunner().invoke(hearth, [*command.split()[1:], "--help"])
        assert done.exit_code == 0, done.output
        usage, _, about = done.output.partition("\n")
        assert usage.startswith(f"Usage: hearth{command.removeprefix('hearth')}"), usage
        assert about.strip()


def test_pages_name_all_that_there_is(made: dict[str, str], truth: Truth) -> None:
    api = "".join(text for name, text in made.items() if name.startswith("api-"))
    for path, operations in openapi_document()["paths"].items():
        for method in operations:
            assert f"## {method.upper()} {path}\n" in api
    for field in Config.__struct_fields__:
        assert f"| `{field}` | `HEARTH_{field.upper()}` |" in made["settings.md"]
    for command in truth.names("command") - {"hearth"}:
        assert f"# {command}\n" in made["commands.md"], command
    for event in truth.names("event"):
        assert f"## {event}\n" in made["events.md"]
    for metric in truth.names("metric"):
        assert f"| `{metric}` |" in made["metrics.md"]
    for word in PERMISSIONS:
        assert f"| `{word}` |" in made["permissions.md"]
    for table in truth.names("table"):
        assert f"- `{table}`" in made["tables.md"]


def test_settings_have_their_sentence_and_bounds(made: dict[str, str]) -> None:
    assert "| `port` | `HEARTH_PORT` | int from 0 to 65535 | `8096` | The port to listen on" in made["settings.md"]
    rows = [line for line in made["settings.md"].splitlines() if line.startswith("| `")]
    silent = [row for row in rows if row.endswith("|  |")]
    assert not silent or all("log_level" in row for row in silent), silent


def test_signing_in_and_errors_are_told(made: dict[str, str]) -> None:
    page = made["api.md"]
    assert "Authorization: Bearer" in page
    assert '"type": "urn:hearth:problem:' in page
    for status in ("400", "401", "403", "404", "429", "503"):
        assert f"### {status}" in page
