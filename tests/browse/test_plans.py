"""On fifty thousand rows the first page and one far down read an index in order, and no more than they need."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hearth import browse
from hearth.accounts import Viewer
from hearth.browse import Filter
from hearth.db import Database, Row, Tx
from hearth.kit.ids import new_id
from tests.browse.shelf import LONG_AGO, Shelf

ROWS = 50_000
_COLUMNS = ("id", "library_id", "kind", "identity", "title", "sort_title", "search", "year", "added_at")


class Watched:
    """A transaction that keeps the plan of each statement it is asked."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.plans: list[str] = []

    async def fetch(self, query: str, *args: object, timeout: float | None = None) -> list[Row]:
        plan = await self._tx.fetch(f"explain (analyze, buffers, timing off) {query}", *args)
        self.plans.append("\n".join(row[0] for row in plan))
        return await self._tx.fetch(query, *args, timeout=timeout)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


@pytest.fixture
async def full(database: Database) -> AsyncIterator[tuple[Tx, Viewer, Viewer]]:
    """Fifty thousand films, a tenth of them in a second library; who sees all, and who sees that library alone."""
    async with database.connection() as connection:
        async with connection.transaction():
            shelf = Shelf(connection)
            libraries = [await shelf.library("Films"), await shelf.library("Kids")]
            await connection.copy_records_to_table(
                "item", schema_name="catalog", columns=_COLUMNS, records=_films(libraries)
            )
            everybody, child = await shelf.viewer(), await shelf.viewer(libraries=[libraries[1]])
        await connection.execute("vacuum analyze catalog.item")
    async with database.transaction(readonly=True) as tx:
        yield tx, everybody, child


def _films(libraries: Sequence[UUID]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for n in range(ROWS):
        word = f"{n * 7919 % ROWS:05d}"
        library = libraries[1] if n % 10 == 0 else libraries[0]
        added = LONG_AGO + timedelta(minutes=n)
        rows.append(
            (new_id(), library, "movie", word, f"Film {word}", f"film {word}", f"film {word}", 1950 + n % 70, added)
        )
    return rows


def page_plan(tx: Watched) -> str:
    (plan,) = [plan for plan in tx.plans if "Limit" in plan]
    return plan


def rows_read(plan: str) -> int:
    """The most rows that a scan of the page's part gave."""
    return max(int(float(n)) for n in re.findall(r"Scan.* on item i.*?actual rows=([\d.]+)", plan))


async def test_lists_read_indexes_in_order_and_no_further_than_the_page(full: tuple[Tx, Viewer, Viewer]) -> None:
    real, everybody, child = full
    for viewer, total in ((everybody, ROWS), (child, ROWS // 10)):
        for sort in ("title", "-title", "added_at", "-added_at"):
            first = Watched(real)
            page = await browse.items(first, viewer, Filter(kinds=("movie",), sort=sort, limit=50))
            assert (page.total, len(page.items)) == (total, 50)
            middle = await browse.items(real, viewer, Filter(kinds=("movie",), sort=sort, limit=50, at=total // 2))
            deep = Watched(real)
            await browse.items(deep, viewer, Filter(kinds=("movie",), sort=sort, limit=50, after=middle.next))
            for asked in (first, deep):
                plan = page_plan(asked)
                assert "Seq Scan" not in plan, plan
                assert "Sort Key" not in plan, plan
                assert rows_read(plan) <= 51, plan
        merged = Watched(real)
        await browse.items(merged, viewer, Filter(kinds=("movie", "series", "album"), limit=50))
        assert "Seq Scan" not in page_plan(merged), page_plan(merged)
        assert rows_read(page_plan(merged)) <= 51, page_plan(merged)


async def test_orders_that_may_lack_their_key_read_indexes_too(full: tuple[Tx, Viewer, Viewer]) -> None:
    real, everybody, child = full
    for viewer, total in ((everybody, ROWS), (child, ROWS // 10)):
        for sort in ("year", "-year", "rating", "-rating", "runtime", "-released"):
            first = Watched(real)
            page = await browse.items(first, viewer, Filter(kinds=("movie",), sort=sort, limit=50))
            assert (page.total, len(page.items)) == (total, 50)
            middle = await browse.items(real, viewer, Filter(kinds=("movie",), sort=sort, limit=50, at=total // 2))
            deep = Watched(real)
            await browse.items(deep, viewer, Filter(kinds=("movie",), sort=sort, limit=50, after=middle.next))
            for asked in (first, deep):
                plan = page_plan(asked)
                assert "Seq Scan on item" not in plan, plan
                assert rows_read(plan) <= 51, plan


async def test_totals_are_not_counted(full: tuple[Tx, Viewer, Viewer]) -> None:
    real, everybody, child = full
    for viewer in (everybody, child):
        for narrowed in ({}, {"year": 1999}):
            asked = Watched(real)
            page = await browse.items(asked, viewer, Filter(kinds=("movie",), sort="title", limit=5, **narrowed))  # type: ignore[arg-type]  # a year is an int
            statement = (
                "select count(*) from catalog.item i where i.kind = 'movie' and ($1::int is null or i.year = $1)"
            )
            counted = await real.fetchval(
                f"{statement} and ($2::uuid[] is null or library_id = any($2))",
                narrowed.get("year"), viewer.libraries,
            )  # fmt: skip
            assert page.total == counted
        total = await browse.facets(Watched(real), viewer, Filter(kinds=("movie",)))
        assert total.total == (await browse.items(real, viewer, Filter(kinds=("movie",)))).total
