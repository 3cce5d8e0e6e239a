"""Lists through the front door against the floor: the same rows by raw ASGI, asyncpg and msgspec, with nobody asked who
they are. Both run in this process, turn about, on a PostgreSQL of their own; what counts is the ratio. Answers are made
anew each time but where it says that they were asked before: those the process has kept.

    .venv/bin/python -m bench.lists [--rows 50000] [--requests 300] [--at-once 8]
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog
import uvloop
from rich.console import Console
from rich.table import Table
from tests.browse.house import House, open_house
from tests.browse.shelf import LONG_AGO, Shelf
from tests.engines import make_folder

from hearth.app.engines import prepare_schema
from hearth.db import Database, Postgres, Tx
from hearth.kit import process
from hearth.kit.ids import new_id

LIMIT = 50
_WORDS = ("night", "day", "river", "mountain", "shadow", "light", "king", "lost", "silent", "golden", "iron", "stone")
_COLUMNS = ("id", "library_id", "kind", "identity", "title", "sort_title", "search", "year", "duration_ms", "added_at")
_FLOOR = """
    select i.id, i.kind, i.library_id, i.parent_id, i.title, i.year, i.duration_ms, i.rating, i.group_number, i.number,
        i.last_number, i.quality, i.added_at, s.position_ms, s.watched, s.play_count, s.favorite, s.rating as own,
        s.last_played_at, m.type, m.hash, m.width, m.height, m.thumbhash, m.color
    from catalog.item i left join activity.state s on s.item_id = i.id and s.user_id = $1
        left join artwork.image m on m.item_id = i.id and m.type = 'poster'
    where i.available and i.kind = 'movie' and (i.sort_title, i.id) > ($2, $3)
    order by i.sort_title, i.id limit 51"""
_COUNT = "select count(*) from catalog.item i where i.available and i.kind = 'movie'"
App = Callable[[Any, Any, Any], Awaitable[None]]


def floor(pool: Any, account: UUID, total: bool) -> App:
    """The least that can answer: one statement (two with the total), dicts, JSON."""
    encode = msgspec.json.Encoder(enc_hook=lambda value: value.hex()).encode

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async with pool.acquire() as connection:
            rows = await connection.fetch(_FLOOR, account, "", UUID(int=0))
            count = await connection.fetchval(_COUNT) if total else None
        body = encode({"items": [dict(row) for row in rows[:LIMIT]], "next": None, "total": count})
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def anew(house: House) -> App:
    """The routes, with whatever was kept forgotten before each request."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        house.kept.forget()
        await house.door.app(scope, receive, send)

    return app


async def fill(tx: Tx, rows: int) -> None:
    """Films with posters; a tenth of them watched by whoever is there."""
    library = await Shelf(tx).library()
    films: list[tuple[object, ...]] = []
    for n in range(rows):
        title = f"{_WORDS[n * 7 % 12]} {_WORDS[n * 5 % 11]} {n * 7919 % rows}"
        added = LONG_AGO + timedelta(minutes=n)
        films.append((new_id(), library, "movie", str(n), title, title, title, 1950 + n % 70, 6_000_000, added))
    await tx.copy_records_to_table("item", schema_name="catalog", columns=_COLUMNS, records=films)
    await tx.execute(
        """insert into artwork.image (item_id, type, source, source_key, hash, width, height, thumbhash, color)
           select id, 'poster', 'local', 'x', decode(md5(id::text), 'hex'), 600, 900, '\\x0102', '#102030'
           from catalog.item"""
    )
    await tx.execute(
        """insert into activity.state (user_id, item_id, watched, last_played_at)
           select a.id, i.id, true, i.added_at from catalog.item i, accounts.account a where i.year % 10 = 0"""
    )


async def call(app: App, path: str, token: str) -> float:
    """Seconds that one request takes; it must be answered with 200."""
    statuses: list[int] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path.partition("?")[0], "raw_path": path.encode(), "root_path": "", "extensions": {},
        "query_string": path.partition("?")[2].encode(), "state": {}, "client": ("192.0.2.1", 1), "server": ("h", 80),
        "headers": [(b"host", b"h"), (b"authorization", f"Bearer {token}".encode())],
    }  # fmt: skip
    begun = time.perf_counter()
    await app(scope, receive, send)
    assert statuses == [200], f"{path} answered {statuses}"
    return time.perf_counter() - begun


async def run(app: App, path: str, token: str, requests: int, at_once: int) -> tuple[float, list[float]]:
    """Requests a second, and how long each took."""
    left = iter(range(requests))
    times: list[float] = []

    async def work() -> None:
        times.extend([await call(app, path, token) for _ in left])

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return requests / (time.perf_counter() - begun), times


async def measure(house: House, pool: Any, requests: int, at_once: int) -> list[tuple[str, float, float, float]]:
    """(what, requests a second, median ms, 99th percentile ms); the best of three turns each."""
    page = await house.get(f"/items?kind=movie&limit={LIMIT}&at=1000")
    one = page["items"][0]["id"]
    app, path = anew(house), f"/api/v1/items?kind=movie&limit={LIMIT}"
    subjects: list[tuple[str, App, str]] = [
        ("floor: page", floor(pool, house.account, total=False), "/"),
        ("floor: page and total", floor(pool, house.account, total=True), "/"),
        ("a page by cursor", app, f"{path}&after={page['next']}"),
        ("a page by cursor, asked before", house.door.app, f"{path}&after={page['next']}"),
        ("a first page, with total", app, path),
        ("a first page, with total, asked before", house.door.app, path),
        ("one item", app, f"/api/v1/items/{one}"),
        ("home", app, "/api/v1/home"),
        ("home, asked before", house.door.app, "/api/v1/home"),
        ("search", app, "/api/v1/search?q=silent%20st"),
    ]
    best: dict[str, tuple[float, list[float]]] = {}
    for turn in range(4):
        for name, app, path in subjects:
            found = await run(app, path, house.token, requests if turn else at_once, at_once)
            if turn and found[0] > best.get(name, (0.0, []))[0]:
                best[name] = found
    return [
        (name, rate, statistics.median(times) * 1000, statistics.quantiles(times, n=100)[98] * 1000)
        for name, (rate, times) in best.items()
    ]


def show(found: Sequence[tuple[str, float, float, float]], rows: int, at_once: int) -> None:
    table = Table(
        "what", "requests/s", "of the floor", "median ms", "p99 ms", title=f"{rows:,} films, {at_once} at once"
    )
    floors = {name: rate for name, rate, _, _ in found if name.startswith("floor")}
    for name, rate, median, p99 in found:
        against = floors["floor: page and total" if "with total" in name else "floor: page"]
        table.add_row(name, f"{rate:,.0f}", f"{rate / against:.2f}", f"{median:.2f}", f"{p99:.2f}")
    Console(width=100).print(table)


async def main(rows: int, requests: int, at_once: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    folder = make_folder("hearth-bench-")
    postgres = Postgres(folder, settings={"fsync": "off"})
    try:
        dsn = await postgres.start()
        await prepare_schema(dsn)
        database = await Database.connect(dsn, max_size=at_once)
        async with open_house(database, Path(folder), keeps=True) as house:
            async with database.transaction() as tx:
                await fill(tx, rows)
            async with database.connection() as connection:
                await connection.execute("vacuum analyze")
            process.end_start()  # as the web process does
            async with asyncpg.create_pool(dsn, min_size=at_once, max_size=at_once) as pool:
                show(await measure(house, pool, requests, at_once), rows, at_once)
        await database.close()
    finally:
        await postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=8)
    given = parser.parse_args()
    uvloop.run(main(given.rows, given.requests, given.at_once))
