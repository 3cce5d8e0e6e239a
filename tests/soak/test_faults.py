"""Every part of a server under load is killed with -9, and then it is told to stop: nothing that was acknowledged is
lost, nothing is there twice, nobody is left behind.

`make test` kills each part once; `make soak` sets HEARTH_TEST_KILLS and takes minutes. What is measured is printed.
"""

from __future__ import annotations

import asyncio
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

from hearth.kit.valkey import Valkey
from tests import media_files as make
from tests import plain
from tests.app.test_supervise import descendants
from tests.engines import alive, ends_within, make_folder
from tests.journeys.server import Client, Server, eventually
from tests.soak.load import Load

ROUNDS = int(os.environ.get("HEARTH_TEST_KILLS", "1"))
_GRACE_S = 30
# Ready again within 10 s after a kill; where a start in peace alone takes half of that and more, within twice that.
_READY_S = 10.0
_TURNS, _ASKED = 4, 120
_LOOKS: list[tuple[str, dict[str, object]]] = [
    ("/items", {"kind": "movie", "limit": 20}), ("/home", {}), ("/libraries", {}), ("/search", {"q": "film"}),
]  # fmt: skip


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


@pytest.mark.timeout(180 + 240 * ROUNDS)
def test_kills_of_every_part_lose_nothing(own: Server, shelf: Path) -> None:
    with Client(own) as person:
        person.set_up()
        person.add_library("Films", "movies", shelf)
    with Load(own, accounts=1 + ROUNDS // 2) as load:
        eventually(lambda: len(load.acknowledged) > 5)
        calm = load.news(load.since())
        for _ in range(ROUNDS):
            in_peace_s = _restarted(own, load)
            for part in ("valkey", "web", "worker", "postgres", "server"):
                _strike(own, load, part, max(_READY_S, 2 * in_peace_s))
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


def _restarted(own: Server, load: Load) -> float:
    """Stopped and started in peace, under the same load: seconds from the start until it is well."""
    assert own.stop() == 0
    began = time.monotonic()
    own.restart()
    eventually(lambda: _well(own), 60)
    took = time.monotonic() - began
    print(f"started in peace: well after {took:.1f} s")
    _caught_up(load)
    return took


def _caught_up(load: Load) -> None:
    """Waits until what was asked of a server that is gone came to its end, so that it is not counted later."""
    now = time.monotonic()
    eventually(lambda: load.caught_up(now), 60)


def _strike(own: Server, load: Load, part: str, ready_s: float) -> None:
    """Kills one part and waits until the server is well again; what people were told meanwhile is judged.

    For the server that is counted from its start, for its parts, which it starts itself, from the kill.
    """
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
    assert took < ready_s, f"{part} killed: well again after {took:.1f} s, promised were {ready_s:.1f} s"
    eventually(lambda: len(load.acknowledged) > written + 3, 60)
    _caught_up(load)
    statuses, refused, seconds = load.news(before)
    p95 = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else 0.0
    print(f"{part} killed: well again after {took:.1f} s; {dict(statuses)}, {refused} cut; p95 {p95 * 1000:.0f} ms")
    if part in ("valkey", "worker"):
        assert refused == 0, f"nobody needs the {part} for an answer"
        assert not [status for status in statuses if status >= 500], statuses
    if part == "web":
        assert not [status for status in statuses if status >= 500], statuses


@pytest.mark.timeout(300)
def test_without_its_cache_it_answers_at_most_twice_as_slowly(shelf: Path) -> None:
    """The cache killed and not started again: no 5xx, and p95 at most doubled against the same requests with a cache.

    With and without take turns, so that whatever else the machine does falls on both; the best of each counts.
    """
    folder = make_folder("hearth-cache-")
    cache = Valkey(folder)
    url = asyncio.run(cache.start())
    server = Server(settings={"cache_url": url})
    within: dict[bool, list[float]] = {True: [], False: []}
    try:
        with Client(server) as person:
            person.set_up()
            person.add_library("Films", "movies", shelf)
            for _ in range(_TURNS):
                for there in (True, False):
                    if there:
                        asyncio.run(cache.start())
                        eventually(lambda: _well(server), 60)
                    else:
                        assert cache.pid is not None
                        os.kill(cache.pid, signal.SIGKILL)
                        eventually(lambda: _state(server) == "degraded", 60)
                    within[there].append(_p95(person))
    finally:
        server.remove()
        asyncio.run(cache.stop())
        shutil.rmtree(folder, ignore_errors=True)
    with_it, without = min(within[True]), min(within[False])
    print(f"p95 with the cache {with_it * 1000:.1f} ms, without {without * 1000:.1f} ms: {without / with_it:.2f} times")
    assert without <= 2 * with_it, within


def _p95(person: Client) -> float:
    """Of answers to what people look at; none may fail."""
    seconds = []
    for number in range(_ASKED):
        path, asked = _LOOKS[number % len(_LOOKS)]
        began = time.monotonic()
        person.get(path, **asked)
        seconds.append(time.monotonic() - began)
    return statistics.quantiles(seconds, n=20)[-1]


def _state(own: Server) -> str:
    return str(plain.get(f"{own.address}/health/ready", timeout=10).json()["status"])


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
            # It is told to go; left to itself it would last until the grace is over.
            assert time.monotonic() - began < _GRACE_S / 2
    code = own.process.wait(_GRACE_S + 5)
    took = time.monotonic() - began
    print(f"told to stop: ended with {code} after {took:.1f} s")
    assert code == 0
    assert took < _GRACE_S
    assert not [pid for pid in children if alive(pid)]


def _well(own: Server) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        answer = plain.get(f"{own.address}/health/ready", timeout=5)
        return answer.status_code == 200 and answer.json()["parts"]["cache"] == "ok"
    return False
