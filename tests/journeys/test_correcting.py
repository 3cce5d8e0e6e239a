"""Who took part and who performs is corrected in the browser, and stays so."""

import shutil

from playwright.sync_api import Page, expect

from tests import media_files as make
from tests.engines import make_folder
from tests.journeys.server import Client, Server


def width(page: Page) -> int:
    """Of the window, in CSS pixels."""
    found: int = page.evaluate("innerWidth")
    return found


def test_people_are_corrected(sized_page: Page, server: Server, client: Client) -> None:
    (film,) = client.get("/items", kind="movie", q="quiet harbour")["items"]
    client.send("PATCH", f"/items/{film['id']}", {"credits": [{"name": "Bo Lind", "role": "actor"}]}, status=200)
    sized_page.goto(f"{server.address}/items/{film['id']}")
    sized_page.get_by_test_id("edit-item").first.click()
    people = sized_page.get_by_test_id("edit-person")
    expect(people).to_have_count(1)
    people.nth(0).get_by_label("Whom Bo Lind plays").fill("The keeper")
    for name, role in (("Ada Vale", "director"), ("Nobody", "writer")):
        sized_page.get_by_test_id("add-person").click()
        people.last.get_by_label("Name").fill(name)
        people.last.get_by_label(f"What {name} did").select_option(role)
    people.last.get_by_label("Remove Nobody").click()
    people.last.get_by_label("Move Ada Vale up").click()
    expect(sized_page.get_by_test_id("lock-credits")).to_have_attribute("aria-pressed", "true")
    sized_page.get_by_test_id("edit-people").scroll_into_view_if_needed()
    sized_page.screenshot(path=f"tests/artifacts/edit-people-{width(sized_page)}.png")
    sized_page.get_by_test_id("save-item").click()
    expect(sized_page.get_by_test_id("edit-sheet")).to_have_count(0)
    expect(sized_page.get_by_text("The keeper").first).to_be_visible()
    found = client.get(f"/items/{film['id']}")
    assert [(one["name"], one["role"], one["character"]) for one in found["credits"]] == [
        ("Ada Vale", "director", None),
        ("Bo Lind", "actor", "The keeper"),
    ]
    assert "credits" in found["locked"]


def test_a_season_moves_to_another_series(sized_page: Page, server: Server, client: Client) -> None:
    folder = make_folder("hearth-media-")
    for name in ("Signal Fires/Season 1/Signal Fires S01E01", "Far Signals/Season 2/Far Signals S02E01"):
        make.video(folder / f"{name}.mp4")
    make.video(folder / "Far Signals" / "Season 1" / "Far Signals S01E02.mp4")
    library = client.add_library(f"Shows {folder.name}", "shows", folder)
    series = {one["title"]: one["id"] for one in client.get("/items", kind="series", library=library)["items"]}
    first, season = client.get(f"/items/{series['Far Signals']}/children")["items"]
    sized_page.goto(f"{server.address}/items/{season['id']}")
    sized_page.get_by_test_id("edit-item").first.click()
    sized_page.get_by_test_id("edit-tab-place").click()
    sized_page.get_by_test_id("place-search").fill("nothing like it")
    expect(sized_page.get_by_test_id("no-place")).to_be_visible()
    sized_page.get_by_test_id("place-search").fill("signal")
    expect(sized_page.get_by_test_id("place")).to_have_count(1)  # the other series, not its own
    sized_page.screenshot(path=f"tests/artifacts/edit-place-{width(sized_page)}.png")
    sized_page.get_by_test_id("place").filter(has_text="Signal Fires").click()
    sized_page.screenshot(path=f"tests/artifacts/edit-place-sure-{width(sized_page)}.png")
    sized_page.get_by_test_id("confirm-move").click()
    expect(sized_page.get_by_test_id("edit-sheet")).to_have_count(0)
    expect(sized_page.get_by_role("link", name="Signal Fires").first).to_be_visible()
    # The other one's number is taken there: it joins that season, whose page is shown then.
    (own,) = [one for one in client.get(f"/items/{series['Signal Fires']}/children")["items"] if one["number"] == 1]
    sized_page.goto(f"{server.address}/items/{first['id']}")
    sized_page.get_by_test_id("edit-item").first.click()
    sized_page.get_by_test_id("edit-tab-place").click()
    sized_page.get_by_test_id("place-search").fill("signal fires")
    sized_page.get_by_test_id("place").click()
    sized_page.get_by_test_id("confirm-move").click()
    sized_page.wait_for_url(f"**/items/{own['id']}")
    assert [one["number"] for one in client.get(f"/items/{own['id']}/children")["items"]] == [1, 2]
    client.scan(library)
    assert [one["title"] for one in client.get(f"/items/{series['Signal Fires']}/children")["items"]] == [
        "Season 1", "Season 2",
    ]  # fmt: skip
    assert client.get("/items", kind="series", library=library)["total"] == 1
    client.send("DELETE", f"/libraries/{library}", status=204)
    shutil.rmtree(folder, ignore_errors=True)


def test_artists_are_corrected(sized_page: Page, server: Server, client: Client) -> None:
    (track,) = client.get("/items", kind="track", q="high tide")["items"]
    (album,) = client.get("/items", kind="album", q="tides")["items"]
    sized_page.goto(f"{server.address}/items/{album['id']}")
    sized_page.get_by_test_id("edit-item").first.click()
    names = sized_page.get_by_test_id("edit-artists")
    expect(names).to_have_value("Mara Quill")
    names.fill("Mara Quill\nEarth, Wind and Ada")
    sized_page.screenshot(path=f"tests/artifacts/edit-artists-{width(sized_page)}.png")
    sized_page.get_by_test_id("save-item").click()
    expect(sized_page.get_by_test_id("edit-sheet")).to_have_count(0)
    found = client.get(f"/items/{album['id']}")
    assert [one["title"] for one in found["artists"]] == ["Mara Quill", "Earth, Wind and Ada"]
    client.send("PATCH", f"/items/{album['id']}", {"artists": ["Mara Quill"]}, status=200)
    if width(sized_page) < 640:
        return  # a phone has no room for a pencil in each row
    sized_page.get_by_test_id("track-row").filter(has_text="High Tide").hover()
    sized_page.get_by_label("Edit High Tide").click()
    sized_page.get_by_test_id("edit-artists").fill("Ada Vale")
    sized_page.get_by_test_id("save-item").click()
    expect(sized_page.get_by_test_id("edit-sheet")).to_have_count(0)
    assert [one["title"] for one in client.get(f"/items/{track['id']}")["artists"]] == ["Ada Vale"]
    client.send("PATCH", f"/items/{track['id']}", {"artists": ["Mara Quill"]}, status=200)
