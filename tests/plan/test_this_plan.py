"""Our own plan: it loads, its phases are broken down, and what it says is so."""

from pathlib import Path

import pytest
from tools.plan.gaps import find_gaps
from tools.plan.load import load
from tools.plan.model import Plan
from tools.plan.todo import Needs, items
from tools.plan.truth import Truth
from tools.plan.write import stale

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load(ROOT, "docs/plan/plan.toml")


@pytest.fixture(scope="module")
def truth(plan: Plan) -> Truth:
    return Truth(plan)


def test_the_plan_holds(plan: Plan, truth: Truth) -> None:
    """What `hearth-plan check` says in `make test`."""
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


def test_what_is_called_done_has_a_test(plan: Plan, truth: Truth) -> None:
    for feature in plan.features:
        if truth.status(feature) == "done":
            assert any(entry.kind == "test" for entry in feature.evidence), feature.id


def test_every_document_scaffolded_says_what_is_planned(plan: Plan, truth: Truth) -> None:
    for feature in plan.features:
        place = ROOT / feature.document.partition("#")[0]
        assert feature.summary.split(".")[0][:40] in place.read_text() or "rooms" in place.parts, feature.id
