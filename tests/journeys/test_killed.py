"""Journey: whatever is killed at whatever moment of a scan, nothing is lost and nothing is there twice.

Worker, PostgreSQL and now and then the whole server, 20 times: HEARTH_TEST_KILLS is how often, HEARTH_TEST_SEED repeats
a run.
"""

import contextlib
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests import media_files as make
from tests.engines import make_folder
from tests.journeys.server import Client, Server, eventually

KILLS = int(os.environ.get("HEARTH_TEST_KILLS", "20"))
FILMS = 24


def title(shelf: int, film: int) -> str:
    return f"Film {chr(ord('A') + shelf)}{film:02}"


def begun(client: Client, library: str) -> bool:
    return bool(client.get(f"/libraries/{library}")["scan"]["state"] != "queued")


def done(client: Client, library: str) -> bool:
    return bool(client.get(f"/libraries/{library}")["scan"]["state"] == "done")


@pytest.fixture
def own() -> Iterator[Server]:
    """A server that is killed again and again."""
    running = Server()
    yield running
    running.remove()


@pytest.fixture
def shelves() -> Iterator[list[Path]]:
    """A folder of films for each kill, so that each falls into a scan that does work."""
    folder = make_folder("hearth-media-")
    make.video(folder / "film.mp4")
    data = (folder / "film.mp4").read_bytes()
    made = []
    for shelf in range(KILLS):
        place = folder / f"shelf {shelf}"
        for film in range(FILMS):
            path = place / f"{title(shelf, film)} (2001)" / f"{title(shelf, film)} (2001).mp4"
            path.parent.mkdir(parents=True)
            # Each its own content: a copy under another name would be taken for a film that moved.
            path.write_bytes(data + f"{shelf} {film}".encode())
        made.append(place)
    yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(900)  # a machine with much else to do took 320 s
def test_nothing_is_lost_or_doubled_however_often_it_is_killed(own: Server, shelves: list[Path]) -> None:
    seed = int(os.environ.get("HEARTH_TEST_SEED", str(time.time_ns() % 10_000)))
    print(f"HEARTH_TEST_SEED={seed}")
    chance = random.Random(seed)
    victims = ["worker", "postgres", "server", "worker", "postgres"] * (KILLS // 5 + 1)
    libraries: dict[str, int] = {}
    with Client(own) as client:
        client.set_up()
    for number, shelf in enumerate(shelves):
        with Client(own) as client:
            client.log_in()
            made = client.send(
                "POST", "/libraries", {"name": f"Shelf {number}", "kind": "movies", "paths": [str(shelf)]}, status=201
            )
            libraries[made["id"]] = number
            eventually(partial(begun, client, made["id"]), 60)
            time.sleep(chance.uniform(0.0, 0.5))
            strike(own, victims[number])
    with Client(own) as client:
        client.log_in()
        for library, number in libraries.items():
            eventually(partial(done, client, library), 90)
            page = client.get("/items", kind="movie", library=library, limit=500)
            assert sorted(item["title"] for item in page["items"]) == sorted(
                title(number, film) for film in range(FILMS)
            )
        asked = [client.send("POST", f"/libraries/{library}/scan", status=202)["id"] for library in libraries]
        for scan_id in asked:
            again = client.scanned(scan_id, 90)
            assert (again["state"], again["counts"]["files"]) == ("done", FILMS)
            assert (again["counts"]["new"], again["counts"]["moved"], again["counts"]["missing"]) == (0, 0, 0)


def strike(own: Server, victim: str) -> None:
    """Kill one with -9 and wait until there is a new one that works."""
    if victim == "server":
        own.kill()
        own.restart()
        return
    pid = own.children()[victim]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: own.children().get(victim, pid) != pid, 60)
    eventually(lambda: _lets_in(own), 60)


def _lets_in(own: Server) -> bool:
    """Whether it works again: /health/ready may tell for some seconds what was before the kill."""
    with contextlib.suppress(httpx.HTTPError, AssertionError), Client(own) as client:
        client.log_in()
        return True
    return False
