"""Breaks each phase into tasks, from the features' data and templates of tasks. Evidence alone ticks a box."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from tools.plan.documents import link, read_document
from tools.plan.gaps import documented
from tools.plan.model import Evidence, Feature, Phase, Plan, PlanError
from tools.plan.truth import Truth


@dataclass(frozen=True)
class Item:
    """One box."""

    area: str
    feature: str
    text: str
    done: bool


class Needs:
    """Decides what a task needs: `route:GET /items` (it exists and passes), `used:...` (a test calls it),
    `documented:...` (a document tells of it), `document:ID` (its design document is written), `feature:ID` (all holds).
    """

    def __init__(self, plan: Plan, truth: Truth) -> None:
        self.plan = plan
        self.truth = truth

    @functools.cached_property
    def _documented(self) -> set[tuple[str, str]]:
        return documented(self.plan, self.truth)

    def met(self, need: str) -> bool:
        """PlanError when it cannot be understood."""
        word, _, rest = need.partition(":")
        if word == "used":
            kind, _, name = rest.partition(":")
            return self.truth.used(kind, name)
        if word == "documented":
            kind, _, name = rest.partition(":")
            return (kind, self._spelled(kind, name)) in self._documented
        if word == "document":
            return self._written(self.plan.by_id[rest])
        if word == "feature":
            return self.truth.status(self.plan.by_id[rest]) == "done"
        if word in self.plan.kinds:
            return self.truth.holds(Evidence(word, rest))
        raise PlanError(f"nothing is known about the need {need!r}")

    def _spelled(self, kind: str, name: str) -> str:
        """A name as the code writes it: parameters of paths may be called otherwise in the plan."""
        names = self.truth.names(kind)
        if name in names or self.plan.kinds[kind].reader != "openapi":
            return name
        return next((known for known in names if _blank(known) == _blank(name)), name)

    def _written(self, feature: Feature) -> bool:
        document = read_document(self.plan, feature.document)
        return document is not None and not any(word in document.text for word in self.plan.placeholders)


def items(plan: Plan, truth: Truth, phase: Phase, depth: int, needs: Needs | None = None) -> list[Item]:
    """The boxes of a phase at a depth (1 high-level, 2 moderate, 3 very detailed), each text once."""
    needs = needs or Needs(plan, truth)
    found: dict[str, Item] = {}
    for feature in plan.features:
        if feature.version == phase.version:
            for item in _of_feature(plan, needs, feature, depth):
                found.setdefault(item.text, item)
    for leave in phase.exits:
        found[leave.text] = Item("exit", "", leave.text, all(needs.met(need) for need in leave.needs))
    return list(found.values())


def _of_feature(plan: Plan, needs: Needs, feature: Feature, depth: int) -> Iterator[Item]:
    facts = {"feature": feature.name, "id": feature.id, "document": feature.document, "summary": feature.summary}
    for task in plan.tasks:
        if task.depth > depth:
            continue
        if task.each == "feature":
            yield _item(needs, feature, task.area, task.text, task.needs, facts)
            continue
        for entry in feature.evidence:
            if entry.kind == task.each and (not task.under or entry.name.startswith(task.under)):
                named = {**facts, "kind": entry.kind, "name": entry.name, "words": words(entry.name)}
                area = task.area if task.area != "by path" else area_of(plan, entry.name)
                yield _item(needs, feature, area, task.text, task.needs, named)


def _item(needs: Needs, feature: Feature, area: str, text: str, wanted: tuple[str, ...], facts: dict[str, str]) -> Item:
    done = all(needs.met(_fill(need, facts)) for need in wanted)
    return Item(area, feature.id, _fill(text, facts), done)


def _fill(text: str, facts: dict[str, str]) -> str:
    for key, value in facts.items():
        text = text.replace("{" + key + "}", value)
    return text


def words(name: str) -> str:
    """The name of a test as the sentence that it proves."""
    return name.rpartition("::")[2].removeprefix("test_").replace("_", " ")


def area_of(plan: Plan, path: str) -> str:
    """The area that a path belongs to: the longest start of it in the configuration."""
    starts = [start for start in plan.areas if path.startswith(start)]
    return plan.areas[max(starts, key=len)] if starts else "services"


def _blank(route: str) -> str:
    parts = route.split("{")
    return parts[0] + "".join("{}" + part.partition("}")[2] for part in parts[1:])


AREAS = {
    "infrastructure": "Infrastructure",
    "services": "Services",
    "integrations": "Integrations",
    "frontend": "Frontend",
    "testing": "Testing",
    "documentation": "Documentation",
    "exit": "Exit criteria",
}


def render(plan: Plan, truth: Truth, phase: Phase, depth: int, place: str, needs: Needs | None = None) -> str:
    """A phase's to-do list as Markdown."""
    boxes = items(plan, truth, phase, depth, needs)
    done = sum(box.done for box in boxes)
    lines = [
        f"# v{phase.version}.x: {phase.name}",
        "",
        phase.goal,
        "",
        f"{done} of {len(boxes)} tasks hold. The plan's `update` writes this file. A box is ticked when its evidence",
        "is there and the tests behind it passed as they are now; a run in which one fails makes `check` refuse it.",
    ]
    for area, title in AREAS.items():
        inside = [box for box in boxes if box.area == area]
        counted = f"{sum(box.done for box in inside)} of {len(inside)}" if inside else "Nothing at this depth."
        lines += ["", f"## {title}", "", counted]
        before = ""
        for box in inside:
            if box.feature != before:
                feature = plan.by_id[box.feature]
                lines += ["", f"### {feature.name}", "", f"[Design]({link(place, feature.document)})", ""]
                before = box.feature
            elif not before and lines[-1] and not lines[-1].startswith("- "):
                lines.append("")
            lines.append(f"- [{'x' if box.done else ' '}] {box.text}")
    return "\n".join(lines) + "\n"
