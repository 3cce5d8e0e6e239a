"""The queue as an administrator sees it: what waits, runs and failed; tried again, called off."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from litestar import delete, get, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK
from msgspec import Struct

from hearth import accounts, jobs
from hearth.api.v1.access import Access, Asked, requires
from hearth.db import Database
from hearth.kit.errors import Conflict, NotFound
from hearth.kit.paging import MAX_LIMIT

Name = Annotated[str | None, QueryParameter(max_length=64)]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)]
After = Annotated[str | None, QueryParameter(max_length=2048)]
_LARGEST_ID = 2**63 - 1


class Job(Struct, frozen=True):
    """A piece of work. `attempts` are tries that counted, `crashes` those under which the worker's process died.

    waiting: not begun, or between two tries (`run_at` says until when). running. done. failed: given up, for trying
    again is of no use. parked: out of tries. cancelled. `error` is the last one, in words.
    """

    id: int
    task: str
    queue: str
    args: dict[str, Any]
    priority: int
    state: jobs.State
    attempts: int
    crashes: int
    progress_done: int | None
    progress_total: int | None
    message: str | None
    error: str | None
    worker: str | None
    enqueued_at: datetime
    run_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


class Queue(Struct, frozen=True):
    """How full a queue is; `failed` are the failed and the parked, `oldest_ms` is how long the oldest due job waits."""

    queue: str
    waiting: int
    running: int
    failed: int
    oldest_ms: int


class JobPage(Struct, frozen=True):
    """`queues` are all that hold anything, whatever was asked for."""

    items: list[Job]
    next: str | None
    total: int
    queues: list[Queue]


@get("/jobs", opt=requires("jobs:read"), tags=["server"])
async def list_jobs(
    database: Given[Database],
    wanted: Annotated[jobs.State | None, QueryParameter(name="state")] = None,
    queue: Name = None,
    task: Name = None,
    limit: Limit = 50,
    after: After = None,
) -> JobPage:
    """Jobs, the newest first. Those that ended are kept for some days."""
    async with database.transaction(readonly=True) as tx:
        page = await jobs.list_jobs(tx, state=wanted, queue=queue, task=task, limit=limit, after=after)
        queues = await jobs.counts(tx)
    return JobPage([_view(one) for one in page.items], page.next, page.total, [_queue(one) for one in queues])


@get("/jobs/{job_id:int}", opt=requires("jobs:read"), tags=["server"])
async def one_job(job_id: FromPath[int], database: Given[Database]) -> Job:
    """One job."""
    async with database.transaction(readonly=True) as tx:
        return _view(await jobs.job(tx, _known(job_id)))


@post("/jobs/{job_id:int}/retry", opt=requires("jobs:manage"), status_code=HTTP_200_OK, tags=["server"])
async def retry_job(job_id: FromPath[int], request: Asked, access: Given[Access], database: Given[Database]) -> Job:
    """Gives a failed, parked or cancelled job fresh tries, and ends the pause of one that waits between two.

    409 when it runs or is done, or when the same work waits already as another job.
    """
    async with database.transaction() as tx:
        await jobs.retry(tx, _known(job_id))
        tried = await jobs.job(tx, jobs.JobId(job_id))
        await accounts.note(tx, access.by(request), "job.retried", "job", job_id, tried.task)
    return _view(tried)


@delete("/jobs/{job_id:int}", opt=requires("jobs:manage"), status_code=HTTP_200_OK, tags=["server"])
async def cancel_job(job_id: FromPath[int], request: Asked, access: Given[Access], database: Given[Database]) -> Job:
    """Calls a job off: one that waits at once, one that runs within about a second. 409 when it had ended already."""
    async with database.transaction() as tx:
        if not await jobs.cancel(tx, _known(job_id)):
            raise Conflict("This job has ended already: there is nothing to call off.")
        told = await jobs.job(tx, jobs.JobId(job_id))
        await accounts.note(tx, access.by(request), "job.cancelled", "job", job_id, told.task)
    return _view(told)


def _known(number: int) -> jobs.JobId:
    if not 0 < number <= _LARGEST_ID:
        raise NotFound("There is no such job.")
    return jobs.JobId(number)


def _view(job: jobs.Job) -> Job:
    return Job(**{name: getattr(job, name) for name in Job.__struct_fields__})


def _queue(count: jobs.QueueCount) -> Queue:
    return Queue(count.queue, count.waiting, count.running, count.failed, count.oldest_ms)


handlers = [list_jobs, one_job, retry_job, cancel_job]
