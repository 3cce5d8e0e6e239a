"""One server that shows everything it can - every room at debug, logs in files, all requests traced - and its owner."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from hearth.kit.logs import ROOMS
from tests import media_files as make
from tests.engines import make_folder
from tests.journeys.server import Client, Server
from tests.telemetry.receiver import Receiver

LIBRARIES = ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncpg", "litestar", "pgqueuer", "asyncio", "libav")


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture(scope="session")
def loud(receiver: Receiver) -> Iterator[Server]:
    settings = {
        "log_levels": ",".join(f"{name}=debug" for name in (*sorted(ROOMS), *LIBRARIES)),
        "log_folder": "logs/own",
        "log_file_mb": "1",
        "otlp_endpoint": receiver.endpoint,
        "otlp_sampling": "1",
        "trusted_proxies": "127.0.0.1",
    }
    # In an empty folder, where the supervisor has something to say too.
    running = Server(make_folder("hearth-serve-"), settings=settings)
    yield running
    running.remove()


@pytest.fixture(scope="session")
def person(loud: Server) -> Iterator[Client]:
    """The owner, with a film that has to be converted and one that has not."""
    media = make_folder("hearth-seen-")
    make.old_video(media / "Ember Season (2020)" / "Ember Season (2020).mkv", seconds=8)
    make.image(media / "Ember Season (2020)" / "poster.jpg")
    make.video(media / "Paper Moons (2021)" / "Paper Moons (2021).mp4", seconds=4)
    with Client(loud) as client:
        client.set_up()
        client.add_library("Films", "movies", media)
        yield client
    shutil.rmtree(media, ignore_errors=True)
