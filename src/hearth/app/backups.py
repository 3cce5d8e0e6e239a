"""Backups as the server makes them: named, before the database is brought up to date, the oldest let go."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
from pathlib import Path

from msgspec import Struct

from hearth import __version__
from hearth.config import Config
from hearth.kit.errors import HearthError, Unavailable

log = logging.getLogger(__name__)
_ENDING = ".tar.gz"
BY_CLOCK = "hearth-"
_BEFORE_UPGRADE = "before-upgrade-"


class Made(Struct, frozen=True):
    """A backup that was made: where it lies, its bytes, and how much is in it."""

    path: Path
    bytes: int
    tables: int
    rows: int
    files: int


def folder(config: Config) -> Path:
    """Where backups go that nobody named a place for."""
    return config.data / (config.backup_dir or "backups")


async def make(config: Config, dsn: str, target: Path, *, named: str = BY_CLOCK) -> Made:
    """Makes a backup: `target` is the file, or the folder for one named after the moment.

    Errors as for `db.backup.make`.
    """
    from hearth.db import backup

    if not target.name.endswith(_ENDING):
        await asyncio.to_thread(_own_folder, target)
        target = target / f"{named}{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}{_ENDING}"
    manifest = await backup.make(dsn, config.data, target, made_by=f"hearth {__version__}")
    size = (await asyncio.to_thread(target.stat)).st_size
    rows = sum(table.rows for table in manifest.tables)
    return Made(target, size, len(manifest.tables), rows, len(manifest.files))


async def before_upgrade(config: Config, dsn: str) -> Made | None:
    """A backup when migrations wait and there is something to lose: a database of ours in which they ran before.

    Unavailable when it cannot be made: an upgrade that cannot be taken back is not begun. Somebody else's database has
    somebody else's backups, and a cluster's processes would each make one.
    """
    from hearth.db import migrate

    if not config.embedded_database or not config.backup_before_upgrade:
        return None
    steps = await migrate.status(dsn)
    if all(step.applied_at for step in steps) or not any(step.applied_at for step in steps):
        return None
    target = folder(config)
    try:
        made = await make(config, dsn, target, named=_BEFORE_UPGRADE)
    except HearthError as error:
        raise Unavailable(
            f"The database waits to be upgraded, but the backup before that failed: {error.detail} "
            "Set backup_before_upgrade = false to go on without one."
        ) from error
    await asyncio.to_thread(prune, target, _BEFORE_UPGRADE, config.backup_keep)
    log.info("a backup was made before the upgrade: %s", made.path)
    return made


def _own_folder(target: Path) -> None:
    if not target.is_dir():
        try:
            target.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise Unavailable(f"The backup folder {target} cannot be made: {error.strerror or error}.") from error


def _kept(target: Path, named: str) -> list[tuple[float, Path]]:
    """The backups of a kind, youngest first."""
    try:
        with os.scandir(target) as entries:
            found = [
                (entry.stat().st_mtime, Path(entry.path))
                for entry in entries
                if entry.name.startswith(named) and entry.name.endswith(_ENDING) and entry.is_file()
            ]
    except FileNotFoundError:
        return []
    return sorted(found, reverse=True)


def youngest(target: Path) -> float | None:
    """When the youngest backup by the clock was made, in Unix seconds."""
    found = _kept(target, BY_CLOCK)
    return found[0][0] if found else None


def prune(target: Path, named: str, keep: int) -> None:
    """Lets all but the youngest backups of a kind go."""
    for _, path in _kept(target, named)[keep:]:
        path.unlink(missing_ok=True)
