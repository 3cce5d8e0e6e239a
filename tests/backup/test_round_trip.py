"""A backup restored is what was backed up: every row of every table, every file."""

from __future__ import annotations

import asyncio
import gzip
import os
import stat
import tarfile
from pathlib import Path

import pytest

from hearth.app.engines import install_queue
from hearth.db import Database, backup, migrate, restore
from hearth.db.archive import PART, Limits, Manifest
from hearth.kit.errors import Conflict, Invalid
from tests.backup.conftest import House, files, fingerprint, put_back
from tests.engines import run_sql


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "hearth.tar.gz"


async def test_every_row_and_file_comes_back(house: House, target: Path, empty_dsn: str, tmp_path: Path) -> None:
    before, kept = await fingerprint(house.dsn), files(house.data)
    manifest = await backup.make(house.dsn, house.data, target, made_by="hearth test")
    assert {table.name: (table.rows, table.sha256) for table in manifest.tables} == before
    assert before["catalog.item"][0] == 3
    assert before["accounts.account"][0] == 1
    assert before["jobs.job"][0] > 0
    assert sum(path.startswith("artwork/") for path in kept) >= 2, "posters were scanned"
    assert [file.path for file in manifest.files] == list(kept)

    there = tmp_path / "there"
    there.mkdir()
    assert await put_back(empty_dsn, there, target) == manifest
    assert await fingerprint(empty_dsn) == before
    assert files(there) == kept
    assert stat.S_IMODE((there / "secrets").stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (there / "secrets").iterdir())
    assert not list(there.glob(".restore-*"))


async def test_the_restored_server_goes_on_counting(house: House, target: Path, empty_dsn: str, tmp_path: Path) -> None:
    await backup.make(house.dsn, house.data, target, made_by="hearth test")
    await put_back(empty_dsn, tmp_path, target)
    database = await Database.connect(empty_dsn, max_size=1)
    try:
        async with database.transaction() as tx:
            highest = await tx.fetchval("select max(id) from jobs.job")
            given = await tx.fetchval("select nextval(pg_get_serial_sequence('jobs.job', 'id'))")
            ages = await tx.fetchval(
                "select count(*) from catalog.item where overview = $1", "tab\t, \\N, line\nend, ☃"
            )
    finally:
        await database.close()
    assert given > highest
    assert ages == 1


async def test_one_snapshot_while_others_write(
    house: House, target: Path, database: Database, empty_dsn: str, tmp_path: Path
) -> None:
    """Each writer adds an item and a state for it in one transaction: the backup has both or neither."""
    stop, written = asyncio.Event(), 0

    async def write() -> None:
        nonlocal written
        while not stop.is_set():
            async with database.transaction() as tx:
                item = await tx.fetchval(
                    "insert into catalog.item (id, library_id, kind, identity, title, sort_title, search)"
                    " select gen_random_uuid(), id, 'movie', gen_random_uuid()::text, 'New', 'new', 'new'"
                    " from libraries.library returning id"
                )
                await tx.execute(
                    "insert into activity.state (user_id, item_id) select id, $1 from accounts.account", item
                )
            written += 1

    writer = asyncio.create_task(write())
    while written < 20:  # noqa: ASYNC110 - counts what another task does
        await asyncio.sleep(0.01)
    at_start = written
    manifest = await backup.make(house.dsn, house.data, target, made_by="hearth test")
    at_end = written
    stop.set()
    await writer
    rows = {table.name: table.rows for table in manifest.tables}
    assert at_end > at_start, "writing went on during the backup"
    assert rows["catalog.item"] - 3 == rows["activity.state"] - 1
    assert at_start <= rows["activity.state"] - 1 <= at_end
    await put_back(empty_dsn, tmp_path, target)


async def test_a_table_larger_than_a_part(database: Database, target: Path, empty_dsn: str, tmp_path: Path) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            "insert into catalog.person (id, name, name_key)"
            " select gen_random_uuid(), repeat(md5(n::text), 20), n::text from generate_series(1, 15000) n"
        )
    manifest = await backup.make(database.dsn, tmp_path, target, made_by="hearth test")
    people = next(table for table in manifest.tables if table.name == "catalog.person")
    assert people.rows == 15_000
    assert people.bytes > 2 * PART
    await put_back(empty_dsn, tmp_path, target)
    assert (await fingerprint(empty_dsn))["catalog.person"] == (15_000, people.sha256)


async def test_into_a_newer_server(empty_dsn: str, target: Path, tmp_path: Path, database_url: str) -> None:
    """The backup is of an older schema; the server it comes to has more migrations and is up to date afterwards."""
    old = [step.version for step in migrate.read()][:-1]
    await migrate.up(empty_dsn, old[-1], after_up=install_queue)
    await run_sql(
        empty_dsn,
        "insert into accounts.account (id, username, username_key, password_hash, role)"
        " values (gen_random_uuid(), 'ada', 'ada', 'x', 'admin')",
    )
    manifest = await backup.make(empty_dsn, tmp_path, target, made_by="hearth 0.0.9")
    assert manifest.schema == old[-1]
    await put_back(database_url, tmp_path, target)
    steps = await migrate.status(database_url)
    assert all(step.applied_at for step in steps)
    assert (await fingerprint(database_url))["accounts.account"][0] == 1


async def test_never_over_what_is_there(house: House, target: Path) -> None:
    await backup.make(house.dsn, house.data, target, made_by="hearth test")
    before = await fingerprint(house.dsn)
    with pytest.raises(Conflict, match="has users or libraries already"):
        await put_back(house.dsn, house.data, target)
    assert await fingerprint(house.dsn) == before
    with pytest.raises(Conflict, match="exists"):
        await backup.make(house.dsn, house.data, target, made_by="hearth test")


async def test_a_newer_backup_is_refused(database: Database, target: Path, empty_dsn: str, tmp_path: Path) -> None:
    await run_sql(database.dsn, "insert into migrations.applied (version, name, sha256) values (9001, 'later', 'x')")
    await backup.make(database.dsn, tmp_path, target, made_by="hearth 9")
    with pytest.raises(Conflict, match="newer version of Hearth"):
        await put_back(empty_dsn, tmp_path, target)
    assert not await fingerprint(empty_dsn)


async def test_nothing_half_made_stays(database: Database, tmp_path: Path) -> None:
    (tmp_path / "artwork").mkdir()
    (tmp_path / "artwork" / ".half-written").write_bytes(b"x")
    (tmp_path / "artwork" / "link").symlink_to("/etc/hostname")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(Invalid, match="cannot be written"):
        await backup.make(database.dsn, tmp_path, tmp_path / "nowhere" / "b.tar.gz", made_by="hearth test")
    await run_sql(database.dsn, "drop table migrations.applied")
    with pytest.raises(Invalid, match="never set up"):
        await backup.make(database.dsn, tmp_path, out / "b.tar.gz", made_by="hearth test")
    assert not list(out.iterdir())
    assert not list(backup._files(tmp_path)), "neither what is half-written nor links"


async def test_other_tools_can_read_it(house: House, target: Path) -> None:
    manifest = await backup.make(house.dsn, house.data, target, made_by="hearth test")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with tarfile.open(target) as tar:
        names = tar.getnames()
    assert names[0] == "hearth-backup.json"
    assert names[-2:] == ["manifest.json", "manifest.sha256"]
    assert {f"files/{file.path}" for file in manifest.files} < set(names)


async def test_damage_anywhere_is_seen(house: House, target: Path, empty_dsn: str, tmp_path: Path) -> None:
    await backup.make(house.dsn, house.data, target, made_by="hearth test")
    whole = target.read_bytes()
    plain = gzip.decompress(whole)
    damaged = tmp_path / "damaged.tar.gz"
    refused = 0
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        damaged.write_bytes(whole[:place])
        with pytest.raises(Invalid):
            restore.check(damaged)
        refused += 1
    # Damage that the compression's own sum does not see: one byte of the content, packed again.
    for place in range(1024, len(plain) - 1024, max(1, len(plain) // 60)):
        changed = bytearray(plain)
        changed[place] ^= 0x40
        if not plain[place]:
            continue  # between two members, where tar pads
        damaged.write_bytes(gzip.compress(bytes(changed), 1))
        with pytest.raises((Invalid, Conflict)):
            restore.check(damaged)
        refused += 1
    assert refused > 60
    with pytest.raises(Invalid):
        await put_back(empty_dsn, tmp_path / "there", damaged)
    assert not await fingerprint(empty_dsn), "nothing was touched"
    assert not os.path.exists(tmp_path / "there")


async def test_rows_that_do_not_fit_leave_nothing(house: House, target: Path, empty_dsn: str, tmp_path: Path) -> None:
    """A table that changed between the check and the load, as somebody with another hand on the file could do."""
    manifest = await backup.make(house.dsn, house.data, target, made_by="hearth test")
    there = tmp_path / "there"
    there.mkdir()
    real = restore._check
    try:
        restore._check = lambda file, limits: _lying(real(file, limits))
        with pytest.raises(Invalid):
            await put_back(empty_dsn, there, target)
    finally:
        restore._check = real
    rows = await fingerprint(empty_dsn)
    assert rows["accounts.account"][0] == rows["catalog.item"][0] == 0
    assert not list(there.iterdir())
    assert await put_back(empty_dsn, there, target) == manifest, "and the whole one goes in afterwards"


def _lying(manifest: Manifest) -> Manifest:
    import msgspec

    tables = [
        msgspec.structs.replace(table, sha256="0" * 64) if table.name == "activity.state" else table
        for table in manifest.tables
    ]
    return msgspec.structs.replace(manifest, tables=tables)


def test_the_limits_are_wide_enough_for_a_large_house() -> None:
    limits = Limits()
    assert limits.total >= 100 * 2**30
    assert limits.file >= 64 * 2**20
    assert limits.members >= 1_000_000
