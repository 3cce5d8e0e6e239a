"""Writes what follows from the plan: scaffolded documents, to-dos, blocks and the picture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tools.plan.blocks import refresh, todo_place
from tools.plan.documents import read_documents
from tools.plan.model import Feature, Plan, PlanError
from tools.plan.progress import picture, progress
from tools.plan.todo import Needs, render
from tools.plan.truth import Truth

_PASSES = 4


def outputs(plan: Plan, truth: Truth, depth: int | None = None) -> dict[str, str]:
    """What every generated file and every document with blocks should hold, by path. Equal runs give equal texts."""
    found: dict[str, str] = {}
    needs = Needs(plan, truth)
    for phase in plan.phases:
        place = todo_place(plan, phase.version)
        found[place] = render(plan, truth, phase, depth or plan.depth, place, needs)
    found[plan.svg] = picture(plan, progress(plan, truth))
    for document in read_documents(plan):
        text = refresh(plan, truth, document.path, document.text)
        if "<!-- plan:" in text:
            found[document.path] = text
    return found


def update(plan: Plan, truth: Truth) -> list[str]:
    """Writes what is not as it should be; the paths that changed. What is written may be evidence itself: once more."""
    changed: dict[str, None] = {}
    for _ in range(_PASSES):
        before = len(changed)
        wrong = {place: text for place, text in outputs(plan, truth).items() if _differs(plan.root / place, text)}
        for place, text in wrong.items():
            _write(plan.root / place, text)
            changed[place] = None
        if not wrong or len(changed) == before:
            break
    return list(changed)


def stale(plan: Plan, truth: Truth) -> list[str]:
    """The paths that `update` would change."""
    return [place for place, text in outputs(plan, truth).items() if _differs(plan.root / place, text)]


def scaffold(plan: Plan, truth: Truth, wanted: Iterable[str] = ()) -> list[str]:
    """Makes the documents that features name and that are not there; the paths made. What exists is left alone.

    PlanError when a feature does not exist, or its document would lie outside the folder of designs.
    """
    ids = list(wanted)
    for name in ids:
        if name not in plan.by_id:
            raise PlanError(f"there is no feature {name}")
    template = (plan.root / plan.template).read_text("utf-8")
    made: list[str] = []
    for feature in plan.features if not ids else (plan.by_id[name] for name in ids):
        place = feature.document.partition("#")[0]
        if not place.startswith(f"{plan.design}/") or ".." in Path(place).parts:
            raise PlanError(f"feature {feature.id}: its document {place} lies outside {plan.design}")
        if place in made or (plan.root / place).exists():
            continue
        sharing = [other for other in plan.features if other.document.partition("#")[0] == place]
        _write(plan.root / place, refresh(plan, truth, place, _filled(plan, template, sharing)))
        made.append(place)
    for place in (plan.index, plan.status):
        if not (plan.root / place).exists():
            title = "Index of the design" if place == plan.index else "Status"
            _write(plan.root / place, f"# {title}\n\n<!-- plan:index -->\n<!-- /plan:index -->\n")
            made.append(place)
    return made


def _filled(plan: Plan, template: str, sharing: list[Feature]) -> str:
    first = sharing[0]
    one = len(sharing) == 1

    def bullets(entries: list[str], otherwise: str) -> str:
        return "\n".join(f"- {entry}" for entry in entries) or otherwise

    facts = {
        "title": first.name if one else Path(first.document.partition("#")[0]).stem.replace("-", " ").capitalize(),
        "overview": "\n\n".join(f.summary if one else f"**{f.name}.** {f.summary}" for f in sharing),
        "scope": bullets([entry for f in sharing for entry in f.scope], bullets([f.summary for f in sharing], "")),
        "later": bullets([entry for f in sharing for entry in f.later], "- Nothing is planned beyond this."),
        "category": plan.categories[first.category],
        "project": plan.project,
    }
    for key, value in facts.items():
        template = template.replace("{{" + key + "}}", value)
    return template


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text("utf-8") != text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
