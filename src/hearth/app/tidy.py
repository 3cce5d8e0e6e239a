"""Housekeeping, once for the whole cluster: what nobody needs any more goes."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from hearth import accounts, jobs, libraries, playback


class TidyArgs(Struct, frozen=True):
    """Nothing to say: there is one house."""


TIDY = jobs.Task("app.tidy", TidyArgs, queue="tidy", key=lambda _: "house", timeout_s=600.0)
EVERY_TEN_MINUTES = jobs.Periodic("tidy", "*/10 * * * *", TIDY, TidyArgs())


class Tidier:
    """Knows the cache folder that segments lie in."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    async def tidy(self, _: TidyArgs, run: jobs.Run) -> None:
        """The job: sign-ins that ended, scans that nothing moves, plays that nobody watches, their segments."""
        async with run.database.transaction() as tx:
            await accounts.prune_sessions(tx)
            await libraries.revive_scans(tx)
        await playback.sweep(run.database, self._cache)
