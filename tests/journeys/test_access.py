"""Who gets in by another site, and who sees what, in a browser: a server and an OpenID provider of this file's own."""

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests import media_files as make
from tests.accounts.provider import OpenIdProvider, open_provider
from tests.engines import make_folder
from tests.journeys.server import PASSWORD, USERNAME, Client, Server
from tests.journeys.test_signing_in import address, sign_in, sign_out

OpenPage = Callable[..., Page]
_FILM = "<movie><title>{0}</title><year>2019</year><mpaa>{1}</mpaa></movie>"


@pytest.fixture(scope="module")
def family() -> Iterator[tuple[Server, Client]]:
    """A film for everybody and a grim one, and a library of music."""
    media = make_folder("hearth-family-")
    for title, rating in (("Garden Party", "G"), ("Grim Party", "R")):
        folder = media / "Films" / f"{title} (2019)"
        make.video(folder / f"{title} (2019).mp4")
        make.text(folder / "movie.nfo", _FILM.format(title, rating))
        make.image(folder / "poster.jpg")
    make.audio(
        media / "Music" / "01.flac", cover=True, title="Party Tune", artist="Party Band", album="Party Album",
        tracknumber="1", date="2015",
    )  # fmt: skip
    server = Server()
    with Client(server) as admin:
        admin.set_up()
        admin.add_library("Films", "movies", media / "Films")
        admin.add_library("Music", "music", media / "Music")
        yield server, admin
    server.remove()
    shutil.rmtree(media, ignore_errors=True)


@pytest.fixture
def provider(family: tuple[Server, Client]) -> Iterator[OpenIdProvider]:
    """An OpenID provider on loopback, which the command line alone may allow."""
    opened: list[OpenIdProvider] = []
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with open_provider() as running:
            opened.append(running)
            ready.set()
            await asyncio.to_thread(over.wait, 120)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(20)
    put = ["oidc", "put", "lamp", "--title", "The Lamp", "--issuer", opened[0].issuer, "--client-id", "hearth"]
    subprocess.run(
        [sys.executable, "-m", "hearth", *put, "--secret-stdin", "--create", "--allow-private",
         "--data", str(family[0].data)],
        input=opened[0].secret, text=True, check=True, timeout=60,
    )  # fmt: skip
    yield opened[0]
    family[1].http.delete("/api/v1/oidc-providers/lamp")
    over.set()
    thread.join(20)


@pytest.fixture
def kim(family: tuple[Server, Client]) -> str:
    """A user of this test alone; the name."""
    name = f"kim-{uuid4().hex[:8]}"
    family[1].send("POST", "/users", {"username": name, "password": PASSWORD, "role": "user"}, status=201)
    return name


def opened_as(page: Page, name: str) -> None:
    page.get_by_test_id("profile-menu").click()
    expect(page.get_by_role("menu")).to_contain_text(name)
    page.keyboard.press("Escape")


def test_another_site_lets_in_who_is_new_and_who_is_linked(
    family: tuple[Server, Client], provider: OpenIdProvider, kim: str, open_page: OpenPage
) -> None:
    server, admin = family
    page = open_page(390, 844)
    page.goto(f"{address(server)}/search?q=party")
    page.get_by_test_id("provider-button").click()
    expect(page.get_by_test_id("search-results")).to_contain_text("Garden Party")  # where they were going
    opened_as(page, "grace")
    made = [one for one in admin.get("/users", limit=500)["items"] if one["username"] == "grace"]
    assert [one["role"] for one in made] == ["user"]
    sign_out(page)
    provider.claims = {"sub": "4712", "preferred_username": "kimberly"}
    sign_in(page, server, kim)
    page.goto(f"{address(server)}/account")
    page.get_by_test_id("link-provider").click()
    expect(page.get_by_test_id("linked")).to_contain_text("As kimberly")
    sign_out(page)
    page.get_by_test_id("provider-button").click()
    expect(page.get_by_test_id("profile-menu")).to_be_visible()
    opened_as(page, kim)
    assert "kimberly" not in {one["username"] for one in admin.get("/users", limit=500)["items"]}


def test_a_provider_that_makes_no_accounts_says_so_on_our_own_page(
    family: tuple[Server, Client], provider: OpenIdProvider, open_page: OpenPage
) -> None:
    server, admin = family
    kept = {"title": "The Lamp", "issuer": provider.issuer, "client_id": "hearth", "create_accounts": False}
    admin.send("PUT", "/oidc-providers/lamp", kept)
    provider.claims = {"sub": "4713", "preferred_username": "stranger"}
    page = open_page()
    page.goto(address(server))
    page.get_by_test_id("provider-button").click()
    expect(page.get_by_test_id("form-problem")).to_be_visible()
    expect(page.get_by_test_id("login-form")).to_be_visible()


def sees(page: Page, server: Server, films: str, shown: set[str], hidden: set[str]) -> None:
    """Looks at home, at the list and through the search, at what is shown and at what must not be."""

    def check() -> None:
        text = page.locator("main").inner_text()
        assert not [title for title in hidden if title in text], (page.url, text)

    base = address(server)
    for path in ("/", f"/library/{films}"):
        page.goto(f"{base}{path}")
        for title in shown:
            expect(page.locator("main").get_by_text(title).first).to_be_visible()
        check()
    page.goto(f"{base}/search?q=party")
    for title in shown:
        expect(page.get_by_test_id("search-results").get_by_text(title).first).to_be_visible()
    check()


def limit(page: Page, age: str) -> None:
    """Sets the age limit of the user whose page is open, "" for none, and waits until that is so."""
    page.get_by_test_id("age-limit").select_option(age)
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as saved:
        page.get_by_test_id("save-user").click()
    assert saved.value.ok


def fetched(page: Page, path: str) -> int:
    """What the page's own session is answered there."""
    status: int = page.evaluate("path => fetch(`/api/v1${path}`).then(answer => answer.status)", path)
    return status


def test_a_child_sees_what_is_for_its_age_and_a_change_holds_on_the_next_page(
    family: tuple[Server, Client], kim: str, open_page: OpenPage
) -> None:
    server, admin = family
    (films,) = [one["id"] for one in admin.get("/libraries")["items"] if one["name"] == "Films"]
    (grim,) = [one["id"] for one in admin.get("/items", kind="movie")["items"] if one["title"] == "Grim Party"]
    child, parent = open_page(390, 844), open_page()
    sign_in(child, server, kim)
    sees(child, server, films, {"Garden Party", "Grim Party"}, set())
    assert fetched(child, f"/items/{grim}/images/poster") == 200
    sign_in(parent, server, USERNAME)
    parent.goto(f"{address(server)}/users")
    parent.locator(f"[data-user={kim}]").click()
    limit(parent, "12")
    sees(child, server, films, {"Garden Party"}, {"Grim"})
    child.goto(f"{address(server)}/items/{grim}")
    expect(child.locator("main")).not_to_contain_text("Grim")
    assert fetched(child, f"/items/{grim}/images/poster") == 404
    assert fetched(child, f"/items/{grim}") == 404
    limit(parent, "")
    sees(child, server, films, {"Garden Party", "Grim Party"}, set())


def test_a_hidden_library_is_nowhere(family: tuple[Server, Client], kim: str, open_page: OpenPage) -> None:
    server, admin = family
    libraries = {one["name"]: one["id"] for one in admin.get("/libraries")["items"]}
    (album,) = [one["id"] for one in admin.get("/items", kind="album")["items"]]
    other, owner = open_page(), open_page()
    sign_in(other, server, kim)
    sees(other, server, libraries["Films"], {"Garden Party"}, set())
    expect(other.get_by_test_id("search-results")).to_contain_text("Party Album")
    sign_in(owner, server, USERNAME)
    owner.goto(f"{address(server)}/libraries")
    try:
        owner.locator(f"[data-library='{libraries['Music']}']").get_by_test_id("library-access").click()
        owner.get_by_test_id("access-hidden").check()
        owner.locator(f"[data-testid=access-user][data-value={USERNAME}]").check()
        owner.get_by_test_id("save-access").click()
        expect(owner.get_by_test_id("access-dialog")).to_have_count(0)
        sees(other, server, libraries["Films"], {"Garden Party"}, {"Party Album", "Party Band", "Party Tune", "Music"})
        for page in (f"/library/{libraries['Music']}", f"/items/{album}"):
            other.goto(f"{address(server)}{page}")
            expect(other.locator("main")).not_to_contain_text("Party")
        assert fetched(other, f"/items/{album}/images/cover") == 404
        sees(owner, server, libraries["Films"], {"Garden Party"}, set())
        expect(owner.get_by_test_id("search-results")).to_contain_text("Party Album")
    finally:
        admin.send("PUT", f"/libraries/{libraries['Music']}/access", {"everyone": True})
