"""One server with one small library of each kind, shared by a worker's journeys."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import media_files as make
from tests.engines import make_folder
from tests.journeys.server import Client, Server

SUBTITLES = "1\n00:00:00,500 --> 00:00:01,500\nGood evening.\n\n2\n00:00:03,000 --> 00:00:04,000\nGood night.\n"


@pytest.fixture(scope="session")
def media() -> Iterator[Path]:
    """Films, shows and music, small and real."""
    folder = make_folder("hearth-media-")
    films = folder / "Films"
    make.video(films / "Paper Moons (2021)" / "Paper Moons (2021).mp4", seconds=12)
    make.text(films / "Paper Moons (2021)" / "Paper Moons (2021).en.srt", SUBTITLES)
    make.image(films / "Paper Moons (2021)" / "poster.jpg")
    make.old_video(films / "Ember Season (2020)" / "Ember Season (2020).mkv", seconds=12)
    make.video(films / "Quiet Harbour (2014).mp4")
    for season, number in ((1, 1), (1, 2), (2, 1)):
        make.video(folder / "Shows" / "Signal Hill" / f"Season {season}" / f"Signal Hill S0{season}E0{number}.mp4")
    for number, title in enumerate(("Low Tide", "High Tide"), 1):
        make.audio(
            folder / "Music" / "Mara Quill" / "Tides" / f"0{number}.flac", cover=True, title=title,
            artist="Mara Quill", album="Tides", tracknumber=str(number), date="2015",
        )  # fmt: skip
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running server with nothing in it."""
    running = Server()
    yield running
    running.remove()


@pytest.fixture(scope="session")
def client(server: Server, media: Path) -> Iterator[Client]:
    """A person who made the first account and the three libraries."""
    with Client(server) as person:
        person.set_up()
        person.add_library("Films", "movies", media / "Films")
        person.add_library("Shows", "shows", media / "Shows")
        person.add_library("Music", "music", media / "Music")
        yield person
