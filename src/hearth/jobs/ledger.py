"""What becomes of a claimed job, each step one transaction over the queue's row and ours.

pgqueuer claims (queued -> picked) and keeps the heartbeat; from there on the steps are here. Every one is fenced by the
claim's owner: a worker that lost its claim (its heartbeat was late) changes nothing any more.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal
from uuid import UUID

import msgspec

from hearth.db import Tx
from hearth.jobs.task import JobId

HELD = dt.timedelta(seconds=15)  # how often a follow-up looks again, should nobody set it free
_LONGEST_TEXT = 4000

Ending = Literal["done", "failed", "parked", "cancelled"]


class Claim(msgspec.Struct, frozen=True):
    """Whose a picked job is: the queue's row carries `owner` until somebody else picks it."""

    id: JobId
    owner: UUID
    worker: str


class Begun(msgspec.Struct, frozen=True):
    """A job that runs now: its arguments as JSON, its key, and which try this is, counted from one.

    `request_id` and `traceparent` say whence it came.
    """

    args: str
    key: str | None
    attempt: int
    request_id: str | None = None
    traceparent: str | None = None


class Notes(msgspec.Struct, frozen=True):
    """What a run leaves behind besides its end: the last progress and words for a person."""

    done: int | None = None
    total: int | None = None
    message: str | None = None
    error: str | None = None


def readable(text: str) -> str:
    """Text that PostgreSQL takes: no NUL, no lone surrogates (paths that are not UTF-8 bring them), not endless."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")[:_LONGEST_TEXT]


async def _lock(tx: Tx, key: str | None) -> None:
    """Beginnings and endings of one key come one after the other; short transactions only."""
    if key is not None:
        await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 4823))", key)


_BEGIN = """
with mine as (
    update jobs.pgqueuer set dedupe_key = null
    where id = $1 and queue_manager_id = $2 and status = 'picked' returning id
)
update jobs.job j set
    state = 'running', worker = $3, started_at = clock_timestamp(), held = false,
    -- Found running: whoever ran it never said how it ended. That start was counted and stands for this one.
    attempts = attempts + (state <> 'running')::int,
    crashes = crashes + (state = 'running')::int,
    progress_done = null, progress_total = null, message = null
from mine where j.id = mine.id
returning j.args::text as args, j.key, j.attempts, j.crashes, j.cancel_requested, j.request_id, j.traceparent,
    set_config('synchronous_commit', 'off', true)  -- forgotten in a power cut, the job is simply claimed again
"""


async def begin(tx: Tx, claim: Claim, *, keyed: bool, max_crashes: int) -> Begun | None:
    """Marks a claimed job as running and frees its key, so that a change from now on makes a follow-up.

    None when it is not to run: the claim is lost, it was cancelled, its worker died under it too often, or a job of the
    same key still runs - then it is put back until that one ends.
    """
    if keyed:
        key = await tx.fetchval("select key from jobs.job where id = $1", claim.id)
        await _lock(tx, key)
        if await tx.fetchval(
            "select true from jobs.job where key = $1 and state = 'running' and id <> $2 limit 1", key, claim.id
        ):
            await _hold(tx, claim)
            return None
    row = await tx.fetchrow(_BEGIN, claim.id, claim.owner, claim.worker)
    if row is None:
        return None
    if row["cancel_requested"]:
        await end(tx, claim, row["key"], "cancelled", Notes())
        return None
    if row["crashes"] >= max_crashes:
        error = f"The worker's process ended {row['crashes']} times while it ran this job."
        await end(tx, claim, row["key"], "parked", Notes(error=error))
        return None
    return Begun(row["args"], row["key"], row["attempts"], row["request_id"], row["traceparent"])


async def _hold(tx: Tx, claim: Claim) -> None:
    await tx.execute(
        """
        with mine as (
            update jobs.pgqueuer set status = 'queued', queue_manager_id = null, execute_after = now() + $3::interval
            where id = $1 and queue_manager_id = $2 and status = 'picked' returning id
        )
        update jobs.job j set held = true from mine where j.id = mine.id
        """,
        claim.id,
        claim.owner,
        HELD,
    )


async def end(tx: Tx, claim: Claim, key: str | None, state: Ending, notes: Notes) -> bool:
    """Writes how the job ended and sets its follow-up free; False when the claim was lost and nothing was written."""
    await _lock(tx, key)
    ended = await tx.fetchval(
        """
        with mine as (delete from jobs.pgqueuer where id = $1 and queue_manager_id = $2 returning id)
        update jobs.job j set state = $3, finished_at = clock_timestamp(), error = $4,
            progress_done = coalesce($5, progress_done), progress_total = coalesce($6, progress_total),
            message = coalesce($7, message)
        from mine where j.id = mine.id returning j.id
        """,
        claim.id,
        claim.owner,
        state,
        notes.error,
        notes.done,
        notes.total,
        notes.message,
    )
    if ended is not None and key is not None:
        await _release(tx, key)
    return ended is not None


async def _release(tx: Tx, key: str) -> None:
    await tx.execute(
        """
        with freed as (
            update jobs.pgqueuer q set execute_after = now() from jobs.job j
            where q.dedupe_key = $1 and q.status = 'queued' and j.id = q.id and j.held returning j.queue
        )
        select pg_notify('jobs_wake', queue) from freed
        """,
        key,
    )


async def put_back(
    tx: Tx, claim: Claim, key: str | None, delay: dt.timedelta, notes: Notes, *, counts: bool, keep_key: bool = True
) -> bool:
    """Back into the queue, for another try after a failure (`counts`) or because the worker stops.

    With its key: a follow-up that waits is joined into this job, which knows of the failures and keeps their pauses.
    False when the claim was lost. UniqueViolationError when a follow-up is being enqueued at this very moment: do it
    again, then it is seen; `keep_key=False` is the way out when that does not end.
    """
    await _lock(tx, key)
    if key is not None and keep_key and await _owned(tx, claim):
        await _absorb(tx, claim.id, key)
    back = await tx.fetchval(
        """
        with mine as (
            update jobs.pgqueuer set status = 'queued', queue_manager_id = null, updated = now(),
                execute_after = now() + $3::interval, dedupe_key = $4, attempts = attempts + $5
            where id = $1 and queue_manager_id = $2 and status = 'picked' returning id
        )
        update jobs.job j set state = 'waiting', attempts = j.attempts - (1 - $5), worker = null,
            error = coalesce($6, error), progress_done = coalesce($7, progress_done),
            progress_total = coalesce($8, progress_total), message = coalesce($9, message)
        from mine where j.id = mine.id
        returning pg_notify('jobs_wake', j.queue) is not null
        """,
        claim.id,
        claim.owner,
        delay,
        key if keep_key else None,
        1 if counts else 0,
        notes.error,
        notes.done,
        notes.total,
        notes.message,
    )
    return back is not None


async def _owned(tx: Tx, claim: Claim) -> bool:
    return bool(
        await tx.fetchval(
            "select true from jobs.pgqueuer where id = $1 and queue_manager_id = $2 and status = 'picked' for update",
            claim.id,
            claim.owner,
        )
    )


async def _absorb(tx: Tx, job_id: JobId, key: str) -> None:
    await tx.execute(
        """
        with twin as (delete from jobs.pgqueuer where dedupe_key = $2 and id <> $1 returning id, priority),
        told as (
            update jobs.job j set state = 'cancelled', held = false, finished_at = clock_timestamp(),
                message = 'Joined job ' || $1::bigint || ', which does the same work.'
            from twin where j.id = twin.id
        )
        update jobs.pgqueuer q set priority = greatest(q.priority, twin.priority) from twin where q.id = $1
        """,
        job_id,
        key,
    )


async def give_back(tx: Tx, claim: Claim) -> None:
    """Undoes a claim that was made of a job while its run here was ending."""
    await tx.execute(
        """
        update jobs.pgqueuer set status = 'queued', queue_manager_id = null
        where id = $1 and queue_manager_id = $2 and status = 'picked'
        """,
        claim.id,
        claim.owner,
    )


async def note_progress(tx: Tx, claim: Claim, notes: Notes) -> None:
    """Shows how far a run has come."""
    await tx.execute(
        """
        update jobs.job j set progress_done = coalesce($3, progress_done),
            progress_total = coalesce($4, progress_total), message = coalesce($5, message)
        from jobs.pgqueuer q where j.id = $1 and q.id = j.id and q.queue_manager_id = $2 and q.status = 'picked'
        """,
        claim.id,
        claim.owner,
        notes.done,
        notes.total,
        notes.message,
    )


async def beat(tx: Tx, owner: UUID, ids: list[int]) -> dict[int, bool]:
    """Says that the runs live. The answer holds those whose claim still stands, and whether each is to be cancelled.

    Rows that an open transaction holds (a caller joining a job that is about to begin) are left for the next beat:
    one of them must not keep the others from living.
    """
    rows = await tx.fetch(
        """
        with beat as (
            update jobs.pgqueuer set heartbeat = now() where id in (
                select id from jobs.pgqueuer where id = any($2::bigint[]) and queue_manager_id = $1
                and status = 'picked' for update skip locked
            )
        )
        select q.id, j.cancel_requested from jobs.pgqueuer q join jobs.job j on j.id = q.id
        where q.id = any($2::bigint[]) and q.queue_manager_id = $1 and q.status = 'picked'
        """,
        owner,
        ids,
    )
    return {row["id"]: row["cancel_requested"] for row in rows}
