"""Looking at jobs: one, a page of them, how full each queue is; and forgetting what is old."""

from __future__ import annotations

import msgspec

from hearth.db import Tx, Where, struct_row, struct_rows
from hearth.jobs.task import Job, JobId, State
from hearth.kit.errors import Invalid, NotFound
from hearth.kit.paging import MAX_LIMIT, Page, pack_cursor, unpack_cursor

_TIDY_LOCK = 0x6A6F6273
_SELECT = """
select j.id, j.task, j.queue, j.key, j.args, j.priority, j.state, j.attempts, j.crashes, j.progress_done,
    j.progress_total, j.message, j.error, j.worker, j.enqueued_at, j.started_at, j.finished_at,
    case when j.state = 'waiting' then q.execute_after end as run_at
from jobs.job j left join jobs.pgqueuer q on q.id = j.id
"""


class QueueCount(msgspec.Struct, frozen=True):
    """How full a queue is. `failed` are the failed and the parked; `oldest_ms` is how long the oldest due job waits."""

    queue: str
    waiting: int
    running: int
    failed: int
    oldest_ms: int


async def job(tx: Tx, job_id: JobId) -> Job:
    """One job; NotFound when it never was or is forgotten."""
    row = await tx.fetchrow(_SELECT + "where j.id = $1", job_id)
    if row is None:
        raise NotFound("There is no such job.")
    return struct_row(Job, row)


async def list_jobs(
    tx: Tx,
    *,
    state: State | None = None,
    queue: str | None = None,
    task: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[Job]:
    """Jobs, the newest first, by state, queue and task; `after` is the last page's `next`. Invalid if not ours."""
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(f"A page holds 1 to {MAX_LIMIT} jobs.")
    where = Where()
    if state is not None:
        where.add("j.state = {}", state)
    if queue is not None:
        where.add("j.queue = {}", queue)
    if task is not None:
        where.add("j.task = {}", task)
    total: int = await tx.fetchval(f"select count(*) from jobs.job j where {where}", *where.args)  # noqa: S608 - bound
    if after is not None:
        (last,) = unpack_cursor(after, 1)
        if not isinstance(last, int) or not 0 <= last < 2**63:
            raise Invalid("This page cursor belongs to another list: start again from the first page.")
        where.add("j.id < {}", last)
    place = where.bind(limit + 1)
    rows = await tx.fetch(f"{_SELECT} where {where} order by j.id desc limit {place}", *where.args)
    items = struct_rows(Job, rows[:limit])
    return Page(items, pack_cursor(items[-1].id) if len(rows) > limit else None, total)


async def counts(tx: Tx) -> list[QueueCount]:
    """How full each queue is that holds anything; for gauges and for health."""
    rows = await tx.fetch(
        """
        select j.queue,
            count(*) filter (where j.state = 'waiting') as waiting,
            count(*) filter (where j.state = 'running') as running,
            count(*) filter (where j.state in ('failed', 'parked')) as failed,
            coalesce(extract(epoch from max(now() - greatest(j.enqueued_at, q.execute_after))
                filter (where q.status = 'queued' and q.execute_after <= now())) * 1000, 0)::bigint as oldest_ms
        from jobs.job j left join jobs.pgqueuer q on q.id = j.id
        where j.state not in ('done', 'cancelled')
        group by j.queue order by j.queue
        """
    )
    return struct_rows(QueueCount, rows)


async def tidy(tx: Tx) -> bool:
    """Forgets what is old and mends what a partial restore tore apart; workers do it each minute, one at a time.

    Finished jobs are kept for three days, failed and parked ones for sixty, events for ten minutes (replay promises
    five). False when another worker is at it.
    """
    if not await tx.fetchval("select pg_try_advisory_xact_lock($1)", _TIDY_LOCK):
        return False
    await tx.execute(
        """
        delete from jobs.job where state in ('done', 'cancelled') and finished_at < now() - interval '3 days'
            or state in ('failed', 'parked') and finished_at < now() - interval '60 days'
        """
    )
    await tx.execute("delete from jobs.event where at < now() - interval '10 minutes'")
    # Nobody reads the queue's own log; enqueuing and ending do not even write it.
    await tx.execute("delete from jobs.pgqueuer_log where created < now() - interval '10 minutes'")
    await _mend(tx)
    return True


async def _mend(tx: Tx) -> None:
    """Every step writes both rows in one transaction, so they differ only where tables were restored one by one."""
    await tx.execute("delete from jobs.pgqueuer q where not exists (select from jobs.job j where j.id = q.id)")
    lost = await tx.fetch(
        """
        insert into jobs.pgqueuer (id, priority, entrypoint, dedupe_key, status)
        select id, priority, task, key, 'queued' from jobs.job j
        where state in ('waiting', 'running') and not exists (select from jobs.pgqueuer q where q.id = j.id)
        on conflict do nothing
        returning id
        """
    )
    if lost:
        await tx.execute(
            "update jobs.job set state = 'waiting', worker = null where id = any($1::bigint[])",
            [row["id"] for row in lost],
        )
