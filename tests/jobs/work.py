"""Tasks and handlers for the tests, and a worker of its own process: `python -m tests.jobs.work DSN`."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from hearth import jobs
from hearth.db import Database
from hearth.jobs import JobId, State


class Item(msgspec.Struct, frozen=True):
    name: str = "a"
    seconds: float = 0.0


class Tick(msgspec.Struct, frozen=True):
    pass


NOTE = jobs.Task("test.note", Item, queue="quick", backoff_s=0.02, max_attempts=3)
KEYED = jobs.Task("test.keyed", Item, queue="quick", key=lambda a: a.name, backoff_s=0.02, max_attempts=3)
SHORT = jobs.Task("test.short", Item, queue="quick", timeout_s=0.2, backoff_s=0.02, max_attempts=2)
KILL = jobs.Task("test.kill", Item, queue="quick")
SLOW = jobs.Task("test.slow", Item, queue="slow", timeout_s=None)
TICK = jobs.Task("test.tick", Tick, queue="quick")


async def leave(run: jobs.Run, name: str, note: str = "") -> None:
    """Leaves a trace in a transaction of its own."""
    async with run.database.transaction() as tx:
        await tx.execute("insert into public.trace (name, job, note) values ($1, $2, $3)", name, run.id, note)


async def note(args: Item, run: jobs.Run) -> None:
    await leave(run, args.name)
    await asyncio.sleep(args.seconds)


async def once(args: Item, run: jobs.Run) -> None:
    """Its trace and its end are one transaction."""
    await asyncio.sleep(args.seconds)
    async with run.database.transaction() as tx:
        await tx.execute("insert into public.trace (name, job) values ($1, $2)", args.name, run.id)
        await run.complete(tx)


async def tick(_args: Tick, run: jobs.Run) -> None:
    await leave(run, "tick")


async def kill(args: Item, run: jobs.Run) -> None:
    """Takes its process with it."""
    await leave(run, args.name, f"attempt {run.attempt}")
    os.kill(os.getpid(), signal.SIGKILL)


HANDLERS: dict[jobs.Task[Any], jobs.Handler] = {
    NOTE: once,
    KEYED: note,
    SHORT: note,
    KILL: kill,
    SLOW: note,
    TICK: tick,
}


@asynccontextmanager
async def worker(
    database: Database,
    handlers: Mapping[Any, jobs.Handler],
    *,
    slots: int = 4,
    grace_s: float = 4.0,
    periodic: tuple[jobs.Periodic[Any], ...] = (),
    recovery_s: float = 2.0,
    finish_s: float = 0.2,
) -> AsyncIterator[jobs.Worker]:
    """A running worker for the queues of the handlers."""
    concurrency = {task.queue: slots for task in handlers}
    made = jobs.Worker(
        database, handlers, concurrency, periodic, recovery_s=recovery_s, poll_s=0.5, finish_s=finish_s
    )  # fmt: skip
    async with made.running(grace_s=grace_s):
        yield made


async def eventually(check: Callable[[], Awaitable[bool]], timeout_s: float = 10.0) -> None:
    """Waits until a look at the database says so."""
    async with asyncio.timeout(timeout_s):
        while not await check():  # noqa: ASYNC110 - the database has no event for it
            await asyncio.sleep(0.02)


async def look(database: Database, job_id: JobId) -> jobs.Job:
    async with database.transaction(readonly=True) as tx:
        return await jobs.job(tx, job_id)


async def reached(database: Database, job_id: JobId, *states: State, timeout_s: float = 10.0) -> jobs.Job:
    """The job, once it is in one of the states."""

    async def there() -> bool:
        return (await look(database, job_id)).state in states

    await eventually(there, timeout_s)
    return await look(database, job_id)


async def traces(database: Database) -> list[str]:
    """The names left, in order."""
    async with database.transaction(readonly=True) as tx:
        return [row["name"] for row in await tx.fetch("select name from public.trace order by id")]


async def put(database: Database, task: jobs.Task[Item], name: str = "a", seconds: float = 0.0) -> JobId:
    async with database.transaction() as tx:
        return await jobs.enqueue(tx, task, Item(name, seconds))


def spawn(dsn: str, recovery_s: float = 2.0) -> subprocess.Popen[bytes]:
    """A worker in a process of its own, which ends with us."""
    return subprocess.Popen([sys.executable, "-m", "tests.jobs.work", dsn, str(os.getpid()), str(recovery_s)])


async def _main(dsn: str, recovery_s: float) -> None:
    database = await Database.connect(dsn, max_size=8)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with worker(database, HANDLERS, recovery_s=recovery_s):
        await ended.wait()
    await database.close()


if __name__ == "__main__":
    from hearth.kit.parent import die_with_parent

    die_with_parent(int(sys.argv[2]))
    asyncio.run(_main(sys.argv[1], float(sys.argv[3])))
