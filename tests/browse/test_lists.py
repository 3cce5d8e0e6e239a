"""Lists against a model in Python: what they hold, in which order, page by page."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from hearth import browse
from hearth.accounts import Viewer
from hearth.browse import SORTS, Filter
from hearth.db import Tx
from hearth.kit.errors import Invalid
from hearth.kit.paging import pack_cursor
from hearth.kit.text import sort_key
from tests.browse.shelf import LONG_AGO, Shelf

_LAST = 2**31 - 1


async def ids(tx: Tx, viewer: Viewer, **wanted: Any) -> list[UUID]:
    return [item.id for item in (await browse.items(tx, viewer, Filter(**wanted))).items]


class Film(Struct, frozen=True):
    """What the sorts look at, with what may be missing missing at times, and few values so that keys meet."""

    title: str
    added_at: datetime
    released: date | None
    year: int | None
    rating: float | None
    duration_ms: int | None
    group_number: int | None
    number: int | None
    last_played_at: datetime | None
    play_count: int | None


def sometimes(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([None, *values])


FILMS = st.lists(
    st.builds(
        Film,
        title=st.sampled_from(["Alien", "The Alien", "Éclair", "Zodiac", "10 Things", "9 Songs"]),
        added_at=st.sampled_from([LONG_AGO, LONG_AGO + timedelta(microseconds=1)]),
        released=sometimes(date(1999, 12, 31), date(2000, 1, 1)),
        year=sometimes(1999, 2000),
        rating=sometimes(7.3, 0.0),
        duration_ms=sometimes(1, 2),
        group_number=sometimes(0, 1),
        number=sometimes(0, 1, 2),
        last_played_at=sometimes(LONG_AGO, LONG_AGO + timedelta(days=1)),
        play_count=sometimes(0, 3),
    ),
    min_size=4,
    max_size=12,
)

KEYS: dict[str, Callable[[Film], tuple[Any, ...]]] = {
    "title": lambda f: (sort_key(f.title),),
    "added_at": lambda f: (f.added_at,),
    "released": lambda f: (f.released,),
    "year": lambda f: (f.year,),
    "rating": lambda f: (f.rating,),
    "runtime": lambda f: (f.duration_ms,),
    "last_played": lambda f: (f.last_played_at, sort_key(f.title)),
    "play_count": lambda f: (f.play_count or 0, sort_key(f.title)),
    "number": lambda f: (
        _LAST if f.group_number is None else f.group_number,
        _LAST if f.number is None else f.number,
        sort_key(f.title),
    ),
}


def in_order(films: dict[UUID, Film], sort: str) -> list[UUID]:
    """The model: by the keys and the id, all one way round, what has no key last."""
    turn = -1 if sort.startswith("-") else 1
    key = KEYS[sort.removeprefix("-")]

    def compare(a: UUID, b: UUID) -> int:
        x, y = key(films[a]), key(films[b])
        if (x[0] is None) != (y[0] is None):
            return 1 if x[0] is None else -1
        left, right = (*x, a.bytes), (*y, b.bytes)
        if x[0] is None:
            left, right = left[1:], right[1:]
        return turn * ((left > right) - (left < right))

    return sorted(films, key=functools.cmp_to_key(compare))


async def walk(tx: Tx, viewer: Viewer, limit: int, **wanted: Any) -> list[UUID]:
    """The whole list by its cursors."""
    found: list[UUID] = []
    after: str | None = None
    for _ in range(1000):
        page = await browse.items(tx, viewer, Filter(limit=limit, after=after, **wanted))
        found += [item.id for item in page.items]
        if page.next is None:
            return found
        assert len(page.items) == limit
        after = page.next
    raise AssertionError("the walk does not end")


def test_every_sort_has_a_model() -> None:
    assert set(KEYS) | {"random"} == set(SORTS)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(films=FILMS, limit=st.integers(2, 6), libraries=st.integers(1, 2))
async def test_pages_put_together_are_the_sorted_list(tx: Tx, films: list[Film], limit: int, libraries: int) -> None:
    shelf = Shelf(tx)
    shelves = [await shelf.library(f"Films {n}") for n in range(libraries)]
    viewer = await shelf.viewer(libraries=shelves)
    known: dict[UUID, Film] = {}
    for film, library in zip(films, itertools.cycle(shelves), strict=False):
        facts = {name: getattr(film, name) for name in Film.__struct_fields__[1:-2]}
        id_ = await shelf.movie(library, film.title, **facts)
        known[id_] = film
        if film.last_played_at or film.play_count is not None:
            played = {"last_played_at": film.last_played_at, "play_count": film.play_count or 0}
            await shelf.state(viewer, id_, **played)
    for sort in [turn + name for name in KEYS for turn in ("", "-")]:
        expected = in_order(known, sort)
        assert await walk(tx, viewer, limit, kinds=("movie",), sort=sort) == expected, sort
        middle = len(expected) // 2
        at = await browse.items(tx, viewer, Filter(kinds=("movie", "series"), sort=sort, at=middle, limit=limit))
        assert [item.id for item in at.items] == expected[middle : middle + limit], sort
        assert at.total == len(expected)
    shuffled = await walk(tx, viewer, limit, kinds=("movie",), sort="random", seed=7)
    assert sorted(shuffled) == sorted(known)
    assert shuffled == await ids(tx, viewer, kinds=("movie",), sort="random", seed=7)
    assert shuffled == (await ids(tx, viewer, kinds=("movie",), sort="-random", seed=7))[::-1]


async def test_random_without_a_seed_keeps_its_order_over_the_pages(tx: Tx, shelf: Shelf) -> None:
    library, viewer = await shelf.library(), await shelf.viewer()
    known = [await shelf.movie(library, f"Film {n}") for n in range(30)]
    assert sorted(await walk(tx, viewer, 4, sort="random")) == sorted(known)
    orders = {tuple(await ids(tx, viewer, sort="random")) for _ in range(4)}
    assert len(orders) > 1


@pytest.fixture
async def stocked(shelf: Shelf) -> tuple[Viewer, dict[str, UUID], dict[str, UUID]]:
    """A viewer, things by title, libraries by name."""
    films, shows = await shelf.library("Films"), await shelf.library("Shows", "shows")
    music = await shelf.library("Music", "music")
    viewer = await shelf.viewer()
    known = {
        "Alien": await shelf.movie(films, "Alien", year=1979, genres=["Horror", "Science Fiction"]),
        "Heat": await shelf.movie(films, "Heat", year=1995, genres=["Crime"]),
        "Amélie": await shelf.movie(films, "Amélie", year=2001, genres=["Romance"]),
        "100% Wolf": await shelf.movie(films, "100% Wolf", year=2020),
    }
    dark = await shelf.show(shows, "Dark", 1, 2, year=2017)
    lost = await shelf.show(shows, "Lost", 1, 1, year=2004)
    known |= {"Dark": dark.id, "Dark S1": dark.seasons[0], "Dark 1": dark.episodes[0][0], "Dark 2": dark.episodes[0][1]}
    known |= {"Lost": lost.id, "Lost S1": lost.seasons[0], "Lost 1": lost.episodes[0][0]}
    blue = await shelf.album(music, "Blue", "Joni Mitchell", 2, year=1971)
    duet = await shelf.album(music, "Duets", "Someone Else", 1, year=1999)
    known |= {"Joni": blue.artist, "Blue": blue.id, "Blue 1": blue.tracks[0], "Blue 2": blue.tracks[1]}
    known |= {"Else": duet.artist, "Duets": duet.id, "Duets 1": duet.tracks[0]}
    await shelf.credit_artist(duet.tracks[0], blue.artist, 1)
    known["Trailer"] = await shelf.item(films, "extra", "Trailer", parent_id=known["Alien"])
    await shelf.credit(known["Alien"], "Sigourney Weaver", "actor", "Ripley")
    known["Weaver"] = await shelf.credit(known["Heat"], "Sigourney Weaver")
    for title in ("Alien", "Dark 1", "Dark 2", "Blue 1"):
        await shelf.state(viewer, known[title], watched=True, last_played_at=datetime(2025, 1, 1, tzinfo=UTC))
    for title in ("Heat", "Lost", "Blue"):
        await shelf.state(viewer, known[title], favorite=True)
    return viewer, known, {"Films": films, "Shows": shows, "Music": music}


# What is asked for, and the titles that answer. A word with $ in front names a thing of the shelf by its id.
ASKED: list[tuple[dict[str, Any], set[str]]] = [
    ({"kinds": ("movie",)}, {"Alien", "Heat", "Amélie", "100% Wolf"}),
    ({"kinds": ("series", "album")}, {"Dark", "Lost", "Blue", "Duets"}),
    ({"kinds": ("extra",)}, {"Trailer"}),
    ({"kinds": ("movie", "movie")}, {"Alien", "Heat", "Amélie", "100% Wolf"}),
    ({"library": "$Shows", "kinds": ("series", "movie")}, {"Dark", "Lost"}),
    ({"library": "$Films"}, {"Alien", "Heat", "Amélie", "100% Wolf"}),
    ({"parent": "$Dark"}, {"Dark S1"}),
    ({"parent": "$Dark S1"}, {"Dark 1", "Dark 2"}),
    ({"parent": "$Alien"}, set()),
    ({"parent": "$Alien", "kinds": ("extra",)}, {"Trailer"}),
    ({"genre": "Crime"}, {"Heat"}),
    ({"genre": "crime"}, set()),
    ({"year": 1995}, {"Heat"}),
    ({"year": 9999}, set()),
    ({"person": "sigourney  WEAVER"}, {"Alien", "Heat"}),
    ({"person": "$Weaver"}, {"Alien", "Heat"}),
    ({"person": "%"}, set()),
    ({"artist": "$Joni", "kinds": ("track",)}, {"Blue 1", "Blue 2", "Duets 1"}),
    ({"artist": "$Joni", "kinds": ("album",)}, {"Blue"}),
    ({"person": "$Joni", "kinds": ("track",)}, {"Blue 1", "Blue 2", "Duets 1"}),
    ({"kinds": ("movie",), "watched": True}, {"Alien"}),
    ({"kinds": ("movie",), "watched": False}, {"Heat", "Amélie", "100% Wolf"}),
    ({"kinds": ("series",), "watched": True}, {"Dark"}),
    ({"kinds": ("series",), "watched": False}, {"Lost"}),
    ({"kinds": ("season",), "watched": True}, {"Dark S1"}),
    ({"kinds": ("album",), "watched": True}, set()),
    ({"kinds": ("album", "series"), "watched": False}, {"Lost", "Blue", "Duets"}),
    ({"parent": "$Dark", "watched": True}, {"Dark S1"}),
    ({"q": "dark", "watched": True}, {"Dark", "Dark 1", "Dark 2"}),
    ({"favorite": True}, {"Heat", "Lost", "Blue"}),
    ({"favorite": True, "kinds": ("movie",)}, {"Heat"}),
    ({"favorite": False, "kinds": ("movie",)}, {"Alien", "Amélie", "100% Wolf"}),
    ({"q": "amelie"}, {"Amélie"}),
    ({"q": "AMÉ"}, {"Amélie"}),
    ({"q": "ien"}, set()),
    ({"q": "w"}, {"100% Wolf"}),
    ({"q": "%"}, set()),
    ({"q": "_"}, set()),
    ({"q": "wolf 100"}, {"100% Wolf"}),
]


@pytest.mark.parametrize("sort", ["title", "-last_played", "number"])
async def test_filters(tx: Tx, stocked: tuple[Viewer, dict[str, UUID], dict[str, UUID]], sort: str) -> None:
    viewer, known, libraries = stocked
    names = {id_: name for name, id_ in known.items()}
    for asked, titles in ASKED:
        wanted: dict[str, Any] = {
            k: (known | libraries)[v[1:]] if str(v).startswith("$") else v for k, v in asked.items()
        }
        if "person" in wanted:
            wanted["person"] = str(wanted["person"])
        page = await browse.items(tx, viewer, Filter(sort=sort, **wanted))
        assert {names[item.id] for item in page.items} == titles, asked
        assert len(page.items) == page.total == len(titles), asked
        assert sorted(await walk(tx, viewer, 1, sort=sort, **wanted)) == sorted(known[title] for title in titles), asked


BAD: list[dict[str, Any]] = [
    {"kinds": ("film",)},
    {"kinds": ("movie", "movie'; drop table catalog.item; --")},
    {"sort": "name;select pg_sleep(1)"},
    {"sort": "password"},
    {"sort": "--title"},
    {"sort": ""},
    {"limit": 0},
    {"limit": 501},
    {"at": -1},
    {"at": 10**12},
    {"at": 1, "after": "x"},
    {"year": -1},
    {"year": 10**12},
    {"seed": -1},
    {"seed": 2**31},
    {"q": "a\0b"},
    {"q": "x" * 201},
    {"genre": "x" * 201},
    {"person": "\0"},
    {"genre": "\ud800"},
    {"after": "nonsense"},
    {"after": "x" * 3000},
    {"after": pack_cursor("title", 0, 1)},
    {"after": pack_cursor("-title", 0, 1, "0" * 32, "a")},
    {"after": pack_cursor("title", 0, 1, "not an id", "a")},
    {"after": pack_cursor("title", 0, 1, "0" * 32, 7)},
    {"after": pack_cursor("title", 0, 1, "0" * 32, None)},
    {"after": pack_cursor("title", 0, 1, "0" * 32, "a\0")},
    {"after": pack_cursor("title", "x", 1, "0" * 32, "a")},
    {"after": pack_cursor("title", 0, -1, "0" * 32, "a")},
    {"after": pack_cursor("title", 0, "x", "0" * 32, "a")},
    {"sort": "added_at", "after": pack_cursor("added_at", 0, 1, "0" * 32, "2024-01-01")},
    {"sort": "added_at", "after": pack_cursor("added_at", 0, 1, "0" * 32, "2024-01-01T00:00:00")},
    {"sort": "year", "after": pack_cursor("year", 0, 1, "0" * 32, 10**30)},
    {"sort": "rating", "after": pack_cursor("rating", 0, 1, "0" * 32, 1e300)},
    {"sort": "released", "after": pack_cursor("released", 0, 1, "0" * 32, "99999-01-01")},
    {"sort": "random", "after": pack_cursor("random", 2**70, 1, "0" * 32, 1)},
]


@pytest.mark.parametrize("wanted", BAD, ids=lambda wanted: str(wanted)[:60])
async def test_what_makes_no_sense_is_refused(tx: Tx, shelf: Shelf, wanted: dict[str, Any]) -> None:
    viewer = await shelf.viewer()
    await shelf.movie(await shelf.library())
    with pytest.raises(Invalid):
        await browse.items(tx, viewer, Filter(**wanted))
    assert await tx.fetchval("select count(*) from catalog.item") == 1


async def test_rows_carry_what_cards_show(tx: Tx, shelf: Shelf) -> None:
    shows, music = await shelf.library("Shows", "shows"), await shelf.library("Music", "music")
    viewer, other = await shelf.viewer(), await shelf.viewer()
    show = await shelf.show(shows, "Dark", 2, 3, specials=1)
    album = await shelf.album(music, "Blue", "Joni Mitchell", 4)
    played = datetime(2025, 5, 5, tzinfo=UTC)
    await shelf.state(viewer, show.episodes[0][0], watched=True, play_count=2, last_played_at=played)
    await shelf.state(viewer, show.episodes[0][1], position_ms=90_000, last_played_at=LONG_AGO)
    await shelf.state(other, show.episodes[1][0], watched=True)
    await shelf.state(viewer, show.id, favorite=True, rating=9)
    series = (await browse.items(tx, viewer, Filter(kinds=("series",)))).items[0]
    assert (series.child_count, series.state.unwatched) == (3, 6)
    assert (series.state.favorite, series.state.rating, series.state.watched) == (True, 9, False)
    assert (series.state.play_count, series.state.last_played_at) == (2, played)
    seasons = (await browse.children(tx, viewer, show.id)).items
    assert [(s.number, s.child_count, s.state.unwatched) for s in seasons] == [(1, 3, 2), (2, 3, 3), (0, 1, 1)]
    assert seasons[0].series is not None
    assert seasons[0].series.title == "Dark"
    second = (await browse.children(tx, viewer, show.seasons[0])).items[1]
    assert (second.group, second.number, second.state.position_ms, second.state.unwatched) == (1, 2, 90_000, None)
    assert second.series is not None
    assert second.series.id == show.id
    by = (await browse.items(tx, viewer, Filter(kinds=("artist",)))).items[0]
    assert by.child_count == 1
    row = (await browse.children(tx, viewer, album.artist)).items[0]
    assert (row.id, row.child_count, row.state.unwatched) == (album.id, 4, None)
    assert [(a.id, a.title) for a in row.artists] == [(album.artist, "Joni Mitchell")]
    track = (await browse.children(tx, viewer, album.id)).items[0]
    assert track.album is not None
    assert (track.album.title, track.artists[0].title, track.child_count) == ("Blue", "Joni Mitchell", None)


async def test_what_is_not_available_is_not_counted(tx: Tx, shelf: Shelf) -> None:
    viewer = await shelf.viewer()
    show = await shelf.show(await shelf.library("Shows", "shows"), "Dark", 1, 3)
    await tx.execute("update catalog.item set available = false where id = $1", show.episodes[0][2])
    for id_ in show.episodes[0][:2]:
        await shelf.state(viewer, id_, watched=True)
    (series,) = (await browse.items(tx, viewer, Filter(kinds=("series",), watched=True))).items
    assert (series.state.watched, series.state.unwatched) == (True, 0)
    assert (await browse.children(tx, viewer, show.seasons[0])).total == 2


async def test_pages_beyond_the_end_are_empty_and_still_know_the_total(tx: Tx, shelf: Shelf) -> None:
    library, viewer = await shelf.library(), await shelf.viewer()
    await shelf.movie(library)
    page = await browse.items(tx, viewer, Filter(at=5))
    assert (page.items, page.next, page.total) == ([], None, 1)


async def test_many_kinds_in_many_libraries(tx: Tx, shelf: Shelf) -> None:
    libraries = [await shelf.library(f"Films {n}") for n in range(7)]
    films = [await shelf.movie(library, f"Film {n}") for n, library in enumerate(libraries)]
    viewer = await shelf.viewer(libraries=libraries[:6])
    assert await walk(tx, viewer, 2) == films[:6]
    assert await walk(tx, viewer, 2, sort="-added_at") == films[5::-1]
    assert await ids(tx, viewer, at=4) == films[4:6]
