"""Another project, with other folders and other kinds of evidence, from nothing to a plan that holds."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.plan import foreign
from tests.plan.conftest import Run


def test_from_nothing_to_a_plan_that_holds(root: Path, run: Run) -> None:
    code, said = run("check")
    assert code == 1
    assert "Boiling has no design document" in said
    code, said = run("scaffold")
    assert code == 0
    assert (root / "notes/design/INDEX.md").read_text().count("[Boiling](boil.md)") == 1
    code, said = run("check")
    assert code == 1, said  # Boiling is done, and its document is still the template's
    assert "placeholder section" in said
    boil = root / "notes/design/boil.md"
    boil.write_text(boil.read_text().replace("Nothing yet.", "Because tea."))
    run("update")
    code, said = run("check")
    assert (code, "The plan holds: 2 features" in said) == (0, True)
    assert "tests count because they are there" in said
    assert "features done" in run("status")[1]


def test_status_is_read_off_the_code(root: Path, run: Run) -> None:
    run("scaffold")

    def states() -> dict[str, str]:
        return {feature["id"]: feature["status"] for feature in json.loads(run("status", "--json")[1])}

    assert states() == {"water.boil": "done", "sound.whistle": "planned"}
    foreign.write(root, "kettle/boil.py", 'FLAGS = ("--heat", "--loud")\n')
    assert states()["sound.whistle"] == "partial"
    foreign.write(root, "checks/test_whistle.py", "class TestIt:\n    pass\ndef test_it_is_heard(): assert True\n")
    assert states()["sound.whistle"] == "done"
    (root / "checks/test_boil.py").unlink()
    assert states()["water.boil"] == "partial"


def test_a_test_must_have_passed_where_a_report_is_at_hand(root: Path, run: Run) -> None:
    run("scaffold")
    report = root / "report.xml"

    def state(inside: str) -> str:
        report.write_text(
            '<testsuites><testsuite><testcase classname="checks.test_boil" name="test_water_gets_hot">'
            f"{inside}</testcase></testsuite></testsuites>"
        )
        found = json.loads(run("--results", str(report), "status", "--json")[1])
        return str(next(feature["status"] for feature in found if feature["id"] == "water.boil"))

    assert state("") == "done"
    assert state("<skipped/>") == "partial"
    assert state('<failure message="cold"/>') == "partial"
    report.write_text("<testsuites/>")
    _, said = run("--results", str(report), "gaps")
    assert "check checks/test_boil.py::test_water_gets_hot (not run)" in said
    assert run("--results", str(root / "none.xml"), "check")[0] == 2


def test_a_committed_tick_over_a_failed_test_is_refused(root: Path, run: Run) -> None:
    run("scaffold")
    boil = root / "notes/design/boil.md"
    boil.write_text(boil.read_text().replace("Nothing yet.", "Because tea."))
    run("update")
    assert "- [x] Prove that water gets hot" in (root / "notes/tasks/v1.md").read_text()
    report = root / "report.xml"
    report.write_text(
        '<testsuite><testcase classname="checks.test_boil" name="test_water_gets_hot"><failure/></testcase></testsuite>'
    )
    code, said = run("--results", str(report), "check")
    assert code == 1
    assert "notes/tasks/v1.md" in said
    assert "failing evidence: check checks/test_boil.py::test_water_gets_hot (failed)" in said


def test_reports_are_read_as_pytest_writes_them(root: Path, run: Run) -> None:
    run("scaffold")
    foreign.write(
        root,
        "checks/test_boil.py",
        "import pytest\n\n@pytest.mark.parametrize('n', [1, 2])\ndef test_water_gets_hot(n):\n    assert n\n\n"
        "def test_ice():\n    pytest.skip('warm')\n",
    )
    foreign.write(
        root, "checks/test_whistle.py", "class TestTone:\n    def test_it_is_heard(self):\n        assert False\n"
    )
    wishes = foreign.WISHES.replace('shape = "tone"', 'check = ["checks/test_whistle.py::TestTone::test_it_is_heard"]')
    foreign.write(root, "plan/wishes.toml", wishes.replace("test_water_gets_hot", "*"))
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml=r.xml", "checks"],
        cwd=root,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith(("COV_", "PYTEST_"))},
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        check=False,
        timeout=60,
    )
    said = run("--results", str(root / "r.xml"), "gaps")[1]
    assert "check checks/test_whistle.py::TestTone::test_it_is_heard (failed)" in said
    assert "check checks/test_boil.py::* (skipped)" in said
    foreign.write(root, "plan/wishes.toml", wishes)
    assert "checks/test_boil.py" not in run("--results", str(root / "r.xml"), "gaps")[1]


def test_what_makes_no_sense_names_its_place(root: Path, run: Run) -> None:
    wishes = foreign.WISHES
    for old, new, told in (
        ('depends = ["water.boil"]', 'depends = ["water.freeze"]', "there is no feature water.freeze"),
        ('flag = ["heat"]', 'flag = ["heat"]\ndepends = ["sound.whistle"]', "a circle of dependencies"),
        ('category = "sound"', 'category = "smell"', "there is no category smell"),
        ('version = "2"', 'version = "3"', "there is no phase 3"),
        ('shape = "tone"', 'shape = "square"', "there is no shape square"),
        ('flag = ["loud"]', 'flagg = ["loud"]', "unknown key flagg"),
        ('id = "sound.whistle"', 'id = "water.boil"', "there are two of this id"),
        ('summary = "Water gets hot."', "", "summary is missing"),
        ("[[feature]]", "[[feature", "plan/wishes.toml"),
    ):
        foreign.write(root, "plan/wishes.toml", wishes.replace(old, new, 1))
        code, said = run("gaps")
        assert code == 2
        assert told in said
    (root / "plan/wishes.toml").unlink()
    assert run("gaps")[0] == 2
