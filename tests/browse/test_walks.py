"""A walk through a list by cursor while a scan files fifty thousand items: nothing twice, nothing of before missing."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from hearth import browse
from hearth.accounts import Viewer
from hearth.browse import Filter
from hearth.db import Database
from hearth.kit.ids import new_id
from tests.browse.shelf import LONG_AGO, Shelf

BEFORE, MEANWHILE, BATCH = 5_000, 50_000, 2_500
_COLUMNS = ("id", "library_id", "kind", "identity", "title", "sort_title", "search", "year", "added_at")


def _films(library: UUID, first: int, count: int) -> list[tuple[object, ...]]:
    """Films whose titles and years lie everywhere among the others."""
    rows: list[tuple[object, ...]] = []
    for n in range(first, first + count):
        title = f"film {n * 7919 % 1_000_003:07d}"
        added = LONG_AGO + timedelta(minutes=n * 31 % 60_000)
        year = None if n % 9 == 0 else 1950 + n % 70
        rows.append((new_id(), library, "movie", str(n), title, title, title, year, added))
    return rows


async def _file(database: Database, library: UUID) -> None:
    for first in range(BEFORE, BEFORE + MEANWHILE, BATCH):
        async with database.transaction() as tx:
            await tx.copy_records_to_table(
                "item", schema_name="catalog", columns=_COLUMNS, records=_films(library, first, BATCH)
            )


async def _walk(database: Database, viewer: Viewer, sort: str) -> list[UUID]:
    found: list[UUID] = []
    after = None
    while True:
        async with database.transaction(readonly=True) as tx:
            page = await browse.items(tx, viewer, Filter(kinds=("movie",), sort=sort, limit=500, after=after))
        found += [item.id for item in page.items]
        after = page.next
        if after is None:
            return found


@pytest.mark.timeout(180)
async def test_a_walk_while_items_are_filed(database: Database) -> None:
    async with database.transaction() as tx:
        shelf = Shelf(tx)
        library, viewer = await shelf.library(), await shelf.viewer()
        films = _films(library, 0, BEFORE)
        await tx.copy_records_to_table("item", schema_name="catalog", columns=_COLUMNS, records=films)
    known = {film[0] for film in films}
    filing = asyncio.create_task(_file(database, library))
    walks = 0
    for sort in ("title", "-year", "-added_at"):
        walked = await _walk(database, viewer, sort)
        walks += not filing.done()
        assert [id_ for id_, times in Counter(walked).items() if times > 1] == []
        assert known - set(walked) == set()
    assert walks > 0, "nothing was filed meanwhile"
    await filing
    async with database.transaction(readonly=True) as tx:
        assert (await browse.items(tx, viewer, Filter(kinds=("movie",)))).total == BEFORE + MEANWHILE
