"""Row 33: ten thousand logins (Kavita CVE-2022-3945)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hearth.accounts.passwords import Verdict
from hearth.db import Database
from hearth.kit.cache import Cache
from tests.accounts.door import Door, opened_door

HOME = "192.0.2.10"
ATTACKER = "203.0.113.66"


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


async def test_ten_thousand_guesses_are_nearly_all_refused_and_the_victim_goes_on(door: Door) -> None:
    session = (await door.set_up()).json["access_token"]
    answers: Counter[int] = Counter()
    for _ in range(100):
        burst = [door.login("ada", f"guess number {n}", address=ATTACKER) for n in range(100)]
        answers.update(a.status for a in await asyncio.gather(*burst))
    assert answers[401] <= 20
    assert answers[429] == 10_000 - answers[401]
    assert (await door.login(address=ATTACKER)).status == 429, "not even with the right password, from there"
    assert (await door.login(address=HOME)).status == 200, "at home"
    assert (await door.login(address="198.51.100.4")).status == 200, "from a hotel, where she never was"
    assert (await door.call("GET", "/api/v1/me", token=session, address=ATTACKER)).status == 200


async def test_guesses_from_everywhere_are_refused_and_home_stays_open(door: Door) -> None:
    await door.set_up()
    answers: Counter[int] = Counter()
    for n in range(300):
        answer = await door.login("ada", "a guess", address=f"203.0.{n // 250}.{n % 250}")
        answers[answer.status] += 1
    assert answers == {401: 60, 429: 240}
    assert (await door.login(address=HOME)).status == 200
    assert (await door.login("eve", "a guess", address="203.0.113.1")).status == 401, "other names are not closed"


async def test_an_address_is_refused_whatever_names_it_tries(door: Door) -> None:
    await door.set_up()
    answers = Counter([(await door.login(f"user{n}", "a guess", address=ATTACKER)).status for n in range(60)])
    assert answers == {401: 20, 429: 40}


async def test_a_forwarded_address_buys_no_attempts(door: Door) -> None:
    await door.set_up()
    statuses = []
    for n in range(40):
        headers = {
            "x-forwarded-for": f"192.168.1.{n}",
            "x-real-ip": f"192.168.1.{n}",
            "forwarded": f"for=192.168.1.{n}",
        }
        body = {"username": "ada", "password": "a guess"}
        answer = await door.call("POST", "/api/v1/auth/login", body, headers=headers, address=ATTACKER)
        statuses.append(answer.status)
    assert Counter(statuses) == {401: 20, 429: 20}


async def test_processes_share_the_count_and_forget_nothing_when_the_cache_goes(
    database: Database, tmp_path: Path, cache: Cache
) -> None:
    assert await cache.connect()
    async with opened_door(database, tmp_path, cache) as one, opened_door(database, tmp_path, cache) as other:
        await one.set_up()
        doors = [one, other]
        answers = Counter([(await doors[n % 2].login("ada", "a guess", address=ATTACKER)).status for n in range(100)])
        assert answers == {401: 20, 429: 80}
        await cache.close()
        answers = Counter([(await doors[n % 2].login("ada", "a guess", address=ATTACKER)).status for n in range(100)])
        assert answers[401] <= 20, "what each process saw by itself still counts"


async def test_the_own_password_cannot_be_guessed_from_a_stolen_session(door: Door) -> None:
    token = (await door.set_up()).json["access_token"]
    statuses: Counter[int] = Counter()
    for n in range(30):
        body = {"current": f"guess number {n}", "new": "another long sentence"}
        statuses[(await door.call("POST", "/api/v1/me/password", body, token=token)).status] += 1
    assert statuses == {400: 10, 429: 20}


async def test_what_is_refused_costs_neither_a_question_to_the_database_nor_to_the_cache(
    database: Database, tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A botnet with an address for every guess: the name is closed, and then each guess is answered from memory."""
    assert await cache.connect()
    async with opened_door(database, tmp_path, cache) as door:
        await door.set_up()
        monkeypatch.setattr(door.gate.passwords, "verify", _wrong)
        for n in range(60):
            assert (await door.login("ada", "a guess", address=f"203.0.113.{n}")).status == 401
        assert (await door.login("ada", "a guess", address="203.0.114.1")).status == 429, "asks where she was before"
        questions = Counter[str]()
        with monkeypatch.context() as watched:
            begin, ask = Database.transaction, cache._ask

            def beginning(*args: object, **more: object) -> object:
                questions["database"] += 1
                return begin(*args, **more)  # type: ignore[arg-type]

            async def asking(*args: object, **more: object) -> object:
                questions["cache"] += 1
                return await ask(*args, **more)  # type: ignore[arg-type]

            watched.setattr(cache, "_ask", asking)
            watched.setattr(Database, "transaction", beginning)
            for n in range(200):
                assert (await door.login("ada", "a guess", address=f"198.51.100.{n}")).status == 429
        assert not questions


async def test_guesses_that_wait_leave_room_for_who_is_at_home(door: Door) -> None:
    """As many guesses as the pool takes are waiting for their turn: strangers hear so at once, home gets its turn."""
    await door.set_up()
    flood = [
        asyncio.create_task(door.login(f"user{n}", "a guess", address=f"203.0.{n // 250}.{n % 250}"))
        for n in range(400)
    ]
    await asyncio.sleep(0)
    while door.gate.passwords._asking == 0:  # noqa: ASYNC110 - the flood has to reach the pool
        await asyncio.sleep(0.001)
    assert (await door.login(address=HOME)).status == 200
    answers = Counter(answer.status for answer in await asyncio.gather(*flood))
    assert set(answers) == {401, 429}
    assert answers[429] > 200


async def _wrong(*_: object, **__: object) -> Verdict:
    return Verdict(right=False)
