"""What it costs to be somebody: a request with a credential against the same route open to all. All of it runs in
this process, on a PostgreSQL of its own. What a flood of logins costs others is measured by `bench.flood`, which runs
after it.

    .venv/bin/python -m bench.auth
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import structlog
from litestar import get
from tests.accounts.door import Door, opened_door
from tests.engines import make_folder

from bench import flood
from bench.table import Row, show
from hearth.api.v1.access import PUBLIC, requires
from hearth.app.engines import prepare_schema
from hearth.db import Database, Postgres

_REQUESTS = 2_000
_WARM = 200


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


async def run() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder = make_folder("hearth-bench-")
    postgres = Postgres(folder, settings={"fsync": "off"})
    try:
        dsn = await postgres.start()
        await prepare_schema(dsn)
        database = await Database.connect(dsn, max_size=8)
        show("What it costs to be somebody", await cost(database, Path(folder) / "cost"))
        await database.close()
    finally:
        await postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    asyncio.run(run())
    flood.main()


if __name__ == "__main__":
    main()
