"""What it costs to be somebody: a request with a credential against the same route open to all, and lists that are
browsed while ten thousand logins are offered. All in this process, on a PostgreSQL and a cache of its own.

    .venv/bin/python -m bench.auth [--logins 10000] [--seconds 120] [--rows 20000]
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import structlog
from litestar import get
from tests.accounts.door import PASSWORD, Door, opened_door
from tests.browse.house import House, open_house
from tests.engines import make_folder

from bench.lists import fill
from bench.table import Row, show
from hearth.api.v1.access import PUBLIC, requires
from hearth.app.engines import prepare_schema
from hearth.db import Database, Postgres

_REQUESTS = 2_000
_WARM = 200
_PAGE = "/api/v1/items?kind=movie&limit=50&at=1000"


@get("/open", opt=PUBLIC, sync_to_thread=False)
def open_route() -> str:
    return "the same"


@get("/guarded", opt=requires("session:read"), sync_to_thread=False)
def guarded_route() -> str:
    return "the same"


class _Case(NamedTuple):
    """One way to ask: its name in the table, the path, the credential."""

    what: str
    path: str
    token: str | None = None
    headers: dict[str, str] | None = None


async def _medians(door: Door, cases: Sequence[_Case]) -> list[float]:
    """Microseconds of each case's median request. They take turns, so that whatever else the machine does meets all."""
    times: list[list[float]] = [[] for _ in cases]
    for turn in range(_REQUESTS + _WARM):
        for case, taken in zip(cases, times, strict=True):
            begun = time.perf_counter()
            answer = await door.call("GET", case.path, token=case.token, headers=case.headers)
            if turn >= _WARM:
                taken.append(time.perf_counter() - begun)
            assert answer.status == 200
    return [statistics.median(taken) * 1e6 for taken in times]


async def cost(database: Database, folder: Path) -> list[Row]:
    """A request as nobody, by token, by cookie, by API key; and one whose session has to be asked for."""
    async with opened_door(database, folder, more=[open_route, guarded_route]) as door:
        made = await door.set_up(cookie=True)
        token = made.json["access_token"]
        key = (await door.call("POST", "/api/v1/me/api-keys", {"name": "bench"}, token=token)).json["key"]
        cookie = {"cookie": f"hearth_session={made.cookie('hearth_session')}"}
        cases = [
            _Case("a request, the route open to all", "/test/open"),
            _Case("the same by token", "/test/guarded", token),
            _Case("the same by API key", "/test/guarded", key),
            _Case("the same by cookie", "/test/guarded", headers=cookie),
        ]
        floor, *guarded = await _medians(door, cases)
        rows = [Row(cases[0].what, floor, "us")]
        for case, taken in zip(cases[1:], guarded, strict=True):
            rows.append(Row(case.what, taken, "us", "open to all", taken / floor))
        times = []
        for _ in range(200):
            door.gate.standings.forget_here()
            begun = time.perf_counter()
            await door.call("GET", "/test/guarded", token=token)
            times.append(time.perf_counter() - begun)
        asked = statistics.median(times) * 1e6
        rows.append(Row("the same by token, the database asked", asked, "us", "open to all", asked / floor))
        begun = time.perf_counter()
        await asyncio.to_thread(door.gate.roles.__init__)  # type: ignore[misc]  # compiled as at a start
        rows.append(Row("compiling the roles", (time.perf_counter() - begun) * 1e3, "ms"))
    return rows


async def _browse(house: House, until: asyncio.Event, at_least: int) -> list[float]:
    """Milliseconds of each page, one after the other with a breath between, as a person's browser asks."""
    times: list[float] = []
    while not until.is_set() or len(times) < at_least:
        begun = time.perf_counter()
        assert (await house.door.call("GET", _PAGE, token=house.token)).status == 200
        times.append((time.perf_counter() - begun) * 1e3)
        await asyncio.sleep(0.005)
    return times


async def flood(house: House, logins: int, seconds: float) -> list[Row]:
    """Lists alone, before and after, and while ten addresses offer logins to fifty names, one of them real."""
    calm = asyncio.Event()
    calm.set()
    await _browse(house, calm, 50)
    alone = await _browse(house, calm, 300)
    answers: Counter[int] = Counter()
    left = iter(range(logins))
    stop = time.perf_counter() + seconds
    over = asyncio.Event()

    async def offer() -> None:
        for n in left:
            if time.perf_counter() > stop:
                return
            body = {"username": "ada" if n % 50 == 0 else f"user{n % 50}", "password": f"{PASSWORD} not"}
            answer = await house.door.call("POST", "/api/v1/auth/login", body, address=f"203.0.113.{n % 10}")
            answers[answer.status] += 1

    begun = time.perf_counter()
    browsing = asyncio.create_task(_browse(house, over, 50))
    await asyncio.gather(*(offer() for _ in range(16)))
    taken = time.perf_counter() - begun
    over.set()
    busy = await browsing
    alone += await _browse(house, calm, 300)
    before, during = _p95(alone), _p95(busy)
    offered = answers.total()
    return [
        Row(f"logins offered in {taken:.0f} s", offered, "logins"),
        Row("of them refused unweighed (429)", 100 * answers[429] / offered, "%"),
        Row("of them weighed and wrong (401)", answers[401], "logins"),
        Row("a page of a list, p95, nobody else there", before, "ms"),
        Row("a page of a list, p95, under the logins", during, "ms", "nobody else there", during / before),
    ]


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[18]


async def run(logins: int, seconds: float, rows: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder = make_folder("hearth-bench-")
    postgres = Postgres(folder, settings={"fsync": "off"})
    try:
        dsn = await postgres.start()
        await prepare_schema(dsn)
        database = await Database.connect(dsn, max_size=8)
        show("What it costs to be somebody", await cost(database, Path(folder) / "cost"))
        async with database.transaction() as tx:
            await tx.execute("delete from accounts.account")
        async with open_house(database, Path(folder)) as house:
            async with database.transaction() as tx:
                await fill(tx, rows)
            async with database.connection() as connection:
                await connection.execute("vacuum analyze")
            show("Lists while logins are offered", await flood(house, logins, seconds))
        await database.close()
    finally:
        await postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logins", type=int, default=10_000)
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="the logins stop after this, however many are left"
    )
    parser.add_argument("--rows", type=int, default=20_000)
    given = parser.parse_args(list(arguments))
    asyncio.run(run(given.logins, given.seconds, given.rows))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
