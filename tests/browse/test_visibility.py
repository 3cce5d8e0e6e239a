"""What one viewer may not see is nowhere: not in lists, counts, details, children, home, search or pictures."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import msgspec
import pytest
from msgspec import Struct

from hearth import browse
from hearth.accounts import Viewer
from hearth.browse import SORTS, Filter
from hearth.db import Tx
from hearth.kit.errors import NotFound
from tests.browse.shelf import Album, Shelf, Show

NOW = datetime(2025, 1, 1, tzinfo=UTC)


class House(Struct, frozen=True):
    """Two of everything: what all may see and what only the unrestricted may see."""

    everybody: Viewer
    restricted: Viewer
    open: dict[str, UUID]
    hidden: dict[str, UUID]


@pytest.fixture
async def house(shelf: Shelf) -> House:
    sides: list[tuple[list[UUID], UUID, Show, Album]] = []
    for side in ("open", "secret"):
        films, shows = await shelf.library(f"{side} films"), await shelf.library(f"{side} shows", "shows")
        music = await shelf.library(f"{side} music", "music")
        film = await shelf.movie(films, f"{side} film", year=1999, genres=["Drama"])
        show = await shelf.show(shows, f"{side} show", 1, 2, genres=["Drama"])
        album = await shelf.album(music, f"{side} album", f"{side} artist", 1)
        for id_ in (film, show.id, album.id):
            await shelf.image(id_)
        await shelf.credit(film, "Somebody")
        sides.append(([films, shows, music], film, show, album))
    restricted = await shelf.viewer(libraries=sides[0][0])
    everybody = await shelf.viewer()
    named = []
    for _, film, show, album in sides:
        named.append(
            {
                "film": film, "show": show.id, "season": show.seasons[0], "one": show.episodes[0][0],
                "two": show.episodes[0][1], "artist": album.artist, "album": album.id, "track": album.tracks[0],
            }
        )  # fmt: skip
        # The restricted viewer saw the hidden things once, before they were taken away.
        for viewer in (restricted, everybody):
            await shelf.state(viewer, film, position_ms=9, favorite=True, last_played_at=NOW)
            await shelf.state(viewer, show.episodes[0][0], watched=True, last_played_at=NOW)
            await shelf.state(viewer, show.id, favorite=True)
    return House(everybody, restricted, named[0], named[1])


async def everything(tx: Tx, viewer: Viewer) -> set[UUID]:
    """Every id that the read side says to a viewer, wherever it says it."""
    said: list[object] = []
    filters = [
        Filter(), Filter(genre="Drama"), Filter(year=1999), Filter(person="Somebody"), Filter(favorite=True),
        Filter(watched=True), Filter(watched=False), Filter(q="secret"), Filter(q="s"),
        Filter(kinds=("track", "movie")), Filter(kinds=("season", "episode", "artist")),
        *(Filter(sort=sort) for sort in SORTS),
    ]  # fmt: skip
    for wanted in filters:
        page = await browse.items(tx, viewer, wanted)
        assert page.total == len(page.items)
        said.append(page)
    said.append(await browse.home(tx, viewer))
    said += [await browse.search(tx, viewer, q) for q in ("secret", "secret show", "s", "secert flim", "open")]
    text = msgspec.json.encode(said).decode()
    return {UUID(word) for word in text.split('"') if len(word) == 36 and word.count("-") == 4}


async def test_nothing_leaks(tx: Tx, house: House) -> None:
    hidden = set(house.hidden.values())
    said = await everything(tx, house.restricted)
    assert not said & hidden
    assert set(house.open.values()) <= said
    assert hidden <= await everything(tx, house.everybody)


async def test_what_is_hidden_does_not_exist(tx: Tx, house: House) -> None:
    for id_ in (*house.hidden.values(), uuid4()):
        for ask in (browse.item, browse.brief, browse.children, browse.kind_of):
            with pytest.raises(NotFound) as told:
                await ask(tx, house.restricted, id_)
            assert told.value.detail == "There is no such item, or it is not there any more."
        with pytest.raises(NotFound):
            await browse.picture(tx, house.restricted, id_, "poster")
        assert (await browse.items(tx, house.restricted, Filter(parent=id_))).total == 0
        assert (await browse.items(tx, house.restricted, Filter(artist=id_))).total == 0
    for id_ in house.hidden.values():
        assert (await browse.item(tx, house.everybody, id_)).item.id == id_


async def test_a_library_that_is_not_given_is_empty(tx: Tx, house: House) -> None:
    film = await browse.brief(tx, house.everybody, house.hidden["film"])
    page = await browse.items(tx, house.restricted, Filter(library=film.library_id))
    assert (page.items, page.total, page.next) == ([], 0, None)
    assert (await browse.items(tx, house.everybody, Filter(library=film.library_id))).total == 1


async def test_who_was_given_nothing_sees_nothing(tx: Tx, shelf: Shelf, house: House) -> None:
    nobody = await shelf.viewer(libraries=[])
    assert (await browse.items(tx, nobody, Filter())).total == 0
    assert await browse.home(tx, nobody) == browse.Home([], [], [])
    assert await browse.search(tx, nobody, "open") == []
    assert await everything(tx, nobody) == set()
    assert house.open


async def test_unavailable_things_are_nowhere(tx: Tx, house: House) -> None:
    await tx.execute("update catalog.item set available = false")
    assert await everything(tx, house.everybody) == set()
    for id_ in house.open.values():
        with pytest.raises(NotFound):
            await browse.item(tx, house.everybody, id_)
        with pytest.raises(NotFound):
            await browse.picture(tx, house.everybody, id_, "poster")
        assert await browse.leaves(tx, house.everybody, id_, "series") == []


async def test_states_are_each_persons_own(tx: Tx, shelf: Shelf, house: House) -> None:
    stranger = await shelf.viewer()
    film = await browse.brief(tx, stranger, house.open["film"])
    assert film.state == browse.State()
    show = await browse.brief(tx, stranger, house.open["show"])
    assert show.state == browse.State(unwatched=2)
