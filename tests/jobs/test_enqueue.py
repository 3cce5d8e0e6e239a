"""Enqueuing: with the caller's transaction, once for a key, by priority and by time."""

from __future__ import annotations

import asyncio
import datetime as dt
import subprocess
import sys

import pytest

from hearth import jobs
from hearth.db import Database
from hearth.kit.errors import Conflict, Invalid, NotFound
from tests.jobs.work import KEYED, NOTE, SLOW, Item, eventually, look, note, once, put, reached, traces, worker


async def test_a_job_runs_and_is_remembered(database: Database) -> None:
    job_id = await put(database, NOTE, "first")
    waiting = await look(database, job_id)
    assert (waiting.state, waiting.args, waiting.attempts) == ("waiting", {"name": "first", "seconds": 0.0}, 0)
    assert waiting.run_at is not None
    async with worker(database, {NOTE: note}):
        done = await reached(database, job_id, "done")
    assert await traces(database) == ["first"]
    assert (done.attempts, done.error, done.run_at) == (1, None, None)
    assert done.started_at is not None
    assert done.finished_at is not None
    assert done.enqueued_at <= done.started_at <= done.finished_at
    async with database.transaction() as tx:
        assert await tx.fetchval("select count(*) from jobs.pgqueuer") == 0


async def test_a_rollback_takes_the_job_with_it(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await jobs.enqueue(tx, NOTE, Item("never"))
            raise ZeroDivisionError
    async with worker(database, {NOTE: note}):
        after = await put(database, NOTE, "after")
        await reached(database, after, "done")
    assert await traces(database) == ["after"]
    async with database.transaction() as tx:
        assert (await jobs.list_jobs(tx)).total == 1


async def test_a_waiting_key_is_joined_and_its_priority_and_start_move(database: Database) -> None:
    async with database.transaction() as tx:
        first = await jobs.enqueue(tx, KEYED, Item("k"), priority=1, delay=dt.timedelta(hours=1))
    async with database.transaction() as tx:
        assert await jobs.enqueue(tx, KEYED, Item("k", 9.0), priority=7) == first
        assert await jobs.enqueue(tx, KEYED, Item("other")) != first
        assert await jobs.enqueue(tx, KEYED, Item("k"), priority=3, delay=dt.timedelta(hours=2)) == first
        row = await tx.fetchrow(
            "select priority, execute_after <= now() as due from jobs.pgqueuer where id = $1", first
        )
    assert row is not None
    assert (row["priority"], row["due"]) == (7, True)
    assert (await look(database, first)).args == {"name": "k", "seconds": 0.0}


async def test_many_at_once_join_among_themselves(database: Database) -> None:
    async with database.transaction() as tx:
        known = await jobs.enqueue(tx, KEYED, Item("b"))
        ids = await jobs.enqueue_many(tx, KEYED, [Item(name) for name in "cabca"])
        assert ids[2] == known
        assert ids[0] == ids[3]
        assert ids[1] == ids[4]
        assert len(set(ids)) == 3
        assert await jobs.enqueue_many(tx, KEYED, []) == []
        assert len(set(await jobs.enqueue_many(tx, NOTE, [Item()] * 50))) == 50


async def test_a_change_during_a_run_makes_one_follow_up_that_runs_after_it(database: Database) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()
    running = overlap = 0

    async def scan(args: Item, run: jobs.Run) -> None:
        nonlocal running, overlap
        running += 1
        overlap = max(overlap, running)
        began.set()
        await go_on.wait()
        await note(args, run)
        running -= 1

    async with worker(database, {KEYED: scan}):
        first = await put(database, KEYED, "library")
        await asyncio.wait_for(began.wait(), 5)
        second = await put(database, KEYED, "library")
        assert second != first
        assert await put(database, KEYED, "library") == second
        other = await put(database, KEYED, "another")  # is not held up by the first
        await asyncio.sleep(0.3)
        assert (await look(database, second)).state == "waiting"
        go_on.set()
        finished = await reached(database, first, "done")
        followed = await reached(database, second, "done", timeout_s=3)
        await reached(database, other, "done")
    assert overlap == 2  # the first and the other one, never two of a key
    assert finished.finished_at is not None
    assert followed.started_at is not None
    assert followed.started_at >= finished.finished_at
    assert sorted(await traces(database)) == ["another", "library", "library"]


async def test_many_enqueuers_of_one_key_and_workers_never_overlap_and_lose_no_change(database: Database) -> None:
    """The last change of each key is seen by a run that began after it was committed."""
    async with database.transaction() as tx:
        await tx.execute("drop table if exists public.thing")
        await tx.execute("create table public.thing (name text primary key, version int not null, seen int not null)")
        await tx.execute("insert into public.thing select 't' || n, 0, 0 from generate_series(1, 3) n")
    running: set[str] = set()

    async def see(args: Item, run: jobs.Run) -> None:
        assert args.name not in running
        running.add(args.name)
        async with run.database.transaction() as tx:
            version = await tx.fetchval("select version from public.thing where name = $1", args.name)
        await asyncio.sleep(0.005)
        running.remove(args.name)
        async with run.database.transaction() as tx:
            await tx.execute("update public.thing set seen = $2 where name = $1", args.name, version)

    async def change(name: str) -> None:
        for _ in range(15):
            async with database.transaction() as tx:
                await tx.execute("update public.thing set version = version + 1 where name = $1", name)
                await jobs.enqueue(tx, KEYED, Item(name))
            await asyncio.sleep(0.004)

    async def all_seen() -> bool:
        async with database.transaction() as tx:
            live = await tx.fetchval("select count(*) from jobs.pgqueuer")
            return bool(live == 0 and await tx.fetchval("select bool_and(seen = version) from public.thing"))

    async with worker(database, {KEYED: see}), worker(database, {KEYED: see}):
        await asyncio.gather(*(change(f"t{n}") for n in (1, 2, 3, 1, 2, 3)))
        await eventually(all_seen)
    async with database.transaction() as tx:
        runs = await jobs.list_jobs(tx, limit=500)
        assert await tx.fetchval("select min(version) from public.thing") == 30
    assert {one.state for one in runs.items} == {"done"}
    assert runs.total < 90


async def test_the_greater_priority_runs_first_and_a_delay_is_kept(database: Database) -> None:
    async with database.transaction() as tx:
        low = await jobs.enqueue(tx, NOTE, Item("low"), priority=-5)
        await jobs.enqueue(tx, NOTE, Item("high"), priority=5)
    async with worker(database, {NOTE: note}, slots=1):
        async with database.transaction() as tx:
            late = await jobs.enqueue(tx, NOTE, Item("late"), priority=99, delay=dt.timedelta(seconds=0.6))
            await jobs.enqueue(tx, NOTE, Item("soon"), priority=1)
        done = await reached(database, late, "done")
        await reached(database, low, "done")  # on a busy machine the late one overtakes it
    names = await traces(database)
    assert names.index("high") < names.index("low")
    assert set(names) >= {"high", "low", "late", "soon"}
    assert done.started_at is not None
    assert (done.started_at - done.enqueued_at).total_seconds() >= 0.6


async def test_cancelling_what_waits(database: Database) -> None:
    job_id = await put(database, KEYED, "k")
    async with database.transaction() as tx:
        assert await jobs.cancel(tx, job_id)
    async with database.transaction() as tx:
        assert not await jobs.cancel(tx, job_id)
        with pytest.raises(NotFound):
            await jobs.cancel(tx, jobs.JobId(10**9))
    async with worker(database, {KEYED: note}):
        again = await put(database, KEYED, "k")
        assert again != job_id
        await reached(database, again, "done")
    assert (await look(database, job_id)).state == "cancelled"
    assert await traces(database) == ["k"]


async def test_retry_of_what_cannot_be_retried(database: Database) -> None:
    async with worker(database, {NOTE: once}):
        done = await put(database, NOTE)
        await reached(database, done, "done")
    dropped = await put(database, KEYED, "k")
    async with database.transaction() as tx:
        with pytest.raises(Conflict):
            await jobs.retry(tx, done)
        with pytest.raises(NotFound):
            await jobs.retry(tx, jobs.JobId(10**9))
        await jobs.cancel(tx, dropped)
        await jobs.enqueue(tx, KEYED, Item("k"))
        with pytest.raises(Conflict):
            await jobs.retry(tx, dropped)


async def test_pages_and_counts(database: Database) -> None:
    async with database.transaction() as tx:
        ids = await jobs.enqueue_many(tx, NOTE, [Item(str(n)) for n in range(7)])
        slow = await jobs.enqueue(tx, SLOW, Item(), delay=dt.timedelta(hours=1))
        await jobs.cancel(tx, ids[0])
    async with database.transaction(readonly=True) as tx:
        first = await jobs.list_jobs(tx, queue="quick", limit=4)
        assert [one.id for one in first.items] == ids[:2:-1]
        assert first.total == 7
        second = await jobs.list_jobs(tx, queue="quick", limit=4, after=first.next)
        assert [one.id for one in second.items] == ids[2::-1]
        assert second.next is None
        assert [one.id for one in (await jobs.list_jobs(tx, state="cancelled")).items] == [ids[0]]
        assert [one.id for one in (await jobs.list_jobs(tx, task="test.slow")).items] == [slow]
        for bad in ({"limit": 0}, {"limit": 501}, {"after": "nonsense"}):
            with pytest.raises(Invalid):
                await jobs.list_jobs(tx, **bad)
        quick, later = await jobs.counts(tx)
    assert (quick.queue, quick.waiting, quick.running, quick.failed) == ("quick", 6, 0, 0)
    assert quick.oldest_ms >= 0
    assert (later.queue, later.waiting, later.oldest_ms) == ("slow", 1, 0)


async def test_pgqueuers_names_do_not_follow_the_environment(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CHANNEL", "TRIGGER", "QUEUE_TABLE", "PGQUEUER_PREFIX", "PGQUEUER_SCHEMA"):
        monkeypatch.setenv(name, "elsewhere")
    async with database.connection() as connection:
        await jobs.install(connection)
        tables = await connection.fetch("select tablename from pg_tables where tablename ~ 'pgqueuer|elsewhere'")
    assert {row["tablename"] for row in tables} == {
        "pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics",
    }  # fmt: skip


def test_a_web_process_does_not_pay_for_the_worker() -> None:
    """pgqueuer and what it brings take most of a second to import; enqueuing needs none of it."""
    heavy = "{'pgqueuer', 'pydantic', 'croniter'} & set(sys.modules)"
    code = f"import sys, hearth.jobs; found = {heavy}; sys.exit(str(found) if found else 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()


async def test_down_and_up_again(database_url: str) -> None:
    from hearth.db import migrate

    pool = await Database.connect(database_url, max_size=2)
    try:
        await migrate.down(database_url, 6)
        async with pool.transaction() as tx:
            assert await tx.fetchval("select to_regnamespace('jobs')") is None
        async with pool.connection() as connection:
            await jobs.install(connection)  # nothing to install into
        await migrate.up(database_url, after_up=jobs.install)
        await migrate.up(database_url, after_up=jobs.install)
        async with pool.transaction() as tx:
            assert await jobs.enqueue(tx, NOTE, Item())
    finally:
        await pool.close()
