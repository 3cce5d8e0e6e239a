"""Reports, stops and marks: what they leave behind, and that saying a thing twice changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from hearth import activity, jobs
from hearth.db import Database, Tx
from hearth.kit.errors import Invalid
from hearth.kit.ids import new_id
from tests.browse.shelf import Shelf

FILM_MS = 6_000_000


class Person:
    """Somebody in front of a film."""

    def __init__(self, tx: Tx, account: UUID, film: UUID, shelf: Shelf) -> None:
        self.tx, self.account, self.film, self.shelf = tx, account, film, shelf

    async def report(self, position: int, **more: Any) -> None:
        await activity.record_progress(self.tx, self.account, self.film, position, FILM_MS, **more)

    async def begin(self) -> UUID:
        play = new_id()
        await activity.begin_play(self.tx, play, self.account, self.film, "direct")
        return play

    async def state(self) -> tuple[int, bool, int]:
        row = await self.tx.fetchrow(
            """select position_ms, watched, play_count from activity.state where user_id = $1 and item_id = $2""",
            self.account, self.film,
        )  # fmt: skip
        assert row is not None
        return tuple(row)

    async def told(self) -> int:
        """How many changes were announced to this person."""
        return int(
            await self.tx.fetchval(
                "select count(*) from jobs.event where type = 'activity' and audience = $1", f"user:{self.account}"
            )
        )


@pytest.fixture
async def person(tx: Tx) -> AsyncIterator[Person]:
    shelf = Shelf(tx)
    film = await shelf.movie(await shelf.library(), duration_ms=FILM_MS)
    with jobs.reacting_with(jobs.Reactions()):
        yield Person(tx, (await shelf.viewer()).account_id, film, shelf)


async def test_a_film_begun_and_finished(person: Person) -> None:
    play = await person.begin()
    await person.report(30_000, play_id=play)
    assert await person.state() == (0, False, 0)
    await person.report(1_000_000, play_id=play)
    assert await person.state() == (1_000_000, False, 0)
    for position in (5_400_000, 5_500_000, 5_500_000, 5_999_999):
        await person.report(position, play_id=play)
        assert await person.state() == (0, True, 1)
    await activity.record_stop(person.tx, person.account, person.film, 6_000_000, FILM_MS, play_id=play)
    await activity.record_stop(person.tx, person.account, person.film, 6_000_000, FILM_MS, play_id=play)
    assert await person.state() == (0, True, 1)
    row = await person.tx.fetchrow("select position_ms, stopped_at from activity.play where id = $1", play)
    assert row is not None
    assert row["position_ms"] == 6_000_000
    assert row["stopped_at"] is not None


async def test_a_play_counts_once_even_when_the_end_is_seen_twice(person: Person) -> None:
    play = await person.begin()
    await person.report(5_900_000, play_id=play)
    await person.report(1_000_000, play_id=play)
    assert await person.state() == (1_000_000, True, 1)
    await person.report(5_900_000, play_id=play)
    assert await person.state() == (0, True, 1)


async def test_each_play_counts(person: Person) -> None:
    for count in (1, 2, 3):
        await person.report(5_900_000, play_id=await person.begin())
        assert await person.state() == (0, True, count)


async def test_a_play_of_somebody_else_is_none(person: Person) -> None:
    play = await person.begin()
    other = (await person.shelf.viewer()).account_id
    await activity.record_progress(person.tx, other, person.film, 5_900_000, FILM_MS, play_id=play)
    assert await person.tx.fetchval("select position_ms from activity.play where id = $1", play) == 0


async def test_beginning_a_play_twice_is_once(person: Person) -> None:
    play = await person.begin()
    await activity.begin_play(person.tx, play, person.account, person.film, "direct")
    assert await person.tx.fetchval("select count(*) from activity.play") == 1


async def test_without_a_play_the_way_to_the_end_counts(person: Person) -> None:
    for _ in range(3):
        await person.report(5_900_000)
    assert await person.state() == (0, True, 1)
    await person.report(1_000_000)
    assert await person.state() == (1_000_000, True, 1)
    for _ in range(2):
        await person.report(5_900_000)
    assert await person.state() == (0, True, 2)


async def test_clearing(person: Person) -> None:
    await activity.clear_progress(person.tx, person.account, person.film)
    assert await person.told() == 0
    await person.report(1_000_000)
    await activity.clear_progress(person.tx, person.account, person.film)
    assert await person.state() == (0, False, 0)
    assert await person.told() == 2


async def test_marks(person: Person) -> None:
    tx, account = person.tx, person.account
    more = [await person.shelf.movie(await person.shelf.library(f"{n}")) for n in range(2)]
    await person.report(1_000_000)
    told = await person.told()
    assert await activity.mark_watched(tx, account, [person.film, *more, person.film], True) == 3
    assert await person.state() == (0, True, 0)
    assert await activity.mark_watched(tx, account, [person.film, *more], True) == 0
    assert await person.told() == told + 1
    assert await activity.mark_watched(tx, account, more[:1], False) == 1
    assert await activity.mark_watched(tx, account, more[:1], False) == 0
    assert await activity.mark_watched(tx, account, [], True) == 0
    assert await tx.fetchval("select count(*) from activity.state where watched") == 2
    dates = await tx.fetch("select last_played_at from activity.state where watched")
    assert all(row[0] is not None for row in dates)


async def test_favorites_and_ratings(person: Person) -> None:
    tx, account, film = person.tx, person.account, person.film
    await activity.set_favorite(tx, account, film, False)
    assert await tx.fetchval("select count(*) from activity.state") == 0
    for favorite, told in ((True, 1), (True, 1), (False, 2), (False, 2), (True, 3)):
        await activity.set_favorite(tx, account, film, favorite)
        assert await tx.fetchval("select favorite from activity.state") is favorite
        assert await person.told() == told
    for rating, told in ((7, 4), (7, 4), (None, 5), (None, 5)):
        await activity.set_rating(tx, account, film, rating)
        assert await tx.fetchval("select rating from activity.state") == rating
        assert await person.told() == told
    for wrong in (0, 11, -1):
        with pytest.raises(Invalid):
            await activity.set_rating(tx, account, film, wrong)


async def test_large_changes_are_announced_without_names(person: Person) -> None:
    library = await person.shelf.library("many")
    films = [await person.shelf.movie(library) for _ in range(51)]
    await activity.mark_watched(person.tx, person.account, films, True)
    data = await person.tx.fetchval("select data from jobs.event order by id desc limit 1")
    assert data["item_ids"] == []
    await activity.mark_watched(person.tx, person.account, films[:1], False)
    data = await person.tx.fetchval("select data from jobs.event order by id desc limit 1")
    assert data["item_ids"] == [str(films[0])]
    assert data["account_id"] == str(person.account)


async def test_reports_at_once_count_once(database: Database) -> None:
    play = new_id()
    async with database.transaction() as tx:
        shelf = Shelf(tx)
        film = await shelf.movie(await shelf.library(), duration_ms=FILM_MS)
        account = (await shelf.viewer()).account_id
        await activity.begin_play(tx, play, account, film, "direct")

    async def report(position: int) -> None:
        async with database.transaction() as tx:
            await activity.record_progress(tx, account, film, position, FILM_MS, play_id=play)

    await asyncio.gather(*(report(5_800_000 + n) for n in range(8)))
    async with database.transaction(readonly=True) as tx:
        assert await tx.fetchval("select play_count from activity.state") == 1
        assert await tx.fetchval("select position_ms from activity.play") == 5_800_007
