"""A database with the queue installed, and jobs that leave traces in a table."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hearth import jobs
from hearth.db import Database

TRACES = "create table public.trace (id bigint generated always as identity, name text, job bigint, note text)"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A `Database` of the test's own, with a table for what jobs did."""
    pool = await Database.connect(database_url, max_size=8)
    async with pool.connection() as connection:
        await jobs.install(connection)
        await connection.execute(TRACES)
    yield pool
    await pool.close()
