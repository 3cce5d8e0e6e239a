"""A disk without room: what can be read is read, what cannot be written says why, and with room all goes on."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests import media_files as make
from tests.engines import make_folder
from tests.journeys.server import PASSWORD, USERNAME, Client, Server, eventually
from tests.journeys.test_a_play import BROWSER

_LONGEST_ANSWER_S = 15.0
_BACK_WITHIN_S = 20.0
_TELLS = "the disk of the data folder"


class SmallDisk:
    """A folder on a disk of its own that a test can fill to the last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("ab", buffering=0) as file:
            for size in (2**20, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)):
                        pass
        assert shutil.disk_usage(self.folder).free == 0

    def free(self) -> None:
        self._ballast.unlink()


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    folder = make_folder("hearth-disk-")
    argv = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "hearth-test", str(folder)]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    except FileNotFoundError:
        done = subprocess.CompletedProcess(argv, 1, "", "there is no mount program")
    if done.returncode != 0:
        folder.rmdir()
        pytest.skip(f"a disk that can be filled takes the right to mount one here: {done.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=20)
        folder.rmdir()


@pytest.fixture(scope="module")
def shelf() -> Iterator[Path]:
    """Some films, one with a poster, on a disk that has room."""
    folder = make_folder("hearth-media-")
    for number in range(6):
        make.video(folder / f"Film {number} (200{number}).mp4")
    make.image(folder / "Film 0 (2000)-poster.jpg")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def disk() -> Iterator[SmallDisk]:
    with small_disk(256) as made:
        yield made


@pytest.fixture(scope="module")
def server(disk: SmallDisk) -> Iterator[Server]:
    running = Server(disk.folder)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def client(server: Server, shelf: Path) -> Iterator[Client]:
    with Client(server) as person:
        person.set_up()
        person.add_library("Films", "movies", shelf)
        yield person


def answer(client: Client, method: str, path: str, body: object = None) -> httpx.Response:
    """An answer that came in time, and is either good or a problem document that names the disk."""
    began = time.monotonic()
    told = client.http.request(method, path, json=body)
    assert time.monotonic() - began < _LONGEST_ANSWER_S, f"{method} {path}"
    if not told.is_success:
        assert told.status_code == 503, f"{method} {path}: {told.status_code} {told.text}"
        assert told.headers["content-type"] == "application/problem+json"
        assert int(told.headers["retry-after"]) > 0
        detail = told.json()["detail"]
        assert _TELLS in detail, detail
        assert "full" in detail, detail
        assert "room" in detail, detail
    return told


def log_in(client: Client, device: str = "a test") -> httpx.Response:
    body = {"username": USERNAME, "password": PASSWORD, "device": device}
    return answer(client, "POST", "/api/v1/auth/login", body)


def titles(client: Client) -> list[str]:
    return sorted(item["title"] for item in client.get("/items", kind="movie")["items"])


def poster(client: Client) -> str:
    """The address of the picture of the first film, once it was made."""
    film = client.get("/items", kind="movie", sort="title")["items"][0]
    shown = eventually(lambda: client.get(f"/items/{film['id']}")["images"].get("poster"))
    return str(shown["url"])


def test_what_is_read_is_read_and_what_is_written_waits_for_room(
    server: Server, client: Client, disk: SmallDisk, shelf: Path
) -> None:
    film = client.get("/items", kind="movie", sort="title")["items"][0]
    picture = poster(client)
    assert client.http.get(f"{picture}&width=160").status_code == 200
    (library,) = client.get("/libraries")["items"]
    make.video(shelf / "Late Arrival (2020).mp4")
    make.image(shelf / "Late Arrival (2020)-poster.jpg", color="orange")
    lines = len(server.lines)
    disk.fill()

    for path in ("/api/v1/items?kind=movie", "/api/v1/home", f"/api/v1/items/{film['id']}", f"{picture}&width=160"):
        assert answer(client, "GET", path).status_code == 200, path
    unmade = answer(client, "GET", f"{picture}&width=96")
    assert (unmade.status_code, unmade.headers["content-type"]) == (200, "image/webp"), "a size that cannot be kept"

    # Nobody has a favourite yet: the first one takes a page that the disk does not have.
    assert answer(client, "PUT", f"/api/v1/items/{film['id']}/favorite").status_code == 503
    # Rows still fit into pages that are there; when those are full, signing in says so too.
    assert any(log_in(client, "d" * 100).status_code == 503 for _ in range(60))
    asked = [answer(client, "POST", f"/api/v1/libraries/{library['id']}/scan") for _ in range(3)]
    beside = shelf.parent / "hearth-no-such-folder"
    refused = client.http.post("/api/v1/libraries", json={"name": "B", "kind": "music", "paths": [str(beside)]})
    assert refused.status_code == 400, "what is wrong in itself is told as ever"
    with contextlib.closing(Folders()) as folders:
        made = [new_library(client, folders.new(), number) for number in range(60)]
        assert any(one.status_code == 503 for one in made)
        made = [one for one in made if one.is_success]
        time.sleep(3)  # the worker tries what was asked for
        for path in ("/api/v1/items?kind=movie", "/api/v1/home", f"{picture}&width=160"):
            assert answer(client, "GET", path).status_code == 200, path

        disk.free()
        freed = time.monotonic()
        assert eventually(lambda: answer(client, "PUT", f"/api/v1/items/{film['id']}/favorite").is_success)
        assert client.scan(library["id"])["state"] == "done"
        for one in asked:
            assert not one.is_success or client.scanned(one.json()["id"])["state"] == "done"
        assert time.monotonic() - freed < _BACK_WITHIN_S
        for one in made:
            assert client.scanned(one.json()["scan"]["id"])["state"] == "done"
    assert titles(client) == sorted([*(f"Film {n}" for n in range(6)), "Late Arrival"])
    late = client.get("/items", kind="movie", q="Late Arrival")["items"][0]
    assert eventually(lambda: client.get(f"/items/{late['id']}")["images"].get("poster")), (
        "its picture was not given up"
    )
    assert client.scan(library["id"])["counts"]["new"] == 0
    assert [one["title"] for one in client.get("/items", favorite=True)["items"]] == [film["title"]]
    assert not [line for line in server.lines[lines:] if "Traceback" in line]
    assert log_in(client).status_code == 200
    for one in made:
        client.send("DELETE", f"/libraries/{one.json()['id']}", status=204)


class Folders:
    """Empty folders, for libraries."""

    def __init__(self) -> None:
        self._top = make_folder("hearth-media-")

    def new(self) -> Path:
        folder = self._top / str(len(os.listdir(self._top)))
        folder.mkdir()
        return folder

    def close(self) -> None:
        shutil.rmtree(self._top)


def new_library(client: Client, folder: Path, number: int) -> httpx.Response:
    name = f"{'Long' * 20} {number}"
    return answer(client, "POST", "/api/v1/libraries", {"name": name, "kind": "movies", "paths": [str(folder)]})


def test_a_database_that_fell_for_want_of_room_comes_back_by_itself(
    server: Server, client: Client, disk: SmallDisk
) -> None:
    before = titles(client)
    (favorite,) = client.get("/items", favorite=True)["items"]
    (library,) = client.get("/libraries")["items"]
    asyncio.run(use_up_the_log(disk))
    disk.fill()
    eventually(lambda: "postgres" not in server.children())
    for method, path in (
        ("GET", "/api/v1/items?kind=movie"),
        ("PUT", f"/api/v1/items/{favorite['id']}/watched"),
        ("POST", f"/api/v1/libraries/{library['id']}/scan"),
    ):
        assert answer(client, method, path).status_code == 503, path
    assert log_in(client).status_code == 503
    assert client.http.get("/health/ready").json()["parts"]["database"] == "down"
    assert client.http.get("/health/live").status_code == 200
    time.sleep(12)  # long enough for the pauses between the tries to have grown

    disk.free()
    freed = time.monotonic()
    eventually(lambda: client.http.get("/health/ready").status_code == 200, _BACK_WITHIN_S)
    assert client.send("PUT", f"/items/{favorite['id']}/watched")["watched"] is True
    assert client.scan(library["id"])["state"] == "done"
    assert time.monotonic() - freed < _BACK_WITHIN_S
    assert titles(client) == before
    assert [one["id"] for one in client.get("/items", favorite=True)["items"]] == [favorite["id"]]
    assert log_in(client).status_code == 200
    assert server.process.poll() is None


async def use_up_the_log(disk: SmallDisk) -> None:
    """Fills the disk and writes until PostgreSQL needs another piece of log, for which there is no room: it falls."""
    told = json.loads((disk.folder / "run" / "engines.json").read_bytes())
    connection = await asyncpg.connect(told["dsn"], timeout=10)  # which may write a file of its own
    disk.fill()
    try:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            for _ in range(100):
                await connection.execute("select pg_logical_emit_message(false, 'x', repeat('x', 4000000))", timeout=20)
    finally:
        connection.terminate()


def test_a_lived_in_server_on_a_full_disk_does_not_start_and_loses_nothing(
    server: Server, client: Client, disk: SmallDisk
) -> None:
    before = titles(client)
    assert server.stop() == 0
    disk.fill()
    refuses_to_start(disk)
    disk.free()
    server.restart()
    with Client(server) as again:
        again.log_in()
        assert titles(again) == before


def test_a_full_cache_costs_sizes_and_conversions_alone(shelf: Path) -> None:
    with small_disk(16) as disk, contextlib.ExitStack() as after:
        server = Server(settings={"cache": str(disk.folder)})
        after.callback(server.remove)
        films = make_folder("hearth-media-")
        after.callback(shutil.rmtree, films)
        make.old_video(films / "Ember Season (2020).mkv", seconds=12)
        make.video(films / "Film 0 (2000).mp4")
        make.image(films / "Film 0 (2000)-poster.jpg")
        client = after.enter_context(Client(server))
        client.set_up()
        client.add_library("Films", "movies", films)
        old, new = client.get("/items", kind="movie", sort="title")["items"]
        shown = eventually(lambda: client.get(f"/items/{new['id']}")["images"].get("poster"))
        disk.fill()

        picture = client.http.get(f"{shown['url']}&width=160")
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")
        assert picture.content[:4] == b"RIFF"
        direct = play(client, new)
        assert direct["method"] == "direct"
        assert client.http.get(direct["url"]).status_code == 200
        converted = play(client, old)
        assert converted["method"] == "transcode"
        began = time.monotonic()
        problem = client.http.get(converted["url"])
        assert time.monotonic() - began < _LONGEST_ANSWER_S
        assert problem.status_code == 503, problem.text
        assert problem.headers["content-type"] == "application/problem+json"
        assert problem.json()["detail"] == "The disk of the cache folder is full: make room on it."
        client.send("PUT", f"/items/{new['id']}/favorite")

        disk.free()
        assert client.http.get(play(client, old)["url"]).status_code == 200
        small = client.http.get(f"{shown['url']}&width=160")
        assert small.status_code == 200
        assert list(disk.folder.glob("images/*/*-160.webp")), "it is kept again"
        assert sum("takes no pictures" in line for line in server.lines) == 1


def play(client: Client, item: Any) -> Any:
    return client.send("POST", f"/items/{item['id']}/play", {"client": BROWSER}, status=201)


@pytest.mark.parametrize("megabytes", [1, 24])
def test_a_new_server_on_a_full_disk_does_not_start_and_says_why(megabytes: int) -> None:
    """With no room at all, and with too little to make a database."""
    with small_disk(megabytes) as disk:
        if megabytes == 1:
            disk.fill()
        refuses_to_start(disk)


def refuses_to_start(disk: SmallDisk) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hearth", "serve", "--data", str(disk.folder), "--port", "0"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "HEARTH_DEBUG" not in done.stderr
    assert f"Error: The disk of the data folder {disk.folder} is full: make room on it" in done.stderr, done.stderr
