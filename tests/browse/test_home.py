"""The home page: what was begun, what comes next, what is new."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hearth import browse
from hearth.accounts import Viewer
from hearth.db import Tx
from tests.browse.shelf import LONG_AGO, Shelf


def day(n: float) -> dict[str, object]:
    return {"last_played_at": LONG_AGO + timedelta(days=n)}


async def resume(tx: Tx, viewer: Viewer) -> list[UUID]:
    return [item.id for item in (await browse.home(tx, viewer)).resume]


async def next_up(tx: Tx, viewer: Viewer) -> list[UUID]:
    return [item.id for item in (await browse.home(tx, viewer)).next_up]


async def latest(tx: Tx, viewer: Viewer) -> dict[str, list[UUID]]:
    return {row.name: [item.id for item in row.items] for row in (await browse.home(tx, viewer)).latest}


async def test_an_empty_home(tx: Tx, shelf: Shelf) -> None:
    await shelf.library()
    assert await browse.home(tx, await shelf.viewer()) == browse.Home([], [], [], [], [])


async def test_resume_holds_what_was_begun_the_last_first(tx: Tx, shelf: Shelf) -> None:
    films, viewer, other = await shelf.library(), await shelf.viewer(), await shelf.viewer()
    show = await shelf.show(await shelf.library("Shows", "shows"))
    album = await shelf.album(await shelf.library("Music", "music"))
    one, two, three = [await shelf.movie(films, title) for title in ("One", "Two", "Three")]
    await shelf.state(viewer, one, position_ms=9, **day(1))
    await shelf.state(viewer, show.episodes[0][0], position_ms=9, **day(2))
    await shelf.state(viewer, two, watched=True, **day(3))
    await shelf.state(viewer, album.tracks[0], position_ms=9, **day(4))
    await shelf.state(other, three, position_ms=9, **day(5))
    assert await resume(tx, viewer) == [show.episodes[0][0], one]
    await tx.execute("update catalog.item set available = false where id = $1", one)
    assert await resume(tx, viewer) == [show.episodes[0][0]]


async def test_next_up_follows_the_episode_watched_last(tx: Tx, shelf: Shelf) -> None:
    shows, viewer = await shelf.library("Shows", "shows"), await shelf.viewer()
    dark, lost = await shelf.show(shows, "Dark", 2, 2), await shelf.show(shows, "Lost", 1, 3, specials=1)
    await shelf.show(shows, "Never begun")
    assert await next_up(tx, viewer) == []
    await shelf.state(viewer, dark.episodes[0][0], watched=True, **day(1))
    await shelf.state(viewer, lost.episodes[0][0], watched=True, **day(2))
    assert await next_up(tx, viewer) == [lost.episodes[0][1], dark.episodes[0][1]]
    await shelf.state(viewer, dark.episodes[0][1], watched=True, **day(3))
    assert await next_up(tx, viewer) == [dark.episodes[1][0], lost.episodes[0][1]]
    # Begun: it is in the resume row, not here.
    await shelf.state(viewer, dark.episodes[1][0], position_ms=9, **day(4))
    assert await next_up(tx, viewer) == [lost.episodes[0][1]]
    # Passed over: it moves on from what was watched last, and skips what was watched before.
    await shelf.state(viewer, lost.episodes[0][1], watched=True, **day(1))
    assert await next_up(tx, viewer) == [lost.episodes[0][2]]
    await shelf.state(viewer, lost.episodes[0][2], watched=True, **day(5))
    assert await next_up(tx, viewer) == [], "the end of a show does not lead into its specials"
    assert await next_up(tx, await shelf.viewer()) == []


async def test_next_up_after_a_season_was_marked_as_one(tx: Tx, shelf: Shelf) -> None:
    viewer = await shelf.viewer()
    show = await shelf.show(await shelf.library("Shows", "shows"), "Dark", 2, 3)
    for id_ in show.episodes[0]:
        await shelf.state(viewer, id_, watched=True, **day(1))
    assert await next_up(tx, viewer) == [show.episodes[1][0]]
    await tx.execute("update catalog.item set available = false where id = $1", show.episodes[1][0])
    assert await next_up(tx, viewer) == [show.episodes[1][1]]


async def test_next_up_of_shows_without_numbers_goes_by_title(tx: Tx, shelf: Shelf) -> None:
    shows, viewer = await shelf.library("Shows", "shows"), await shelf.viewer()
    series = await shelf.item(shows, "series", "News")
    first, second = [
        await shelf.item(shows, "episode", title, parent_id=series, top_id=series)
        for title in ("2024-01-01", "2024-01-02")
    ]
    await shelf.state(viewer, first, watched=True, **day(1))
    assert await next_up(tx, viewer) == [second]


async def test_latest_tells_films_albums_and_shows(tx: Tx, shelf: Shelf) -> None:
    viewer = await shelf.viewer()
    films, music, shows = (
        await shelf.library(),
        await shelf.library("Music", "music"),
        await shelf.library("TV", "shows"),
    )
    await shelf.library("Empty")
    one, two = await shelf.movie(films, "One"), await shelf.movie(films, "Two")
    old, new = await shelf.album(music, "Old", year=2000), await shelf.album(music, "New", year=1990)
    dark = await shelf.show(shows, "Dark", 2, 3, added_at=LONG_AGO)
    lost = await shelf.show(shows, "Lost", 2, 3, added_at=LONG_AGO)
    fresh = await shelf.show(shows, "Fresh", 2, 2, added_at=LONG_AGO + timedelta(days=900))
    await shelf.show(shows, "Oldest", 1, 1, added_at=LONG_AGO - timedelta(days=10))

    async def add(id_: UUID, days: float) -> None:
        await tx.execute("update catalog.item set added_at = $2 where id = $1", id_, LONG_AGO + timedelta(days=days))

    await add(dark.episodes[1][2], 1000)
    for id_ in lost.episodes[1][1:]:
        await add(id_, 950)
    found = await latest(tx, viewer)
    assert found["Films"] == [two, one]
    assert found["Music"] == [new.id, old.id]
    # One episode is told as itself, several of a season as the season, of several seasons as the show.
    assert found["TV"][:3] == [dark.episodes[1][2], lost.seasons[1], fresh.id]
    assert len(found["TV"]) == 4
    assert "Empty" not in found


async def test_latest_fills_up_with_shows_when_one_show_fills_the_news(tx: Tx, shelf: Shelf) -> None:
    shows, viewer = await shelf.library("TV", "shows"), await shelf.viewer()
    small = await shelf.show(shows, "Small", 1, 1, added_at=LONG_AGO)
    big = await shelf.show(shows, "Big", 1, 310, added_at=LONG_AGO + timedelta(days=1))
    assert await latest(tx, viewer) == {"TV": [big.seasons[0], small.id]}
