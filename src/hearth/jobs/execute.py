"""From a claim to its end: begin, run the handler, and write down what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import random
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec

from hearth.db import Tx
from hearth.jobs import ledger
from hearth.jobs.run import Run
from hearth.jobs.task import GiveUp, JobId, Later, Task
from hearth.kit import telemetry
from hearth.kit.errors import HearthError
from hearth.kit.metrics import LONG_SECONDS, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from hearth.jobs.claims import Loop
    from hearth.jobs.worker import Handler, Worker

log = logging.getLogger(__name__)

RUNS = Counter(
    "hearth_job_runs_total",
    "Runs of jobs that ended, by how: 'again' failed and is tried again, 'put_back' did not count.",
    ("task", "outcome"),
)
SECONDS = Histogram("hearth_job_seconds", "How long runs of jobs took, in seconds.", ("task",), LONG_SECONDS)
RUNNING = Gauge("hearth_job_runs_in_hand", "Jobs that this process runs.")


def expect(tasks: Iterable[str]) -> None:
    """Makes the series of tasks that have not run yet: what was never seen cannot be watched."""
    for task in tasks:
        for outcome in ("done", "again", "failed", "parked", "cancelled", "put_back"):
            RUNS.inc(task, outcome, by=0)


_LONGEST_BACKOFF_S = 600.0
_KEY_TRIES = 3
_ABANDON_S = 2.0


class Execution:
    """One claimed job in this process."""

    def __init__(self, worker: Worker, loop: Loop, job_id: JobId) -> None:
        self.loop = loop
        self.claim = ledger.Claim(job_id, loop.owner, worker.name)
        self.run = Run(worker.database, self.claim)
        self._worker = worker
        self._begun = False
        self._outcome: str | None = None
        self._task: asyncio.Task[Any] | None = asyncio.current_task()

    def abandon(self) -> None:
        """Stops waiting for a handler that does not end; the job is put back while it may still be at work."""
        if self._task is not None:
            self._task.cancel()

    async def go(self, task: Task[Any], handler: Handler) -> None:
        """Runs the job to its end, whatever that is; raises nothing but CancelledError when the process goes down."""
        try:
            await self._go(task, handler)
        except asyncio.CancelledError:
            self.run.stop("shutdown")
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._undo(), _ABANDON_S)
            raise
        except Exception:
            # Not the handler's fault: the claim is left to its heartbeat's end, and then somebody tries again.
            log.exception("job %s could not be settled", self.claim.id)
        finally:
            self.run.ended = True
            await self.loop.claims.settle(self.claim)

    async def _go(self, task: Task[Any], handler: Handler) -> None:
        begun = await self._worker.within(
            lambda tx: ledger.begin(tx, self.claim, keyed=task.key is not None, max_crashes=task.max_crashes)
        )
        if begun is None:
            return
        self._begun = True
        self.run.key, self.run.attempt = begun.key, begun.attempt
        began = time.perf_counter()
        RUNNING.inc()
        try:
            with (
                telemetry.carrying(request=begun.request_id, job=self.claim.id),
                telemetry.span(f"job {task.name}", "consumer", begun.traceparent, self._facts(task)) as span,
            ):
                await self._work(task, handler, begun)
                span.note({"job.outcome": self._outcome or "lost"})
                if self._outcome in ("failed", "parked", "again"):
                    span.fail(self._outcome)
                facts = {"task": task.name, "outcome": self._outcome, "ms": int((time.perf_counter() - began) * 1000)}
                log.debug("job ended", extra=facts)
        finally:
            RUNNING.dec()
            RUNS.inc(task.name, self._outcome or "lost")
            SECONDS.observe(time.perf_counter() - began, task.name)

    def _facts(self, task: Task[Any]) -> telemetry.Facts:
        return {"job.task": task.name, "job.queue": task.queue, "job.id": self.claim.id, "job.try": self.run.attempt}

    async def _work(self, task: Task[Any], handler: Handler, begun: ledger.Begun) -> None:
        try:
            args = msgspec.json.decode(begun.args, type=task.args)
        except msgspec.ValidationError as error:
            await self._end("failed", f"The arguments do not fit this version's task {task.name}: {error}")
            return
        work = asyncio.create_task(_call(handler, args, self.run), name=f"job {self.claim.id} {task.name}")
        self.run.follow(work)
        await self._watch(work, task.timeout_s)
        await self._settle(task, work)

    async def _watch(self, work: asyncio.Task[None], timeout_s: float | None) -> None:
        """Waits for the handler, and past its time asks it to stop; it goes on counting as running until it does."""
        try:
            done, _ = await asyncio.wait({work}, timeout=timeout_s)
            if not done:
                self.run.stop("time")
                await asyncio.wait({work})
        except asyncio.CancelledError:
            work.add_done_callback(_forget)
            work.cancel()
            raise

    async def _settle(self, task: Task[Any], work: asyncio.Task[None]) -> None:
        error = None if work.cancelled() else work.exception()
        if error is None and not work.cancelled():
            await self._end("done", None)
            return
        match self.run.stop_reason:
            case "lost":
                log.warning("job %s was taken over by another worker; what ran here does not count", self.claim.id)
            case "cancelled":
                await self._end("cancelled", None)
            case "shutdown":
                await self._put_back(0, None, counts=False)
            case "time":
                await self._failed(task, f"It ran longer than {task.timeout_s:g} s.", None)
            case None if isinstance(error, GiveUp):
                await self._end("failed", str(error) or "The task gave up.")
            case None if isinstance(error, Later):
                await self._put_back(error.delay_s, str(error), counts=False)
            case None:
                await self._failed(task, _words(error), error)

    async def _failed(self, task: Task[Any], words: str, error: BaseException | None) -> None:
        attempt = self.run.attempt
        log.warning(
            "job %s (%s) failed, try %d of %d: %s",
            self.claim.id, task.name, attempt, task.max_attempts, ledger.readable(words), exc_info=error,
        )  # fmt: skip
        if attempt >= task.max_attempts:
            await self._end("parked", words)
            return
        pause = min(task.backoff_s * 2 ** min(attempt - 1, 20), _LONGEST_BACKOFF_S)
        await self._put_back(pause * random.uniform(0.8, 1.2), words, counts=True)  # noqa: S311 - spreads load

    async def _end(self, state: ledger.Ending, error: str | None) -> None:
        self._outcome = state
        notes = self.run.notes(error)
        await self._worker.within(lambda tx: ledger.end(tx, self.claim, self.run.key, state, notes))

    async def _put_back(self, delay_s: float, error: str | None, *, counts: bool) -> None:
        self._outcome = "again" if counts else "put_back"
        delay, notes = dt.timedelta(seconds=delay_s), self.run.notes(error)
        for left in reversed(range(_KEY_TRIES)):

            async def put_back(tx: Tx, keep_key: bool = left > 0) -> bool:
                return await ledger.put_back(
                    tx, self.claim, self.run.key, delay, notes, counts=counts, keep_key=keep_key
                )

            with contextlib.suppress(asyncpg.UniqueViolationError):
                await self._worker.within(put_back)
                return

    async def _undo(self) -> None:
        """The process goes down: back into the queue, as if it had not been taken."""
        if self._begun:
            await self._put_back(0, None, counts=False)
        else:
            await self._worker.within(lambda tx: ledger.give_back(tx, self.claim))


async def _call(handler: Handler, args: msgspec.Struct, run: Run) -> None:
    await handler(args, run)


def _forget(work: asyncio.Task[None]) -> None:
    if not work.cancelled():
        work.exception()


def _words(error: BaseException | None) -> str:
    if error is None:
        return "The task was cancelled from within."
    if isinstance(error, HearthError):
        return error.detail
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
