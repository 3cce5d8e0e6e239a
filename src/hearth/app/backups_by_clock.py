"""Backups by the clock, once for the whole cluster."""

from __future__ import annotations

import asyncio
import logging
import time

from msgspec import Struct

from hearth import jobs
from hearth.app import backups

log = logging.getLogger(__name__)
_NEARLY_S = 600.0


class BackupArgs(Struct, frozen=True):
    """Nothing to say: there is one house."""


BACKUP = jobs.Task("app.backup", BackupArgs, queue="tidy", key=lambda _: "house", timeout_s=6 * 3600.0, max_attempts=3)
HOURLY = jobs.Periodic("backup", "17 * * * *", BACKUP, BackupArgs())


class Keeper:
    """Makes a backup when the last one is old enough, and lets the oldest go."""

    def __init__(self, settings: jobs.Settings) -> None:
        self._settings = settings

    async def keep(self, _: BackupArgs, run: jobs.Run) -> None:
        """The job, hourly: most of the time the last backup is young enough."""
        config = self._settings.config
        if not config.backup_every_h:
            return
        target = backups.folder(config)
        youngest = await asyncio.to_thread(backups.youngest, target)
        if youngest is not None and time.time() - youngest < config.backup_every_h * 3600 - _NEARLY_S:
            return
        made = await backups.make(config, run.database.dsn, target)
        await asyncio.to_thread(backups.prune, target, backups.BY_CLOCK, config.backup_keep)
        log.info("a backup was made: %s, %d rows, %d files", made.path, made.rows, made.files)
