"""Work that comes back by the clock, once for the whole cluster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Generic

import msgspec

from hearth.db import Tx
from hearth.jobs.enqueue import enqueue
from hearth.jobs.task import A, Task
from hearth.kit.errors import Invalid


class Periodic(msgspec.Struct, Generic[A], frozen=True):
    """Enqueues `task` with `args` whenever `cron` says so, in the server's local time.

    Five fields ("0 3 * * *" is three at night), or a sixth for seconds. Turns that were missed while no worker ran are
    made up for by one. A change of `cron` counts from the next start of a worker.
    """

    name: str
    cron: str
    task: Task[A]
    args: A

    def next_after(self, moment: dt.datetime) -> dt.datetime:
        """The next turn after a moment; Invalid when `cron` cannot be read."""
        from croniter import CroniterError, croniter

        try:
            turn: dt.datetime = croniter(self.cron, moment.astimezone()).get_next(dt.datetime)
        except CroniterError as error:
            raise Invalid(f"The schedule of {self.name} cannot be read: {error}") from error
        return turn


def now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


async def declare(tx: Tx, periodic: Sequence[Periodic[A]]) -> None:
    """Writes down the next turns of what is new or was changed; what is known keeps its turn, due ones too."""
    for one in periodic:
        await tx.execute(
            """
            insert into jobs.schedule (name, cron, next_at) values ($1, $2, $3)
            on conflict (name) do update set cron = excluded.cron, next_at = excluded.next_at
            where schedule.cron <> excluded.cron
            """,
            one.name,
            one.cron,
            one.next_after(now()),
        )


async def fire(tx: Tx, periodic: Periodic[A]) -> bool:
    """Enqueues the job if its turn has come; the row's lock and the transaction make it once for everybody."""
    due = await tx.fetchval(
        "select true from jobs.schedule where name = $1 and next_at <= now() for update skip locked", periodic.name
    )
    if not due:
        return False
    await enqueue(tx, periodic.task, periodic.args)
    await tx.execute(
        "update jobs.schedule set next_at = $2, last_at = now() where name = $1",
        periodic.name,
        periodic.next_after(now()),
    )
    return True


async def pause_s(tx: Tx, periodic: Sequence[Periodic[A]]) -> float:
    """Seconds until the next turn of any of them."""
    seconds = await tx.fetchval(
        "select extract(epoch from min(next_at) - now())::float8 from jobs.schedule where name = any($1::text[])",
        [one.name for one in periodic],
    )
    return max(0.0, float(seconds or 0.0))
