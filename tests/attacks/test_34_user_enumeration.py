"""Row 34: finding out which names exist, by what is answered or by how long it takes."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hearth import accounts
from hearth.db import Database
from tests.accounts.door import PASSWORD, Door, opened_door

NAMES = 1000
_PAIRS, _ROUNDS = 60, 5


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    """A thousand people, all with one password: it is hashed once, which is not what is tested here."""
    async with opened_door(database, tmp_path) as opened:
        await opened.set_up("admin")
        known = await opened.gate.passwords.make("anybody", PASSWORD)
        async with database.transaction() as tx:
            for n in range(NAMES):
                await accounts.create_account(tx, f"known{n}", known)
        yield opened


async def test_unknown_names_take_as_long_as_known_ones(door: Door) -> None:
    """Interleaved, so that whatever else the machine does falls on both; measured again when it did not."""
    taken: dict[str, list[float]] = {"known": [], "nobody": []}
    bodies, difference = set(), 1.0
    for turn in range(_ROUNDS):
        for n in range(turn * _PAIRS, (turn + 1) * _PAIRS):
            for kind, times in sorted(taken.items(), reverse=bool(n % 2)):
                begun = time.perf_counter()
                answer = await door.login(f"{kind}{n}", "a guess", address=f"203.{n // 250}.{n % 250}.{len(kind)}")
                times.append(time.perf_counter() - begun)
                assert answer.status == 401
                bodies.add((answer.body, tuple(sorted(name for name, _ in answer.headers))))
        known, nobody = statistics.median(taken["known"]), statistics.median(taken["nobody"])
        difference = abs(known - nobody) / known
        if difference < 0.05:
            break
    assert difference < 0.05, f"medians {known * 1000:.1f} and {nobody * 1000:.1f} ms"
    assert len(bodies) == 1


async def test_throttled_names_answer_alike(door: Door) -> None:
    """A closed name must not show that it exists either: unknown names close just the same, with the same words."""
    answers: dict[str, list[tuple[int, str]]] = {"known1": [], "nobody1": []}
    for n in range(62):
        for name, told in answers.items():
            answer = await door.login(name, "a guess", address=f"203.0.{n}.{len(name)}")
            # How long it stays closed is the clock's, whatever the name.
            told.append((answer.status, re.sub(r"\d+ minutes|a minute", "a while", answer.json["detail"])))
    assert answers["known1"] == answers["nobody1"]
    assert answers["known1"][-1][0] == 429


async def test_nothing_else_tells_who_exists(door: Door) -> None:
    for method, path in (("GET", "/api/v1/users"), ("GET", "/api/v1/users/known1"), ("POST", "/api/v1/users")):
        assert (await door.call(method, path, {} if method == "POST" else None)).status in {401, 404}
    taken = await door.set_up("known1")
    free = await door.set_up("nobody1")
    assert (taken.status, taken.body) == (free.status, free.body)
