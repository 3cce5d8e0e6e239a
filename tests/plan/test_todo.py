"""To-dos: three depths, boxes ticked by evidence alone, refused when they are not so."""

import json
from pathlib import Path

from tools.plan.todo import AREAS

from tests.plan import foreign
from tests.plan.conftest import Run


def boxes(run: Run, *arguments: str) -> dict[str, bool]:
    """The tasks of phase 1 and whether they are ticked."""
    return {box["text"]: box["done"] for box in json.loads(run("todo", "v1", "--json", *arguments)[1])["1"]}


def test_three_depths(run: Run) -> None:
    high, moderate, detailed = (boxes(run, "--depth", depth) for depth in ("high", "moderate", "detailed"))
    assert set(high) == {"Write about Boiling", "It boils"}
    assert set(moderate) - set(high) == {"Take --heat for Boiling", "Prove that water gets hot"}
    assert set(detailed) - set(moderate) == {"Tell of --heat", "Call GET /water/{id}"}


def test_a_box_is_ticked_by_evidence_alone(root: Path, run: Run) -> None:
    assert boxes(run) == {
        "Write about Boiling": False,
        "Take --heat for Boiling": True,
        "Tell of --heat": True,
        "Prove that water gets hot": True,
        "Call GET /water/{id}": True,
        "It boils": True,
    }
    foreign.write(root, "README.md", "# Kettle\n")
    foreign.write(root, "checks/test_boil.py", "def test_water_gets_hot(): pass\n")
    later = boxes(run)
    assert (later["Tell of --heat"], later["Call GET /water/{id}"]) == (False, False)
    foreign.write(root, "kettle/boil.py", "")
    assert (boxes(run)["Take --heat for Boiling"], boxes(run)["It boils"]) == (False, False)


def test_a_tick_that_is_not_so_fails_the_check(root: Path, run: Run) -> None:
    run("scaffold")
    todo = root / "notes/tasks/v2.md"
    assert "- [ ] Take --loud for Whistling" in todo.read_text()
    todo.write_text(todo.read_text().replace("- [ ] Take --loud", "- [x] Take --loud"))
    code, said = run("check")
    assert code == 1
    assert "notes/tasks/v2.md: not as the code is" in said
    run("update")
    assert "- [ ] Take --loud" in todo.read_text()


def test_as_markdown_by_areas(run: Run) -> None:
    said = run("todo", "1")[1]
    heads = [line for line in said.splitlines() if line.startswith("## ")]
    assert heads == [f"## {title}" for title in AREAS.values()]
    assert "- [x] It boils" in said


def test_versions_and_needs_that_do_not_exist(root: Path, run: Run) -> None:
    assert run("todo", "v9") == (2, "Error: there is no version 9: there are 1, 2\n")
    foreign.write(root, "plan/plan.toml", foreign.PLAN.replace("flag:{name}", "wish:{name}", 1))
    code, said = run("todo")
    assert code == 2
    assert "nothing is known about the need 'wish:heat'" in said
