"""`check` lets a plan pass that holds, and fails on each kind of untruth, each planted alone."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plan import foreign
from tests.plan.conftest import Run

CHECK = "checks/test_boil.py::test_water_gets_hot"
TRUE = (
    "# Kettle\n\n`kettle --heat`, `GET /water/1`, `KETTLE_LITRES`, `kettle_boiled`, `water.cup`, `kettle/boil.py`.\n\n"
    "```sh\nkettle pour\n```\n\n[Status](notes/STATUS.md)\n"
)


@pytest.fixture
def held(root: Path, run: Run) -> Path:
    """The foreign project with a plan that holds."""
    foreign.write(root, "README.md", TRUE)
    run("scaffold")
    _edit(root, "notes/design/boil.md", "Nothing yet.", "Because tea.")
    run("update")
    code, said = run("check")
    assert code == 0, said
    return root


def _edit(root: Path, place: str, old: str, new: str) -> None:
    text = (root / place).read_text()
    assert old in text, place
    (root / place).write_text(text.replace(old, new, 1))


def _edited(place: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda root: _edit(root, place, old, new)


def _removed(place: str) -> Callable[[Path], None]:
    return lambda root: (root / place).unlink()


@pytest.mark.parametrize(
    ("untruth", "told"),
    [
        pytest.param(_edited("notes/design/whistle.md", "| planned |", "| done |"), "whistle.md: not as", id="status"),
        pytest.param(_edited("notes/STATUS.md", "| planned |", "| done |"), "STATUS.md: not as", id="status-page"),
        pytest.param(_edited("README.md", "notes/STATUS.md", "notes/GONE.md"), "README.md:9: dead link", id="link"),
        pytest.param(_edited("README.md", "STATUS.md", "STATUS.md#no"), "dead link", id="anchor"),
        pytest.param(_edited("notes/design/INDEX.md", "(whistle.md)", "(boil.md)"), "not in the index", id="index"),
        pytest.param(_removed("notes/design/INDEX.md"), "notes/design/INDEX.md: no document", id="index-removed"),
        pytest.param(_removed("notes/STATUS.md"), "notes/STATUS.md: no document", id="status-removed"),
        pytest.param(_removed("notes/design/whistle.md"), "whistle.md: no document", id="document-removed"),
        pytest.param(_edited("notes/tasks/v2.md", "- [ ] Take", "- [x] Take"), "v2.md: not as", id="to-do"),
        pytest.param(_edited("notes/tasks/v2.md", "- [ ] Take --loud", ""), "v2.md: not as", id="to-do-left-out"),
        pytest.param(_removed("notes/tasks/v2.md"), "v2.md: not as", id="to-do-removed"),
        pytest.param(_edited("notes/progress.svg", "v2</text>", "v3</text>"), "svg: not as", id="picture"),
        pytest.param(_edited("README.md", "--heat", "--cold"), "there is no flag cold", id="flag"),
        pytest.param(_edited("README.md", "/water/1", "/tea/1"), "there is no path GET /tea/1", id="route"),
        pytest.param(_edited("README.md", "GET /water", "POST /water"), "there is no path POST", id="method"),
        pytest.param(_edited("README.md", "KETTLE_LITRES", "KETTLE_CUPS"), "there is no setting CUPS", id="setting"),
        pytest.param(_edited("README.md", "kettle_boiled", "kettle_burnt"), "no metric kettle_burnt", id="metric"),
        pytest.param(_edited("README.md", "kettle pour", "kettle spill"), "no command kettle spill", id="command"),
        pytest.param(_edited("README.md", "water.cup", "water.pot"), "there is no table water.pot", id="table"),
        pytest.param(_edited("README.md", "boil.py", "freeze.py"), "no file kettle/freeze.py", id="file"),
        pytest.param(_edited("kettle/boil.py", "--heat", "--warm"), "there is no flag heat", id="code-changed"),
        pytest.param(_removed("checks/test_boil.py"), "v1.md: not as", id="test-removed"),
        pytest.param(_edited("README.md", "# Kettle\n", "# Kettle\n\n## Cups\n\n## Pots\n"), "empty", id="empty"),
        pytest.param(_edited("notes/design/boil.md", "Because tea.", "Nothing yet."), "placeholder", id="placeholder"),
    ],
)  # fmt: skip
def test_each_untruth_fails(held: Path, run: Run, untruth: Callable[[Path], None], told: str) -> None:
    untruth(held)
    code, said = run("check")
    assert code == 1, said
    assert told in said


@pytest.fixture
def noted(held: Path, run: Run) -> Path:
    """The same, with a record of what passed: nothing yet."""
    _edit(held, "plan/plan.toml", "[folders]", '[folders]\nrecord = "plan/passed.txt"')
    _edit(held, "plan/plan.toml", "[kind.path]", f'[kind.path]\nproven_by = "{CHECK}"')
    run("update")
    return held


def _report(root: Path, inside: str | None = "") -> str:
    """A report in which the one test passed, or ended as `inside` says, or did not run."""
    case = f'<testcase classname="checks.test_boil" name="test_water_gets_hot">{inside}</testcase>'
    path = root / "report.xml"
    path.write_text(f"<testsuites><testsuite>{'' if inside is None else case}</testsuite></testsuites>")
    return str(path)


def _ticked(root: Path) -> set[str]:
    return set(re.findall(r"- \[x\] (.*)", (root / "notes/tasks/v1.md").read_text()))


def test_a_test_that_never_passed_ticks_nothing(noted: Path, run: Run) -> None:
    assert "Prove that water gets hot" not in _ticked(noted)
    assert f"check {CHECK} (never passed)" in run("gaps")[1]
    assert f"path GET /water/{{id}} (never passed: {CHECK})" in run("gaps")[1]
    assert run("check")[0] == 0
    code, said = run("--results", _report(noted), "check")
    assert (code, "Note: 1 tests passed for the first time" in said) == (0, True)
    run("--results", _report(noted, "<skipped/>"), "update")
    assert "Prove that water gets hot" not in _ticked(noted)


def test_a_pass_is_noted_and_kept(noted: Path, run: Run) -> None:
    said = run("--results", _report(noted), "update")[1]
    assert "plan/passed.txt" in said
    assert "notes/tasks/v1.md" in said
    assert {"Prove that water gets hot", "It boils"} <= _ticked(noted)
    assert run("--results", _report(noted), "update")[1] == ""
    assert run("update")[1] == ""
    for ended in (None, "<skipped/>"):
        code, said = run("--results", _report(noted, ended), "check")
        assert code == 0
        assert f"Note: {CHECK} did not run here" in said
    code, said = run("check")
    assert (code, said.split(":")[0]) == (0, "The plan holds")


def test_a_failure_refutes_what_was_noted(noted: Path, run: Run) -> None:
    run("--results", _report(noted), "update")
    failed = _report(noted, "<failure/>")
    code, said = run("--results", failed, "check")
    assert code == 1
    assert f"failing evidence: check {CHECK} (failed)" in said
    assert f"failing evidence: path GET /water/{{id}} (failed: {CHECK})" in said
    assert "notes/tasks/v1.md: not as the code is" in said
    run("--results", failed, "update")
    assert "Prove that water gets hot" not in _ticked(noted)
    assert CHECK not in (noted / "plan/passed.txt").read_text()


def test_a_changed_test_must_pass_again(noted: Path, run: Run) -> None:
    run("--results", _report(noted), "update")
    before = _report(noted)
    _edit(noted, "checks/test_boil.py", "/water/7", "/water/8")
    code, said = run("check")
    assert code == 1
    assert "notes/tasks/v1.md: not as the code is" in said
    assert f"check {CHECK} (changed since it passed)" in run("gaps")[1]
    assert run("--results", before, "check")[0] == 1, "a report says nothing of what was changed after it"
    assert run("--results", _report(noted), "check")[0] == 0
    run("update")
    assert "Prove that water gets hot" not in _ticked(noted)
    run("--results", _report(noted), "update")
    assert "Prove that water gets hot" in _ticked(noted)


def test_a_record_that_makes_no_sense_is_refused(noted: Path, run: Run) -> None:
    foreign.write(noted, "plan/passed.txt", "# passes\nwhat\n")
    code, said = run("check")
    assert code == 2
    assert "passed.txt:2: a line is a fingerprint and a test" in said
