"""Playlists and collections: whose they are, their order, and what of them is shown to whom."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearth import activity, browse
from hearth.activity.ranks import between, spread
from hearth.db import Tx
from hearth.kit.errors import Denied, Invalid, NotFound
from tests.browse.shelf import Shelf


@given(st.lists(st.integers(0, 200), max_size=60))
@settings(deadline=None)
def test_there_is_always_room_between_two(places: list[int]) -> None:
    ranks: list[str] = []
    for place in places:
        at = place % (len(ranks) + 1)
        before, behind = ranks[at - 1] if at else None, ranks[at] if at < len(ranks) else None
        ranks.insert(at, between(before, behind))
    assert ranks == sorted(set(ranks))


def test_ranks_stay_short() -> None:
    assert max(len(rank) for rank in spread(None, None, 10_000)) <= 8
    rank = None
    for _ in range(1000):
        rank = between(rank, None)
    assert rank is not None
    assert len(rank) < 40


def test_no_rank_between_what_is_turned_round() -> None:
    with pytest.raises(ValueError, match="is not before"):
        between("b", "a")


async def test_a_playlist_keeps_its_order_and_writes_one_row_a_move(tx: Tx, shelf: Shelf) -> None:
    library, viewer = await shelf.library(), await shelf.viewer()
    films = [await shelf.movie(library, f"Film {n}") for n in range(5)]
    made = await activity.create_list(tx, "playlist", viewer.account_id, " My   list ")
    places = await activity.add_entries(tx, made, films)
    assert (await browse.hand_list(tx, viewer, "playlist", made)).name == "My list"
    ranks = {row["id"]: row["rank"] for row in await tx.fetch("select id, rank from activity.entry")}
    await activity.move_entry(tx, made, places[4], None)
    await activity.move_entry(tx, made, places[0], places[2])
    page = await browse.entries(tx, viewer, made)
    assert [entry.id for entry in page.items] == [places[n] for n in (4, 1, 2, 0, 3)]
    after = {row["id"]: row["rank"] for row in await tx.fetch("select id, rank from activity.entry")}
    assert {id_ for id_ in after if after[id_] != ranks[id_]} == {places[4], places[0]}
    between_two = await activity.add_entries(tx, made, [films[0], films[0]], after=places[1])
    await activity.remove_entry(tx, made, places[2])
    walked, cursor = [], None
    while True:
        page = await browse.entries(tx, viewer, made, 2, cursor)
        walked += [entry.id for entry in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert walked == [places[4], places[1], *between_two, places[0], places[3]]
    assert page.total == 6


async def test_whose_lists_are_whose(tx: Tx, shelf: Shelf) -> None:
    library, hidden = await shelf.library("Films"), await shelf.library("Hidden")
    ada, bob = await shelf.viewer("ada"), await shelf.viewer("bob", libraries=[library])
    films = [await shelf.movie(library, "Seen"), await shelf.movie(hidden, "Not seen")]
    own = await activity.create_list(tx, "playlist", ada.account_id, "Own")
    shared = await activity.create_list(tx, "playlist", ada.account_id, "Shared", shared=True)
    house = await activity.create_list(tx, "collection", None, "House", shared=True)
    await activity.add_entries(tx, shared, films)
    assert [one.name for one in await browse.hand_lists(tx, bob, "playlist")] == ["Shared"]
    assert [one.id for one in await browse.hand_lists(tx, bob, "collection")] == [house]
    with pytest.raises(NotFound):
        await browse.hand_list(tx, bob, "playlist", own)
    with pytest.raises(Denied):
        await browse.hand_list(tx, bob, "playlist", shared, to_change=True)
    page = await browse.entries(tx, bob, shared)
    assert ([entry.item.title for entry in page.items], page.total) == (["Seen"], 1)
    with pytest.raises(NotFound):
        await browse.require_visible(tx, bob, films)
    await browse.require_visible(tx, ada, films)
    with pytest.raises(Invalid):
        await browse.entries(tx, ada, shared, after="bm9uc2Vuc2U")


async def test_watch_later_is_a_filter(tx: Tx, shelf: Shelf) -> None:
    library, viewer = await shelf.library(), await shelf.viewer()
    one, other = await shelf.movie(library, "One"), await shelf.movie(library, "Other")
    await activity.set_watch_later(tx, viewer.account_id, one, True)
    await activity.set_watch_later(tx, viewer.account_id, one, True)
    later = await browse.items(tx, viewer, browse.Filter(kinds=("movie",), watch_later=True))
    assert [item.id for item in later.items] == [one]
    rest = await browse.items(tx, viewer, browse.Filter(kinds=("movie",), watch_later=False))
    assert [item.id for item in rest.items] == [other]
    await activity.set_watch_later(tx, viewer.account_id, one, False)
    assert (await browse.items(tx, viewer, browse.Filter(kinds=("movie",), watch_later=True))).total == 0


async def test_similar_follows_its_rule(tx: Tx, shelf: Shelf) -> None:
    library, viewer = await shelf.library(), await shelf.viewer()
    facts = {"genres": ["Crime", "Drama"], "year": 1995, "rating": 8.0}
    heat = await shelf.movie(library, "Heat", **facts)
    thief = await shelf.movie(library, "Thief", genres=["Crime"], year=1981, rating=7.0)
    casino = await shelf.movie(library, "Casino", **facts)
    await shelf.movie(library, "Up", genres=["Family"], year=2009, rating=9.0)
    for film in (heat, thief):
        await shelf.credit(film, "Michael Mann", "director")
    found = await browse.similar(tx, viewer, heat)
    # Casino: 5 for the genres, 1 for the year. Thief: 3 for the director, 2.5 for half of the genres.
    assert [item.id for item in found] == [casino, thief]
    await shelf.credit(thief, "James Caan")
    await shelf.credit(heat, "James Caan")
    assert [item.id for item in await browse.similar(tx, viewer, heat)] == [thief, casino]
