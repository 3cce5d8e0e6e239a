"""Every command and example of the tutorial, the guides and of operating is run, as it stands, against a real server.

Only places are changed: the address, and /srv. `make` is asked what it would run: what it makes is what tests run in.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hearth.config import load
from hearth.media import names
from tests.journeys.server import Client, Server

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GUIDES = sorted(path.relative_to(DOCS).as_posix() for path in (DOCS / "guides").glob("*.md"))
OPERATE = sorted(path.relative_to(DOCS).as_posix() for path in (DOCS / "operate").glob("*.md"))
TUTORIALS = sorted(path.relative_to(DOCS).as_posix() for path in (DOCS / "tutorial").glob("*.md"))
RUN = {"sh", "toml", "json", "names"}
SHOWN = {"text"}
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHELL_S = 100


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(match[1], match[2]) for match in _BLOCK.finditer((DOCS / page).read_text("utf-8"))]


@pytest.fixture(scope="module")
def empty() -> Iterator[Server]:
    """A server for the tutorial, which begins with nothing."""
    running = Server()
    yield running
    running.remove()


@pytest.fixture(scope="module")
def household(docs_media: Path) -> Iterator[Server]:
    """A server that has been through the tutorial: what guides begin with."""
    running = Server()
    with Client(running) as person:
        person.set_up()
        person.add_library("Films", "movies", docs_media / "Films")
    yield running
    running.remove()


def run_page(page: str, server: Server, media: Path, folder: Path) -> str:
    """Runs a page's shell blocks as one script and holds its other blocks to what they are; what the script said."""
    (folder / ".venv").symlink_to(ROOT / ".venv")
    script = ["set -euo pipefail"]
    for block in blocks(page):
        assert block.language in RUN | SHOWN, f"{page}: nobody runs blocks of {block.language!r}"
        if block.language == "sh":
            for line in block.text.splitlines():
                if line.startswith("make "):
                    assert_target(line)
                else:
                    script.append(line)
        elif block.language == "json":
            json.loads(block.text)
        elif block.language == "toml":
            file = folder / "hearth.toml"
            file.write_text(block.text)
            load({"data": str(folder)}, file=file, environment={})
    text = "\n".join(script).replace("http://127.0.0.1:8096", server.address)
    text = re.sub(r"(?<=\s)/srv/", f"{media}/", text)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HEARTH_", "COV"))}
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=folder,
        env={**kept, "HEARTH_DATA": str(server.data), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=_SHELL_S,
        check=False,
    )
    assert done.returncode == 0, f"{page}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def assert_target(line: str) -> None:
    """`make TARGET` is there and make knows how."""
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", *line.split()[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "hearth" in done.stdout


@pytest.mark.parametrize("page", TUTORIALS)
def test_tutorial(page: str, empty: Server, docs_media: Path, tmp_path: Path) -> None:
    said = run_page(page, empty, docs_media, tmp_path)
    assert "Ember Season\nPaper Moons\nQuiet Harbour\n" in said
    with Client(empty) as client:
        client.log_in()
        assert {one["kind"] for one in client.get("/libraries")["items"]} == {"movies", "shows", "music"}


@pytest.mark.parametrize("page", GUIDES + OPERATE)
def test_guide(page: str, household: Server, docs_media: Path, tmp_path: Path) -> None:
    said = run_page(page, household, docs_media, tmp_path)
    for expected in EXPECTED.get(page, ()):
        assert expected in said, f"{page}: {expected!r} is not in\n{said}"


EXPECTED = {
    "guides/scripts.md": ("Paper Moons (2021)\nQuiet Harbour (2014)", '"method": "direct"', "\n100\n", '"status": 404'),
    "guides/openapi.md": ("3.1",),
    "guides/settings.md": ("encode_limit",),
    "guides/users.md": (
        "ben",
        "kids may: ",
        "These see Films: administrators, the role user, kim.",
        "Everybody sees Films.",
    ),
    "operate/watch.md": ("true Database and cache", "database: ok", " done"),
    "operate/upgrade.md": ("0060",),
}


def cases() -> list[tuple[str, dict[str, str]]]:
    """The paths of the guide to names, and what it says is read from them."""
    found = []
    for block in blocks("guides/names.md"):
        if block.language == "names":
            for line in block.text.splitlines():
                path, _, told = line.partition(" -> ")
                kind, *facts = told.split("; ")
                found.append((path, {"kind": kind, **dict(fact.split("=", 1) for fact in facts)}))
    return found


@pytest.mark.parametrize(("path", "told"), cases(), ids=[path for path, _ in cases()])
def test_names_are_read_as_the_guide_says(path: str, told: dict[str, str]) -> None:
    name = names.parse(path, "movie" if told["kind"] == "film" else "episode")
    read = {
        "title": name.title,
        "year": str(name.year),
        "season": str(name.season),
        "episode": ",".join(map(str, name.episodes)),
        "date": str(name.date),
    }
    for word, value in told.items():
        if word != "kind":
            assert read[word] == value
