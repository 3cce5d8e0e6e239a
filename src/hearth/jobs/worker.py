"""The worker: runs what is enqueued, outlives PostgreSQL's restarts, loses nothing when it ends, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg

from hearth.db import Database, Tx
from hearth.jobs import history, schedule
from hearth.jobs.enqueue import CANCEL, WAKE
from hearth.jobs.execute import Execution, expect
from hearth.jobs.run import Run
from hearth.jobs.schedule import Periodic
from hearth.jobs.task import JobId, Task
from hearth.kit.errors import Invalid, Unavailable

if TYPE_CHECKING:
    from hearth.jobs.claims import Loop

log = logging.getLogger(__name__)

T = TypeVar("T")
Handler = Callable[[Any, Run], Awaitable[None]]

_AWAY = (Unavailable, OSError, TimeoutError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)
_LONGEST_PAUSE_S = 5.0
_TIDY_EVERY_S = 60.0
_LONGEST_SLEEP_S = 30.0
_LAST_WRITES_S = 3.0


class Worker:
    """Runs the handlers of the queues named in `concurrency`, so many at a time each.

    Handlers take the task's arguments and a `Run`; they are made to run twice, for a worker may die at any moment.
    What blocks the event loop for long also holds up the heartbeat: after `recovery_s` without one another worker takes
    the job over. A job whose worker was killed runs again within `recovery_s` plus a poll.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[Task[Any], Handler],  # each handler takes its own task's arguments
        concurrency: Mapping[str, int],
        periodic: Sequence[Periodic[Any]] = (),
        *,
        recovery_s: float = 30.0,
        poll_s: float = 5.0,
        finish_s: float = 3.0,
    ) -> None:
        self.database = database
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._handlers = {task.name: (task, handler) for task, handler in handlers.items()}
        self._concurrency = dict(concurrency)
        self._periodic = list(periodic)
        self._recovery_s = recovery_s
        self._poll_s = min(poll_s, recovery_s / 2)
        self._finish_s = finish_s
        self._loops: dict[str, Loop] = {}
        self._executions: dict[JobId, Execution] = {}
        self._asking: set[asyncio.Future[None]] = set()
        self._stopping = asyncio.Event()
        self._give_up_at = 0.0
        if len(self._handlers) != len(handlers):
            raise Invalid("Two tasks of one name were given to the worker.")
        for queue, slots in self._concurrency.items():
            if slots < 1 or not self._tasks_of(queue):
                raise Invalid(f"The queue {queue} needs at least one slot and one task.")
        for one in self._periodic:
            one.next_after(schedule.now())
        expect(self._handlers)

    def _tasks_of(self, queue: str) -> list[str]:
        return [name for name, (task, _) in self._handlers.items() if task.queue == queue]

    @contextlib.asynccontextmanager
    async def running(self, *, grace_s: float = 20.0) -> AsyncIterator[Worker]:
        """Works for as long as the block lasts, then ends within `grace_s`.

        At the end nothing new is begun; what runs has `finish_s` to end by itself, is then cancelled, and goes back
        into the queue without having lost a try.
        """
        self._stopping.clear()
        ends = [
            await self.database.listen(WAKE, self._wake, on_reconnect=self._wake_all),
            await self.database.listen(CANCEL, self._cancel, on_reconnect=self._look_for_cancels),
        ]
        duties = [asyncio.create_task(self._serve(queue), name=f"queue {queue}") for queue in self._concurrency]
        chores = [asyncio.create_task(self._always(self._tidy), name="tidy")]
        if self._periodic:
            chores.append(asyncio.create_task(self._always(self._fire), name="schedule"))
        try:
            yield self
        finally:
            for end in ends:
                end()
            await self._shut_down(duties, chores, grace_s)

    async def _shut_down(
        self, duties: list[asyncio.Task[None]], chores: list[asyncio.Task[None]], grace_s: float
    ) -> None:
        self._give_up_at = time.monotonic() + grace_s
        self._stopping.set()
        for chore in chores:
            chore.cancel()
        for loop in self._loops.values():
            loop.stop()
        finish_s = min(self._finish_s, grace_s / 2)
        _, busy = await asyncio.wait(duties, timeout=finish_s)
        for execution in list(self._executions.values()):
            execution.run.stop("shutdown")
        if busy:
            _, busy = await asyncio.wait(busy, timeout=max(0.0, grace_s - finish_s - _LAST_WRITES_S))
        if busy:
            log.warning("%d jobs do not end; they are put back as they are", len(self._executions))
            for execution in list(self._executions.values()):
                execution.abandon()
            _, busy = await asyncio.wait(busy, timeout=_LAST_WRITES_S)
        for left in (*busy, *self._asking):
            left.cancel()
        await asyncio.wait([*duties, *chores, *self._asking], timeout=_LAST_WRITES_S + _LONGEST_PAUSE_S)

    async def _serve(self, queue: str) -> None:
        """One queue, for ever: a loop that fails is made anew after a growing pause."""
        from hearth.jobs.claims import Loop

        pause = 0.5
        while not self._stopping.is_set():
            began = asyncio.get_running_loop().time()
            try:
                loop = Loop(self._tasks_of(queue), self._concurrency[queue], self.within, self._execute, self._beaten)
                self._loops[queue] = loop
                await loop.run(self._poll_s, self._recovery_s)
            except Exception:
                log.exception("the queue %s failed and starts again", queue)
                if asyncio.get_running_loop().time() - began > 60:
                    pause = 0.5
                await self._sleep(pause)
                pause = min(pause * 2, 15.0)

    async def _execute(self, loop: Loop, name: str, job_id: JobId) -> None:
        execution = Execution(self, loop, job_id)
        self._executions[job_id] = execution
        if self._stopping.is_set():
            execution.run.stop("shutdown")  # claimed by the last look before the end
        try:
            await execution.go(*self._handlers[name])
        finally:
            self._executions.pop(job_id, None)

    async def within(self, act: Callable[[Tx], Awaitable[T]], *, reading: bool = False) -> T:
        """Runs `act` in a transaction, or where it is only `reading` without one; while the database is away, again and
        again with growing pauses.

        Only a worker that ends gives up, when its grace is over: its jobs are then left to the heartbeat's end.
        """
        pause = 0.1
        while True:
            try:
                async with self.database.reading() if reading else self.database.transaction() as tx:
                    return await act(tx)
            except _AWAY as error:
                if self._stopping.is_set() and time.monotonic() > self._give_up_at:
                    raise
                log.warning("the database is away, trying again: %s", error)
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, keeps no secret
                pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _wake(self, queue: str) -> None:
        if queue in self._loops:
            self._loops[queue].listen.wake()

    def _wake_all(self) -> None:
        for loop in self._loops.values():
            loop.listen.wake()

    def _cancel(self, payload: str) -> None:
        execution = self._executions.get(JobId(int(payload)))
        if execution is not None:
            execution.run.stop("cancelled")

    def _look_for_cancels(self) -> None:
        """A wish to cancel may have been announced while nobody listened: ask with the next heartbeat, which is now."""
        for loop in self._loops.values():
            ids = [i for i, e in self._executions.items() if e.loop is loop]
            if ids:
                task = asyncio.ensure_future(loop.claims.update_heartbeat(list(ids)))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)

    def _beaten(self, alive: dict[int, bool], ids: list[int]) -> None:
        for job_id in ids:
            execution = self._executions.get(JobId(job_id))
            if execution is None:
                continue
            if job_id not in alive:
                execution.run.stop("lost")
            elif alive[job_id]:
                execution.run.stop("cancelled")

    async def _always(self, chore: Callable[[], Awaitable[float]]) -> None:
        """A chore, again and again; it answers with the pause until the next time."""
        while True:
            try:
                pause = await chore()
            except Exception:
                log.exception("a chore of the worker failed and is tried again")
                pause = _LONGEST_PAUSE_S
            await asyncio.sleep(pause)

    async def _tidy(self) -> float:
        await self.within(history.tidy)
        return _TIDY_EVERY_S * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, keeps no secret

    async def _fire(self) -> float:
        await self.within(lambda tx: schedule.declare(tx, self._periodic))
        for one in self._periodic:
            await self.within(lambda tx, one=one: schedule.fire(tx, one))  # type: ignore[misc] # bound per turn
        return min(_LONGEST_SLEEP_S, await self.within(lambda tx: schedule.pause_s(tx, self._periodic)) + 0.01)
