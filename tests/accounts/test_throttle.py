"""The throttle's windows, and what each process remembers of credentials."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from hearth.accounts.homes import Homes
from hearth.accounts.permissions import Roles
from hearth.accounts.standing import LOCAL_MS, SHARED_MS, Standing, Standings
from hearth.accounts.throttle import Limit, Throttle, by_account, by_address, by_strangers
from hearth.kit.cache import Cache
from hearth.kit.errors import TooMany

LIMIT = Limit("test", 5, 60, "Too many")


class Clock:
    """A wall clock that tests turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 6_000_000.0
        monkeypatch.setattr("hearth.accounts.throttle.time.time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def _admitted(throttle: Throttle, limit: Limit, attempts: int) -> int:
    admitted = 0
    for _ in range(attempts):
        try:
            await throttle.reserve(limit)
            admitted += 1
        except TooMany:
            pass
    return admitted


async def test_as_many_as_the_limit_are_admitted(clock: Clock) -> None:
    throttle = Throttle()
    assert await _admitted(throttle, LIMIT, 50) == 5
    assert await _admitted(throttle, LIMIT._replace(key="other"), 50) == 5


async def test_the_window_slides(clock: Clock) -> None:
    throttle = Throttle()
    clock.now += 30
    assert await _admitted(throttle, LIMIT, 50) == 5
    clock.now += 31  # the next window, but the failures are 31 s old
    assert await _admitted(throttle, LIMIT, 50) == 0
    clock.now += 30  # half of the window before still counts
    assert await _admitted(throttle, LIMIT, 50) == 2
    clock.now += 120
    assert await _admitted(throttle, LIMIT, 50) == 5


async def test_what_was_right_is_given_back(clock: Clock) -> None:
    throttle = Throttle()
    for _ in range(50):
        await throttle.reserve(LIMIT)
        await throttle.release(LIMIT)
    assert await _admitted(throttle, LIMIT, 50) == 5


async def test_refusals_say_when_to_come_back(clock: Clock) -> None:
    throttle = Throttle()
    await _admitted(throttle, LIMIT, 5)
    clock.now += 20
    with pytest.raises(TooMany, match="Too many: try again in a minute") as refused:
        await throttle.reserve(LIMIT)
    assert refused.value.extra == {"retry_after_s": 40}


async def test_many_at_once_do_not_slip_through(cache: Cache) -> None:
    assert await cache.connect()
    throttle = Throttle(cache)
    answers = await asyncio.gather(*(throttle.reserve(LIMIT) for _ in range(40)), return_exceptions=True)
    assert sum(a is None for a in answers) <= 5


async def test_processes_count_together(cache: Cache) -> None:
    assert await cache.connect()
    one, other = Throttle(cache), Throttle(cache)
    assert await _admitted(one, LIMIT, 3) == 3
    assert await _admitted(other, LIMIT, 50) == 2
    await one.release(LIMIT)
    assert await _admitted(other, LIMIT, 50) == 1


async def test_without_a_cache_each_process_counts_for_itself() -> None:
    throttle = Throttle(Cache("redis://127.0.0.1:1", timeout_ms=10))
    assert await _admitted(throttle, LIMIT, 50) == 5


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr("hearth.accounts.throttle._REMEMBERED", 10)
    throttle = Throttle()
    for n in range(100):
        await throttle.reserve(by_address(f"192.0.2.{n}"))
    assert len(throttle._counts) == 10


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        (None, "nonsense", True),
    ],
)
def test_an_ipv6_subscriber_is_one_address(one: str | None, other: str | None, same: bool) -> None:
    assert (by_address(one) == by_address(other)) is same


def test_names_are_counted_as_they_are_compared() -> None:
    assert by_strangers("Ada") == by_strangers("ＡDA") != by_strangers("bob")
    assert "ada" not in by_strangers("ada").key
    assert by_account(uuid4()).most < by_strangers("ada").most


def _standing() -> Standing:
    return Standing(uuid4(), "ada", "admin", session_id=uuid4(), cookie_hash=b"h" * 32)


async def test_a_standing_is_asked_for_once_by_many() -> None:
    standings, asked, standing = Standings(Roles()), 0, _standing()

    async def ask() -> Standing:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        return standing

    answers = await asyncio.gather(*(standings.learn("x", ask) for _ in range(50)))
    assert asked == 1
    assert all(a is not None and a.viewer == standing.viewer(Roles()) for a in answers)
    assert standings.recall("x") == answers[0]
    assert standings.recall("y") is None


async def test_a_standing_is_felt_to_end_within_five_seconds(cache: Cache) -> None:
    assert LOCAL_MS + SHARED_MS < 5000
    assert await cache.connect()
    one, other, standing = Standings(Roles(), cache), Standings(Roles(), cache), _standing()

    async def ask() -> Standing:
        return standing

    async def gone() -> None:
        return None

    begun = time.monotonic()
    assert await one.learn("x", ask) is not None
    shared = await other.learn("x", gone)
    assert shared is not None, "read from the shared cache"
    assert shared.viewer == standing.viewer(Roles())
    assert shared.cookie_hash == standing.cookie_hash
    assert shared.until - begun < 5
    await one.forget("x")
    assert one.recall("x") is None
    assert await one.learn("x", gone) is None
    assert await Standings(Roles(), cache).learn("x", gone) is None


async def test_an_answer_from_before_a_change_is_not_remembered(cache: Cache) -> None:
    assert await cache.connect()
    standings, asking, answer = Standings(Roles(), cache), asyncio.Event(), asyncio.Event()

    async def ask() -> Standing:
        asking.set()
        await answer.wait()
        return _standing()

    async def gone() -> None:
        return None

    early = asyncio.create_task(standings.learn("x", ask))
    await asking.wait()
    await standings.forget("x")
    answer.set()
    assert await early is not None
    assert standings.recall("x") is None
    assert await standings.learn("x", gone) is None


async def test_a_client_that_hangs_up_takes_nothing_from_others() -> None:
    standings, asking, answer = Standings(Roles()), asyncio.Event(), asyncio.Event()

    async def ask() -> Standing:
        asking.set()
        await answer.wait()
        return _standing()

    first = asyncio.create_task(standings.learn("x", ask))
    await asking.wait()
    second = asyncio.create_task(standings.learn("x", ask))
    first.cancel()
    await asyncio.sleep(0)
    answer.set()
    assert await second is not None


async def test_a_failed_question_is_everybodys_and_is_asked_again() -> None:
    standings = Standings(Roles())

    async def fail() -> Standing:
        raise OSError("the database went away")

    async def ask() -> Standing:
        return _standing()

    with pytest.raises(OSError, match="went away"):
        await standings.learn("x", fail)
    assert await standings.learn("x", ask) is not None


class Slow:
    """A database that answers when it is told to, and counts what it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answering = asyncio.Event()

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        yield self

    async def fetch(self, *_: object) -> list[dict[str, str]]:
        self.asked += 1
        await self.answering.wait()
        return [{"address": "192.0.2.10"}]


async def test_a_flood_of_new_names_asks_a_few_questions_at_once() -> None:
    homes, database = Homes(), Slow()
    flood = [asyncio.create_task(homes.include(database.begin, f"user{n}", "203.0.113.1")) for n in range(100)]
    await asyncio.sleep(0)
    assert database.asked == 4
    assert sum(task.done() for task in flood) == 96
    database.answering.set()
    assert not any(await asyncio.gather(*flood))
    assert await homes.include(database.begin, "user0", "192.0.2.10"), "and is remembered"
    assert await homes.include(database.begin, "USER0", "192.0.2.10")
    assert not await homes.include(database.begin, "user0", None)
    assert database.asked == 4
