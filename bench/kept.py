"""Whether answers kept in the process would pay: each request turn about anew and from memory, on one database.

    .venv/bin/python -m bench.kept [--items 10000] [--requests 200]

What is kept is the finished answer with its tag, of one viewer, for as long as the run lasts: the most that any cache
in the process could spare, be it thrown away by events or by a clock. Who asks is recognised all the same.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import statistics
from typing import Any

import structlog
import uvloop
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from tests.browse import house as houses
from tests.browse.house import House, open_house
from tests.engines import make_folder

from bench.lists import call
from bench.table import Row, show
from hearth.api.v1.etags import Etags
from hearth.app.engines import prepare_schema
from hearth.app.seed import seed
from hearth.db import Database, Postgres


class Remembering(Etags):
    """Answers from memory while `on`."""

    on = False
    answers: dict[bytes, list[Message]] = {}  # noqa: RUF012 - one for the run

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        key = scope["raw_path"]
        if Remembering.on and key in Remembering.answers:
            for message in Remembering.answers[key]:
                await send(message)
            return
        told: list[Message] = []

        async def keep(message: Message) -> None:
            told.append(message)
            await send(message)

        await super().handle(scope, receive, keep, next_app)
        Remembering.answers[key] = told


async def measure(house: House, requests: int) -> list[Row]:
    first = "/items?kind=movie&limit=50"
    library = (await house.get(first))["items"][0]["library_id"]
    asked = {
        "first page of films": first,
        "home": "/home",
        "facets of films": "/facets?kind=movie",
        "genres of a library": f"/libraries/{library}/genres",
        "letters of a library": f"/libraries/{library}/letters",
        "film series": "/film-series",
    }
    rows = []
    for what, path in asked.items():
        times: dict[bool, list[float]] = {False: [], True: []}
        for n in range(2 * requests + 6):
            Remembering.on = n % 2 == 1
            took = await call(house.door.app, f"/api/v1{path}", house.token)
            if n >= 6:
                times[Remembering.on].append(took * 1000)
        Remembering.on = False
        anew, kept = statistics.median(times[False]), statistics.median(times[True])
        rows.append(Row(what, anew, "ms", f"kept in the process {kept:.2f} ms", anew / kept))
    return rows


async def run(items: int, requests: int) -> list[Row]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    houses.Etags = Remembering  # type: ignore[misc]  # in the place of the middleware that it extends
    folder = make_folder("hearth-bench-")
    postgres = Postgres(folder, settings={"fsync": "off"})
    try:
        dsn = await postgres.start()
        await prepare_schema(dsn)
        database = await Database.connect(dsn, max_size=4)
        try:
            async with open_house(database, folder) as house:
                await seed(database, items)
                return await measure(house, requests)
        finally:
            await database.close()
    finally:
        await postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=200)
    given: Any = parser.parse_args(arguments or [])
    rows = uvloop.run(run(given.items, given.requests))
    show(f"Answers anew against answers kept, {given.items:,} items; load {os.getloadavg()[0]:.1f}", rows)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
