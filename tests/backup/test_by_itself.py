"""Backups that nobody asks for: by the clock and before an upgrade; and the commands, from a server to an empty one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from hearth import jobs
from hearth.app import backups
from hearth.app.backups_by_clock import HOURLY, BackupArgs, Keeper
from hearth.app.engines import install_queue, prepare_schema
from hearth.config import Config
from hearth.db import Database, migrate, restore
from hearth.jobs import Settings
from hearth.kit.errors import Unavailable
from tests.backup.conftest import fingerprint
from tests.engines import make_folder, run_sql


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data=tmp_path, cache=tmp_path / "cache", backup_keep=2)


def _hour_back(path: Path, hours: float) -> None:
    found = path.stat().st_mtime - hours * 3600
    os.utime(path, (found, found))


async def test_the_clock_keeps_a_few(config: Config, database: Database) -> None:
    run = cast(jobs.Run, SimpleNamespace(database=database))
    keeper, folder = Keeper(Settings(config)), config.data / "backups"
    await keeper.keep(BackupArgs(), run)
    (first,) = folder.iterdir()
    assert restore.check(first).schema == migrate.read()[-1].version
    await keeper.keep(BackupArgs(), run)
    assert list(folder.iterdir()) == [first], "an hour later it is young enough"
    for number in range(3):
        for path in folder.iterdir():
            _hour_back(path, 24)
            path.rename(folder / path.name.replace("hearth-2", f"hearth-x{number}"))  # one second holds one name
        await keeper.keep(BackupArgs(), run)
    assert len(list(folder.iterdir())) == 2
    (folder / "hearth-of-mine.txt").write_text("not a backup")
    await Keeper(Settings(msgspec.structs.replace(config, backup_every_h=0))).keep(BackupArgs(), run)
    assert len(list(folder.iterdir())) == 3
    assert HOURLY.task.key is not None, "two never run at once"


async def test_before_an_upgrade(config: Config, empty_dsn: str) -> None:
    await prepare_schema(empty_dsn, config)
    assert not (config.data / "backups").exists(), "nothing to lose in a fresh database"
    await migrate.down(empty_dsn, migrate.read()[-2].version)
    await run_sql(
        empty_dsn,
        "insert into accounts.account (id, username, username_key, password_hash, role)"
        " values (gen_random_uuid(), 'ada', 'ada', 'x', 'admin')",
    )
    assert await prepare_schema(empty_dsn, config) == 1
    (made,) = (config.data / "backups").iterdir()
    manifest = restore.check(made)
    assert made.name.startswith("before-upgrade-")
    assert manifest.schema == migrate.read()[-2].version
    assert next(table.rows for table in manifest.tables if table.name == "accounts.account") == 1
    assert await prepare_schema(empty_dsn, config) == 0
    assert len(list((config.data / "backups").iterdir())) == 1


async def test_no_upgrade_without_its_backup(config: Config, empty_dsn: str) -> None:
    old = migrate.read()[-2].version
    await migrate.up(empty_dsn, old, after_up=install_queue)
    (config.data / "in-the-way").write_text("a file")
    config = msgspec.structs.replace(config, backup_dir=Path("in-the-way"))
    with pytest.raises(Unavailable, match="backup before that failed"):
        await prepare_schema(empty_dsn, config)
    newest = migrate.read()[-1].version
    assert not any(step.applied_at for step in await migrate.status(empty_dsn) if step.version == newest)
    without = msgspec.structs.replace(config, backup_before_upgrade=False)
    assert await prepare_schema(empty_dsn, without) == 1


async def test_somebody_elses_database_is_theirs_to_keep(config: Config, empty_dsn: str) -> None:
    await migrate.up(empty_dsn, migrate.read()[-2].version, after_up=install_queue)
    assert await backups.before_upgrade(msgspec.structs.replace(config, database_url=empty_dsn), empty_dsn) is None


@pytest.fixture
def two_folders() -> Iterator[tuple[Path, Path]]:
    folders = make_folder(), make_folder()
    yield folders
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def hearth(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hearth", *map(str, arguments)],
        capture_output=True, text=True, timeout=100, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.timeout(300)
def test_from_one_folder_to_another_by_command(two_folders: tuple[Path, Path], tmp_path: Path) -> None:
    here, there = two_folders
    made = hearth("library", "add", "Films", tmp_path, "--kind", "movies", "--no-scan", "--data", here)
    assert made.returncode == 0, made.stderr
    (here / "secrets").mkdir(exist_ok=True)
    (here / "secrets" / "signing.keys").write_text("k1 " + "ab12" * 16 + "\n")
    done = hearth("backup", tmp_path / "b.tar.gz", "--data", here, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == len(list((here / "secrets").iterdir()))
    assert hearth("backup", tmp_path / "b.tar.gz", "--data", here).returncode == 1, "never over another"
    checked = hearth("restore", "--check", tmp_path / "b.tar.gz", "--data", there)
    assert checked.returncode == 0, checked.stderr
    assert "is whole" in checked.stdout
    assert not list(there.iterdir())
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes((tmp_path / "b.tar.gz").read_bytes()[:-100])
    refused = hearth("restore", damaged, "--data", there)
    assert refused.returncode == 1
    assert "damaged or was cut off" in refused.stderr
    assert not list(there.iterdir()), "not even the engines were started"
    back = hearth("restore", tmp_path / "b.tar.gz", "--data", there)
    assert back.returncode == 0, back.stderr
    listed = hearth("library", "list", "--data", there, "--json")
    assert "Films" in listed.stdout
    assert (there / "secrets" / "signing.keys").read_text() == (here / "secrets" / "signing.keys").read_text()
    again = hearth("restore", tmp_path / "b.tar.gz", "--data", there)
    assert again.returncode == 1
    assert "has users or libraries already" in again.stderr


async def test_fingerprints_see_a_change(database: Database) -> None:
    before = await fingerprint(database.dsn)
    await run_sql(database.dsn, "insert into catalog.person (id, name, name_key) values (gen_random_uuid(), 'A', 'a')")
    after = await fingerprint(database.dsn)
    assert {name for name in before if before[name] != after[name]} == {"catalog.person"}
