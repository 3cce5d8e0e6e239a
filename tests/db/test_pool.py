"""The pool against a real PostgreSQL: fair, bounded, codecs, and whole again after the server was killed."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from functools import partial
from pathlib import Path

import asyncpg
import msgspec
import pytest

from hearth.db import Database, Postgres, Where, columns, struct_row, struct_rows
from hearth.kit.errors import Invalid, Unavailable
from hearth.kit.ids import new_id
from tests.engines import FAST, until
from tests.media.processes import session_niceness


class Film(msgspec.Struct, frozen=True):
    title: str
    year: int | None


def _reached(values: list[int], count: int) -> bool:
    return len(values) >= count


@pytest.fixture
async def small(empty_dsn: str) -> Database:
    """A pool of two that gives up waiting after 0.3 s."""
    return await Database.connect(empty_dsn, max_size=2, acquire_timeout_s=0.3)


async def test_commit_and_rollback(small: Database) -> None:
    async with small.transaction() as tx:
        await tx.execute("create table film (title text, year int)")
        await tx.execute("insert into film values ('Alien', 1979)")
    with pytest.raises(ZeroDivisionError):
        async with small.transaction() as tx:
            await tx.execute("insert into film values ('Aliens', 1986)")
            raise ZeroDivisionError
    async with small.transaction(readonly=True) as tx:
        assert struct_rows(Film, await tx.fetch(f"select {columns(Film)} from film")) == [Film("Alien", 1979)]  # noqa: S608
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await tx.execute("delete from film")
    await small.close()


async def test_struct_row_refuses_a_column_too_many(small: Database) -> None:
    async with small.transaction() as tx:
        row = await tx.fetchrow("select 'Alien' title, 1979 as year")
        assert row is not None
        assert struct_row(Film, row) == Film("Alien", 1979)
        more = await tx.fetchrow("select 'Alien' title, 1979 as year, 1 as extra")
        assert more is not None
        with pytest.raises(TypeError):
            struct_row(Film, more)
    await small.close()


async def test_jsonb_uuid_and_copy(small: Database) -> None:
    key = new_id()
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    value = {"a": [1, 2.5, None, "é"], "nested": {"film": Film("Alien", 1979)}, "at": moment}
    async with small.transaction() as tx:
        await tx.execute("create table t (id uuid, data jsonb, plain json)")
        await tx.execute("insert into t values ($1, $2, $3)", key, value, [1])
        await tx.copy_records_to_table("t", records=[(new_id(), Film("Copied", None), {"x": 1})])
        row = await tx.fetchrow("select * from t where id = $1", key)
        assert row is not None
        assert row["id"] == key
        plain = {"a": [1, 2.5, None, "é"], "nested": {"film": {"title": "Alien", "year": 1979}}}
        assert row["data"] == plain | {"at": "2026-01-01T00:00:00Z"}
        assert row["plain"] == [1]
        assert await tx.fetchval("select data from t where id <> $1", key) == {"title": "Copied", "year": None}
    await small.close()


async def test_connections_of_work_that_nobody_waits_for_give_way(empty_dsn: str) -> None:
    pool = await Database.connect(empty_dsn, max_size=1, niceness=6)
    async with pool.transaction() as tx:
        backend = await tx.fetchval("select pg_backend_pid()")
        async with asyncio.timeout(10):
            await until(lambda: os.getpriority(os.PRIO_PROCESS, backend) == 6)
            await until(lambda: session_niceness(backend) in (6, None))
    await pool.close()


async def test_waiting_is_bounded_and_in_order(empty_dsn: str) -> None:
    pool = await Database.connect(empty_dsn, max_size=1, acquire_timeout_s=5)
    order: list[int] = []

    async def take(number: int) -> None:
        async with pool.transaction():
            order.append(number)
            await asyncio.sleep(0)

    async with pool.transaction():
        tasks = [asyncio.create_task(take(n)) for n in range(20)]
        await asyncio.sleep(0.02)
    await asyncio.gather(*tasks)
    assert order == list(range(20))
    await pool.close()


async def test_a_full_pool_is_unavailable(small: Database) -> None:
    async with small.transaction(), small.transaction():
        with pytest.raises(Unavailable, match="in use"):
            async with small.transaction():
                pass
    async with small.transaction() as tx:  # and the place is free again
        assert await tx.fetchval("select 1") == 1
    await small.close()


async def test_text_that_cannot_be_kept_is_invalid(small: Database) -> None:
    for statement, value in (("select $1::text", "a\0b"), ("select $1::jsonb", {"a": "\0"})):
        with pytest.raises(Invalid, match="zero character"):
            async with small.transaction() as tx:
                await tx.fetchval(statement, value)
    await small.close()


async def test_a_cancelled_waiter_gives_its_place_back(small: Database) -> None:
    async def hold() -> None:
        async with small.transaction() as tx:
            await tx.execute("select pg_sleep(20)")

    for _ in range(5):
        task = asyncio.create_task(hold())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with small.transaction() as one, small.transaction() as two:
        assert await one.fetchval("select 1") == await two.fetchval("select 1") == 1
    await small.close()


async def test_session_state_does_not_leak(empty_dsn: str) -> None:
    pool = await Database.connect(empty_dsn, max_size=1)
    async with pool.connection() as connection:
        await connection.execute("set work_mem = '99MB'")
        await connection.execute("select pg_advisory_lock(1)")
    async with pool.transaction() as tx:
        assert await tx.fetchval("show work_mem") != "99MB"
        assert await tx.fetchval("select count(*) from pg_locks where locktype = 'advisory'") == 0
    await pool.close()


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        await Database.connect(f"postgresql://hearth@/hearth?host={tmp_path}", acquire_timeout_s=1)


async def test_a_statement_that_takes_too_long(empty_dsn: str) -> None:
    pool = await Database.connect(empty_dsn, command_timeout_s=0.2)
    with pytest.raises(TimeoutError):
        async with pool.transaction() as tx:
            await tx.execute("select pg_sleep(20)")
    async with pool.transaction() as tx:
        assert await tx.fetchval("select 1") == 1
    await pool.close()


async def test_postgres_killed_under_load_loses_nothing_acknowledged(data_dir: Path) -> None:
    """kill -9 under write load: each acknowledged row is there; the pool and the listener are back by themselves."""
    postgres = Postgres(
        data_dir, settings={**FAST, "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    )
    await postgres.start()
    pool = await Database.connect(postgres.dsn, max_size=4, patience_s=10)
    heard: list[str] = []
    reconnected = asyncio.Event()
    stop = await pool.listen("news", heard.append, on_reconnect=reconnected.set)
    async with pool.transaction() as tx:
        await tx.execute("create table written (n int primary key)")
    acknowledged: list[int] = []
    numbers = iter(range(1_000_000))
    running = True

    async def write() -> None:
        while running:
            n = next(numbers)
            try:
                async with pool.transaction() as tx:
                    await tx.execute("insert into written values ($1)", n)
            except Unavailable:
                continue
            acknowledged.append(n)

    writers = [asyncio.create_task(write()) for _ in range(4)]
    for _ in range(5):
        await asyncio.sleep(0.2)
        assert postgres.pid is not None
        enough = len(acknowledged) + 10
        os.kill(postgres.pid, signal.SIGKILL)
        assert await postgres.wait() == -signal.SIGKILL
        await postgres.start()
        async with asyncio.timeout(10):
            await until(partial(_reached, acknowledged, enough))
    running = False
    await asyncio.gather(*writers)
    async with pool.transaction() as tx:
        present = {row["n"] for row in await tx.fetch("select n from written")}
    assert set(acknowledged) <= present
    async with asyncio.timeout(10):
        await reconnected.wait()
        while "hello" not in heard:
            async with pool.transaction() as tx:
                await tx.execute("select pg_notify('news', 'hello')")
            await asyncio.sleep(0.05)
    stop()
    await pool.close()
    await postgres.stop()


async def test_listen_hears_commits_only_and_unsubscribes(small: Database) -> None:
    heard: list[str] = []
    stop = await small.listen("news", heard.append)
    also: list[str] = []
    await small.listen("other", also.append)
    with pytest.raises(ZeroDivisionError):
        async with small.transaction() as tx:
            await tx.execute("select pg_notify('news', 'rolled back')")
            raise ZeroDivisionError
    async with small.transaction() as tx:
        await tx.execute("select pg_notify('news', 'one')")
        await tx.execute("select pg_notify('other', 'two')")
    async with asyncio.timeout(5):
        await until(lambda: bool(heard and also))
    stop()
    async with small.transaction() as tx:
        await tx.execute("select pg_notify('news', 'three')")
        await tx.execute("select pg_notify('other', 'four')")
    async with asyncio.timeout(5):
        await until(lambda: len(also) == 2)
    assert heard == ["one"]
    assert also == ["two", "four"]
    await small.close()


def test_where_only_binds() -> None:
    where = Where("first")
    assert str(where) == "true"
    where.add("kind = {}", "movie'; drop table film; --")
    where.add("year between {} and {}", 1990, 1999)
    assert str(where) == "kind = $2 and year between $3 and $4"
    assert where.args == ["first", "movie'; drop table film; --", 1990, 1999]
    assert f"limit {where.bind(10)}" == "limit $5"
    with pytest.raises(ValueError, match="takes 1 values"):
        where.add("a = {}", 1, 2)
