"""Where people are in what they play. Reports may come twice, late or out of order: a play counts once."""

from uuid import UUID

from hearth.activity.changes import announce_change
from hearth.activity.rules import WATCHED_FROM, Verdict, judge
from hearth.db import Tx


async def begin_play(tx: Tx, play_id: UUID, account_id: UUID, item_id: UUID, method: str) -> None:
    """Opens a row of the play history: `play_id` is the play session's, `method` direct, remux or transcode."""
    await tx.execute(
        "insert into activity.play (id, user_id, item_id, method) values ($1, $2, $3, $4) on conflict (id) do nothing",
        play_id, account_id, item_id, method,
    )  # fmt: skip


async def record_progress(
    tx: Tx,
    account_id: UUID,
    item_id: UUID,
    position_ms: int,
    duration_ms: int | None,
    *,
    play_id: UUID | None = None,
    resumes: bool = True,
) -> Verdict:
    """Takes a player's report of where it is; answers what is kept of it.

    With a `play_id` that `begin_play` opened the play counts once however often its end is reported. Without one it
    counts when it turns watched, or when it is finished from a kept position. `resumes` is False for tracks.
    """
    verdict = judge(position_ms, duration_ms, resumes=resumes)
    counted = False
    if play_id is not None:
        counted = await _follow_play(tx, play_id, account_id, item_id, position_ms, duration_ms, stop=False)
    await _keep(tx, account_id, item_id, verdict, by_play=play_id is not None, counted=counted)
    return verdict


async def record_stop(
    tx: Tx,
    account_id: UUID,
    item_id: UUID,
    position_ms: int,
    duration_ms: int | None,
    *,
    play_id: UUID | None = None,
    resumes: bool = True,
) -> Verdict:
    """The last report of a play: as `record_progress`, and closes the row of the play history."""
    verdict = judge(position_ms, duration_ms, resumes=resumes)
    counted = False
    if play_id is not None:
        counted = await _follow_play(tx, play_id, account_id, item_id, position_ms, duration_ms, stop=True)
    await _keep(tx, account_id, item_id, verdict, by_play=play_id is not None, counted=counted)
    return verdict


async def clear_progress(tx: Tx, account_id: UUID, item_id: UUID) -> None:
    """Takes a thing off the resume row: it starts over next time. What was watched stays watched."""
    changed = await tx.fetchval(
        """update activity.state set position_ms = 0, updated_at = now()
           where user_id = $1 and item_id = $2 and position_ms > 0 returning item_id""",
        account_id, item_id,
    )  # fmt: skip
    if changed is not None:
        await announce_change(tx, account_id, [item_id])


async def _follow_play(
    tx: Tx, play_id: UUID, account_id: UUID, item_id: UUID, position_ms: int, duration_ms: int | None, *, stop: bool
) -> bool:
    """Moves the play's furthest position; True when it had reached the end before, so that it counted already."""
    before = await tx.fetchval(
        "select position_ms from activity.play where id = $1 and user_id = $2 and item_id = $3 for update",
        play_id, account_id, item_id,
    )  # fmt: skip
    if before is None:
        return False
    await tx.execute(
        """update activity.play set position_ms = greatest(position_ms, $2),
               stopped_at = case when $3 then coalesce(stopped_at, now()) else stopped_at end where id = $1""",
        play_id, position_ms, stop,
    )  # fmt: skip
    return bool(duration_ms) and before >= WATCHED_FROM * (duration_ms or 0)


async def _keep(tx: Tx, account_id: UUID, item_id: UUID, verdict: Verdict, *, by_play: bool, counted: bool) -> None:
    """Writes the state: once watched a thing stays watched while it is seen again."""
    await tx.execute(
        """insert into activity.state as s (user_id, item_id, position_ms, watched, play_count, last_played_at)
           values ($1, $2, $3, $4, case when $4 and not $6 then 1 else 0 end, now())
           on conflict (user_id, item_id) do update set
               position_ms = $3, watched = s.watched or $4, last_played_at = now(), updated_at = now(),
               play_count = s.play_count
                   + case when $4 and not $6 and ($5 or not s.watched or s.position_ms > 0) then 1 else 0 end""",
        account_id, item_id, verdict.position_ms, verdict.finished, by_play, counted,
    )  # fmt: skip
    await announce_change(tx, account_id, [item_id])
