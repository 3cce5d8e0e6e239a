"""What an item may be once more: names like its own, by any of the ways in which names come to differ."""

from __future__ import annotations

import pytest

from hearth import browse
from hearth.kit.errors import NotFound
from tests.browse.shelf import Shelf


async def test_names_that_differ_by_little_are_found_and_others_are_not(shelf: Shelf) -> None:
    films, elsewhere = await shelf.library(), await shelf.library("Kids")
    viewer = await shelf.viewer(libraries=[films])
    here = await shelf.movie(films, "The Silent River")
    like = {
        "missing a word": await shelf.movie(films, "Silent River"),
        "a word more": await shelf.movie(films, "The Silent River Returns"),
        "misspelt": await shelf.movie(films, "The Slient River"),
        "turned about": await shelf.movie(films, "River, The Silent"),
        "the same": await shelf.movie(films, "The Silent River", year=1999),
    }
    await shelf.movie(films, "Golden Mountain")
    await shelf.movie(films, "The Silent River gone", available=False)
    await shelf.movie(elsewhere, "The Silent River")
    await shelf.show(films, "The Silent River")
    await shelf.tx.execute("select catalog.relearn()")
    found = [item.id for item in await browse.alike(shelf.tx, viewer, here)]
    assert set(found) == set(like.values())
    assert set(found[:2]) == {like["the same"], like["turned about"]}


async def test_what_is_hidden_is_not_there(shelf: Shelf) -> None:
    film = await shelf.movie(await shelf.library(), "Silent River")
    child = await shelf.viewer(libraries=[await shelf.library("Kids")])
    with pytest.raises(NotFound):
        await browse.alike(shelf.tx, child, film)
