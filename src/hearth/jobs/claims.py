"""pgqueuer as we use it: its claiming, its loop and its heartbeat; what a claim comes to is decided by us.

This is the one module that imports pgqueuer at its top; the worker imports it when it starts, for it takes most of a
second that a web process does not have. Of pgqueuer's behaviour this replaces:

- its own verdicts on a job (its loop, torn down, would delete a running one): `log_jobs` writes nothing;
- its LISTEN, one connection for each queue, never opened again: `Listen` is woken by the worker's one listener;
- its share of a worker's slots, at least two: `dequeue` takes what is free here, be it one;
- its log's buffer, which it looks at ten times a second for each queue: nothing is ever in it that would be written;
- its heartbeat, which keeps what another worker took over: `update_heartbeat` finds out what is ours no longer;
- its look at its own tables, fourteen questions for each queue: they were made or brought up to date at this start.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, cast

from pgqueuer.core import buffers
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain import models
from pgqueuer.queries import Queries

from hearth.db import Tx
from hearth.jobs import ledger, tables
from hearth.jobs.task import JobId

if TYPE_CHECKING:
    from pgqueuer.ports.driver import NotifyCallback

log = logging.getLogger(__name__)

_LARGEST_BATCH = 10


class Within(Protocol):
    """Runs something in a transaction, or `reading` without one, as often as it takes until the database is there."""

    def __call__(self, act: Callable[[Tx], Awaitable[Any]], *, reading: bool = False) -> Awaitable[Any]: ...


class Listen:
    """pgqueuer's driver: statements run in transactions that outlast a restart of PostgreSQL; wakes come from us."""

    def __init__(self, within: Within) -> None:
        self._within = within
        self._hear: NotifyCallback | None = None
        self._woken = False
        self._shutdown = asyncio.Event()

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        # Each queue that finds no job asks three times why, every few seconds: that much an idle server does all day.
        reading = query.lstrip().upper().startswith("SELECT")

        async def run(tx: Tx) -> list[dict[str, object]]:
            if not reading:
                await tx.execute("set local synchronous_commit = off")  # a claim lost in a power cut is made again
            return [dict(row.items()) for row in await tx.fetch(query, *args)]

        return cast(list[dict[str, object]], await self._within(run, reading=reading))

    async def execute(self, query: str, *args: object) -> str:
        return cast(str, await self._within(lambda tx: tx.execute(query, *args)))

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        self._hear = callback

    async def notify(self, channel: str, payload: str) -> None:
        """Only the loop's own health checks come here; they go straight back."""
        if self._hear is not None:
            self._hear(payload)

    def wake(self) -> None:
        """Makes the loop look for work; once is enough until it has looked."""
        if self._hear is not None and not self._woken:
            self._woken = True
            event = models.TableChangedEvent(
                channel=cast(Any, "jobs_changed"),
                sent_at=models.utc_now(),
                type="table_changed_event",
                operation="insert",
                table="pgqueuer",
            )
            self._hear(event.model_dump_json())

    def looked(self) -> None:
        """The loop is about to look: a wake from now on is news."""
        self._woken = False

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return TaskManager()

    async def __aenter__(self) -> Listen:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._hear = None


class Claims(Queries):
    """pgqueuer's statements, bounded by the free slots of this queue here and fenced by the owner."""

    listen: Listen
    within: Within
    owner: uuid.UUID
    slots: int
    held: set[int]  # claimed here and not yet settled
    again: set[int]  # claimed anew while held: their heartbeat was late
    beaten: Callable[[dict[int, bool], list[int]], None]

    async def dequeue(self, batch_size: int, *args: Any, **kwargs: Any) -> list[models.Job]:
        self.listen.looked()
        free = self.slots - len(self.held)
        if free < 1:
            return []
        jobs = await super().dequeue(min(batch_size, free), *args, **kwargs)
        self.again |= {job.id for job in jobs} & self.held
        fresh = [job for job in jobs if job.id not in self.held]
        self.held |= {job.id for job in fresh}
        return fresh

    async def eligible_queued_work(self, entrypoints: list[Any]) -> int:
        return await super().eligible_queued_work(entrypoints) if len(self.held) < self.slots else 0

    async def queued_work(self, entrypoints: list[Any]) -> int:
        return await super().queued_work(entrypoints) if len(self.held) < self.slots else 0

    async def next_deferred_eta(self, entrypoints: list[Any]) -> dt.timedelta | None:
        return await super().next_deferred_eta(entrypoints) if len(self.held) < self.slots else None

    async def log_jobs(self, job_status: Any) -> None:
        """How a job ended was written by the ledger, before pgqueuer knew."""

    async def retry_job(self, job: Any, delay: Any, traceback_record: Any) -> None:
        """Likewise."""

    async def update_heartbeat(self, job_ids: list[Any]) -> None:
        ids = [int(job_id) for job_id in set(job_ids)]
        alive = await self.within(lambda tx: ledger.beat(tx, self.owner, ids))
        self.beaten(alive, ids)

    async def settle(self, claim: ledger.Claim) -> None:
        """Frees the slot of a job that is done with here, whatever became of it."""
        if claim.id in self.again:
            # Our own loop claimed it again while it ended: nobody would run that claim.
            self.again.discard(claim.id)
            await self.within(lambda tx: ledger.give_back(tx, claim))
        self.held.discard(claim.id)
        self.listen.wake()


class _NoLog(buffers.JobStatusLogBuffer):
    """Emptied when it is full and at the end, which is all that a buffer of nothing needs."""

    async def periodic_flush(self) -> None:
        await self.shutdown.wait()


# pgqueuer's loop makes it by this name and takes no other. Measured: four queues cost an idle worker 1.2 % of a core.
buffers.JobStatusLogBuffer = _NoLog  # type: ignore[misc]


class _Executor(AbstractEntrypointExecutor):
    """Passes a claimed job on to the worker; what that answers is final."""

    def __init__(self, run: Callable[[str, JobId], Awaitable[None]], queue: QueueManager) -> None:
        super().__init__(EntrypointExecutorParameters(concurrency_limit=0, func=_nothing))
        self._run = run
        self._queue = queue

    async def execute(self, job: models.Job, context: models.Context) -> None:
        # `Claims.held` guards against running it twice; here it would swallow a job that was put back and claimed anew.
        self._queue.job_context.pop(job.id, None)
        await self._run(job.entrypoint, JobId(job.id))


async def _nothing(_job: models.Job) -> None:
    """pgqueuer wants a function for each name; `_Executor` runs the job instead."""


class _Queue(QueueManager):
    """pgqueuer's loop, over tables that are known to be whole."""

    async def verify_structure(self) -> None:
        """Nothing: `hearth.jobs.tables` sees to them, and a test asks what this would."""


class Loop:
    """One queue's claiming, from start to shutdown; made afresh when it failed."""

    def __init__(
        self,
        tasks: list[str],
        slots: int,
        within: Within,
        run: Callable[[Loop, str, JobId], Awaitable[None]],
        beaten: Callable[[dict[int, bool], list[int]], None],
    ) -> None:
        self.listen = Listen(within)
        self.claims = claims = tables.queries(self.listen, Claims)
        self._queue = _Queue(claims)
        claims.listen, claims.within, claims.beaten = self.listen, within, beaten
        claims.owner, claims.slots, claims.held, claims.again = self._queue.queue_manager_id, slots, set(), set()
        executor = _Executor(functools.partial(run, self), self._queue)
        for task in tasks:
            self._queue.register_executor(task, executor)

    @property
    def owner(self) -> uuid.UUID:
        return self.claims.owner

    def stop(self) -> None:
        """No more claims; `run` returns when what runs has ended."""
        self._queue.shutdown.set()

    async def run(self, poll_s: float, recovery_s: float) -> None:
        """Claims until `stop`."""
        await self._queue.run(
            dequeue_timeout=dt.timedelta(seconds=poll_s),
            batch_size=min(self.claims.slots, _LARGEST_BATCH),
            max_concurrent_tasks=None,
            heartbeat_timeout=dt.timedelta(seconds=recovery_s),
            log_aggregation_interval=dt.timedelta(0),
        )
