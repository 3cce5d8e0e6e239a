"""What a handler's end comes to: done, tried again, parked, given up, put off, cancelled, out of time, put back."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import time
import uuid

import msgspec
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.queries import Queries

from hearth import jobs
from hearth.db import Database
from hearth.jobs import tables
from hearth.jobs.task import JobId
from hearth.kit.errors import Invalid, Unavailable
from tests.jobs.work import (
    KEYED,
    NOTE,
    SHORT,
    SLOW,
    TICK,
    Item,
    Tick,
    eventually,
    leave,
    look,
    note,
    once,
    put,
    reached,
    tick,
    traces,
    worker,
)


async def test_the_queue_s_tables_are_whole_as_pgqueuer_would_ask_each_time(database: Database) -> None:
    async with database.connection() as connection:
        queue = QueueManager(tables.queries(AsyncpgDriver(connection), Queries))
        await queue.verify_structure()
        await connection.execute("alter table jobs.pgqueuer rename column heartbeat to beat")
        try:
            with pytest.raises(RuntimeError, match="heartbeat"):
                await queue.verify_structure()
        finally:
            await connection.execute("alter table jobs.pgqueuer rename column beat to heartbeat")


async def test_a_failure_is_tried_again_after_growing_pauses_and_then_succeeds(database: Database) -> None:
    tries: list[float] = []

    async def flaky(args: Item, run: jobs.Run) -> None:
        tries.append(time.monotonic())
        if run.attempt < 4:
            raise Unavailable(f"The provider is down ({run.attempt}).")
        await leave(run, args.name)

    patient = jobs.Task("test.patient", Item, queue="quick", backoff_s=0.2)
    async with worker(database, {patient: flaky}):
        job_id = await put(database, patient, "x")
        waiting = await reached(database, job_id, "waiting")
        done = await reached(database, job_id, "done")
    pauses = [b - a for a, b in itertools.pairwise(tries)]
    assert all(pause >= least for pause, least in zip(pauses, (0.16, 0.32, 0.64), strict=True))
    assert sum(pauses) < 5  # none of them was left for some poll of pgqueuer's own
    assert (waiting.state, done.attempts, done.error) == ("waiting", 4, None)
    assert await traces(database) == ["x"]


async def test_after_the_last_try_it_is_parked_with_a_readable_error_and_can_be_retried(database: Database) -> None:
    broken = True

    async def flaky(args: Item, run: jobs.Run) -> None:
        if broken:
            raise ValueError("no such film: \udcff\0")
        await note(args, run)

    async with worker(database, {KEYED: flaky}):
        job_id = await put(database, KEYED, "x")
        parked = await reached(database, job_id, "parked")
        assert parked.attempts == 3
        assert parked.error is not None
        assert parked.error.startswith("ValueError: no such film: ")
        async with database.transaction() as tx:
            (count,) = await jobs.counts(tx)
        assert (count.waiting, count.running, count.failed) == (0, 0, 1)
        broken = False
        async with database.transaction() as tx:
            await jobs.retry(tx, job_id)
            assert await jobs.enqueue(tx, KEYED, Item("x")) == job_id  # it holds its key again
        done = await reached(database, job_id, "done")
    assert (done.attempts, done.error) == (1, None)


async def test_a_failed_job_and_the_follow_up_made_meanwhile_become_one(database: Database) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def flaky(args: Item, run: jobs.Run) -> None:
        if run.attempt == 1:
            began.set()
            await go_on.wait()
            raise ValueError("first")
        await note(args, run)

    async with worker(database, {KEYED: flaky}):
        first = await put(database, KEYED, "x")
        await asyncio.wait_for(began.wait(), 5)
        second = await put(database, KEYED, "x")
        go_on.set()
        await reached(database, first, "done")
        joined = await reached(database, second, "cancelled")
    assert joined.message == f"Joined job {first}, which does the same work."
    assert await traces(database) == ["x"]


async def test_giving_up_putting_off_and_arguments_that_do_not_fit(database: Database) -> None:
    async def choosy(args: Item, run: jobs.Run) -> None:
        if args.name == "gone":
            raise jobs.GiveUp("The file is gone.")
        if not await traces(database):
            await leave(run, "put off")
            raise jobs.Later(0.2, "The provider asks for a pause.")
        await note(args, run)

    async with worker(database, {NOTE: choosy}):
        gone = await reached(database, await put(database, NOTE, "gone"), "failed")
        assert (gone.error, gone.attempts) == ("The file is gone.", 1)
        later = await reached(database, await put(database, NOTE, "later"), "done")
        assert later.attempts == 1
        async with database.transaction() as tx:
            odd = await jobs.enqueue(tx, NOTE, Item())
            await tx.execute("update jobs.job set args = '{\"name\": 7}' where id = $1", odd)
        failed = await reached(database, odd, "failed")
        assert "do not fit" in str(failed.error)
    assert await traces(database) == ["put off", "later"]


async def test_cancelling_a_running_job_ends_it_within_a_second(database: Database) -> None:
    felt = asyncio.Event()

    async def endless(args: Item, run: jobs.Run) -> None:
        await leave(run, args.name)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            assert run.stopping
            felt.set()
            raise

    async with worker(database, {SLOW: endless}):
        job_id = await put(database, SLOW, "x")
        await eventually(lambda: _is(database, ["x"]))
        began = time.monotonic()
        async with database.transaction() as tx:
            assert await jobs.cancel(tx, job_id)
        cancelled = await reached(database, job_id, "cancelled")
        assert time.monotonic() - began < 1
    assert felt.is_set()
    assert cancelled.finished_at is not None
    assert await traces(database) == ["x"]


async def _is(database: Database, names: list[str]) -> bool:
    return await traces(database) == names


async def test_a_try_out_of_time_is_stopped_and_counts(database: Database) -> None:
    async with worker(database, {SHORT: note}):
        job_id = await put(database, SHORT, "x", 60)
        parked = await reached(database, job_id, "parked")
    assert (parked.error, parked.attempts) == ("It ran longer than 0.2 s.", 2)
    assert await traces(database) == ["x", "x"]


async def test_shutting_down_puts_running_jobs_back_without_counting(database: Database) -> None:
    began = time.monotonic()
    async with worker(database, {SLOW: note, NOTE: once}, grace_s=4, finish_s=0.4):
        slow = await put(database, SLOW, "slow", 60)
        quick = await put(database, NOTE, "quick", 0.2)
        await eventually(lambda: _is(database, ["slow"]))
        await reached(database, quick, "running")
    assert time.monotonic() - began < 5
    back = await look(database, slow)
    assert (back.state, back.attempts, back.crashes, back.worker) == ("waiting", 0, 0, None)
    assert (await look(database, quick)).state == "done"  # it was let finish
    async with database.transaction() as tx:
        await tx.execute('update jobs.job set args = \'{"name": "again"}\' where id = $1', slow)
    async with worker(database, {SLOW: note}):
        done = await reached(database, slow, "done")
    assert (done.attempts, done.crashes) == (1, 0)


async def test_a_handler_that_does_not_listen_is_put_back_when_the_grace_is_over(database: Database) -> None:
    release = asyncio.Event()

    async def deaf(args: Item, run: jobs.Run) -> None:
        await leave(run, args.name)
        while not release.is_set():
            try:
                await asyncio.wait_for(release.wait(), 30)
            except asyncio.CancelledError:
                continue

    began = time.monotonic()
    async with worker(database, {SLOW: deaf}, grace_s=3.6, finish_s=0.1):
        job_id = await put(database, SLOW, "x")
        await eventually(lambda: _is(database, ["x"]))
    assert time.monotonic() - began < 6
    assert (await look(database, job_id)).state == "waiting"
    release.set()
    await asyncio.sleep(0.05)


async def test_progress_is_kept_but_not_written_each_time(database: Database) -> None:
    async def count(_args: Item, run: jobs.Run) -> None:
        for n in range(200):
            await run.progress(n + 1, 200, f"file {n}\udcff")
            if n == 0:
                shown.set_result(await look(database, run.id))

    async with database.transaction() as tx:
        await tx.execute(
            "create or replace function public.noted() returns trigger language plpgsql as "
            "$$ begin insert into public.trace (name) values ('write'); return null; end $$"
        )
        await tx.execute("create or replace trigger noted after update on jobs.job execute function public.noted()")
    shown: asyncio.Future[jobs.Job] = asyncio.get_running_loop().create_future()
    async with worker(database, {NOTE: count}):
        job_id = await put(database, NOTE)
        done = await reached(database, job_id, "done")
    first = await shown
    assert (first.state, first.progress_done, first.progress_total) == ("running", 1, 200)
    assert (done.progress_done, done.message) == (200, "file 199?")
    async with database.transaction() as tx:
        await tx.execute("drop function public.noted cascade")
    assert 3 <= len(await traces(database)) <= 10  # begin, the first progress, some more on a slow machine, the end


async def test_a_run_that_lost_its_claim_is_stopped_and_does_not_count(database: Database) -> None:
    stopped = asyncio.Event()

    async def endless(args: Item, run: jobs.Run) -> None:
        await leave(run, args.name)
        try:
            await asyncio.sleep(60)
        finally:
            assert run.stop_reason == "lost"
            stopped.set()

    async with worker(database, {SLOW: endless}):
        job_id = await put(database, SLOW, "x")
        await eventually(lambda: _is(database, ["x"]))
        async with database.transaction() as tx:
            await tx.execute(
                "update jobs.pgqueuer set queue_manager_id = $2, heartbeat = now() + '1 day' where id = $1",
                job_id,
                uuid.uuid4(),
            )
        await asyncio.wait_for(stopped.wait(), 3)
    assert (await look(database, job_id)).state == "running"  # for it is the other worker's


async def test_completing_a_job_that_was_taken_over_undoes_the_handlers_work(database: Database) -> None:
    async def slow(args: Item, run: jobs.Run) -> None:
        async with run.database.transaction() as tx:
            await tx.execute("update jobs.pgqueuer set queue_manager_id = $2 where id = $1", run.id, uuid.uuid4())
        finished.set_result((await asyncio.gather(once(args, run), return_exceptions=True))[0])

    finished: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
    async with worker(database, {SLOW: slow}):
        job_id = await put(database, SLOW, "x")
        error = await asyncio.wait_for(finished, 5)
        await asyncio.sleep(0.1)
    assert "taken over" in str(error)
    assert await traces(database) == []
    assert (await look(database, job_id)).state == "running"


async def test_a_late_heartbeat_does_not_make_the_worker_run_its_own_job_twice(database: Database) -> None:
    async with worker(database, {SLOW: note}):
        job_id = await put(database, SLOW, "x", 1.2)
        await eventually(lambda: _is(database, ["x"]))
        async with database.transaction() as tx:
            await tx.execute("update jobs.pgqueuer set heartbeat = now() - interval '1 hour' where id = $1", job_id)
        done = await reached(database, job_id, "done")
    assert (done.attempts, done.crashes) == (1, 0)
    assert await traces(database) == ["x"]


async def test_one_slot_is_one_at_a_time_and_keeps_nobody_waiting(database: Database) -> None:
    running = most = 0

    async def count(_args: Item, _run: jobs.Run) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    async with database.transaction() as tx:
        ids = await jobs.enqueue_many(tx, NOTE, [Item()] * 30)
    began = time.monotonic()
    async with worker(database, {NOTE: count}, slots=1):
        await reached(database, ids[-1], "done")
    assert most == 1
    assert time.monotonic() - began < 5


async def test_a_periodic_task_fires_once_in_a_cluster_of_three(database: Database) -> None:
    yearly = jobs.Periodic("test.yearly", "0 0 1 1 *", TICK, Tick())
    turns = (yearly, jobs.Periodic("test.secondly", "* * * * * *", NOTE, Item("second")))
    others = [await Database.connect(database.dsn, max_size=4) for _ in range(2)]
    try:
        async with database.transaction() as tx:  # a turn that was missed
            await tx.execute("insert into jobs.schedule values ('test.yearly', '0 0 1 1 *', now() - interval '3 days')")
        handlers: dict[object, jobs.Handler] = {TICK: tick, NOTE: note}
        began = time.time()
        async with (
            worker(database, handlers, periodic=turns),
            worker(others[0], handlers, periodic=turns),
            worker(others[1], handlers, periodic=turns),
        ):
            await asyncio.sleep(2.4)
        seconds = int(time.time()) - int(began)
    finally:
        for other in others:
            await other.close()
    left = await traces(database)
    assert left.count("tick") == 1
    assert 2 <= left.count("second") <= seconds
    async with database.transaction() as tx:
        next_at = await tx.fetchval("select next_at from jobs.schedule where name = 'test.yearly'")
    assert next_at.astimezone().timetuple()[1:5] == (1, 1, 0, 0)
    assert next_at > dt.datetime.now(dt.UTC)


def test_a_worker_refuses_what_cannot_work(database: Database) -> None:
    with pytest.raises(Invalid):
        jobs.Worker(database, {NOTE: note}, {"empty": 1})
    with pytest.raises(Invalid):
        jobs.Worker(database, {NOTE: note}, {"quick": 0})
    with pytest.raises(Invalid):
        jobs.Worker(database, {NOTE: note, msgspec.structs.replace(NOTE, priority=3): note}, {"quick": 1})
    with pytest.raises(Invalid):
        jobs.Worker(database, {TICK: tick}, {"quick": 1}, [jobs.Periodic("x", "not a time", TICK, Tick())])


async def test_tidying_forgets_the_old_and_mends_what_a_restore_tore_apart(database: Database) -> None:
    async with database.transaction() as tx:
        ids = await jobs.enqueue_many(tx, NOTE, [Item(str(n)) for n in range(4)])
        await tx.execute("delete from jobs.pgqueuer where id = any($1::bigint[])", ids[:2])
        await tx.execute("update jobs.job set state = 'running' where id = $1", ids[1])
        await tx.execute("delete from jobs.job where id = $1", ids[3])
        await tx.execute(
            "insert into jobs.job (task, queue, args, state, finished_at) values "
            "('t', 'q', '{}', 'done', now() - interval '4 days'), ('t', 'q', '{}', 'parked', now() - interval '4 days')"
        )
        assert await jobs.tidy(tx)
    async with database.transaction() as tx:
        left = await jobs.list_jobs(tx)
        queued = [JobId(row["id"]) for row in await tx.fetch("select id from jobs.pgqueuer order by id")]
    assert sorted(one.state for one in left.items) == ["parked", "waiting", "waiting", "waiting"]
    assert queued == ids[:3]
