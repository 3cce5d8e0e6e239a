"""Search: half words, accents, articles, misspellings, and the order of what is found."""

from __future__ import annotations

import pytest

from hearth import browse
from hearth.db import Tx
from hearth.kit.errors import Invalid
from tests.browse.shelf import Shelf

FILMS = [
    "The Matrix", "The Matrix Reloaded", "Amélie", "Inception", "The Godfather", "The Godfather Part II", "Se7en",
    "WALL·E", "Spider-Man: Homecoming", "L'Avventura", "2001: A Space Odyssey", "The Hobbit", "Schindler's List",
    "Léon: The Professional", "Heat", "Body Heat", "The Heat", "Up", "It", "千と千尋の神隠し", "Straße der Sehnsucht",
    "The Lord of the Rings: The Fellowship of the Ring", "Fast & Furious", "100% Wolf", "Jaws",
]  # fmt: skip


async def titles(tx: Tx, shelf: Shelf, q: str) -> list[str]:
    viewer = await shelf.viewer()
    return [item.title for group in (await browse.search(tx, viewer, q)).groups for item in group.items]


@pytest.fixture
async def films(shelf: Shelf) -> None:
    library = await shelf.library()
    for title in FILMS:
        await shelf.movie(library, title)


@pytest.mark.usefixtures("films")
async def test_the_best_comes_first(tx: Tx, shelf: Shelf) -> None:
    cases = {
        "matrix": "The Matrix",
        "the matrix": "The Matrix",
        "The Matrix Re": "The Matrix Reloaded",
        "mat": "The Matrix",
        "m": "The Matrix",
        "amelie": "Amélie",
        "AMELIE": "Amélie",
        "amé": "Amélie",
        "heat": "The Heat",  # "Heat" and "The Heat" are the same key; either may lead
        "se7": "Se7en",
        "wall-e": "WALL·E",
        "wall e": "WALL·E",
        "spiderman": "Spider-Man: Homecoming",
        "spider man": "Spider-Man: Homecoming",
        "homecoming": "Spider-Man: Homecoming",
        "avventura": "L'Avventura",
        "lavventura": "L'Avventura",
        "2001": "2001: A Space Odyssey",
        "space od": "2001: A Space Odyssey",
        "odyssey 2001": "2001: A Space Odyssey",
        "schindlers": "Schindler's List",
        "schindler’s list": "Schindler's List",
        "up": "Up",
        "it": "It",
        "千と千尋": "千と千尋の神隠し",
        "strasse": "Straße der Sehnsucht",
        "fast and fur": "Fast & Furious",
        "100%": "100% Wolf",
        # Misspelt.
        "matirx": "The Matrix",
        "incpetion": "Inception",
        "godfahter": "The Godfather",
        "the godfahter": "The Godfather",
        "hobbti": "The Hobbit",
        "shindlers list": "Schindler's List",
        "lord of the rnigs": "The Lord of the Rings: The Fellowship of the Ring",
        "fellowshp ring": "The Lord of the Rings: The Fellowship of the Ring",
        "amelei": "Amélie",
        "jwas": "Jaws",
        "haet": "The Heat",
        "proffesional": "Léon: The Professional",
    }
    for q, expected in cases.items():
        found = await titles(tx, shelf, q)
        if q in ("heat", "haet"):
            assert set(found[:2]) == {"Heat", "The Heat"}
            assert found[2] == "Body Heat"
            continue
        assert found[:1] == [expected], (q, found[:3])


async def test_words_before_the_last_are_whole_where_enough_is_found(tx: Tx, shelf: Shelf) -> None:
    library = await shelf.library()
    kings = {f"A {what} King of Spain" for what in ("Bold", "Calm", "Dull", "Early", "Fine")}
    for title in (*kings, "The Kingdom of Spices"):
        await shelf.movie(library, title)
    assert set(await titles(tx, shelf, "king of spa")) == kings
    assert set(await titles(tx, shelf, "king of sp")) == kings
    assert set(await titles(tx, shelf, "kin of sp")) == {*kings, "The Kingdom of Spices"}
    assert (await titles(tx, shelf, "kingd spi"))[:1] == ["The Kingdom of Spices"]


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize("q", ["", "   ", "%", "_", "!!", "zzzzzz", "qqq", "\u0301", "' or 1=1 --", "\\", "x" * 200])
async def test_nothing_is_found_for_nothing(tx: Tx, shelf: Shelf, q: str) -> None:
    assert await titles(tx, shelf, q) == []


async def test_too_long_a_search_is_refused(tx: Tx, shelf: Shelf) -> None:
    with pytest.raises(Invalid):
        await browse.search(tx, await shelf.viewer(), "x" * 201)


async def test_text_that_no_column_can_hold_is_no_error(tx: Tx, shelf: Shelf) -> None:
    viewer = await shelf.viewer()
    for q in ("a\0b", "\ud800bc", "🦊🦊🦊", "ﷺ" * 50):
        await browse.search(tx, viewer, q)


async def test_groups_come_in_the_order_of_their_best(tx: Tx, shelf: Shelf) -> None:
    films, shows = await shelf.library(), await shelf.library("Shows", "shows")
    music = await shelf.library("Music", "music")
    await shelf.movie(films, "Once upon Dark Waters")
    show = await shelf.show(shows, "Dark", 1, 2)
    album = await shelf.album(music, "Dark Side", "Pink Floyd", 1)
    found = (await browse.search(tx, await shelf.viewer(), "dark")).groups
    assert [group.kind for group in found] == ["series", "album", "episode", "track", "movie"]
    assert found[0].items[0].id == show.id
    assert found[1].items[0].id == album.id
    assert all("season" not in group.kind for group in found)


async def test_groups_are_bounded(tx: Tx, shelf: Shelf) -> None:
    library = await shelf.library()
    for n in range(30):
        await shelf.movie(library, f"Dark {n}")
    (group,) = (await browse.search(tx, await shelf.viewer(), "dark")).groups
    assert len(group.items) == 12
    assert group.items[0].title == "Dark 0"
