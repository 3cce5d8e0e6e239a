"""One server with one small library of each kind, and one browser, shared by a worker's journeys."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import media_files as make
from tests.browsers import chromium
from tests.engines import make_folder
from tests.journeys.server import PASSWORD, USERNAME, Client, Server

_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required"
)
expect.set_options(timeout=30_000)  # a busy machine takes its time
_SHOTS = Path(__file__).parents[1] / "artifacts"
# What the page's policy refuses is told by an event, also where the console keeps quiet.
_TELL = """addEventListener("securitypolicyviolation", event =>
    console.error(`Content Security: ${event.violatedDirective} refused ${event.blockedURI} in ${event.sourceFile}`))"""
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window. A module's, because its driver holds an event loop while it lives."""
    program = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=_FLAGS.split())
        yield started
        started.close()


@contextlib.contextmanager
def opened_page(browser: Browser, name: str, width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A page of a browser of its own (cookies and all), which must end without an error of a script and without
    anything that the page's policy refused. Its last picture is kept under `name`."""
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.add_init_script(_TELL)
    opened = context.new_page()
    opened.set_default_timeout(40_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    yield opened
    _SHOTS.mkdir(exist_ok=True)
    opened.screenshot(path=_SHOTS / f"{name.replace('/', '-')}.png")
    context.close()
    assert not errors


@pytest.fixture
def open_page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, each of a browser of its own, for as long as the test lasts: `open_page(390, 844)`."""
    with contextlib.ExitStack() as pages:
        count = iter(range(1, 100))

        def opened(width: int = 1280, height: int = 900) -> Page:
            name = f"{request.node.name}-{next(count)}"
            return pages.enter_context(opened_page(browser, name, width, height))

        yield opened


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desktop", "phone"])
def sized_page(request: pytest.FixtureRequest, open_page: Callable[..., Page], server: Server, client: Client) -> Page:
    """A page of a size, signed in to a server with three libraries."""
    opened = open_page(*request.param)
    opened.goto(server.address)
    opened.get_by_test_id("username").fill(USERNAME)
    opened.get_by_test_id("password").fill(PASSWORD)
    opened.get_by_test_id("login-button").click()
    expect(opened.get_by_test_id("latest-row").first).to_be_visible()
    return opened
