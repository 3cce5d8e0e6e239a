"""A library on real files and a worker that scans it, as the server does."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hearth import jobs, libraries
from hearth.app.reactions import REACTIONS
from hearth.artwork import Store
from hearth.db import Database, Row
from hearth.ingest import ILLUSTRATE, SCAN, Illustrator, Scanner
from hearth.kit.ids import new_id
from hearth.media import ffmpeg
from hearth.media.prober import Prober
from tests.browse.house import House, open_house
from tests.engines import make_folder

# Facts that nobody waits for are found by tests that ask for them.
_BUSY = "select count(*) from jobs.job where state in ('waiting', 'running') and queue <> 'facts'"


class Shelf:
    """A library over one folder, and what a test asks of it."""

    def __init__(self, database: Database, root: Path, library: libraries.Library) -> None:
        self.database = database
        self.root = root
        self.library = library

    async def scan(self, *, accept_missing: bool = False, pictures: bool = False) -> libraries.Scan:
        """Ask for a scan and wait for its end; with `pictures` also for those it asked for."""
        async with self.database.transaction() as tx:
            asked = await libraries.request_scan(tx, self.library.id, accept_missing=accept_missing)
        return await self.ended(asked.id, pictures=pictures)

    async def ended(self, scan_id: UUID, *, pictures: bool) -> libraries.Scan:
        """The scan once it is over."""
        async with asyncio.timeout(60):
            while True:
                async with self.database.transaction(readonly=True) as tx:
                    scan = await libraries.scan(tx, scan_id)
                    busy = await tx.fetchval(_BUSY)
                if scan.state not in ("queued", "running") and not (pictures and busy):
                    return scan
                await asyncio.sleep(0.02)

    async def scan_under_way(self) -> UUID:
        """A scan of the library that runs, for all that anybody can tell, until `libraries.end_scan` ends it."""
        scan_id, made = new_id(), None
        async with asyncio.timeout(20):
            while made is None:  # one that really runs comes first
                await asyncio.sleep(0.02)
                async with self.database.transaction() as tx:
                    made = await tx.fetchval(
                        "insert into libraries.scan (id, library_id, state) values ($1, $2, 'running')"
                        " on conflict do nothing returning id",
                        scan_id,
                        self.library.id,
                    )
        return scan_id

    async def until(self, question: str) -> None:
        """Wait until a query says true."""
        async with asyncio.timeout(60):
            while True:
                rows = await self.rows(question)
                if rows and rows[0][0]:
                    return
                await asyncio.sleep(0.02)

    async def rows(self, query: str, *args: object) -> list[Row]:
        """What a query finds."""
        async with self.database.transaction(readonly=True) as tx:
            return await tx.fetch(query, *args)

    async def titles(self, kind: str) -> list[str]:
        """The titles of the items of a kind that can be seen, in order."""
        rows = await self.rows(
            "select title from catalog.item where kind = $1 and available order by sort_title, id", kind
        )
        return [row["title"] for row in rows]

    async def problems(self, scan: libraries.Scan) -> dict[str, str]:
        """File name -> why the scan refused it."""
        async with self.database.transaction(readonly=True) as tx:
            found, _ = await libraries.problems(tx, scan.id)
        return {os.path.basename(libraries.text(problem.path)): problem.reason for problem in found}


@pytest.fixture
def root() -> Iterator[Path]:
    """An empty folder for a library."""
    folder = make_folder("hearth-media-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def worker(database: Database, tmp_path: Path) -> AsyncIterator[jobs.Worker]:
    """A worker that scans and makes pictures."""
    async with Prober() as prober:
        handlers: dict[jobs.Task[Any], jobs.Handler] = {
            SCAN: Scanner(database, prober).scan,
            ILLUSTRATE: Illustrator(Store(tmp_path / "data", tmp_path / "cache"), ffmpeg.find(), prober).illustrate,
        }
        with jobs.reacting_with(REACTIONS):
            async with jobs.Worker(database, handlers, {"scan": 1, "artwork": 2}).running(grace_s=8) as running:
                yield running


async def _shelf(database: Database, root: Path, kind: libraries.Kind) -> Shelf:
    async with database.transaction() as tx:
        return Shelf(database, root, await libraries.create(tx, kind.title(), kind, [os.fsencode(root)]))


@pytest.fixture
async def films(database: Database, root: Path, worker: jobs.Worker) -> Shelf:
    """An empty library of films."""
    return await _shelf(database, root, "movies")


@pytest.fixture
async def shows(database: Database, root: Path, worker: jobs.Worker) -> Shelf:
    """An empty library of shows."""
    return await _shelf(database, root, "shows")


@pytest.fixture
async def music(database: Database, root: Path, worker: jobs.Worker) -> Shelf:
    """An empty library of music."""
    return await _shelf(database, root, "music")


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(database, tmp_path) as opened:
        yield opened


async def listed(house: House, kind: str) -> dict[str, str]:
    """Title -> id of what lists show of a kind."""
    return {item["title"]: item["id"] for item in (await house.get(f"/items?kind={kind}"))["items"]}


async def send(house: House, path: str, body: object, status: int = 200) -> Any:
    answer = await house.door.call("POST", f"/api/v1{path}", body, token=house.token)
    assert answer.status == status, answer.body
    return answer.json
