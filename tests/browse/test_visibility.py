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
    assert await browse.home(tx, nobody) == browse.Home([], [], [], [], [])
    assert await browse.search(tx, nobody, "open") == browse.Finds([], [])
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


RATED = [
    ("G", 0), ("TV-Y7", 7), ("TV-PG", 10), ("PG-13", 13), ("Rated PG-13 for violence", 13), ("TV-14", 14), ("R", 17),
    ("TV-MA", 17), ("NC-17", 17), ("FSK 12", 12), ("DE:16", 16), ("DE:FSK 18", 18), ("12A", 12), ("MA 15+", 15),
    ("R18+", 18), (" pg ", 10), ("U", 0), ("99", 21), ("", None), ("Not Rated", None), ("NR", None), ("soon 7", None),
    ("G then R", None), ("x" * 10_000, None),
]  # fmt: skip


@pytest.mark.parametrize(("rating", "age"), RATED)
async def test_ratings_say_an_age_or_nothing(tx: Tx, rating: str, age: int | None) -> None:
    assert await tx.fetchval("select catalog.rating_age($1)", rating) == age


class Nursery(Struct, frozen=True):
    """What a child of ten may see and may not see."""

    child: Viewer
    fine: set[UUID]
    not_for_them: set[UUID]
    series: UUID


@pytest.fixture
async def nursery(shelf: Shelf) -> Nursery:
    films, shows = await shelf.library("Films"), await shelf.library("Shows", "shows")
    music = await shelf.library("Music", "music")
    fine = [await shelf.movie(films, "secret garden", content_rating="G", genres=["Drama"])]
    bad = [
        await shelf.movie(films, "secret saw", content_rating="R", genres=["Drama"], year=1999),
        await shelf.movie(films, "secret home video", year=1999),
    ]
    good = await shelf.show(shows, "secret meadow", 1, 2, genres=["Drama"])
    await shelf.tx.execute("update catalog.item set content_rating = 'TV-G' where id = $1", good.id)
    grim = good.episodes[0][1]
    await shelf.tx.execute("update catalog.item set content_rating = 'TV-MA' where id = $1", grim)
    fine += [good.id, good.seasons[0], good.episodes[0][0]]
    # What belongs to something is judged with it: a harmless episode of a show for adults, an extra of a film.
    adult = await shelf.show(shows, "secret throne", 1, 1)
    await shelf.tx.execute("update catalog.item set content_rating = 'TV-MA' where id = $1", adult.id)
    await shelf.tx.execute("update catalog.item set content_rating = 'TV-Y' where id = $1", adult.episodes[0][0])
    unrated = await shelf.show(shows, "secret unrated", 1, 1)
    await shelf.tx.execute("update catalog.item set content_rating = 'TV-Y' where id = $1", unrated.episodes[0][0])
    for show in (adult, unrated):
        bad += [show.id, *show.seasons, *show.episodes[0]]
    bad += [grim, await shelf.item(films, "extra", "secret extra", parent_id=bad[0])]
    fine.append(await shelf.item(films, "extra", "secret trailer", parent_id=fine[0]))
    album = await shelf.album(music, "secret album", "secret singer", 1)
    fine += [album.id, album.artist, *album.tracks]
    child = await shelf.viewer(max_age=10)
    for id_ in (*fine, *bad):
        await shelf.image(id_)
        await shelf.state(child, id_, position_ms=9, favorite=True, watched=id_ == bad[0], last_played_at=NOW)
    return Nursery(child, set(fine), set(bad), good.id)


async def test_nothing_above_a_childs_limit_is_anywhere(tx: Tx, nursery: Nursery) -> None:
    said = await everything(tx, nursery.child)
    assert not said & nursery.not_for_them
    extras = {id_ for id_ in nursery.fine if await browse.kind_of(tx, nursery.child, id_) == "extra"}
    assert nursery.fine - extras <= said
    for id_ in nursery.not_for_them:
        for ask in (browse.item, browse.brief, browse.children):
            with pytest.raises(NotFound):
                await ask(tx, nursery.child, id_)
        with pytest.raises(NotFound):
            await browse.picture(tx, nursery.child, id_, "poster")
    meadow = await browse.item(tx, nursery.child, nursery.series)
    assert (meadow.item.child_count, meadow.item.state.unwatched) == (1, 1), "counts know nothing of the hidden episode"
    first = (await browse.children(tx, nursery.child, nursery.series)).items[0]
    episodes = await browse.children(tx, nursery.child, first.id)
    assert episodes.total == 1
    assert (await browse.item(tx, nursery.child, episodes.items[0].id)).next is None
    assert await browse.leaves(tx, nursery.child, nursery.series, "series") == [episodes.items[0].id]


async def test_unrated_things_are_shown_to_children_when_somebody_says_so(tx: Tx, nursery: Nursery) -> None:
    trusting = msgspec.structs.replace(nursery.child, unrated=True)
    titles = {item.title for item in (await browse.items(tx, trusting, Filter(kinds=("movie", "series")))).items}
    assert titles == {"secret garden", "secret home video", "secret meadow", "secret unrated"}


async def test_one_item_is_judged_as_lists_judge_it(tx: Tx, nursery: Nursery, house: House) -> None:
    """`accounts.sees`, which ends plays, against the predicate of lists; libraries given by rules in the database."""
    every = [row["id"] for row in await tx.fetch("select id from catalog.item")]
    hidden = await tx.fetchval("select library_id from catalog.item where id = $1", house.hidden["film"])
    await tx.execute("insert into accounts.library_rule (library_id, everyone) values ($1, false)", hidden)
    people = [nursery.child, house.everybody, msgspec.structs.replace(nursery.child, unrated=True)]
    for person in people:
        await tx.execute(
            "update accounts.account set max_age = $2, unrated = $3 where id = $1",
            person.account_id, person.max_age, person.unrated,
        )  # fmt: skip
        libraries = await tx.fetchval("select accounts.libraries_of($1)", person.account_id)
        viewer = msgspec.structs.replace(person, libraries=tuple(libraries))
        told = 0
        for id_ in every:
            try:
                await browse.kind_of(tx, viewer, id_)
                listed = True
            except NotFound:
                listed = False
            told += listed
            assert await tx.fetchval("select accounts.sees($1, $2)", person.account_id, id_) is listed, id_
        assert 0 < told < len(every)
