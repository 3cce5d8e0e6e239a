"""What is missing between the plan, the documents and the code; in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from tools.plan.documents import Document, dead_links, link, mentions, read_documents, slug
from tools.plan.model import Feature, Plan
from tools.plan.truth import Truth


@dataclass(frozen=True)
class Gap:
    """One thing that is missing. `broken` means that something said is not so: `check` fails on it."""

    gap: str
    category: str
    priority: str
    feature: str
    place: str
    detail: str
    broken: bool

    def data(self) -> dict[str, object]:
        """As JSON would have it."""
        return asdict(self)


def find_gaps(plan: Plan, truth: Truth) -> list[Gap]:
    """All gaps, in the order of categories, priorities and features."""
    documents = {document.path: document for document in read_documents(plan)}
    found = [gap for feature in plan.features for gap in _of_feature(plan, truth, documents, feature)]
    found += _unlisted(plan, documents)
    found += [gap for document in documents.values() for gap in _of_document(plan, truth, documents, document)]
    found += _undocumented(plan, truth, documents)
    categories = [*plan.categories, ""]
    priorities = [*plan.priorities, ""]
    return sorted(
        dict.fromkeys(found),
        key=lambda gap: (
            categories.index(gap.category),
            priorities.index(gap.priority),
            gap.gap,
            gap.place,
            gap.detail,
        ),
    )


def _of_feature(plan: Plan, truth: Truth, documents: dict[str, Document], feature: Feature) -> Iterator[Gap]:
    def gap(name: str, detail: str, *, broken: bool, place: str = "") -> Gap:
        return Gap(name, feature.category, feature.priority, feature.id, place or feature.document, detail, broken)

    path, _, anchor = feature.document.partition("#")
    document = documents.get(path)
    if document is None:
        yield gap("no document", f"{feature.name} has no design document", broken=True)
    elif anchor and anchor not in document.anchors():
        yield gap("no document", f"{path} has no section #{anchor}", broken=True)
    if not feature.evidence:
        yield gap("no evidence", f"nothing says when {feature.name} is done", broken=True)
    missing = [entry for entry in feature.evidence if not truth.holds(entry)]
    for entry in missing:
        outcome = truth.outcome(entry) if truth.exists(entry.kind, entry.name) else None
        by = plan.kinds[entry.kind].proven_by
        detail = f"{entry.kind} {entry.name}" + (f" ({outcome}{f': {by}' if by else ''})" if outcome else "")
        yield gap("failing evidence" if outcome else "missing evidence", detail, broken=outcome == "failed")
    if document is not None and truth.status(feature) == "done":
        for section in document.sections:
            if anchor and slug(section.title) != anchor:
                continue
            if any(word in section.body for word in plan.placeholders):
                place = f"{path}:{section.line}"
                yield gap("placeholder section", f"“{section.title}” is not written", broken=True, place=place)


def _unlisted(plan: Plan, documents: dict[str, Document]) -> Iterator[Gap]:
    """Features that the index does not link to, or that status does not follow. A file of these that is not there is
    told of as a whole."""
    for place, name in ((plan.index, "not in the index"), (plan.status, "not in status")):
        held = documents.get(place)
        if held is None:
            yield Gap("no document", "", "", "", place, "scaffold makes it", broken=True)
            continue
        targets = {target.partition("#")[0] for target, _ in held.links}
        for feature in plan.features:
            if link(place, feature.document.partition("#")[0]) not in targets or f"`{feature.id}`" not in held.text:
                detail = f"{place} does not list {feature.name} with its document"
                yield Gap(name, feature.category, feature.priority, feature.id, place, detail, broken=True)


def _of_document(plan: Plan, truth: Truth, documents: dict[str, Document], document: Document) -> Iterator[Gap]:
    owner = next((feature for feature in plan.features if feature.document.partition("#")[0] == document.path), None)
    category, priority, name = (owner.category, owner.priority, owner.id) if owner else ("", "", "")

    def gap(what: str, line: int, detail: str, *, broken: bool) -> Gap:
        return Gap(what, category, priority, name, f"{document.path}:{line}", detail, broken)

    for section in document.sections:
        if not section.body and not section.holds_sections:
            yield gap("empty section", section.line, f"“{section.title}” holds nothing", broken=True)
        elif any(word in section.body for word in plan.placeholders):
            yield gap("placeholder section", section.line, f"“{section.title}” is not written", broken=False)
    for target, line in dead_links(plan, document):
        yield gap("dead link", line, target, broken=True)
    for mention in mentions(plan, truth, document):
        if mention.name is None and not mention.planned:
            yield gap("false claim", mention.line, f"there is no {mention.kind} {mention.text}", broken=True)


def _undocumented(plan: Plan, truth: Truth, documents: dict[str, Document]) -> Iterator[Gap]:
    known: dict[str, set[str]] = {kind: set() for kind in plan.kinds}
    for document in documents.values():
        for mention in mentions(plan, truth, document):
            if mention.name is not None and not mention.planned:
                known[mention.kind].add(mention.name)
    for kind in plan.kinds.values():
        if kind.documented:
            for name in sorted(truth.names(kind.id) - known[kind.id]):
                # A group of commands is told of by its commands.
                told = any(other.startswith(f"{name} ") for other in known[kind.id]) and kind.reader == "click"
                if name not in kind.ignore and not told:
                    yield Gap("undocumented", "", "", "", kind.id, name, broken=False)


def documented(plan: Plan, truth: Truth) -> set[tuple[str, str]]:
    """What documents mention as existing, as pairs of kind and name."""
    return {
        (mention.kind, mention.name)
        for document in read_documents(plan)
        for mention in mentions(plan, truth, document)
        if mention.name is not None and not mention.planned
    }
