"""Row 39: script in names, tags, subtitles and what clients say of themselves (JF CVE-2023-23636; ND CVE-2026-25578;
Emby CVE-2025-64325). A browser shows all of it: nothing runs, and the page's policy has nothing to refuse.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import media_files as make
from tests.engines import make_folder
from tests.journeys.conftest import browser, opened_page
from tests.journeys.server import PASSWORD, USERNAME, Client, Server

__all__ = ["browser"]

# What runs where text is taken for markup, in an attribute, and in a template.
IMAGE = "<img src=x onerror=window.hit=1>"
SCRIPT = "<script>window.hit=1</script>"
QUOTED = '"\' onmouseover=window.hit=1 autofocus onfocus=window.hit=1 x="'
LINK = "javascript:window.hit=1"
CUES = f"1\n00:00:00,100 --> 00:00:09,000\n{IMAGE}{SCRIPT}<b onclick=window.hit=1>Good evening.</b>\n"


@pytest.fixture(scope="module")
def hostile() -> Iterator[tuple[Server, Client]]:
    """A server on which everything that can be named is named by an attacker."""
    media = make_folder("hearth-hostile-")
    film = media / "Films" / f"Paper {IMAGE} (2021)"
    make.video(film / f"Paper {IMAGE} (2021).mp4", seconds=12)
    make.text(film / f"Paper {IMAGE} (2021).en.srt", CUES)
    make.audio(
        media / "Music" / "one.flac", cover=True, title=f"Low {SCRIPT}", artist=f"Mara {IMAGE}",
        album=f"Tides {QUOTED}", tracknumber="1", date="2015", genre=f"Slow {SCRIPT}",
    )  # fmt: skip
    server = Server()
    with Client(server) as client:
        client.set_up()
        client.add_library(f"Films {IMAGE}", "movies", media / "Films")
        client.add_library(f"Music {SCRIPT}", "music", media / "Music")
        films = [item["id"] for item in client.get("/items", kind="movie")["items"]]
        for kind in ("playlists", "collections"):
            made = client.send("POST", f"/{kind}", {"name": f"Evenings {IMAGE}"}, status=201)
            client.send("POST", f"/{kind}/{made['id']}/entries", {"item_ids": films}, status=201)
        client.send("POST", "/me/api-keys", {"name": f"Key {IMAGE}", "permissions": ["items:read"]}, status=201)
        client.send("PUT", "/oidc-providers/odd", {"title": SCRIPT, "issuer": "https://id.test", "client_id": IMAGE})
        client.send("POST", "/users", {"username": f"ben {IMAGE}"[:64], "password": PASSWORD}, status=201)
        login = {"username": USERNAME, "password": PASSWORD, "device": f"Phone {IMAGE}"}
        client.http.post("/api/v1/auth/login", json=login, headers={"User-Agent": f"{SCRIPT}{QUOTED}"})
        yield server, client
    server.remove()
    shutil.rmtree(media, ignore_errors=True)


def look(page: Page, path: str, shown: str) -> None:
    """Goes to a page of the interface, as a click on a link does, and waits until it shows the hostile text as text.

    The document stays the same one: what ran at any time would still be seen at the end.
    """
    page.evaluate(_CLICK, path)
    expect(page.locator("main").get_by_text(shown).filter(visible=True).first).to_be_visible()
    assert_nothing_ran(page)


_CLICK = """path => {
    const link = document.createElement("a");
    link.href = path;
    document.body.append(link);
    link.click();
    link.remove();
}"""


@pytest.fixture(scope="module")
def entered(hostile: tuple[Server, Client], browser: Browser) -> Iterator[Page]:
    """A page that came in by the hostile login page, signed in."""
    server, _ = hostile
    base = server.address.rstrip("/")
    with opened_page(browser, "test_39") as page:
        page.goto(f"{base}/login?next={LINK}")
        expect(page.get_by_test_id("provider-button")).to_have_text(f"Sign in with {SCRIPT}")
        page.get_by_test_id("username").fill(USERNAME)
        page.get_by_test_id("password").fill(PASSWORD)
        page.get_by_test_id("login-button").click()
        expect(page.get_by_test_id("latest-row").first).to_be_visible()
        assert page.url == f"{base}/", "a script is no place to come back to"
        assert_nothing_ran(page)
        yield page


def assert_nothing_ran(page: Page) -> None:
    assert page.evaluate("window.hit") is None
    made = page.evaluate(
        "[...document.querySelectorAll('*')].filter(e => e.onerror || e.onmouseover || e.onfocus"
        " || /^javascript:/i.test(e.getAttribute('href') ?? '')).map(e => e.outerHTML.slice(0, 200))"
    )
    assert made == []


def test_a_browser_shows_hostile_names_as_text(hostile: tuple[Server, Client], entered: Page) -> None:
    _, client = hostile
    ids = {kind: client.get("/items", kind=kind)["items"][0]["id"] for kind in ("movie", "album", "artist")}
    lists = {kind: client.get(f"/{kind}")["items"][0]["id"] for kind in ("playlists", "collections")}
    for library in client.get("/libraries")["items"]:
        look(entered, f"/library/{library['id']}", "window.hit=1")
    look(entered, f"/items/{ids['movie']}", "Paper <img src=x onerror=window")
    look(entered, f"/items/{ids['album']}", f"Tides {QUOTED}"[:20])
    look(entered, f"/items/{ids['artist']}", f"Mara {IMAGE}")
    for kind, made in lists.items():
        look(entered, f"/{kind}/{made}", f"Evenings {IMAGE}")
    look(entered, "/libraries", f"Films {IMAGE}")
    look(entered, "/account", f"Phone {IMAGE}")
    look(entered, "/account", f"Key {IMAGE}")
    look(entered, "/users", "ben <img")
    look(entered, "/audit", "ben <img")
    look(entered, "/providers", SCRIPT)
    look(entered, "/search?q=paper", "Paper <img src=x onerror=window")
    entered.reload()  # and as a page that begins with it
    expect(entered.get_by_test_id("search-results").get_by_text("Paper").first).to_be_visible()
    assert_nothing_ran(entered)


def test_a_cue_with_script_is_shown_as_text(hostile: tuple[Server, Client], entered: Page) -> None:
    server, client = hostile
    film = client.get("/items", kind="movie")["items"][0]["id"]
    entered.set_viewport_size({"width": 390, "height": 844})
    entered.goto(f"{server.address.rstrip('/')}/watch/{film}")
    entered.wait_for_function("() => { const v = document.querySelector('video'); return v && v.currentTime > 0.2 }")
    entered.keyboard.press("k")
    entered.get_by_test_id("player").hover()
    entered.get_by_test_id("subtitle-menu").click()
    entered.get_by_role("menuitemradio", name="English").first.click()
    expect(entered.get_by_test_id("subtitles")).to_contain_text("Good evening.")
    assert_nothing_ran(entered)


def test_what_is_no_page_of_ours_is_never_taken_for_one(hostile: tuple[Server, Client]) -> None:
    """Whoever opens an address of the API itself gets data: never markup that a browser would run."""
    _, client = hostile
    for path in ("/items?kind=movie", "/libraries", "/me/sessions", "/audit", f"/items?q={SCRIPT}", f"/{IMAGE}"):
        answer = client.http.get(f"/api/v1{path}", headers={"Accept": "text/html"})
        assert "json" in answer.headers["content-type"], path
        assert answer.headers["x-content-type-options"] == "nosniff", path
    film = client.get("/items", kind="movie")["items"][0]["id"]
    able = {"containers": ["mp4"], "video": ["h264"], "audio": ["aac"], "subtitles": ["webvtt"]}
    play = client.send("POST", f"/items/{film}/play", {"client": able}, status=201)
    for subtitle in play["subtitles"]:
        answer = client.http.get(subtitle["url"])
        assert answer.headers["content-type"].startswith("text/vtt")
        assert answer.headers["x-content-type-options"] == "nosniff"
