"""Journey 2: a file becomes an item, whatever happens meanwhile."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import media_files as make
from tests.engines import make_folder
from tests.journeys.server import Client, Server, eventually


@pytest.fixture
def own() -> Iterator[Server]:
    """A server that a test may kill."""
    running = Server()
    yield running
    running.remove()


@pytest.fixture
def shelf() -> Iterator[Path]:
    """An empty folder for media."""
    folder = make_folder("hearth-media-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_bad_folders_are_refused_with_what_to_do(client: Client, media: Path, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("x")
    cases = {
        str(tmp_path / "nowhere"): "does not exist",
        str(tmp_path / "a file"): "is a file",
        str(media / "Films"): "already a folder of the library Films",
        str(media / "Films" / "Paper Moons (2021)"): "lies inside",
        str(media): "contains",
        "relative/path": "not a full path",
        "/proc/self": "belongs to the system",
    }
    for path, reason in cases.items():
        problem = client.send("POST", "/libraries", {"name": "Bad", "kind": "movies", "paths": [path]}, status=400)
        assert reason in problem["detail"], path
    assert [library["name"] for library in client.get("/libraries")["items"]] == ["Films", "Music", "Shows"]


def test_the_folder_picker_shows_folders_and_says_why_not(client: Client, media: Path) -> None:
    listing = client.get("/filesystem", path=str(media))
    assert [folder["name"] for folder in listing["folders"]] == ["Films", "Music", "Shows"]
    assert "contains" in listing["problem"]
    films = client.get("/filesystem", path=str(media / "Films"))
    assert films["media_files"] == 1
    assert "already a folder" in films["problem"]


def test_an_empty_folder_leads_somewhere(client: Client, shelf: Path) -> None:
    library = client.add_library("Empty", "movies", shelf)
    scan = client.get(f"/libraries/{library}")["scan"]
    assert (scan["state"], scan["message"]) == (
        "done",
        "No films here yet. Put files into the folder and scan again.",
    )
    client.send("DELETE", f"/libraries/{library}", status=204)


def test_a_scan_survives_kills_of_worker_database_and_server(own: Server, shelf: Path) -> None:
    films = [f"Film {number} (20{number % 20:02d})" for number in range(240)]
    for name in films:
        make.video(shelf / f"{name}.mp4")
    with Client(own) as client:
        client.set_up()
        made = client.send("POST", "/libraries", {"name": "Films", "kind": "movies", "paths": [str(shelf)]}, status=201)
        # The worker starts when the server answers: on a busy machine that alone takes its time.
        eventually(lambda: client.get("/items", kind="movie", limit=1)["total"] > 0, 60)
        os.kill(own.children()["worker"], signal.SIGKILL)
        eventually(lambda: "worker" in own.children())
        os.kill(own.children()["postgres"], signal.SIGKILL)
        eventually(lambda: client.http.get("/health/ready").status_code == 200)
    own.kill()
    own.restart()
    with Client(own) as client:
        client.log_in()
        scan = client.scanned(made["scan"]["id"], timeout_s=90)
        assert scan["state"] == "done"
        page = client.get("/items", kind="movie", limit=500)
        assert sorted(item["title"] for item in page["items"]) == sorted(name.split(" (")[0] for name in films)
        again = client.scan(made["id"])
        assert (again["state"], again["counts"]["new"], again["counts"]["missing"]) == ("done", 0, 0)
