"""Every part of a server under load is killed with -9, and then it is told to stop: nothing that was acknowledged is
lost, nothing is there twice, nobody is left behind.

`make test` kills each part once; `make soak` sets HEARTH_TEST_KILLS and takes minutes. What is measured is printed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import media_files as make
from tests.app.test_supervise import descendants
from tests.engines import alive, ends_within, make_folder
from tests.journeys.server import Client, Server, eventually
from tests.soak.load import Load

ROUNDS = int(os.environ.get("HEARTH_TEST_KILLS", "1"))
_GRACE_S = 30


@pytest.fixture
def own() -> Iterator[Server]:
    """A server that is killed in all its parts."""
    running = Server()
    yield running
    running.remove()


@pytest.fixture
def shelf() -> Iterator[Path]:
    folder = make_folder("hearth-media-")
    for number in range(3):
        make.video(folder / f"Film {number} (200{number}).mp4", seconds=2)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_kills_of_every_part_lose_nothing(own: Server, shelf: Path) -> None:
    with Client(own) as person:
        person.set_up()
        person.add_library("Films", "movies", shelf)
    with Load(own, accounts=1 + ROUNDS // 2) as load:
        eventually(lambda: len(load.acknowledged) > 5)
        calm = load.news(load.since())
        for _ in range(ROUNDS):
            for part in ("valkey", "web", "worker", "postgres", "server"):
                _strike(own, load, part)
        _told_to_stop(own)
    own.restart()
    assert calm[1] == 0
    found = load.playlists()
    with Client(own) as person:
        person.log_in()
        films = person.get("/items", kind="movie")["total"]
    unanswered = len(set(found) - load.acknowledged)
    print(
        f"{len(load.acknowledged)} writes acknowledged, {len(load.acknowledged - set(found))} lost, "
        f"{len(found) - len(set(found))} doubled; {unanswered} of {len(load.asked - load.acknowledged)} without an "
        f"answer are there all the same"
    )
    assert not load.acknowledged - set(found), "acknowledged and lost"
    assert len(found) == len(set(found)), "there twice"
    assert set(found) <= load.asked
    assert films == 3
    assert load.statuses.keys() <= {200, 201, 503}, load.statuses


def _strike(own: Server, load: Load, part: str) -> None:
    """Kills one part and waits until the server is well again; what people were told meanwhile is judged."""
    before = load.since()
    written = len(load.acknowledged)
    others = list(descendants(own.process.pid))
    began = time.monotonic()
    if part == "server":
        own.kill()
        assert all(ends_within(pid, 20) for pid in others), "a child outlived its server"
        began = time.monotonic()
        own.restart()
    else:
        name = next(name for name in own.children() if name.startswith(part))
        pid = own.children()[name]
        below = list(descendants(pid))
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: own.children().get(name, pid) != pid, 60)
        assert all(ends_within(child, 20) for child in below), f"a child outlived its {part}"
    eventually(lambda: _well(own), 60)
    took = time.monotonic() - began
    eventually(lambda: len(load.acknowledged) > written + 3, 60)
    statuses, refused, seconds = load.news(before)
    p95 = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else 0.0
    print(f"{part} killed: well again after {took:.1f} s; {dict(statuses)}, {refused} cut; p95 {p95 * 1000:.0f} ms")
    if part in ("valkey", "worker"):
        assert refused == 0, f"nobody needs the {part} for an answer"
        assert not [status for status in statuses if status >= 500], statuses
    if part == "web":
        assert not [status for status in statuses if status >= 500], statuses


def _told_to_stop(own: Server) -> None:
    """SIGTERM under load, with an event stream open: drained in time, with nobody left."""
    children = list(descendants(own.process.pid))
    with Client(own) as person:
        person.log_in()
        with person.http.stream("GET", "/api/v1/events") as stream:
            assert stream.status_code == 200
            began = time.monotonic()
            own.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(httpx.TransportError):
                for _ in stream.iter_raw():
                    assert time.monotonic() - began < _GRACE_S
    code = own.process.wait(_GRACE_S + 5)
    took = time.monotonic() - began
    print(f"told to stop: ended with {code} after {took:.1f} s")
    assert code == 0
    assert took < _GRACE_S
    assert not [pid for pid in children if alive(pid)]


def _well(own: Server) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        answer = httpx.get(f"{own.address}/health/ready", timeout=5)
        return answer.status_code == 200 and answer.json()["parts"]["cache"] == "ok"
    return False
