"""The house keeps its shape: faces, names, sizes. import-linter keeps the floors (see pyproject.toml)."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "hearth"
ROOMS = {
    "accounts", "activity", "artwork", "browse", "catalog", "db", "ingest", "jobs", "libraries", "media", "playback",
    "providers",
}  # fmt: skip
# The kit has no face: its modules are small and are imported by name. media's two parts are faces of their own.
FACELESS = {"kit", "config"}
OPEN_MODULES = {
    "media.inotify", "media.names", "media.ffmpeg", "media.images", "media.covers", "media.facts", "media.prober",
    "jobs.install", "db.migrate",
}  # fmt: skip
FORBIDDEN = {"service", "manager", "repository", "helper", "helpers", "util", "utils", "common", "base", "misc"}
LONGEST = 400


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "static" not in path.parts)


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_room_has_a_face(room: str) -> None:
    face = ast.parse((SOURCE / room / "__init__.py").read_text())
    assert ast.get_docstring(face), f"{room} does not say what it is for"
    names = {
        target.id
        for node in face.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert "__all__" in names, f"{room} does not list what it offers"


def _reaches(path: Path) -> list[str]:
    """Imports that go past another room's face, as "room.module"."""
    own = room_of(path)
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] != "hearth" or len(parts) < 3 or parts[1] == own or parts[1] in FACELESS or own == "app":
                continue
            if parts[1] in ROOMS and ".".join(parts[1:3]) not in OPEN_MODULES:
                found.append(".".join(parts[1:]))
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_are_small_named_and_polite(path: Path) -> None:
    assert path.stem not in FORBIDDEN, "a file is named after what it does"
    lines = len(path.read_text().splitlines())
    assert lines <= LONGEST, f"{lines} lines: part it"
    assert not _reaches(path), "other rooms are used by their faces"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(SOURCE))
        for path in modules()
        if path.name != "__init__.py" and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent
