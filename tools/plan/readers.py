"""How the names of each kind of evidence are read off the code. A reader takes the root and the kind."""

from __future__ import annotations

import ast
import importlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tools.plan.model import Kind, PlanError

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
Reader = Callable[[Path, Kind], Iterable[str]]


def files_of(root: Path, globs: Iterable[str]) -> list[Path]:
    """The files that the globs name, each once, in order."""
    found: dict[Path, None] = {}
    for glob in globs:
        for path in sorted(root.glob(glob)):
            if path.is_file() and "__pycache__" not in path.parts and "node_modules" not in path.parts:
                found[path] = None
    return list(found)


def attribute(root: Path, place: str) -> Any:
    """What `package.module:name` is; the root and its src are importable."""
    module, _, name = place.partition(":")
    for folder in (str(root), str(root / "src")):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise PlanError(f"cannot read {place}: {error}") from error


def openapi(root: Path, kind: Kind) -> Iterator[str]:
    """`METHOD /path` of an OpenAPI description: a JSON or YAML file, or a callable that gives one."""
    if ":" in kind.source:
        found = attribute(root, kind.source)
        document = found() if callable(found) else found
    else:
        text = (root / kind.source).read_text("utf-8")
        if kind.source.endswith(".json"):
            document = json.loads(text)
        else:
            import yaml

            document = yaml.load(text, yaml.CSafeLoader)
    for path, operations in document["paths"].items():
        for method in operations:
            if method in METHODS:
                yield f"{method.upper()} {path.removeprefix(kind.prefix) or '/'}"


def click(root: Path, kind: Kind) -> Iterator[str]:
    """`program command subcommand` of a click group; the program's name is the kind's prefix."""
    import click as library

    def walk(command: Any, name: str) -> Iterator[str]:
        yield name
        if isinstance(command, library.Group):
            context = library.Context(command, info_name=name)
            for word in command.list_commands(context):
                yield from walk(command.get_command(context, word), f"{name} {word}")

    group = attribute(root, kind.source)
    yield from walk(group, kind.prefix or group.name)


def fields(root: Path, kind: Kind) -> Iterator[str]:
    """The annotated fields of a class."""
    yield from attribute(root, kind.source).__annotations__


def names(root: Path, kind: Kind) -> Iterator[str]:
    """The members of a collection of names, or the keys of a mapping."""
    yield from attribute(root, kind.source)


def regex(root: Path, kind: Kind) -> Iterator[str]:
    """What the pattern's first group finds in the files."""
    pattern = re.compile(kind.pattern, re.MULTILINE)
    for path in files_of(root, kind.globs):
        for match in pattern.finditer(path.read_text("utf-8", "replace")):
            yield kind.prefix + match[1]


def stems(root: Path, kind: Kind) -> Iterator[str]:
    """The names of files without their endings."""
    for path in files_of(root, kind.globs):
        if not path.stem.startswith("_"):
            yield path.stem


def files(root: Path, kind: Kind) -> Iterator[str]:
    """The files themselves; a name holds as well when it is a folder or any path below the root."""
    for path in files_of(root, kind.globs):
        yield path.relative_to(root).as_posix()


def tests(root: Path, kind: Kind) -> Iterator[str]:
    """Ids of Python tests as pytest writes them, and the files that hold them. Read from the source; nothing runs."""
    place = ""
    for name, _ in test_sources(root, kind.globs):
        if name.partition("::")[0] != place:
            place = name.partition("::")[0]
            yield place
        yield name


def test_sources(root: Path, globs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each test by its id, with its source and its decorators'."""
    for path in files_of(root, globs):
        text = path.read_text("utf-8")
        yield from _tests_in(ast.parse(text).body, path.relative_to(root).as_posix(), text.split("\n"))


def _tests_in(body: list[ast.stmt], place: str, lines: list[str]) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield f"{place}::{node.name}", "\n".join(lines[start - 1 : node.end_lineno])
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _tests_in(node.body, f"{place}::{node.name}", lines)


def symbols(root: Path, kind: Kind) -> Iterator[str]:
    """`package.name` and `package.module.name` of what the modules below `source` define."""
    base = root / kind.source
    for path in files_of(root, [f"{kind.source}/**/*.py"]):
        parts = list(path.relative_to(base).with_suffix("").parts)
        if parts[-1] in ("__init__", "__main__"):
            parts.pop()
        yield ".".join(parts)
        for name in _defined(ast.parse(path.read_text("utf-8")).body):
            for start in range(len(parts)):
                yield ".".join([*parts[start:], name])
            if parts:
                yield f"{parts[0]}.{name}"


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
            if isinstance(node, ast.ClassDef):
                yield from (f"{node.name}.{name}" for name in _defined(node.body))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


READERS: dict[str, Reader] = {
    "openapi": openapi,
    "click": click,
    "fields": fields,
    "names": names,
    "regex": regex,
    "stems": stems,
    "files": files,
    "tests": tests,
    "symbols": symbols,
}
