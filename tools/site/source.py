"""Facts that stand in source code alone: docstrings of settings, events, metrics. Read by syntax, not by import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_METRICS = {"Counter": "counter", "Gauge": "gauge", "Histogram": "histogram"}


@dataclass(frozen=True)
class Metric:
    """A metric as it is declared."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """A kind of event: its tag, what it says of itself, and its fields with their types."""

    tag: str
    text: str
    fields: tuple[tuple[str, str], ...]
    room: str


def attribute_texts(path: Path, class_name: str) -> dict[str, str]:
    """The string that stands below each annotated field of a class."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for field, after in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    text = _string(after.value) if isinstance(after, ast.Expr) else None
                    found[field.target.id] = " ".join((text or "").split())
    return found


def metrics(root: Path) -> list[Metric]:
    """Every metric that is declared below the root, by name."""
    found: dict[str, Metric] = {}
    for node in _nodes(root):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in _METRICS:
            continue
        words = [_string(argument) for argument in node.args[:2]]
        if len(words) < 2 or words[0] is None or words[1] is None or "_" not in words[0]:
            continue
        labels: tuple[str, ...] = ()
        if len(node.args) > 2 and isinstance(node.args[2], ast.Tuple):
            labels = tuple(text for text in map(_string, node.args[2].elts) if text)
        found[words[0]] = Metric(words[0], _METRICS[node.func.id], words[1], labels)
    return [found[name] for name in sorted(found)]


def events(root: Path) -> list[Event]:
    """Every event that rooms declare, by tag."""
    found = []
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            tag = next((_string(word.value) for word in node.keywords if word.arg == "tag"), None)
            if tag is None or not any("Event" in ast.unparse(base) for base in node.bases):
                continue
            fields = tuple(
                (item.target.id, ast.unparse(item.annotation))
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            )
            text = " ".join((ast.get_docstring(node) or "").split())
            found.append(Event(tag, text, fields, path.relative_to(root).parts[0]))
    return sorted(found, key=lambda event: event.tag)


def _nodes(root: Path) -> Iterator[ast.AST]:
    for path in sorted(root.rglob("*.py")):
        yield from ast.walk(ast.parse(path.read_text("utf-8")))


def _string(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
