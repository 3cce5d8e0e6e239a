"""What the tool writes inside documents: blocks between `<!-- plan:NAME -->` and `<!-- /plan:NAME -->`, and no more.

Whatever stands outside is a person's and is never touched. A document without markers is left alone altogether.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.plan.documents import link
from tools.plan.model import Evidence, Feature, Plan, PlanError
from tools.plan.progress import progress, table
from tools.plan.truth import Truth

_BLOCK = re.compile(r"(<!-- plan:([\w.:-]+) -->\n)(.*?)(<!-- /plan:\2 -->)", re.DOTALL)
_SIGNS = {"done": "done", "partial": "begun", "planned": "planned"}


def refresh(plan: Plan, truth: Truth, place: str, text: str) -> str:
    """The text with each block as it is now. PlanError for a block that nobody knows."""
    return _BLOCK.sub(lambda match: match[1] + _with_end(_content(plan, truth, place, match[2])) + match[4], text)


def _with_end(content: str) -> str:
    return content.strip("\n") + "\n"


def _content(plan: Plan, truth: Truth, place: str, name: str) -> str:
    word, _, rest = name.partition(":")
    here = [feature for feature in plan.features if feature.document.partition("#")[0] == place]
    if word == "progress":
        shown = link(place, plan.svg)
        return f"![Progress]({shown})\n\n{table(progress(plan, truth))}\n"
    if word == "status":
        return features(plan, truth, place, here)
    if word == "related":
        return _related(plan, place, here)
    if word == "todo":
        return _todo(plan, truth, here)
    if word == "index":
        return _by_category(plan, truth, place)
    if word == "priority":
        return features(plan, truth, place, [f for f in plan.features if f.priority == rest])
    if word == "version":
        return features(plan, truth, place, [f for f in plan.features if f.version == rest])
    if word == "decisions":
        return _decisions(plan, place, rest)
    if word == "versions":
        return _versions(plan, place)
    raise PlanError(f"{place}: there is no block called {name}")


def features(plan: Plan, truth: Truth, place: str, wanted: list[Feature]) -> str:
    """Features as a table, each with its status and the share of its evidence."""
    lines = ["| feature | id | version | priority | status | evidence |", "|---|---|---|---|---|---:|"]
    for feature in wanted:
        held, all_of_it = truth.share(feature)
        name = feature.name
        if feature.document.partition("#")[0] != place:
            name = f"[{name}]({link(place, feature.document)})"
        lines.append(
            f"| {name} | `{feature.id}` | v{feature.version} | {plan.priorities[feature.priority]} "
            f"| {_SIGNS[truth.status(feature)]} | {held} of {all_of_it} |"
        )
    return "\n".join(lines)


def _by_category(plan: Plan, truth: Truth, place: str) -> str:
    parts = []
    for category, title in plan.categories.items():
        inside = [feature for feature in plan.features if feature.category == category]
        if inside:
            parts.append(f"## {title}\n\n{features(plan, truth, place, inside)}")
    return "\n\n".join(parts)


def _versions(plan: Plan, place: str) -> str:
    lines = ["| version | name | what it means | tasks |", "|---|---|---|---|"]
    for phase in plan.phases:
        todo = link(place, todo_place(plan, phase.version))
        lines.append(f"| v{phase.version} | {phase.name} | {phase.goal} | [to-do]({todo}) |")
    return "\n".join(lines)


def _decisions(plan: Plan, place: str, folder: str) -> str:
    """The documents of a folder below the designs, each by its title: a list of decision records."""
    found = []
    for path in sorted((plan.root / plan.design / folder).glob("*.md")):
        title = path.read_text("utf-8").partition("\n")[0].lstrip("# ")
        found.append(f"- [{title}]({link(place, path.relative_to(plan.root).as_posix())})")
    return "\n".join(found)


def todo_place(plan: Plan, version: str) -> str:
    """Where the to-do list of a phase lies."""
    return f"{plan.todos}/v{version}.md"


def _related(plan: Plan, place: str, here: list[Feature]) -> str:
    own = {feature.id for feature in here}

    def listed(title: str, ids: set[str]) -> Iterator[str]:
        others = (plan.by_id[name] for name in sorted(ids - own))
        names = [f"[{feature.name}]({link(place, feature.document)})" for feature in others]
        yield f"- {title}: {', '.join(names) if names else 'nothing'}"

    back = {f.id for f in plan.features if own & set(f.related)}
    return "\n".join(
        [
            *listed("Depends on", {name for feature in here for name in feature.depends}),
            *listed("Blocks", {name for feature in here for name in feature.blocks}),
            *listed("Related to", {name for feature in here for name in feature.related} | back),
        ]
    )


def _todo(plan: Plan, truth: Truth, here: list[Feature]) -> str:
    """The evidence of a document's features as boxes, under the five heads of a design."""
    heads: dict[str, list[str]] = {}
    for feature in here:
        for entry in feature.evidence:
            heads.setdefault(_head(plan, entry), []).append(
                f"- [{'x' if truth.holds(entry) else ' '}] {entry.kind} `{entry.name}`"
            )
    parts = []
    for head in ("Architecture", "Database schema", "API endpoints", "Integrations", "Testing strategy"):
        boxes = list(dict.fromkeys(heads.get(head, []))) or ["- nothing of its own"]
        parts.append(f"### {head}\n\n" + "\n".join(boxes))
    return "\n\n".join(parts)


def _head(plan: Plan, entry: Evidence) -> str:
    kind = plan.kinds[entry.kind]
    if kind.proof or kind.reader == "stems":
        return "Testing strategy"
    return (
        {"openapi": "API endpoints", "regex": "Database schema"}.get(
            kind.reader, "Integrations" if kind.area == "integrations" else "Architecture"
        )
        if kind.area != "integrations"
        else "Integrations"
    )
