"""A migration and a job, their process killed with -9 at every single step: a rerun ends what was begun, once."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from hearth import jobs
from hearth.db import Database, migrate
from tests.engines import TEMPLATE, Engines, database_dsn
from tests.jobs.conftest import TRACES
from tests.jobs.work import eventually
from tests.soak.steps import Step, task, work

ROOT = Path(__file__).parents[2]
# More than a job's run has statements, so that the last worker ends in peace: then every step was covered.
_WORKERS = 16
_SHAPE = """
select table_schema, table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
where table_schema not in ('pg_catalog', 'information_schema')
union all
select schemaname, tablename, indexname, indexdef, '', '' from pg_indexes
where schemaname not in ('pg_catalog', 'information_schema')
order by 1, 2, 3
"""


async def _steps(*words: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.soak.steps", *words, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, problem = await process.communicate()
    assert process.returncode == 0, problem.decode()
    return json.loads(said)


async def _shape(dsn: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(_SHAPE)]
    finally:
        await connection.close()


async def test_a_migration_killed_at_every_step(empty_dsn: str, engines: Engines) -> None:
    """Before the first statement, within the transaction, before its end, after it: of each of our migrations.

    `make test` does so for each third of them and kills after each of the others, `make soak` for all.
    """
    every = 1 if "HEARTH_TEST_KILLS" in os.environ else 3
    found = await _steps("migrate", empty_dsn, str(every))
    steps = len(migrate.read())
    print(f"migrations killed {found['kills']} times in {steps} steps")
    assert found["applied"] == steps, "the last kill was in what follows the last step"
    assert found["kills"] >= steps // every * 4 + steps - steps // every
    assert await _shape(empty_dsn) == await _shape(database_dsn(engines.dsn, TEMPLATE))
    assert await migrate.up(empty_dsn) == 0


@pytest.fixture
async def traced(database: Database) -> AsyncIterator[Database]:
    async with database.transaction() as tx:
        await tx.execute(TRACES)
    yield database


async def test_a_job_whose_worker_is_killed_at_every_step(traced: Database) -> None:
    """Claimed, begun, at work, before its effect is committed, after it: the effect is there once for each job."""
    tasks = [task(number) for number in range(1, _WORKERS + 1)]
    async with traced.transaction() as tx:
        for one in tasks:
            await jobs.enqueue(tx, one, Step(one.name))
    kills = await _steps("work", traced.dsn, str(_WORKERS))
    async with traced.transaction(readonly=True) as tx:
        rows = await tx.fetch("select task, state from jobs.job")
    ended = {row["task"]: row["state"] == "done" for row in rows}
    unfinished = sum(not done for done in ended.values())
    print(f"{sum(kills)} workers killed, {unfinished} of them in the middle of a job")
    assert unfinished >= 4
    assert ended[tasks[-1].name], "the last one's job ended before its worker did: no step was left out"
    survivor = jobs.Worker(traced, dict.fromkeys(tasks, work), {one.queue: 1 for one in tasks}, recovery_s=2.0)

    async def all_done() -> bool:
        async with traced.transaction(readonly=True) as tx:
            return bool(await tx.fetchval("select bool_and(state = 'done') from jobs.job"))

    async with survivor.running(grace_s=4):
        await eventually(all_done, 60)
    async with traced.transaction(readonly=True) as tx:
        left = [row["name"] for row in await tx.fetch("select name from public.trace order by name")]
        assert await tx.fetchval("select count(*) from jobs.pgqueuer") == 0
    assert left == sorted(one.name for one in tasks), "each once"
