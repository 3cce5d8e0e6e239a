"""Names are read off code as they are."""

from pathlib import Path

import pytest
from tools.plan.documents import link, slug
from tools.plan.model import Kind, PlanError
from tools.plan.readers import READERS

from tests.plan import ours
from tests.plan.foreign import write


def names(root: Path, kind: Kind) -> set[str]:
    return set(READERS[kind.reader](root, kind))


def test_tests_are_read_without_running_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        "t/test_a.py",
        "raise SystemExit\ndef test_a(): ...\nasync def test_b(): ...\ndef helper(): ...\n"
        "class TestC:\n    def test_d(self): ...\n    def other(self): ...\n",
    )
    found = names(tmp_path, Kind("test", "tests", globs=("t/*.py",)))
    assert found == {"t/test_a.py", "t/test_a.py::test_a", "t/test_a.py::test_b", "t/test_a.py::TestC::test_d"}


def test_symbols(tmp_path: Path) -> None:
    write(tmp_path, "src/pkg/room/__init__.py", "LIMIT = 3\n")
    write(tmp_path, "src/pkg/room/inner.py", "def go(): ...\nclass Thing:\n    size: int\n    def grow(self): ...\n")
    found = names(tmp_path, Kind("symbol", "symbols", source="src/pkg"))
    assert {
        "room",
        "room.LIMIT",
        "room.inner",
        "room.inner.go",
        "room.go",
        "room.Thing.grow",
        "room.Thing.size",
    } <= found
    assert "room.stay" not in found


def test_openapi_from_yaml(tmp_path: Path) -> None:
    write(tmp_path, "api.yaml", "paths:\n  /v1/a/{x}:\n    get: {}\n    parameters: []\n  /health:\n    head: {}\n")
    assert names(tmp_path, Kind("route", "openapi", source="api.yaml", prefix="/v1")) == {"GET /a/{x}", "HEAD /health"}


def test_what_cannot_be_imported_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"cannot read no_such_module:x"):
        names(tmp_path, Kind("setting", "fields", source="no_such_module:x"))


def test_ours_are_read_from_the_running_code() -> None:
    truth = ours.truth()
    assert "GET /items" in truth.names("route")
    assert truth.exists("route", "GET /items/{anything}/children")
    assert truth.exists("route", "GET /api/v1/items")
    assert not truth.exists("route", "POST /items/{id}/nothing")
    assert {"hearth", "hearth user add", "hearth config show"} <= truth.names("command")
    assert {"data", "port"} <= truth.names("setting")
    assert {"catalog.item", "jobs.event"} <= truth.names("table")
    assert {"scan", "items", "activity"} <= truth.names("event")
    assert "tests/kit/test_text.py::test_fold" in truth.names("test")
    assert "scan" in truth.names("benchmark")
    assert truth.exists("symbol", "browse.items")
    assert truth.exists("test", "tests/attacks/test_31_*")
    assert not truth.exists("test", "tests/attacks/test_99_*")


def test_uses_in_tests() -> None:
    truth = ours.truth()
    assert truth.used("route", "GET /items/{id}/children")
    assert truth.used("command", "hearth user add")
    assert not truth.used("route", "GET /never/{id}")


def test_slugs_and_links() -> None:
    assert slug("The `hearth` command: how & why") == "the-hearth-command-how-why"
    assert link("docs/plan/A.md", "docs/dev/b.md#c") == "../dev/b.md#c"
    assert link("README.md", "docs/a.md") == "docs/a.md"
    assert link("docs/a.md", "docs/b.md") == "b.md"
