"""Workers killed with -9 and PostgreSQL restarted under load: every job runs, its effect happens once."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

from hearth import jobs
from hearth.db import Database, Postgres, migrate
from hearth.kit.errors import Unavailable
from tests.engines import FAST, until
from tests.jobs.conftest import TRACES
from tests.jobs.work import (
    HANDLERS,
    KILL,
    NOTE,
    SLOW,
    Item,
    eventually,
    look,
    once,
    put,
    reached,
    spawn,
    traces,
    worker,
)


async def _ended(database: Database, count: int) -> bool:
    async with database.transaction(readonly=True) as tx:
        return bool(await tx.fetchval("select count(*) from jobs.job where state = 'done'") == count)


async def test_five_workers_one_of_them_killed_do_each_thing_once(database: Database) -> None:
    """Two workers are processes, one of which is killed with its hands full; three are here."""
    others = [await Database.connect(database.dsn, max_size=4) for _ in range(2)]
    processes = [spawn(database.dsn), spawn(database.dsn)]
    try:
        async with database.transaction() as tx:
            await jobs.enqueue_many(tx, NOTE, [Item(f"n{n}", 0.03) for n in range(150)])
        async with database.transaction() as tx:
            await jobs.enqueue_many(tx, SLOW, [Item(f"s{n}", 0.5) for n in range(8)])

        async def busy() -> bool:
            async with database.transaction(readonly=True) as tx:
                names = await tx.fetch("select distinct worker from jobs.job where state = 'running'")
            return any(str(row["worker"]).endswith(f":{processes[0].pid}") for row in names)

        await eventually(busy, 40)
        processes[0].kill()
        processes[0].wait()
        both = {NOTE: once, SLOW: once}
        async with worker(database, both), worker(others[0], both), worker(others[1], both):
            await eventually(lambda: _ended(database, 158), 40)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        for other in others:
            await other.close()
    left = await traces(database)
    assert sorted(set(left)) == sorted([*(f"n{n}" for n in range(150)), *(f"s{n}" for n in range(8))])
    assert sum(1 for name in left if name.startswith("n")) == 150  # completed in their own transactions
    async with database.transaction() as tx:
        crashes = await tx.fetchval("select sum(crashes) from jobs.job")
        assert await tx.fetchval("select max(attempts) from jobs.job") == 1  # a crash is not an attempt
    assert crashes >= 1


async def test_a_job_that_kills_its_worker_three_times_is_parked(database: Database) -> None:
    job_id = await put(database, KILL, "poison")
    processes = [spawn(database.dsn, 1.0) for _ in range(3)]
    try:
        async with asyncio.timeout(60):
            await until(lambda: all(process.poll() is not None for process in processes), 0.05)
        assert {process.returncode for process in processes} == {-signal.SIGKILL}
        async with worker(database, HANDLERS, recovery_s=1.0):
            parked = await reached(database, job_id, "parked")
            fine = await put(database, NOTE, "fine")
            await reached(database, fine, "done")
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert (parked.crashes, parked.error) == (3, "The worker's process ended 3 times while it ran this job.")
    assert await traces(database) == ["poison"] * 3 + ["fine"]


async def test_postgresql_restarted_under_load_loses_nothing_and_the_worker_goes_on(data_dir: Path) -> None:
    # A commit is to be in the file when it is answered; it need not survive a power cut.
    engine = Postgres(data_dir, settings={**FAST, "synchronous_commit": "on"})
    database: Database | None = None
    try:
        dsn = await engine.start()
        await migrate.up(dsn, after_up=jobs.install)
        database = await Database.connect(dsn, max_size=8, patience_s=0.2)
        async with database.transaction() as tx:
            await tx.execute(TRACES)
        asked: list[str] = []
        stop = asyncio.Event()

        async def keep_asking(pool: Database) -> None:
            while not stop.is_set():
                name = f"n{len(asked)}"
                try:
                    async with pool.transaction() as tx:
                        await jobs.enqueue(tx, NOTE, Item(name, 0.01))
                    asked.append(name)
                except Unavailable:
                    await asyncio.sleep(0.05)
                await asyncio.sleep(0.005)

        async with worker(database, {NOTE: once, SLOW: once}):
            through = await put(database, SLOW, "through", 2.5)
            asking = asyncio.create_task(keep_asking(database))
            await asyncio.sleep(0.6)
            for number in (signal.SIGKILL, signal.SIGINT):
                assert engine.pid is not None
                before = len(asked)
                os.kill(engine.pid, number)
                await engine.wait()
                await asyncio.sleep(0.2)
                await engine.start()
                async with asyncio.timeout(10):
                    await until(lambda before=before: len(asked) > before + 20)  # type: ignore[misc]
            stop.set()
            await asking
            pool = database

            async def drained() -> bool:
                async with pool.transaction(readonly=True) as tx:
                    return not await tx.fetchval("select exists (select from jobs.pgqueuer)")

            await eventually(drained, 15)
            cancelled = await put(database, SLOW, "cancelled", 60)  # the listener is back too
            await reached(database, cancelled, "running")
            async with database.transaction() as tx:
                await jobs.cancel(tx, cancelled)
            await reached(database, cancelled, "cancelled", timeout_s=1.5)
        async with worker(database, {SLOW: once}, grace_s=4):
            left_alone = await put(database, SLOW, "left alone", 60)
            await reached(database, left_alone, "running")
            await engine.stop()
            began = time.monotonic()
        assert time.monotonic() - began < 9  # a worker ends though nobody takes its last words
        await engine.start()
        left = await traces(database)
        # A commit whose answer was cut off is there without our knowing: asked twice at most, under two jobs.
        assert set(left) == {*asked, "through"}
        async with database.transaction() as tx:
            assert await tx.fetchval("select count(*) from public.trace") == await tx.fetchval(
                "select count(*) from jobs.job where state = 'done'"
            )
            assert (
                await tx.fetchval("select count(*) from (select from public.trace group by job having count(*) > 1)")
                == 0
            )
        assert (await look(database, through)).state == "done"
    finally:
        if database is not None:
            await database.close()
        await engine.stop()
