"""Work for later, asked for inside the caller's transaction: rolled back with it, seen by workers after its commit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from hearth.db import Tx
from hearth.jobs.task import A, JobId, Task
from hearth.kit import telemetry
from hearth.kit.errors import Conflict, NotFound

WAKE = "jobs_wake"
CANCEL = "jobs_cancel"

# Both rows in one statement. The arbiter is pgqueuer's index on the keys of waiting and of picked jobs; a worker clears
# the key as it begins (ledger.py), so that a change during a run finds no twin here and makes a follow-up. The updated
# row stays locked until the caller commits: a worker that joins work cannot begin it before it can see the change.
# A job between two tries keeps its pause, or a burst of changes would burn its tries.
_ENQUEUE = """
with input as materialized (
    select nextval('jobs.job_id_seq') as id, key, args, ord
    from unnest($5::text[], $6::text[]) with ordinality as t(key, args, ord)
), queued as (
    insert into jobs.pgqueuer as q (id, priority, entrypoint, execute_after, dedupe_key, status)
    select id, $3, $1, now() + $4::interval, key, 'queued' from input order by key, ord
    on conflict (dedupe_key) where status in ('queued', 'picked') and dedupe_key is not null
    do update set
        priority = greatest(q.priority, excluded.priority),
        execute_after = case when q.attempts = 0 then least(q.execute_after, excluded.execute_after)
                             else q.execute_after end
    returning id, dedupe_key
), fresh as (
    insert into jobs.job (id, task, queue, key, args, priority, request_id, traceparent)
    select i.id, $1, $2, i.key, i.args::jsonb, $3, $7, $8 from input i join queued using (id)
), woken as materialized (
    select pg_notify('jobs_wake', $2)
)
select q.id from input i
join queued q on q.id = i.id or q.dedupe_key = i.key
cross join woken
order by i.ord
"""


async def enqueue(
    tx: Tx, task: Task[A], args: A, *, priority: int | None = None, delay: dt.timedelta | None = None
) -> JobId:
    """Asks for one run of the task and returns the id of the job that will do it.

    That is a waiting job of the same key when there is one: its priority rises to the greater, its start moves to the
    earlier, and its arguments stay.
    """
    return (await enqueue_many(tx, task, [args], priority=priority, delay=delay))[0]


async def enqueue_many(
    tx: Tx, task: Task[A], args: Sequence[A], *, priority: int | None = None, delay: dt.timedelta | None = None
) -> list[JobId]:
    """`enqueue` for many in one statement; the answer holds an id for each of `args`, in order."""
    keys = [task.key_of(one) for one in args]
    first: dict[str, int] = {}
    for position, key in enumerate(keys):
        if key is not None:
            first.setdefault(key, position)
    kept = [n for n, key in enumerate(keys) if key is None or first[key] == n]
    if not kept:
        return []
    rows = await tx.fetch(
        _ENQUEUE,
        task.name,
        task.queue,
        task.priority if priority is None else priority,
        delay or dt.timedelta(0),
        [keys[n] for n in kept],
        [msgspec.json.encode(args[n]).decode() for n in kept],
        telemetry.request_id.get(),
        telemetry.traceparent(),
    )
    ids = dict(zip(kept, (JobId(row["id"]) for row in rows), strict=True))
    return [ids[n if key is None else first[key]] for n, key in enumerate(keys)]


async def cancel(tx: Tx, job_id: JobId) -> bool:
    """Ends a waiting job at once and asks a running one to stop, which takes about a second; it then is cancelled.

    False when the job had ended already. NotFound when there is no such job.
    """
    gone = await tx.fetchval(
        """
        with gone as (delete from jobs.pgqueuer where id = $1 and status = 'queued' returning id)
        update jobs.job j set state = 'cancelled', cancel_requested = true, held = false, finished_at = now()
        from gone where j.id = gone.id returning j.id
        """,
        job_id,
    )
    if gone is not None:
        return True
    asked = await tx.fetchval(
        """
        update jobs.job set cancel_requested = true where id = $1 and state in ('waiting', 'running')
        returning pg_notify('jobs_cancel', id::text) is not null
        """,
        job_id,
    )
    if asked is None and not await tx.fetchval("select exists (select from jobs.job where id = $1)", job_id):
        raise NotFound("There is no such job.")
    return asked is not None


async def retry(tx: Tx, job_id: JobId) -> None:
    """Gives a failed, parked or cancelled job fresh tries, and ends the pause of one that waits between two.

    NotFound when there is no such job; Conflict when it runs or is done, or when the same work waits as another job.
    """
    job = await tx.fetchrow("select state, queue, key from jobs.job where id = $1 for update", job_id)
    if job is None:
        raise NotFound("There is no such job.")
    if job["state"] in ("running", "done"):
        raise Conflict(f"This job is {job['state']}: there is nothing to try again.")
    if job["state"] == "waiting":
        await tx.execute(
            "update jobs.pgqueuer set execute_after = now() where id = $1 and status = 'queued'", job_id
        )  # fmt: skip
    else:
        queued = await tx.fetchval(
            """
            insert into jobs.pgqueuer (id, priority, entrypoint, dedupe_key, status)
            select id, priority, task, key, 'queued' from jobs.job where id = $1
            on conflict (dedupe_key) where status in ('queued', 'picked') and dedupe_key is not null do nothing
            returning id
            """,
            job_id,
        )
        if queued is None:
            raise Conflict("The same work is waiting already, as another job.")
        await tx.execute(
            """
            update jobs.job set state = 'waiting', attempts = 0, crashes = 0, held = false, cancel_requested = false,
                worker = null, started_at = null, finished_at = null
            where id = $1
            """,
            job_id,
        )
    await tx.execute("select pg_notify('jobs_wake', $1)", job["queue"])
