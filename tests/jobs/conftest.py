"""A database with the queue installed, emptied for each test, and a table in which jobs leave traces."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from hearth import jobs
from hearth.db import Database
from tests.engines import TEMPLATE, Engines, database_dsn, run_sql

TRACES = "create table public.trace (id bigint generated always as identity, name text, job bigint, note text)"
_EMPTY = "truncate jobs.job, jobs.event, jobs.schedule, jobs.pgqueuer, jobs.pgqueuer_log, public.trace"


@pytest.fixture(scope="session")
def _jobs_database() -> dict[str, str]:
    return {}


@pytest.fixture
async def database(engines: Engines, _jobs_database: dict[str, str]) -> AsyncIterator[Database]:
    """A `Database` of the test's own. Emptying one is faster than cloning another, and there are many tests here."""
    if engines.problem:
        pytest.fail(f"the template database could not be migrated: {engines.problem}")
    fresh = "name" not in _jobs_database
    if fresh:
        name = _jobs_database["name"] = f"j_{uuid.uuid4().hex[:16]}"
        await run_sql(engines.dsn, f"create database {name} template {TEMPLATE} strategy file_copy")
    pool = await Database.connect(database_dsn(engines.dsn, _jobs_database["name"]), max_size=8)
    async with pool.connection() as connection:
        if fresh:
            await jobs.install(connection)
            await connection.execute(TRACES)
        await connection.execute(_EMPTY)
    yield pool
    await pool.close()
