"""A real server for the documentation, and media in the folders that the pages speak of."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import media_files as make
from tests.docs.tour import Tour, walk
from tests.engines import make_folder
from tests.journeys.server import Client, Server


@pytest.fixture(scope="session")
def docs_media() -> Iterator[Path]:
    """Films, shows and music under the names that the guides use."""
    folder = make_folder("hearth-docs-")
    film = folder / "Films" / "Paper Moons (2021)"
    make.video(film / "Paper Moons (2021).mp4", seconds=12)
    make.image(film / "poster.jpg")
    make.text(film / "Paper Moons (2021).en.srt", "1\n00:00:01,000 --> 00:00:02,000\nGood evening.\n")
    make.video(folder / "Films" / "Ember Season (2020).mp4")
    make.video(folder / "Films" / "Quiet Harbour (2014).mp4")
    make.video(folder / "Documentaries" / "The Long Way Up (2018).mp4")
    for number in (1, 2):
        make.video(folder / "Shows" / "Signal Hill (2020)" / "Season 01" / f"Signal Hill S01E0{number}.mp4")
    make.audio(
        folder / "Music" / "Mara Quill" / "Tides (2015)" / "01 Low Tide.flac", cover=True, title="Low Tide",
        artist="Mara Quill", album="Tides", tracknumber="1", date="2015",
    )  # fmt: skip
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def docs_server() -> Iterator[Server]:
    """A running server with nothing in it."""
    running = Server()
    yield running
    running.remove()


@pytest.fixture(scope="session")
def tour(docs_media: Path) -> Iterator[Tour]:
    """The whole API, walked through once, on a server of its own."""
    running = Server()
    try:
        with Client(running) as client:
            seen = Tour(client, docs_media)
            walk(seen)
            yield seen
    finally:
        running.remove()
