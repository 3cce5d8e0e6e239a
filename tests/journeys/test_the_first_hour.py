"""The first hour in a browser: account, folder, scan, browse, and a film, an episode and a track that play."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.journeys.conftest import opened_page
from tests.journeys.server import PASSWORD, USERNAME, Server


@pytest.fixture
def empty_server() -> Iterator[Server]:
    """A server that nobody has set up."""
    running = Server()
    yield running
    running.remove()


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of a size, which must end without an error on its console."""
    with opened_page(browser, request.node.name, *request.param) as opened:
        yield opened


def seconds_played(page: Page, selector: str) -> float:
    """How far the media element is, once it has moved by more than a second."""
    page.wait_for_function(
        "s => [...document.querySelectorAll(s)].some(m => m.currentTime > 1 && !m.error)", arg=selector, timeout=40_000
    )
    played: float = page.evaluate(
        "s => Math.max(...[...document.querySelectorAll(s)].map(m => m.currentTime))", selector
    )
    return played


def test_first_run(page: Page, empty_server: Server, media: Path) -> None:
    page.goto(empty_server.address)
    page.get_by_test_id("username").fill(USERNAME)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("setup-button").click()
    expect(page.get_by_test_id("folder-picker")).to_be_visible()
    page.get_by_test_id("folder-path").fill(str(media / "Films"))
    page.get_by_test_id("folder-go").click()
    expect(page.get_by_test_id("folder-picker")).to_have_attribute("data-path", str(media / "Films"))
    page.get_by_test_id("folder-choose").click()
    page.get_by_test_id("kind-movies").click()
    page.get_by_test_id("create-library").click()
    expect(page.get_by_test_id("scan-progress")).to_be_visible()
    page.get_by_test_id("browse-button").click()
    expect(page.get_by_text("Paper Moons").first).to_be_visible(timeout=40_000)  # the grid follows the scan by itself


@pytest.fixture
def signed_in(page: Page, server: Server, client: object) -> Page:
    """A page of a server with three libraries, signed in."""
    page.goto(server.address)
    page.get_by_test_id("username").fill(USERNAME)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("login-button").click()
    expect(page.get_by_test_id("latest-row").first).to_be_visible()
    return page


def test_a_path_written_as_the_first_listing_comes_stays_as_it_is(signed_in: Page, server: Server) -> None:
    """The listing arrives when somebody is about to write: what is written then takes its place."""
    held: list[Route] = []
    signed_in.route("**/api/v1/filesystem*", lambda route: held.append(route))  # noqa: PLW0108 - a function is asked for
    signed_in.goto(f"{server.address}/libraries/new")
    field = signed_in.get_by_test_id("folder-path")
    field.focus()
    _until_asked(signed_in, held)
    held[0].continue_()
    expect(field).not_to_have_value("")
    signed_in.keyboard.insert_text("/srv/films")
    expect(field).to_have_value("/srv/films")
    signed_in.unroute("**/api/v1/filesystem*")


def _until_asked(page: Page, held: list[Route]) -> None:
    deadline = time.monotonic() + 40
    while not held:
        assert time.monotonic() < deadline, "the folders were not asked for"
        page.wait_for_timeout(50)


def open_item(page: Page, query: str, kind: str) -> None:
    """Find an item by searching and open it."""
    page.get_by_test_id("search-link").first.click()
    page.get_by_test_id("search-input").fill(query)
    page.locator(f"[data-testid=search-results] [data-kind={kind}]").first.click()


def test_a_film_plays_seeks_and_says_how(signed_in: Page) -> None:
    open_item(signed_in, "paper moons", "movie")
    expect(signed_in.get_by_test_id("title")).to_have_text("Paper Moons")
    signed_in.get_by_test_id("play-button").first.click()
    assert seconds_played(signed_in, "video") > 1
    signed_in.keyboard.press("ArrowRight")
    signed_in.keyboard.press("i")
    expect(signed_in.get_by_test_id("play-method")).to_have_attribute("data-method", "direct")


def test_a_film_that_no_browser_plays_is_encoded(signed_in: Page) -> None:
    open_item(signed_in, "ember season", "movie")
    signed_in.get_by_test_id("play-button").first.click()
    assert seconds_played(signed_in, "video") > 1
    signed_in.keyboard.press("i")
    expect(signed_in.get_by_test_id("play-method")).to_have_attribute("data-method", "transcode")


def test_an_episode_plays(signed_in: Page) -> None:
    open_item(signed_in, "signal hill", "series")
    signed_in.get_by_test_id("play-button").first.click()
    expect(signed_in.get_by_test_id("player")).to_be_visible()
    signed_in.wait_for_function("() => { const v = document.querySelector('video'); return v && v.currentTime > 0.2 }")


def test_a_track_plays_on_while_one_browses(signed_in: Page) -> None:
    open_item(signed_in, "tides", "album")
    signed_in.get_by_test_id("track-row").first.click()
    bar = signed_in.get_by_test_id("player-bar")
    expect(bar).to_be_visible()
    expect(signed_in.get_by_test_id("player-title")).to_contain_text("Tide")
    signed_in.goto(signed_in.url.split("/", 3)[0] + "//" + signed_in.url.split("/")[2] + "/")
    expect(signed_in.get_by_test_id("player-bar")).to_be_visible()


def test_an_unknown_address_says_so(signed_in: Page, server: Server) -> None:
    signed_in.goto(f"{server.address}/there/is/nothing")
    expect(signed_in.get_by_test_id("not-found")).to_be_visible()
