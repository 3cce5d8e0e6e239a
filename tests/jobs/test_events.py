"""Events: with their change, in the order of commits, replayed without a gap, and never waiting for a slow listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import msgspec
import pytest

from hearth import jobs
from hearth.db import Database
from hearth.jobs import Announced, Events, Missed
from tests.jobs.work import KEYED, NOTE, Item, eventually, note, reached, traces, worker


class Counted(jobs.Event, frozen=True, tag="test.counted"):
    n: int


class Named(jobs.Event, frozen=True, tag="test.named"):
    name: str


@pytest.fixture
async def events(database: Database) -> AsyncIterator[Events]:
    async with Events(database, buffer=20) as stream:
        yield stream


async def announce(database: Database, *numbers: int) -> None:
    for n in numbers:
        async with database.transaction() as tx:
            await jobs.announce(tx, Counted(n))


async def take(stream: AsyncGenerator[Announced | Missed, None], count: int, timeout_s: float = 5.0) -> list[Announced]:
    """The next events of a subscription."""
    taken: list[Announced] = []
    async with asyncio.timeout(timeout_s):
        while len(taken) < count:
            item = await anext(stream)
            assert isinstance(item, Announced)
            taken.append(item)
    return taken


def numbers(taken: list[Announced]) -> list[int]:
    return [item.read(Counted).n for item in taken]


async def listening(events: Events, count: int = 1) -> None:
    async def there() -> bool:
        return len(events._subscribers) == count

    await eventually(there)


async def silent(stream: AsyncGenerator[Announced | Missed, None], seconds: float = 0.2) -> None:
    """Nothing comes; the subscription cannot be used after it."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(stream), seconds)


async def test_events_come_after_the_commit_in_order_to_everybody(database: Database, events: Events) -> None:
    async with aclosing(events.subscribe()) as one, aclosing(events.subscribe()) as two:
        both = asyncio.gather(take(one, 30), take(two, 30))
        await listening(events, 2)
        with pytest.raises(ZeroDivisionError):
            async with database.transaction() as tx:
                await jobs.announce(tx, Counted(-1))
                raise ZeroDivisionError
        for n in range(30):
            await announce(database, n)
        first, second = await both
        assert numbers(first) == numbers(second) == list(range(30))
        assert [item.id for item in first] == sorted(item.id for item in first)
        assert first[0].type == "test.counted"
        assert msgspec.json.decode(first[0].data) == {"type": "test.counted", "n": 0}


async def test_the_audience_travels_with_the_event(database: Database, events: Events) -> None:
    async with aclosing(events.subscribe()) as stream:
        heard = asyncio.create_task(take(stream, 2))
        await listening(events)
        async with database.transaction() as tx:
            await jobs.announce(tx, Named("for one"), audience="user:7")
            await jobs.announce(tx, Named("for all"))
        first, second = await heard
    assert (first.audience, first.read(Named)) == ("user:7", Named("for one"))
    assert second.audience is None


async def test_a_client_that_comes_back_gets_what_it_missed(database: Database, events: Events) -> None:
    async with aclosing(events.subscribe()) as stream:
        heard = asyncio.create_task(take(stream, 3))
        await listening(events)
        await announce(database, 1, 2, 3, 4, 5)
        had = await heard
    async with aclosing(events.subscribe(after_id=had[-1].id)) as stream:
        missed: list[Announced] = []
        while len(missed) < 2:  # one that it had may come again: see `Events.subscribe`
            missed += [one for one in await take(stream, 1) if one not in had]
        assert numbers(missed) == [4, 5]
        heard = asyncio.create_task(take(stream, 1))
        await announce(database, 6)
        assert numbers(await heard) == [6]
        await silent(stream)


async def test_a_smaller_id_that_commits_later_is_not_lost(database: Database, events: Events) -> None:
    """Two transactions overlap: the one that took its id first commits last, while the client is away."""
    async with aclosing(events.subscribe()) as stream:
        heard = asyncio.create_task(take(stream, 1))
        await listening(events)
        async with database.transaction() as slow:
            await jobs.announce(slow, Counted(1))
            await announce(database, 2)
            (seen,) = await heard
            await stream.aclose()
            # The client is gone now; it saw 2, whose id is greater.
        async with database.transaction() as tx:
            ids = [row["id"] for row in await tx.fetch("select id from jobs.event order by data->'n'")]
        assert ids[0] < ids[1] == seen.id
    await announce(database, 3)
    async with aclosing(events.subscribe(after_id=seen.id)) as stream:
        assert numbers(await take(stream, 2)) == [1, 3]
        await silent(stream)


async def test_live_overlapping_transactions_are_each_heard_once(database: Database, events: Events) -> None:
    async def overlapping(start: int) -> None:
        async with database.transaction() as tx:
            await jobs.announce(tx, Counted(start))
            await asyncio.sleep(0.02 * (start % 3))
            await jobs.announce(tx, Counted(start + 1))

    async with aclosing(events.subscribe()) as stream:
        heard = asyncio.create_task(take(stream, 60))
        await listening(events)
        for start in range(0, 60, 12):
            await asyncio.gather(*(overlapping(start + n) for n in range(0, 12, 2)))
        assert sorted(numbers(await heard)) == list(range(60))
        await silent(stream)


async def test_a_slow_subscriber_is_told_and_catches_up_by_coming_back(database: Database, events: Events) -> None:
    got: list[Announced] = []
    async with aclosing(events.subscribe()) as slow, aclosing(events.subscribe()) as quick:
        first, others = asyncio.create_task(take(slow, 1)), asyncio.create_task(take(quick, 50))
        await listening(events, 2)
        for n in range(50):
            await announce(database, n)
        got += await first
        assert numbers(await others) == list(range(50))  # who keeps up is not held up
        async with asyncio.timeout(5):
            async for item in slow:
                if isinstance(item, Missed):
                    assert item.reason == "slow"
                    break
                got.append(item)
            with pytest.raises(StopAsyncIteration):
                await anext(slow)
    assert len(got) <= 21
    async with aclosing(events.subscribe(after_id=got[-1].id)) as again, asyncio.timeout(10):
        while len({one.id for one in got}) < 50:
            got += await take(again, 1)
    # What was written beside an older transaction, as other tests have them, may be replayed once more.
    assert list(dict.fromkeys(numbers(got))) == list(range(50))


async def test_an_id_that_is_too_old_or_unknown_is_said_to_be_gone(database: Database, events: Events) -> None:
    async with aclosing(events.subscribe()) as stream:
        heard = asyncio.create_task(take(stream, 1))
        await listening(events)
        await announce(database, 1)
        await heard
    async with database.transaction() as tx:
        old = await tx.fetchval("update jobs.event set at = now() - interval '6 minutes' returning id")
    for unknown in (old, 10**12):
        async with aclosing(events.subscribe(after_id=unknown)) as stream:
            assert await asyncio.wait_for(anext(stream), 5) == Missed("gone")
            heard = asyncio.create_task(take(stream, 1))
            await announce(database, 2)
            assert numbers(await heard) == [2]


async def test_a_lost_connection_loses_no_event_and_doubles_none(database: Database, events: Events) -> None:
    async with aclosing(events.subscribe()) as stream:
        heard = asyncio.create_task(take(stream, 12, 15))
        await listening(events)
        await announce(database, 0, 1, 2)
        for n in range(3, 12, 3):
            async with database.transaction() as tx:
                cut = await tx.fetchval(
                    "select bool_or(pg_terminate_backend(pid)) from pg_stat_activity "
                    "where datname = current_database() and query ilike 'listen%'"
                )
            assert cut or n > 3  # it may not be back yet
            await announce(database, n, n + 1, n + 2)
        assert sorted(numbers(await heard)) == list(range(12))
        await silent(stream)


async def test_old_events_are_forgotten(database: Database) -> None:
    await announce(database, 1, 2)
    async with database.transaction() as tx:
        await tx.execute("update jobs.event set at = now() - interval '11 minutes' where data->'n' = '1'")
        assert await jobs.tidy(tx)
        assert [row["data"]["n"] for row in await tx.fetch("select data from jobs.event")] == [2]


async def test_events_become_their_reactions_tasks_in_the_same_transaction(database: Database) -> None:
    reactions = jobs.Reactions()
    reactions.on(Named, lambda event: (NOTE, Item(event.name)))
    reactions.on(Named, lambda event: (KEYED, Item(event.name)) if event.name == "twice" else None)
    with jobs.reacting_with(reactions):
        async with database.transaction() as tx:
            assert await jobs.announce(tx, Counted(1)) == []
            assert len(await jobs.announce(tx, Named("once"))) == 1
        with pytest.raises(ZeroDivisionError):
            async with database.transaction() as tx:
                assert len(await jobs.announce(tx, Named("never"))) == 1
                raise ZeroDivisionError
        async with database.transaction() as tx:
            made = await jobs.announce(tx, Named("twice"))
            assert len(made) == 2
    async with database.transaction() as tx:
        assert await jobs.announce(tx, Named("no more")) == []
    async with worker(database, {NOTE: note, KEYED: note}):
        for job_id in made:
            await reached(database, job_id, "done")
    assert sorted(await traces(database)) == ["once", "twice", "twice"]
