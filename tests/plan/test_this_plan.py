"""Our own plan: it loads, its phases are broken down, and what it says is so."""

import re

import pytest
from tools.plan.blocks import todo_place
from tools.plan.documents import Document, mentions
from tools.plan.gaps import find_gaps
from tools.plan.model import Plan
from tools.plan.todo import AREAS, Needs, items, render
from tools.plan.truth import Truth
from tools.plan.write import stale

from tests.plan import ours
from tests.plan.ours import ROOT

ROOMS = sorted(path.parent.name for path in (ROOT / "src/hearth").glob("*/__init__.py"))


@pytest.fixture
def plan() -> Plan:
    return ours.plan()


@pytest.fixture
def truth() -> Truth:
    return ours.truth()


def test_the_plan_holds(plan: Plan, truth: Truth) -> None:
    """What `hearth-plan check` says before the outcome of this run is known; `make test` checks again at its end."""
    broken = [f"{gap.place}: {gap.gap}: {gap.detail}" for gap in find_gaps(plan, truth) if gap.broken]
    assert not broken, "\n".join(broken)
    old = stale(plan, truth)
    assert not old, f"run `make plan`, these are not as the code is: {', '.join(old)}"


def test_every_phase_is_broken_into_a_hundred_tasks_or_more(plan: Plan, truth: Truth) -> None:
    needs = Needs(plan, truth)
    for phase in plan.phases:
        boxes = items(plan, truth, phase, 3, needs)
        assert len(boxes) >= 100, f"v{phase.version}: {len(boxes)}"
        assert len({box.text for box in boxes}) == len(boxes)
        heads = re.findall(r"^## (.*)$", render(plan, truth, phase, 3, todo_place(plan, phase.version), needs), re.M)
        assert heads == list(AREAS.values())


def test_what_is_called_done_has_a_test(plan: Plan, truth: Truth) -> None:
    for feature in plan.features:
        if truth.status(feature) == "done":
            assert any(entry.kind == "test" for entry in feature.evidence), feature.id


def test_every_document_scaffolded_says_what_is_planned(plan: Plan, truth: Truth) -> None:
    for feature in plan.features:
        place = ROOT / feature.document.partition("#")[0]
        assert feature.summary.split(".")[0][:40] in place.read_text() or "rooms" in place.parts, feature.id


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("route", "GET /items/{id}/nonsense"),
        ("setting", "HEARTH_NONSENSE"),
        ("metric", "hearth_nonsense_total"),
        ("command", "hearth nonsense"),
        ("table", "catalog.nonsense"),
        ("file", "src/hearth/nonsense.py"),
    ],
)
def test_what_is_not_there_cannot_be_claimed(plan: Plan, truth: Truth, kind: str, text: str) -> None:
    document = Document(plan, "docs/a.md", f"# A\n\nIt is `{text}`.\n\n## Planned\n\nIt is `{text}`.\n")
    found = [(found.kind, found.name, found.planned) for found in mentions(plan, truth, document)]
    assert found == [(kind, None, False), (kind, None, True)]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_design_with_reasons(room: str) -> None:
    text = (ROOT / "docs/dev/design/rooms" / f"{room}.md").read_text("utf-8")
    assert "## Decisions and their reasons" in text
    assert "## Failure cases" in text
    assert "To be written" not in text


@pytest.mark.parametrize("place", ["README.md", "docs/plan/STATUS.md", "docs/plan/IMPLEMENTATION_ROADMAP.md"])
def test_progress_is_shown(place: str) -> None:
    text = (ROOT / place).read_text("utf-8")
    assert "<!-- plan:progress -->" in text
    assert "progress.svg" in text
