"""The engines of a data folder: started, found again by other commands, and their database brought up to date."""

from __future__ import annotations

from hearth import db


async def prepare_schema(dsn: str) -> int:
    """Brings the database up to date: our migrations, then the job queue's own tables. Returns the steps applied.

    Safe to call from several processes at once and after a kill at any point.
    """
    return await db.migrate.up(dsn)
