"""What a room declares about work that runs later, and how a job looks from outside."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Generic, Literal, NewType, TypeVar

import msgspec

A = TypeVar("A", bound=msgspec.Struct)

JobId = NewType("JobId", int)
State = Literal["waiting", "running", "done", "failed", "parked", "cancelled"]

_LONGEST_KEY = 200
_queues: set[str] = set()


def queues() -> list[str]:
    """The queues of the tasks that this process has declared."""
    return sorted(_queues)


class Task(msgspec.Struct, Generic[A], frozen=True):
    """A kind of work: `SCAN = jobs.Task("ingest.scan", ScanArgs, queue="scan", key=lambda a: str(a.library))`.

    The name is written into the database: it stays when the code moves. `args` is a frozen struct, stored as JSON; its
    fields may only grow, with defaults, for jobs outlive upgrades.

    `key` names the thing that is worked on. While a job of a key waits, enqueuing joins it; while one runs, enqueuing
    makes one follow-up that starts when it has ended: a change during a run is never lost, and two never run at once.

    A failed try is made again after `backoff_s`, doubled each time up to ten minutes, until `max_attempts` have failed;
    then the job is parked. A job under which the worker's process died `max_crashes` times is parked too. `timeout_s`
    bounds one try; None is for work with an end of its own, such as an encode. Higher `priority` runs sooner.
    """

    name: str
    args: type[A]
    queue: str
    key: Callable[[A], str | None] | None = None
    priority: int = 0
    max_attempts: int = 5
    max_crashes: int = 3
    timeout_s: float | None = 3600.0
    backoff_s: float = 2.0

    def __post_init__(self) -> None:
        _queues.add(self.queue)

    def key_of(self, args: A) -> str | None:
        """The key in full, with the task's name before it; a digest stands for what is long."""
        key = self.key(args) if self.key is not None else None
        if key is None:
            return None
        if len(key) > _LONGEST_KEY:
            key = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.name}:{key}"


class Job(msgspec.Struct, frozen=True):
    """A job as it stands. `run_at` is when it may start, while it waits; `error` is the last one, in words.

    waiting: not begun, or between two tries. running. done. failed: given up by itself (`GiveUp`). parked: out of
    tries, or its worker died under it too often. cancelled. `retry` gives failed, parked and cancelled jobs new tries.
    """

    id: JobId
    task: str
    queue: str
    key: str | None
    args: dict[str, object]
    priority: int
    state: State
    attempts: int
    crashes: int
    progress_done: int | None
    progress_total: int | None
    message: str | None
    error: str | None
    worker: str | None
    enqueued_at: dt.datetime
    run_at: dt.datetime | None
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class GiveUp(Exception):
    """Raised by a handler: trying again is of no use. The job ends as failed, with these words."""


class Later(Exception):
    """Raised by a handler: not now. The job runs again after `delay_s`, and this try does not count."""

    def __init__(self, delay_s: float, reason: str = "Put off.") -> None:
        super().__init__(reason)
        self.delay_s = delay_s
