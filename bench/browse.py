"""What browsing costs at a thousand, a hundred thousand and a million items, in one run, on databases of its own.

    .venv/bin/python -m bench.browse [--sizes 1000,100000,1000000] [--requests 60] [--keep DIR]

Requests go one after the other through the whole application, but for the network. Goals: a first page in 20 ms and
twice what it takes at a thousand items, a deep page in 1.2 times the first, home and search in 40 ms, facets in 60 ms;
all of them 95th percentiles.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import statistics
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
import uvloop
from msgspec import Struct
from rich.console import Console
from rich.table import Table
from tests.browse.house import House, open_house
from tests.engines import make_folder

from bench.lists import call
from hearth.app.engines import prepare_schema
from hearth.app.seed import seed
from hearth.db import Database, Postgres
from hearth.kit.process import end_start

SIZES = (1_000, 100_000, 1_000_000)
SORTS = (
    "title",
    "-added_at",
    "-year",
    "-released",
    "-rating",
    "runtime",
    "random&seed=7",
    "-last_played",
    "play_count",
)
QUERIES = ("silent", "riv", "amelie", "the gold", "midnigth", "berdale", "king of", "wolf 12", "anna", "сев")


class Measured(Struct, frozen=True):
    """What was asked, its 50th and 95th percentile and the quickest in ms, and the goal for the 95th percentile."""

    what: str
    median: float
    p95: float
    goal: float | None
    quickest: float


async def subjects(house: House) -> list[tuple[str, list[str], float | None]]:
    """(what, addresses asked in turn, goal in ms)"""
    first = "/items?kind=movie&limit=50"
    middle = await house.get(f"{first}&at={(await house.get(first))['total'] // 2}")
    deep = f"{first}&after={middle['next']}" if middle["next"] else first
    track = "/items?kind=track&limit=50"
    rows = await house.get(f"{track}&at={(await house.get(track))['total'] // 2}")
    found = [
        ("first page", [first], 20.0),
        ("deep page by cursor", [deep], 20.0),
        ("first page of tracks", [track], 20.0),
        ("deep page of tracks", [f"{track}&after={rows['next']}" if rows["next"] else track], 20.0),
        ("middle of tracks by position", [f"{track}&at={rows['total'] // 2}"], None),
        ("first page of all kinds", ["/items?limit=50"], 20.0),
    ]
    found += [(f"films by {sort.partition('&')[0]}", [f"{first}&sort={sort}"], 20.0) for sort in SORTS]
    found += [
        ("films of a genre", [f"{first}&genre=Drama"], 20.0),
        ("films of a year, best first", [f"{first}&year=2001&sort=-rating"], 20.0),
        ("films of a genre not watched", [f"{first}&genre=Horror&watched=false"], 20.0),
        ("home", ["/home"], 40.0),
        ("search", [f"/search?q={q}" for q in QUERIES], 40.0),
    ]
    if os.environ.get("BENCH_FACETS", "1") == "1":
        library = (await house.get(first))["items"][0]["library_id"]
        found += [
            ("facets of films", ["/facets?kind=movie"], 60.0),
            ("facets of films of a genre", ["/facets?kind=movie&genre=Drama"], 60.0),
            ("letters of a library", [f"/libraries/{library}/letters"], 20.0),
            ("genres of a library", [f"/libraries/{library}/genres"], 20.0),
        ]
    return found


async def measure(house: House, requests: int) -> list[Measured]:
    found = []
    end_start()  # as the web process does when it answers
    for what, paths, goal in await subjects(house):
        for path in paths[:3]:
            await call(house.door.app, f"/api/v1{path}", house.token)
        times: list[float] = []
        begun = time.monotonic()
        for n in range(requests):
            times.append(await call(house.door.app, f"/api/v1{paths[n % len(paths)]}", house.token))
            if time.monotonic() - begun > 20 and n >= 20:
                break
        cuts = statistics.quantiles(times, n=20)
        found.append(Measured(what, statistics.median(times) * 1000, cuts[18] * 1000, goal, min(times) * 1000))
    return found


def show(found: dict[int, list[Measured]]) -> None:
    table = Table(
        "p95 in ms (median, quickest)", *(f"{size:,}" for size in found), "goal", title=f"load {os.getloadavg()[0]:.1f}"
    )
    for rows in zip(*found.values(), strict=True):
        over = rows[0].goal is not None and rows[-1].p95 > rows[0].goal
        values = [f"{row.p95:.1f} ({row.median:.1f}, {row.quickest:.1f})" for row in rows]
        table.add_row(rows[0].what, *values, f"{rows[0].goal or ''}{'  MISSED' if over else ''}")
    Console(width=120).print(table)


async def one(size: int, requests: int, kept: Path | None) -> list[Measured]:
    """Seeds and measures one size; a kept folder is used again as it is."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder = kept / str(size) if kept else make_folder("hearth-bench-")
    fresh = not (kept and folder.exists())
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    postgres = Postgres(folder, settings={"fsync": "off"})
    try:
        dsn = await postgres.start()
        await prepare_schema(dsn)
        database = await Database.connect(dsn, max_size=4)
        try:
            await _forget_accounts(database, fresh)
            async with open_house(database, folder) as house:
                if fresh:
                    begun = time.monotonic()
                    await seed(database, size)
                    print(f"{size:,} items seeded in {time.monotonic() - begun:.0f} s", flush=True)
                else:
                    await _take_over(database, house.account)
                return await measure(house, requests)
        finally:
            await database.close()
    finally:
        await postgres.stop()
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


async def _forget_accounts(database: Database, fresh: bool) -> None:
    """The house is opened by making its first account, so there must be none; what they did stays for the new one."""
    if not fresh:
        async with database.transaction() as tx:
            await tx.execute("set local session_replication_role = replica")
            await tx.execute("delete from accounts.session")
            await tx.execute("delete from accounts.refresh_token")
            await tx.execute("delete from accounts.account")


async def _take_over(database: Database, account: UUID) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            """update activity.state set user_id = $1 where user_id =
               (select user_id from activity.state group by user_id order by count(*) desc, user_id limit 1)""",
            account,
        )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--keep", type=Path, help="keep the databases here, and use them again")
    given: Any = parser.parse_args(arguments or [])
    sizes = [int(size) for size in given.sizes.split(",")]
    show({size: uvloop.run(one(size, given.requests, given.keep)) for size in sizes})


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
