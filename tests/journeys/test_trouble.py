"""Trouble with the machine and the disk: each has a clear answer, and the server goes on."""

import asyncio
import contextlib
import functools
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests import media_files as make
from tests.engines import make_folder
from tests.journeys.server import Client, Server, eventually

REPOSITORY = Path(__file__).resolve().parents[2]


@functools.cache
def as_nobody() -> tuple[str, ...]:
    """What runs our Python's command line as an unprivileged user; empty when that cannot be done here.

    The user may not be let in to where our Python lies: then the system's, if it is of the same version, does it.
    """
    become = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", "HOME=/nonexistent")
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    path = f"PYTHONPATH={REPOSITORY / 'src'}:{packages}"
    for python in (sys.executable, "/usr/bin/python3"):
        # The Server puts its own Python in front of the words that follow: `shift` takes it away again.
        argv = (*become, path, "sh", "-c", f'shift; exec {python} -B "$@"', "sh")
        check = [*argv, sys.executable, "-c", "import sys, hearth, asyncpg, av; print(*sys.version_info[:2])"]
        with contextlib.suppress(FileNotFoundError):
            done = subprocess.run(check, capture_output=True, text=True, timeout=30, check=False, cwd="/")
            if done.returncode == 0 and done.stdout.split() == [str(part) for part in sys.version_info[:2]]:
                return argv
    return ()


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A server that, where that can be done, runs as an unprivileged user: root is refused nothing."""
    data = make_folder("hearth-serve-")
    prefix = as_nobody() if os.geteuid() == 0 else ()
    if prefix:
        shutil.chown(data, "nobody", "nogroup")
    running = Server(data, prefix=prefix)
    yield running
    running.remove()


@pytest.fixture(scope="module")
def person(own: Server) -> Iterator[Client]:
    with Client(own) as client:
        client.set_up()
        yield client


@pytest.fixture
def shelf() -> Iterator[Path]:
    """A folder of media that everybody may read."""
    folder = make_folder("hearth-media-")
    folder.chmod(0o755)
    yield folder
    if folder.is_dir():
        folder.chmod(0o755)
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)


@pytest.fixture
def films(own: Server, person: Client, shelf: Path) -> Iterator[str]:
    """A library of three films; its id."""
    for number in range(3):
        make.video(shelf / f"Film {number} (200{number}).mp4")
    library = person.add_library("Films", "movies", shelf)
    yield library
    person.http.delete(f"/api/v1/libraries/{library}")


def user_of(server: Server) -> int:
    """Who the server runs as."""
    return Path(f"/proc/{server.process.pid}").stat().st_uid


def count(client: Client) -> int:
    return int(client.get("/items", kind="movie", limit=1)["total"])


def test_a_folder_that_may_not_be_read_any_more_loses_nothing(
    own: Server, person: Client, films: str, shelf: Path
) -> None:
    if user_of(own) == 0:
        pytest.skip("root reads everything, and no other user may run this Python here")
    shelf.chmod(0)
    scan = person.scan(films)
    assert scan["state"] == "paused"
    assert str(shelf) in scan["message"]
    assert "Give its user read access" in scan["message"]
    (root,) = person.get(f"/libraries/{films}")["roots"]
    assert "Give its user read access" in root["problem"]
    assert count(person) == 3
    other = person.send("POST", "/libraries", {"name": "B", "kind": "movies", "paths": [str(shelf / "x")]}, status=400)
    assert "may not be looked at" in other["detail"]

    shelf.chmod(0o755)
    scan = person.scan(films)
    assert (scan["state"], scan["message"], scan["counts"]["new"], scan["counts"]["missing"]) == ("done", None, 0, 0)
    assert person.get(f"/libraries/{films}")["roots"][0]["problem"] is None


def test_a_folder_below_that_may_not_be_read_keeps_its_films(
    own: Server, person: Client, films: str, shelf: Path
) -> None:
    if user_of(own) == 0:
        pytest.skip("root reads everything, and no other user may run this Python here")
    closed = shelf / "Closed Door (2011)"
    make.video(closed / "Closed Door (2011).mp4")
    assert person.scan(films)["counts"]["new"] == 1
    closed.chmod(0)
    try:
        scan = person.get(f"/scans/{person.scan(films)['id']}")
        assert (scan["state"], scan["counts"]["missing"], scan["problem_count"]) == ("done", 0, 1)
        assert "cannot be read" in scan["problems"][0]["reason"]
        assert count(person) == 4
    finally:
        closed.chmod(0o755)
    assert person.scan(films)["state"] == "done"
    assert count(person) == 4


def test_a_folder_that_turned_into_a_file_loses_nothing(person: Client, films: str, shelf: Path) -> None:
    aside = shelf.with_name(f"{shelf.name}-aside")
    shelf.rename(aside)
    try:
        shelf.write_bytes(b"a file now")
        scan = person.scan(films)
        assert scan["state"] == "paused"
        assert f"{shelf} is a file" in scan["message"]
        assert count(person) == 3
        shelf.unlink()
        scan = person.scan(films)
        assert scan["state"] == "paused"
        assert f"{shelf} does not exist" in scan["message"]
        assert count(person) == 3
    finally:
        shelf.unlink(missing_ok=True)
        aside.rename(shelf)
    scan = person.scan(films)
    assert (scan["state"], scan["counts"]["new"], count(person)) == ("done", 0, 3)


def test_two_scans_at_once_are_one(person: Client, films: str) -> None:
    asked: list[Any] = []

    def ask() -> None:
        asked.append(person.http.post(f"/api/v1/libraries/{films}/scan"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert {answer.status_code for answer in asked} == {202}
    ids = {answer.json()["id"] for answer in asked}
    for one in ids:
        assert person.scanned(one)["state"] == "done"
    # A late one may have found the first over already; never did two of them run at the same time.
    scans = person.get(f"/libraries/{films}/scans")
    assert ids <= {one["id"] for one in scans["items"]}  # beside them the watcher may have asked for some of its own
    spans = sorted((one["started_at"], one["finished_at"]) for one in scans["items"] if one["finished_at"])
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(spans))
    assert len(ids) < len(asked)
    assert count(person) == 3


def many(shelf: Path, number: int = 1500) -> None:
    """So many films that their scan takes seconds."""
    for film in range(number):
        make.video(shelf / f"Many {film} (2001)" / f"Many {film} (2001).mp4")


def running(client: Client, scan_id: str) -> None:
    """Waits until a scan has filed something and is not over."""
    scan = eventually(lambda: one if (one := client.get(f"/scans/{scan_id}"))["counts"]["filed"] else None)
    assert scan["state"] == "running", "the scan was over before it could be disturbed"


def test_a_running_scan_is_cancelled_and_what_it_found_is_kept(own: Server, person: Client, shelf: Path) -> None:
    many(shelf)
    lines = len(own.lines)
    made = person.send("POST", "/libraries", {"name": "Many", "kind": "movies", "paths": [str(shelf)]}, status=201)
    scan_id = made["scan"]["id"]
    running(person, scan_id)
    person.send("DELETE", f"/scans/{scan_id}", status=202)
    scan = person.scanned(scan_id, 20)
    assert scan["state"] == "cancelled"
    assert "kept" in scan["message"]
    assert 0 < count(person) < 1500
    assert person.http.delete(f"/api/v1/scans/{scan_id}").status_code == 409
    assert person.scan(made["id"])["state"] == "done"
    assert count(person) == 1500
    person.send("DELETE", f"/libraries/{made['id']}", status=204)
    assert count(person) == 0
    assert not own.mistakes(lines), own.mistakes(lines)[0]


def test_a_library_removed_while_it_is_scanned_leaves_nothing(own: Server, person: Client, shelf: Path) -> None:
    many(shelf)
    lines = len(own.lines)
    made = person.send("POST", "/libraries", {"name": "Many", "kind": "movies", "paths": [str(shelf)]}, status=201)
    running(person, made["scan"]["id"])
    began = time.monotonic()
    person.send("DELETE", f"/libraries/{made['id']}", status=204)
    assert time.monotonic() - began < 15
    assert person.http.get(f"/api/v1/scans/{made['scan']['id']}").status_code == 404
    # Its pictures are not made either, but for those at hand.
    eventually(lambda: rows(own, "select count(*) from jobs.pgqueuer where entrypoint like 'ingest.%'") == 0)
    time.sleep(3)  # a scan that goes on, or is tried again, would show
    assert count(person) == 0
    for table in ("catalog.item", "libraries.file", "libraries.folder", "libraries.scan", "artwork.image"):
        assert rows(own, f"select count(*) from {table}") == 0, table  # noqa: S608 - the names above
    assert not own.mistakes(lines), own.mistakes(lines)[0]
    # The folder is free again, and the worker is well.
    assert person.send("DELETE", f"/libraries/{person.add_library('Again', 'movies', shelf)}", status=204) is None


def rows(server: Server, query: str) -> int:
    async def ask() -> int:
        dsn = json.loads((server.data / "run" / "engines.json").read_bytes())["dsn"]
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return int(await connection.fetchval(query))
        finally:
            await connection.close(timeout=5)

    return asyncio.run(ask())


def serve(*options: str) -> subprocess.CompletedProcess[str]:
    """`hearth serve` where it cannot: what it said, once it has ended."""
    return subprocess.run(
        [sys.executable, "-m", "hearth", "serve", *options], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_second_server_on_the_same_data_is_refused(own: Server, person: Client) -> None:
    done = serve("--data", str(own.data), "--port", "0")
    assert done.returncode == 1
    assert f"in use by hearth serve (process {own.process.pid})" in done.stderr
    assert "--data" in done.stderr
    assert person.get("/libraries") is not None


def test_data_that_cannot_be_written_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("x")
    places = [tmp_path / "a file", tmp_path / "a file" / "below", Path("/proc/hearth")]
    if os.geteuid() != 0:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o500)
        places += [closed, closed / "below"]
    for place in places:
        done = serve("--data", str(place), "--port", "0")
        assert done.returncode == 1, place
        assert f"The data folder {place} cannot be written" in done.stderr, done.stderr
        assert "choose another with --data or HEARTH_DATA" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_data_of_another_user_is_refused_with_what_to_do(data_dir: Path) -> None:
    if not as_nobody():
        pytest.skip("no other user may run this Python here")
    argv = [*as_nobody(), sys.executable, "-m", "hearth", "serve", "--data", str(data_dir)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    assert done.returncode == 1
    assert f"The data folder {data_dir} cannot be written (Permission denied)" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
