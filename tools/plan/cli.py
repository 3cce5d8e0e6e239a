"""The command line: gaps, scaffold, todo, status, update, check."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from tools.plan.gaps import Gap, find_gaps
from tools.plan.load import load
from tools.plan.model import Plan, PlanError
from tools.plan.progress import progress, table
from tools.plan.todo import Needs, items, render
from tools.plan.truth import Truth
from tools.plan.write import scaffold, stale, update

DEPTHS = {"high": 1, "moderate": 2, "detailed": 3}
_SHOWN = 3


def parser() -> argparse.ArgumentParser:
    """What may be asked."""
    top = argparse.ArgumentParser(prog="hearth-plan", description="A plan whose status is read off the code.")
    top.add_argument("--root", type=Path, default=Path(), help="the project's folder (default: here)")
    top.add_argument("--plan", default="docs/plan/plan.toml", help="the plan's configuration, below the root")
    top.add_argument(
        "--results",
        type=Path,
        help="a JUnit report of a test run: check holds it against ticks, update notes what passed",
    )
    commands = top.add_subparsers(dest="command", required=True)
    gaps = commands.add_parser("gaps", help="what is missing between plan, documents and code")
    gaps.add_argument("--json", action="store_true")
    gaps.add_argument("--all", action="store_true", help="every gap, also of what is planned")
    make = commands.add_parser("scaffold", help="make the design documents that are missing")
    make.add_argument("feature", nargs="*")
    todo = commands.add_parser("todo", help="a phase as tasks")
    todo.add_argument("version", nargs="*", help="v0.1 ... v1.0; all when none is given")
    todo.add_argument("--depth", choices=DEPTHS, default="detailed")
    todo.add_argument("--json", action="store_true")
    status = commands.add_parser("status", help="how far each phase is")
    status.add_argument("--json", action="store_true")
    commands.add_parser("update", help="write to-dos, blocks and picture anew")
    commands.add_parser("check", help="fail when anything said is not so")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0, 1 when a check fails, 2 when the plan makes no sense."""
    given = parser().parse_args(arguments)
    try:
        plan = load(given.root.absolute(), given.plan)
        truth = Truth(plan, given.results)
        return int(_COMMANDS[given.command](plan, truth, given))
    except PlanError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 2


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _gaps(plan: Plan, truth: Truth, given: argparse.Namespace) -> int:
    found = find_gaps(plan, truth)
    if given.json:
        _say(json.dumps([gap.data() for gap in found], indent=2, ensure_ascii=False))
        return 0
    for category, inside in groupby(found, key=lambda gap: gap.category):
        _say(f"\n{plan.categories.get(category, 'Documents and code')}")
        for priority, gaps in groupby(inside, key=lambda gap: gap.priority):
            _say(f"  {plan.priorities.get(priority, 'no feature')}")
            for (name, feature), group in groupby(gaps, key=lambda gap: (gap.gap, gap.feature)):
                _print_gaps(name, feature, list(group), all_of_them=given.all)
    broken = sum(gap.broken for gap in found)
    _say(f"\n{len(found)} gaps, {broken} of them break a promise (check fails on these)")
    return 0


def _print_gaps(name: str, feature: str, gaps: list[Gap], *, all_of_them: bool) -> None:
    _say(f"    {name}{f' of {feature}' if feature else ''}: {len(gaps)}")
    shown = gaps if all_of_them else gaps[:_SHOWN]
    for gap in shown:
        _say(f"      {gap.place}: {gap.detail}")
    if len(gaps) > len(shown):
        _say(f"      and {len(gaps) - len(shown)} more (--all)")


def _scaffold(plan: Plan, truth: Truth, given: argparse.Namespace) -> int:
    made = scaffold(plan, truth, given.feature)
    for place in [*made, *update(plan, truth)]:
        _say(place)
    if not made:
        _say("Nothing is missing.")
    return 0


def _todo(plan: Plan, truth: Truth, given: argparse.Namespace) -> int:
    wanted = [version.removeprefix("v") for version in given.version] or [phase.version for phase in plan.phases]
    known = {phase.version: phase for phase in plan.phases}
    for version in wanted:
        if version not in known:
            raise PlanError(f"there is no version {version}: there are {', '.join(known)}")
    needs = Needs(plan, truth)
    depth = DEPTHS[given.depth]
    if given.json:
        data = {
            version: [
                {"area": box.area, "feature": box.feature, "text": box.text, "done": box.done}
                for box in items(plan, truth, known[version], depth, needs)
            ]
            for version in wanted
        }
        _say(json.dumps(data, indent=2, ensure_ascii=False))
        return 0
    for version in wanted:
        _say(render(plan, truth, known[version], depth, f"{plan.todos}/v{version}.md", needs))
    return 0


def _status(plan: Plan, truth: Truth, given: argparse.Namespace) -> int:
    if not given.json:
        _say(table(progress(plan, truth)))
        return 0
    data = [
        {
            "id": feature.id,
            "version": feature.version,
            "priority": feature.priority,
            "status": truth.status(feature),
            "evidence": [
                {"kind": entry.kind, "name": entry.name, "holds": truth.holds(entry)} for entry in feature.evidence
            ],
        }
        for feature in plan.features
    ]
    _say(json.dumps(data, indent=2, ensure_ascii=False))
    return 0


def _update(plan: Plan, truth: Truth, given: argparse.Namespace) -> int:
    del given
    if truth.note():
        _say(plan.record)
    for place in update(plan, truth):
        _say(place)
    return 0


def _check(plan: Plan, truth: Truth, given: argparse.Namespace) -> int:
    """Says each untruth with its place, and what the ticks lean on."""
    broken = [gap for gap in find_gaps(plan, truth) if gap.broken]
    for gap in broken:
        _say(f"{gap.place}: {gap.gap}: {gap.detail}")
    old = stale(plan, truth)
    for place in old:
        _say(f"{place}: not as the code is; run `update`")
    if given.results:
        for test in truth.outcomes.carried(truth.tests()):
            _say(f"Note: {test} did not run here; its tick is of an earlier run, and the test is as it was then.")
        if unnoted := truth.outcomes.unnoted(truth.tests()):
            _say(
                f"Note: {len(unnoted)} tests passed for the first time; `update` with this report notes and ticks them."
            )
    elif not plan.record:
        _say("Note: no run of tests is known; tests count because they are there.")
    if not broken and not old:
        evidence = sum(len(feature.evidence) for feature in plan.features)
        _say(f"The plan holds: {len(plan.features)} features, {evidence} pieces of evidence.")
    return 1 if broken or old else 0


_COMMANDS = {
    "gaps": _gaps,
    "scaffold": _scaffold,
    "todo": _todo,
    "status": _status,
    "update": _update,
    "check": _check,
}
