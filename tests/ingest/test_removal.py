"""A library that is removed while a batch of it is filed: neither waits for what the other has."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hearth import libraries
from hearth.db import Tx
from hearth.ingest import file, scan
from tests import media_files as make
from tests.ingest.conftest import Shelf

_WAITS = """select exists (select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query ilike '%delete%library%')"""


@pytest.mark.parametrize("held", [True, False], ids=["as it is", "without the hold"])
async def test_removing_and_filing_take_their_turns(
    films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    """The batch has written an item when the removal begins, and then adds a file: without `hold` the removal has taken
    the roots by then and waits for the item, which PostgreSQL calls a deadlock and ends one of them."""
    make.video(root / "Paper Moons (2021)" / "Paper Moons (2021).mp4")
    await films.scan()
    make.video(root / "Paper Moons (2021)" / "Paper Moons (2021) - 480p.mp4", size="640x360")
    ended: list[str] = []
    removing: list[asyncio.Task[None]] = []
    begun = asyncio.Event()

    async def remove() -> None:
        try:
            async with films.database.transaction() as tx:
                await libraries.delete(tx, films.library.id)
            ended.append("removed")
        except Exception as error:
            ended.append(_words(error))

    async def filing(tx: Tx, library_id: UUID, *more: Any) -> Any:
        await tx.execute("update catalog.item set updated_at = now() where library_id = $1", library_id)
        if not removing:
            removing.append(asyncio.create_task(remove()))
            begun.set()
            await films.until(_WAITS)
        try:
            filed = await file.file_units(tx, library_id, *more)
        except Exception as error:
            ended.append(_words(error))
            raise
        ended.append("filed")
        return filed

    async def nothing(*_: object) -> None:
        return

    monkeypatch.setattr(scan, "file_units", filing)
    if not held:
        monkeypatch.setattr(libraries, "hold", nothing)
    async with films.database.transaction() as tx:
        await libraries.request_scan(tx, films.library.id)
    async with asyncio.timeout(60):
        await begun.wait()
        await removing[0]
    if held:
        assert ended == ["filed", "removed"]
        assert await films.rows("select * from catalog.item") == []
        assert await films.rows("select * from libraries.file") == []
    else:
        assert any("deadlock" in one for one in ended), ended


def _words(error: BaseException) -> str:
    said = repr(error)
    return f"{said} from {_words(error.__cause__)}" if error.__cause__ else said
