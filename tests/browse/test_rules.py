"""Collections and playlists by rule: they follow the catalogue and whoever looks at them; sets of films."""

from __future__ import annotations

import pytest

from hearth import activity, browse
from hearth.browse import Rule
from hearth.db import Tx
from hearth.kit.errors import Conflict, Denied, Invalid
from tests.browse.shelf import Shelf


async def titles(tx: Tx, viewer: browse.HandList | object, found: browse.HandList) -> list[str]:
    page = await browse.list_entries(tx, viewer, found, 500)  # type: ignore[arg-type]  # a viewer
    return [entry.item.title for entry in page.items]


async def test_a_collection_by_rule_follows_the_catalogue(tx: Tx, shelf: Shelf) -> None:
    films, hidden, viewer = await shelf.library(), await shelf.library("Hidden"), await shelf.viewer()
    await shelf.movie(films, "Alien", genres=["Horror"], year=1979)
    await shelf.movie(hidden, "Secret", genres=["Horror"], year=1980)
    rule = Rule(kinds=["movie"], genre="Horror", sort="-year")
    made = await activity.create_list(tx, "collection", None, "Horror", True, rule=rule)
    found = await browse.hand_list(tx, viewer, "collection", made)
    assert (found.rule, await titles(tx, viewer, found)) == (rule, ["Secret", "Alien"])
    assert await titles(tx, await shelf.viewer(libraries=[films]), found) == ["Alien"]
    await shelf.movie(films, "Aliens", genres=["Horror"], year=1986)
    await tx.execute("update catalog.item set genres = '{}' where title = 'Secret'")
    assert await titles(tx, viewer, found) == ["Aliens", "Alien"]
    with pytest.raises(Conflict):
        await browse.hand_list(tx, viewer, "collection", made, to_fill=True)
    other = Rule(kinds=["movie"], year=1979)
    await activity.change_list(tx, made, name=None, overview=None, shared=None, rule=other)
    assert await titles(tx, viewer, await browse.hand_list(tx, viewer, "collection", made)) == ["Alien"]


async def test_a_playlist_by_rule_follows_the_catalogue(tx: Tx, shelf: Shelf) -> None:
    library, ada, bob = await shelf.library(), await shelf.viewer(), await shelf.viewer()
    films = [await shelf.movie(library, f"Film {n}") for n in range(3)]
    rule = Rule(kinds=["movie"], watched=False)
    made = await activity.create_list(tx, "playlist", ada.account_id, "To see", True, rule=rule)
    await shelf.state(ada, films[0], watched=True)
    assert await titles(tx, ada, await browse.hand_list(tx, ada, "playlist", made)) == ["Film 1", "Film 2"]
    # Whoever looks at a shared one sees what they have not watched.
    assert len(await titles(tx, bob, await browse.hand_list(tx, bob, "playlist", made))) == 3


async def test_rules_that_make_no_sense_are_refused() -> None:
    for rule in (Rule(kinds=["movie"], sort="name;drop"), Rule(kinds=["movie"], genre="\ud800")):
        with pytest.raises(Invalid):
            browse.filter_of(rule)


async def test_a_shared_playlist_is_read_or_filled_by_others(tx: Tx, shelf: Shelf) -> None:
    ada, bob = await shelf.viewer(), await shelf.viewer()
    made = await activity.create_list(tx, "playlist", ada.account_id, "Ours", True)
    with pytest.raises(Denied):
        await browse.hand_list(tx, bob, "playlist", made, to_fill=True)
    await activity.change_list(tx, made, name=None, overview=None, shared=None, editable=True)
    assert (await browse.hand_list(tx, bob, "playlist", made, to_fill=True)).editable
    with pytest.raises(Denied):
        await browse.hand_list(tx, bob, "playlist", made, to_change=True)


async def test_sets_of_films_make_themselves(tx: Tx, shelf: Shelf) -> None:
    library, hidden = await shelf.library(), await shelf.library("Hidden")
    second = await shelf.movie(library, "Two", film_series="The Saga", year=1982)
    first = await shelf.movie(library, "One", film_series="The Saga", year=1980)
    await shelf.movie(library, "Alone", film_series="Just one")
    await shelf.movie(hidden, "Three", film_series="The Saga", year=1984)
    viewer, guest = await shelf.viewer(), await shelf.viewer(libraries=[library])
    assert [(s.name, s.count, s.first.id) for s in await browse.film_series(tx, viewer)] == [("The Saga", 3, first)]
    assert [s.count for s in await browse.film_series(tx, guest)] == [2]
    page = await browse.items(tx, guest, browse.Filter(kinds=("movie",), film_series="The Saga", sort="year"))
    assert [item.id for item in page.items] == [first, second]
