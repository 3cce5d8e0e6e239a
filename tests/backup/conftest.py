"""A scanned library to back up, and archives as nobody should make them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from hearth import activity, jobs
from hearth.accounts.people import create_account
from hearth.app.engines import install_queue, prepare_schema
from hearth.db import Database, backup, restore
from hearth.db.archive import Manifest
from tests import media_files as make
from tests.ingest.conftest import Shelf, films, root, worker

__all__ = ["films", "root", "worker"]
EMPTY = ("accounts.account", "libraries.library")


class House(msgspec.Struct, frozen=True):
    """A database with a scanned library in it, and its data folder."""

    dsn: str
    data: Path


async def put_back(dsn: str, data: Path, path: Path) -> Manifest:
    """Restores as the command does."""
    manifest = await restore.restore(dsn, data, path, must_be_empty=EMPTY, after_up=install_queue)
    await prepare_schema(dsn)
    return manifest


async def fingerprint(dsn: str) -> dict[str, tuple[int, str]]:
    """Rows and hash of every table."""
    async with backup.connected(dsn) as connection:
        found = {}
        for source in await backup.sources(connection, backup.schemas()):
            table, _ = await backup.digest(connection, source)
            found[table.name] = (table.rows, table.sha256)
        return found


def files(data: Path) -> dict[str, bytes]:
    """Every file that goes with the database."""
    found = {}
    for top in ("artwork", "secrets"):
        for path in sorted((data / top).rglob("*")):
            if path.is_file():
                found[path.relative_to(data).as_posix()] = path.read_bytes()
    return found


@pytest.fixture
async def house(films: Shelf, root: Path, database: Database, tmp_path: Path, worker: jobs.Worker) -> House:
    """Films with posters and subtitles, a user who has seen one, the server's keys."""
    for title in ("The Last Lighthouse (2019)", "Paper Moons (2021)", "Nächte am Fluß (1998)"):
        make.video(root / title / f"{title}.mp4")
        make.image(root / title / "poster.jpg", color="teal" if "Last" in title else "orange")
    make.text(root / "Paper Moons (2021)" / "Paper Moons (2021).de.srt", "1\n00:00:00,000 --> 00:00:01,000\nHallo\n")
    scan = await films.scan(pictures=True)
    assert (scan.state, scan.counts.items_added) == ("done", 3)
    async with database.transaction() as tx:
        person = await create_account(tx, "ada", "$argon2id$made-up", "admin")
        item = await tx.fetchval("select id from catalog.item where title = 'Paper Moons'")
        await activity.mark_watched(tx, person.id, [item], watched=True)
        await tx.execute("update catalog.item set overview = $1 where id = $2", "tab\t, \\N, line\nend, \u2603", item)
    secrets = tmp_path / "data" / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "signing.keys").write_text("k1 " + "ab12" * 16 + "\n")
    return House(database.dsn, tmp_path / "data")
