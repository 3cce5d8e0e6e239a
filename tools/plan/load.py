"""Reads a plan from its two files and refuses what does not make sense, each time with the place."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.plan.model import Evidence, Exit, Feature, Kind, Phase, Plan, PlanError, Task

_TOP = {
    "project", "features", "folders", "documents", "generated", "tests", "placeholders", "planned_sections", "depth",
    "area", "category", "priority", "kind", "shape", "phase", "task",
}  # fmt: skip
_FEATURE = {
    "id", "name", "version", "priority", "category", "document", "summary", "shape", "scope", "later", "depends",
    "related",
}  # fmt: skip


def load(root: Path, file: str) -> Plan:
    """The plan whose configuration is `file`, a path below `root`. PlanError says what is wrong and where."""
    top = _toml(root / file)
    _only(top, _TOP, file)
    folders = top.get("folders", {})
    kinds = {name: _kind(name, table, file) for name, table in top.get("kind", {}).items()}
    phases = tuple(_phase(table, file) for table in top.get("phase", []))
    features_file = (Path(file).parent / top.get("features", "features.toml")).as_posix()
    features = _features(_toml(root / features_file), features_file, top, kinds, phases)
    try:
        return Plan(
            root=root,
            project=top.get("project", root.name),
            design=folders["design"],
            index=folders["index"],
            status=folders["status"],
            todos=folders["todos"],
            template=folders["template"],
            svg=folders["svg"],
            record=folders.get("record", ""),
            documents=tuple(top["documents"]),
            generated=tuple(top.get("generated", [])),
            test_globs=tuple(top.get("tests", [])),
            placeholders=tuple(top.get("placeholders", ["To be written"])),
            planned_sections=tuple(top.get("planned_sections", ["Planned"])),
            areas=dict(top.get("area", {})),
            depth=int(top.get("depth", 3)),
            categories=dict(top.get("category", {})),
            priorities=dict(top.get("priority", {})),
            kinds=kinds,
            phases=phases,
            features=features,
            tasks=tuple(_task(table, file, kinds) for table in top.get("task", [])),
            by_id={feature.id: feature for feature in features},
        )
    except KeyError as error:
        raise PlanError(f"{file}: {error} is missing") from None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise PlanError(f"{path}: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{path}: {error}") from None


def _only(table: Mapping[str, object], allowed: Iterable[str], where: str) -> None:
    if unknown := sorted(set(table) - set(allowed)):
        raise PlanError(f"{where}: unknown key {', '.join(unknown)}")


def _kind(name: str, table: dict[str, Any], file: str) -> Kind:
    _only(table, {f.name for f in dataclasses.fields(Kind)} - {"id"}, f"{file} [kind.{name}]")
    return Kind(id=name, **_frozen(table))


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _phase(table: dict[str, Any], file: str) -> Phase:
    where = f"{file} phase {table.get('version')}"
    _only(table, {"version", "name", "goal", "priority", "exit"}, where)
    exits = tuple(Exit(entry["text"], tuple(entry["needs"])) for entry in table.get("exit", []))
    return Phase(table["version"], table["name"], table["goal"], table["priority"], exits)


def _task(table: dict[str, Any], file: str, kinds: Mapping[str, Kind]) -> Task:
    _only(table, {f.name for f in dataclasses.fields(Task)}, f"{file} [[task]]")
    if table["each"] != "feature" and table["each"] not in kinds:
        raise PlanError(f"{file}: a task is for {table['each']!r}, which is no kind of evidence")
    return Task(**_frozen(table))


def _features(
    table: dict[str, Any], file: str, top: Mapping[str, Any], kinds: Mapping[str, Kind], phases: tuple[Phase, ...]
) -> tuple[Feature, ...]:
    _only(table, {"feature"}, file)
    versions = {phase.version: phase for phase in phases}
    found: dict[str, Feature] = {}
    for entry in table.get("feature", []):
        name = str(entry.get("id"))
        where = f"{file} feature {name}"
        _only(entry, _FEATURE | set(kinds), where)
        if name in found:
            raise PlanError(f"{where}: there are two of this id")
        if missing := sorted({"id", "name", "version", "category", "document", "summary"} - set(entry)):
            raise PlanError(f"{where}: {', '.join(missing)} is missing")
        if entry["version"] not in versions:
            raise PlanError(f"{where}: there is no phase {entry['version']}")
        if entry["category"] not in top.get("category", {}):
            raise PlanError(f"{where}: there is no category {entry['category']}")
        priority = entry.get("priority", versions[entry["version"]].priority)
        if priority not in top.get("priority", {}):
            raise PlanError(f"{where}: there is no priority {priority}")
        shapes = top.get("shape", {})
        if (shape := entry.get("shape", "")) and shape not in shapes:
            raise PlanError(f"{where}: there is no shape {shape}")
        found[name] = Feature(
            id=name,
            name=entry["name"],
            version=entry["version"],
            priority=priority,
            category=entry["category"],
            document=entry["document"],
            summary=entry["summary"],
            shape=shape,
            scope=tuple(entry.get("scope", [])),
            later=tuple(entry.get("later", [])),
            depends=tuple(entry.get("depends", [])),
            related=tuple(entry.get("related", [])),
            evidence=_evidence(entry, shapes.get(shape, {}), kinds, where),
        )
    _connected(found, file)
    blocks: dict[str, list[str]] = {}
    for feature in found.values():
        for other in feature.depends:
            blocks.setdefault(other, []).append(feature.id)
    return tuple(dataclasses.replace(f, blocks=tuple(sorted(blocks.get(f.id, [])))) for f in found.values())


def _evidence(
    entry: Mapping[str, Any], shape: Mapping[str, Any], kinds: Mapping[str, Kind], where: str
) -> tuple[Evidence, ...]:
    """What the feature names, then what its shape adds; `{slug}` and `{last}` in a shape stand for the id."""
    slug = str(entry["id"]).replace(".", "_").replace("-", "_")
    last = str(entry["id"]).rpartition(".")[2].replace("-", "_")
    found: dict[Evidence, None] = {}
    for kind in kinds:
        names = list(entry.get(kind, []))
        names += [str(text).replace("{slug}", slug).replace("{last}", last) for text in shape.get(kind, [])]
        for name in names:
            if not isinstance(name, str) or not name.strip():
                raise PlanError(f"{where}: {kind} holds something that is no name")
            found[Evidence(kind, name)] = None
    return tuple(found)


def _connected(found: Mapping[str, Feature], file: str) -> None:
    """Every id that is named exists, and nothing waits for itself."""
    for feature in found.values():
        for other in (*feature.depends, *feature.related):
            if other not in found:
                raise PlanError(f"{file} feature {feature.id}: there is no feature {other}")
            if other == feature.id:
                raise PlanError(f"{file} feature {feature.id}: it names itself")
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            raise PlanError(f"{file}: a circle of dependencies: {' -> '.join((*way[way.index(name) :], name))}")
        if name not in done:
            for other in found[name].depends:
                visit(other, (*way, name))
            done.add(name)

    for name in found:
        visit(name, ())
