"""People: whole filmographies as far as the viewer may see, finding people by name, and what is recommended."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from hearth import browse
from hearth.browse import Role
from hearth.db import Tx
from hearth.kit.errors import NotFound
from tests.browse.shelf import LONG_AGO, Shelf


async def test_a_filmography_is_complete_and_visible(tx: Tx, shelf: Shelf) -> None:
    films, hidden = await shelf.library(), await shelf.library("Hidden")
    old, new = await shelf.movie(films, "Old", year=1990), await shelf.movie(films, "New", year=2020)
    secret, gone = await shelf.movie(hidden, "Secret", year=2000), await shelf.movie(films, "Gone", available=False)
    show = await shelf.show(await shelf.library("Shows", "shows"), "Show", year=2010)
    for item in (old, secret, gone, show.id):
        ada = await shelf.credit(item, "Ada Berg", "actor", "Herself")
    await shelf.credit(new, "Ada Berg", "director")
    await shelf.credit(new, "Ada Berg", "actor", "A voice")
    only_secret = await shelf.credit(secret, "Nobody Known")
    everybody, guest = await shelf.viewer(), await shelf.viewer(libraries=[films])
    whole = await browse.person(tx, everybody, ada)
    assert (whole.name, whole.total) == ("Ada Berg", 4)
    assert [work.item.id for work in whole.works] == [new, show.id, secret, old]
    assert whole.works[0].roles == (Role("director", None), Role("actor", "A voice"))
    part = await browse.person(tx, guest, ada)
    assert ([work.item.id for work in part.works], part.total) == ([new, old], 2)
    for person, viewer in ((only_secret, guest), (uuid4(), everybody)):
        with pytest.raises(NotFound):
            await browse.person(tx, viewer, person)
    assert [p.name for p in (await browse.search(tx, everybody, "known nob")).people] == ["Nobody Known"]
    assert (await browse.search(tx, guest, "known nob")).people == []


async def test_people_are_found_by_any_words_and_misspelt(tx: Tx, shelf: Shelf) -> None:
    library, viewer = await shelf.library(), await shelf.viewer()
    for n in range(3):
        film = await shelf.movie(library, f"Film {n}")
        await shelf.credit(film, "Søren Kierkegaard-Holm")
        if n == 0:
            await shelf.credit(film, "Soren Holmberg")
    for q in ("soren", "holm", "kierkegaard s", "Kierkegard", "sören kirkegaard"):
        assert (await browse.search(tx, viewer, q)).people[0].name == "Søren Kierkegaard-Holm", q


async def test_what_is_recommended_is_new_and_says_why(tx: Tx, shelf: Shelf) -> None:
    library, viewer = await shelf.library(), await shelf.viewer()
    seen, earlier = await shelf.movie(library, "Seen", genres=["Crime"]), await shelf.movie(library, "Earlier")
    alike = await shelf.movie(library, "Alike", genres=["Crime"], rating=7.0)
    liked, begun = await shelf.movie(library, "Liked"), await shelf.movie(library, "Begun")
    for film in (seen, alike, liked, begun):
        await shelf.credit(film, "Ada Berg", "director")
    other = await shelf.movie(library, "Other", genres=["Music"], rating=9.0)
    await shelf.state(viewer, seen, watched=True, last_played_at=LONG_AGO + timedelta(days=2))
    await shelf.state(viewer, earlier, watched=True, last_played_at=LONG_AGO)
    await shelf.state(viewer, liked, favorite=True)
    await shelf.state(viewer, begun, position_ms=5, last_played_at=LONG_AGO + timedelta(days=3))
    home = await browse.home(tx, viewer)
    assert [(row.of.id, [item.id for item in row.items]) for row in home.recommended] == [(seen, [alike])]
    assert [item.id for item in home.favorites] == [liked]
    assert other not in {item.id for row in home.recommended for item in row.items}
