"""Housekeeping, once for the whole cluster: what nobody needs any more goes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from msgspec import Struct

from hearth import accounts, catalog, jobs, libraries, playback

_TOMBSTONES = timedelta(days=30)
_FILES_AT_ONCE = 1000


class TidyArgs(Struct, frozen=True):
    """Nothing to say: there is one house."""


TIDY = jobs.Task("app.tidy", TidyArgs, queue="tidy", key=lambda _: "house", timeout_s=600.0)
EVERY_TEN_MINUTES = jobs.Periodic("tidy", "*/10 * * * *", TIDY, TidyArgs())


class Tidier:
    """Knows the cache folder that segments lie in."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    async def tidy(self, _: TidyArgs, run: jobs.Run) -> None:
        """The job: sign-ins that ended, scans that nothing moves, files long gone, plays that nobody watches."""
        async with run.database.transaction() as tx:
            await accounts.prune_sessions(tx)
            await accounts.prune_ceremonies(tx)
            await accounts.prune_audit(tx)
            await libraries.revive_scans(tx)
            await libraries.prune_scans(tx)
        await self._forget_missing(run)
        await playback.sweep(run.database, self._cache)

    async def _forget_missing(self, run: jobs.Run) -> None:
        """Files that have been missing for 30 days are forgotten, and items of which nothing is left with them.

        Files of a root that is away are not missing, however long that lasts: their scan pauses instead.
        """
        while True:
            async with run.database.transaction() as tx:
                files = await libraries.tombstones(tx, _TOMBSTONES, _FILES_AT_ONCE)
                linked = await catalog.linked_items(tx, files)
                await libraries.forget_files(tx, files)
                await catalog.forget_fileless(tx, list({one.item_id for one in linked}))
            if len(files) < _FILES_AT_ONCE:
                return
