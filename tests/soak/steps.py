"""Processes that kill themselves with -9 between two statements: whatever takes several is interrupted at each of them.

`python -m tests.soak.steps migrate DSN EVERY` takes a database through all migrations, killed before every statement of
every one, or of each third. `... work DSN COUNT` runs one job in each of COUNT workers; the n-th is killed before its
n-th statement. Both fork one process for each kill, so that Python starts once, and print what became of them as JSON.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import msgspec

from hearth import jobs
from hearth.app.engines import install_queue
from hearth.db import Database, migrate

_STATEMENTS = ("execute", "fetch", "fetchrow", "fetchval")


class Step(msgspec.Struct, frozen=True):
    name: str


def task(number: int) -> jobs.Task[Step]:
    """The job of the n-th worker, in a queue that nobody else serves."""
    return jobs.Task(f"soak.step{number}", Step, queue=f"step{number}")


async def work(args: Step, run: jobs.Run) -> None:
    """Its effect and its end are one transaction."""
    async with run.database.transaction() as tx:
        await tx.execute("insert into public.trace (name, job) values ($1, $2)", args.name, run.id)
        await run.complete(tx)


class Fuse:
    """Kills this process before its n-th statement, the first being the one that `mark` stands in; with 0 as soon as it
    has applied a migration."""

    def __init__(self, number: int, mark: str, applied: mmap.mmap | None = None) -> None:
        self._applied = applied
        self._noted = False
        self._left = number
        self._whole = number == 0
        self._mark = mark
        self._lit = False
        for name in _STATEMENTS:
            setattr(asyncpg.Connection, name, self._counted(getattr(asyncpg.Connection, name)))

    def _counted(self, statement: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(connection: Any, query: str, *args: Any, **more: Any) -> Any:
            self._lit = self._lit or self._mark in query
            if self._lit:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            answer = await statement(connection, query, *args, **more)
            self._watch(query, committed=not connection.is_in_transaction())
            return answer

        return counted

    def _watch(self, query: str, *, committed: bool) -> None:
        """Tells whoever forked us how many migrations are applied for good."""
        self._noted = self._noted or query.startswith("insert into migrations.applied")
        if self._noted and committed and self._applied is not None:
            self._applied[0] += 1
            self._noted = False
            if self._left < 0 and self._whole:
                os.kill(os.getpid(), signal.SIGKILL)


def forked(run: Callable[[], Awaitable[object]]) -> int:
    """A process of its own that runs it and ends with 0."""
    pid = os.fork()
    if pid == 0:
        asyncio.run(run())  # type: ignore[arg-type] # an async function's
        os._exit(0)
    return pid


def killed(pid: int) -> bool:
    """Waits for the process; whether it was killed. Any other end than a good one is a mistake."""
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, -signal.SIGKILL):
        raise SystemExit(f"a process ended with {code}")
    return code != 0


def migrations(dsn: str, every: int) -> dict[str, int]:
    """How often it was killed, and how many steps were applied by processes that were.

    Killed at each statement of each `every`-th step, and only once, after it, of the others.
    """
    kills, before = 0, 0
    applied = mmap.mmap(-1, 1)  # shared with what is forked
    number = 1

    async def up() -> None:
        Fuse(number, "create schema if not exists migrations", applied)
        await migrate.up(dsn, after_up=install_queue)

    while killed(forked(up)):
        kills += 1
        if applied[0] == before:
            number += 1
        else:
            # A step further. Two statements read the books of what is applied: those were killed with the first step.
            before = applied[0]
            number = 3 if before % every == 0 or before == len(migrate.read()) else 0
    return {"kills": kills, "applied": before}


def workers(dsn: str, count: int) -> list[bool]:
    """Of each worker whether it was killed."""

    async def one(number: int) -> None:
        Fuse(number, "update jobs.pgqueuer set dedupe_key = null")  # a job was claimed and begins
        database = await Database.connect(dsn, max_size=3)
        mine = task(number)
        async with jobs.Worker(database, {mine: work}, {mine.queue: 1}, recovery_s=2.0, poll_s=0.5).running(grace_s=2):
            async with asyncio.timeout(60):
                while True:
                    async with database.transaction(readonly=True) as tx:
                        if await tx.fetchval("select state = 'done' from jobs.job where task = $1", mine.name):
                            break
                    await asyncio.sleep(0.2)
        await database.close()

    return [killed(pid) for pid in [forked(lambda n=n: one(n)) for n in range(1, count + 1)]]  # type: ignore[misc]


if __name__ == "__main__":
    found = (
        migrations(sys.argv[2], int(sys.argv[3]))
        if sys.argv[1] == "migrate"
        else workers(sys.argv[2], int(sys.argv[3]))
    )
    print(json.dumps(found))
