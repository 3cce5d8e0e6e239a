"""Reads never wait for writes: lists are answered while a scan holds rows and while many rows are copied in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hearth.db import Database
from hearth.kit.ids import new_id
from tests.browse.house import House, open_house
from tests.browse.shelf import LONG_AGO

_PATHS = ("/items?kind=movie", "/items?kind=movie&genre=Horror", "/home", "/search?q=alien", "/facets?kind=movie")
# A wait for a lock would last as long as the writer holds it, which here is for ever.
_ANSWER_S = 30
_COLUMNS = ("id", "library_id", "kind", "identity", "title", "sort_title", "search", "added_at")


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(database, tmp_path) as opened:
        yield opened


async def _read(house: House, film: object) -> list[str]:
    """The titles of the films, with every kind of page answered in time."""
    async with asyncio.timeout(_ANSWER_S):
        for path in (*_PATHS, f"/items/{film}"):
            await house.get(path)
        return [item["title"] for item in (await house.get(_PATHS[0]))["items"]]


async def test_while_a_scans_transaction_holds_rows(house: House) -> None:
    async with house.shelf() as shelf:
        library = await shelf.library()
        film = await shelf.movie(library, "Alien", genres=["Horror"])
    async with house.database.transaction() as scan:
        await scan.execute("update catalog.item set title = 'Aliens', search = 'aliens', genres = '{Action}'")
        await scan.execute("update libraries.library set name = name")
        assert await _read(house, film) == ["Alien"]
    assert await _read(house, film) == ["Aliens"]


async def test_while_rows_are_copied_in(house: House) -> None:
    async with house.shelf() as shelf:
        library = await shelf.library()
        film = await shelf.movie(library, "Alien", genres=["Horror"])
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def films() -> AsyncIterator[tuple[object, ...]]:
        for n in range(2_000):
            # Enough went out that the server is in the middle of it.
            if n == 1_500:
                begun.set()
                await go_on.wait()
            yield new_id(), library, "movie", str(n), f"Copy {n}", f"copy {n}", f"copy {n}", LONG_AGO

    async def copy() -> None:
        async with house.database.transaction() as scan:
            await scan.copy_records_to_table("item", schema_name="catalog", columns=_COLUMNS, records=films())

    copying = asyncio.create_task(copy())
    try:
        await asyncio.wait_for(begun.wait(), _ANSWER_S)
        assert await _read(house, film) == ["Alien"]
        assert not copying.done()
    finally:
        go_on.set()
        await copying
    assert (await house.get("/items?kind=movie"))["total"] == 2_001
