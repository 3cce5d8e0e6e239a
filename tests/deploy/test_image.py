"""The real Dockerfile, built; the server in it, started as its own user; the first hour, done against it.

`make image-test` runs this: it needs root, buildah, debootstrap and some minutes, so `make test` leaves it out. The
journeys are those of tests/journeys, word for word, with the server in the image for the one they know.
HEARTH_TEST_IMAGE=1 builds in a folder of its own and forgets it; the path of a folder keeps the image there for the
next run.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import plain
from tests.deploy import image as images
from tests.engines import alive
from tests.journeys.conftest import browser, media
from tests.journeys.server import Client
from tests.journeys.test_a_play import (
    test_a_film_is_played_as_it_is,
    test_an_episode_and_a_track_play,
    test_its_subtitles_come_as_webvtt,
    test_what_no_browser_takes_is_encoded_from_anywhere,
)
from tests.journeys.test_the_first_hour import (
    page,
    signed_in,
    test_a_film_plays_seeks_and_says_how,
    test_a_film_that_no_browser_plays_is_encoded,
    test_a_track_plays_on_while_one_browses,
    test_an_episode_plays,
    test_first_run,
)

__all__ = [
    "browser", "media", "page", "signed_in", "test_a_film_is_played_as_it_is", "test_a_film_plays_seeks_and_says_how",
    "test_a_film_that_no_browser_plays_is_encoded", "test_a_track_plays_on_while_one_browses",
    "test_an_episode_and_a_track_play", "test_an_episode_plays", "test_first_run", "test_its_subtitles_come_as_webvtt",
    "test_what_no_browser_takes_is_encoded_from_anywhere",
]  # fmt: skip

_REASON = images.problem() or (
    None if os.environ.get("HEARTH_TEST_IMAGE") else "it takes minutes: `make image-test` builds the image and runs it"
)
pytestmark = [
    pytest.mark.skipif(_REASON is not None, reason=_REASON or ""),
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("image"),
]
# What a small box has room for; PostgreSQL, two ffmpegs' worth of libraries and libvips are most of it.
_LARGEST_BYTES = 800 * 2**20


@pytest.fixture(scope="session")
def store() -> Iterator[images.Store]:
    asked = os.environ["HEARTH_TEST_IMAGE"]
    with images.store(Path(asked) if asked.startswith("/") else None) as made:
        yield made


@pytest.fixture(scope="session")
def image(store: images.Store) -> str:
    """The image, built from what lies here now, or the one that was kept."""
    if store.has(images.IMAGE):
        return images.IMAGE
    return store.build(store.base(), VERSION="9.9.9", REVISION="a-test", CREATED="2026-01-02T03:04:05Z")


@pytest.fixture(scope="session")
def server(store: images.Store, image: str, media: Path) -> Iterator[images.Running]:
    """The server in a container."""
    data = images.data_folder(store.config(image))
    running = images.Running(store, image, data, media)
    yield running
    running.remove()
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def empty_server(store: images.Store, image: str, media: Path) -> Iterator[images.Running]:
    """Another one, that nobody has set up."""
    data = images.data_folder(store.config(image))
    running = images.Running(store, image, data, media)
    yield running
    running.remove()
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def client(server: images.Running, media: Path) -> Iterator[Client]:
    """The first account, made in the container, with its three libraries."""
    with Client(server) as person:
        person.set_up()
        person.add_library("Films", "movies", media / "Films")
        person.add_library("Shows", "shows", media / "Shows")
        person.add_library("Music", "music", media / "Music")
        yield person


def test_the_first_hour_in_the_image(server: images.Running, client: Client) -> None:
    """Account, libraries, scan and a play, by the routes; the other tests here do it in a browser."""
    assert client.get("/items", kind="movie")["total"] == 3
    assert client.get("/items", kind="track")["total"] == 2
    assert plain.get(server.address).text.startswith("<!doctype html>"), "the interface was built into it"
    told = plain.get(f"{server.address}/health/ready").json()
    assert (told["status"], told["parts"]["ffmpeg"]) == ("ok", "ok"), told


def test_all_of_it_runs_as_its_own_user(server: images.Running) -> None:
    user, _, group = server.config["User"].partition(":")
    assert (user, group) == ("1000", "1000")
    lines = {}
    for pid, line in server.processes().items():
        status = dict(
            row.split(":\t", 1) for row in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in row
        )
        lines[line] = (set(status["Uid"].split()), set(status["Gid"].split()))
    assert any("postgres" in line for line in lines)
    assert any("valkey" in line for line in lines)
    assert {one for ids in lines.values() for one in ids[0]} == {user}, lines
    assert {one for ids in lines.values() for one in ids[1]} == {group}, lines
    stray = [path for path in server.data.rglob("*") if path.lstat().st_uid != int(user)]
    assert not stray


def test_its_health_check_is_right_both_ways(server: images.Running) -> None:
    _, *check = server.config["Healthcheck"]["Test"]
    well = server.run(*check)
    assert well.returncode == 0, well.stderr
    ill = server.run("env", "HEARTH_PORT=9", *check)
    assert ill.returncode != 0


def test_it_has_neither_compilers_nor_installers_and_says_what_it_is(
    store: images.Store, server: images.Running
) -> None:
    for program in ("gcc", "cc", "pip", "pip3", "uv", "node", "npm", "git", "curl"):
        assert server.run("sh", "-c", f"command -v {program}").returncode != 0, program
    written = server.run("sh", "-c", "touch /opt/hearth/x /usr/x /etc/x 2>/dev/null; ls /opt/hearth/x /usr/x /etc/x")
    assert written.stdout == "", "only the data folder is its own"
    labels = server.config["Labels"]
    assert labels["org.opencontainers.image.version"] == "9.9.9"
    assert labels["org.opencontainers.image.revision"] == "a-test"
    assert labels["org.opencontainers.image.licenses"] == "MIT"
    size = store.unpacked_bytes(server.container)
    print(f"the image unpacked: {size / 2**20:.0f} MB")
    assert size < _LARGEST_BYTES


def test_the_command_line_works_beside_it(server: images.Running, client: Client) -> None:
    listed = server.run("hearth", "library", "list")
    assert listed.returncode == 0, listed.stderr
    assert "Films" in listed.stdout
    doctor = server.run("hearth", "doctor")
    bad = [line for line in doctor.stdout.splitlines() if not line.startswith("ok")]
    assert doctor.returncode == 0, bad


def test_it_drains_when_told_to_stop_and_starts_again_with_what_it_had(
    store: images.Store, image: str, media: Path
) -> None:
    """Its own container, so that the order of tests is nobody's business."""
    data = images.data_folder(store.config(image))
    running = images.Running(store, image, data, media)
    try:
        with Client(running) as person:
            person.set_up()
            person.add_library("Films", "movies", media / "Films")
        children = list(running.processes())
        began = time.monotonic()
        assert running.stop() in (0, 143), running.said
        took = time.monotonic() - began
        print(f"told to stop: ended after {took:.1f} s")
        assert took < 30
        assert not [pid for pid in children if alive(pid)]
        assert not images.listens(running.port)
        running.start()
        with Client(running) as person:
            person.log_in()
            assert person.get("/items", kind="movie")["total"] == 3
    finally:
        running.remove()
        shutil.rmtree(data, ignore_errors=True)
