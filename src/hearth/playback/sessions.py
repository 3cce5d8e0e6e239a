"""Sessions: one play of one item on one device, from the first byte to the last report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from hearth import activity, jobs
from hearth.accounts import Viewer
from hearth.db import Row, Tx
from hearth.kit.errors import NotFound, TooMany, Unavailable
from hearth.kit.ids import new_id

from .cuts import segment_at
from .facts import Decision, Session
from .sources import Source, join_path

CHANNEL = "playback"
"""NOTIFY with a session's id: another segment is wanted, or the session has ended."""

_ALIVE = "ended_at is null and seen_at > now() - interval '60 seconds'"


class EncodeArgs(msgspec.Struct, frozen=True):
    session_id: UUID


# No key: a run that died must not hold up the next. `encoder` in the session's row keeps two from working at once.
ENCODE = jobs.Task("playback.encode", EncodeArgs, queue="encode", priority=10, max_attempts=1, timeout_s=None)


class Caps(msgspec.Struct, frozen=True):
    """How many plays may need an encoder at once. Repackaging costs little: `lightly` times as many of those."""

    server: int = 3
    account: int = 2
    lightly: int = 4


async def begin(
    tx: Tx,
    viewer: Viewer,
    source: Source,
    decision: Decision,
    *,
    cuts: Sequence[int] = (),
    position_ms: int = 0,
    caps: Caps | None = None,
) -> Session:
    """Opens a session and, unless it is played directly, asks for its encoder.

    An earlier play of the same item on the same sign-in ends. TooMany when the account has enough plays that are being
    converted, Unavailable when the server has.
    """
    session_id = new_id()
    for earlier in await tx.fetch(
        """select * from playback.session where ended_at is null and item_id = $1 and account_id = $2
               and auth_session_id is not distinct from $3 and api_key_id is not distinct from $4 for update""",
        source.item_id, viewer.account_id, viewer.session_id, viewer.key_id,
    ):  # fmt: skip
        before = _session(earlier)
        await _end(tx, before, before.position_ms)
    if decision.method != "direct":
        await _check_caps(tx, viewer.account_id, decision.encodes_video, caps or Caps())
    position_ms = max(0, min(position_ms, source.length_ms))
    row = await tx.fetchrow(
        """insert into playback.session (id, account_id, auth_session_id, api_key_id, item_id, version_id, file_id,
               decision, encodes, cuts, duration_ms, position_ms, wanted)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning *""",
        session_id, viewer.account_id, viewer.session_id, viewer.key_id, source.item_id, source.version_id,
        source.file_id, decision, decision.encodes_video, list(cuts), source.length_ms, position_ms,
        segment_at(cuts, source.in_file(position_ms)) if cuts else 0,
    )  # fmt: skip
    if row is None:
        raise Unavailable
    await activity.begin_play(tx, session_id, viewer.account_id, source.item_id, decision.method)
    if decision.method != "direct":
        await _ask_for_encoder(tx, session_id)
    return _session(row)


async def _check_caps(tx: Tx, account_id: UUID, encodes: bool, caps: Caps) -> None:
    # One at a time past this point, so that a hundred starts at once are counted one after the other.
    await tx.execute("select pg_advisory_xact_lock(hashtext('playback.caps'))")
    row = await tx.fetchrow(
        f"""select count(*) as all_plays, count(*) filter (where account_id = $1) as own
            from playback.session where cuts <> '{{}}' and encodes = $2 and {_ALIVE}""",  # noqa: S608 # fixed words
        account_id,
        encodes,
    )
    factor = 1 if encodes else caps.lightly
    own, everyone = (row["own"], row["all_plays"]) if row else (0, 0)
    if own >= caps.account * factor:
        raise TooMany(
            f"You are already playing {own} titles that have to be converted; more are not allowed at once. "
            "Stop one of them, or wait a minute if you just did."
        )
    if everyone >= caps.server * factor:
        raise Unavailable(
            f"The server is already converting {everyone} titles, as many as it may. Try again when one has ended."
        )


async def session(tx: Tx, viewer: Viewer, session_id: UUID) -> Session:
    """The viewer's own session that has not ended, else NotFound."""
    row = await tx.fetchrow(
        "select * from playback.session where id = $1 and account_id = $2 and ended_at is null",
        session_id,
        viewer.account_id,
    )
    if row is None:
        raise NotFound("This play has ended: start it again.")
    return _session(row)


async def report(tx: Tx, viewer: Viewer, session_id: UUID, position_ms: int, paused: bool) -> None:
    """Where the player is; players report every ten seconds, paused ones too."""
    found = await session(tx, viewer, session_id)
    await tx.execute(
        "update playback.session set position_ms = $2, paused = $3, seen_at = now() where id = $1",
        session_id, position_ms, paused,
    )  # fmt: skip
    await activity.record_progress(
        tx, found.account_id, found.item_id, position_ms, found.duration_ms or None,
        play_id=session_id, resumes=_resumes(found),
    )  # fmt: skip


async def end(tx: Tx, viewer: Viewer, session_id: UUID, position_ms: int | None = None) -> None:
    """Ends a session where the player was last; its bytes stop flowing, its encoder stops."""
    found = await session(tx, viewer, session_id)
    await _end(tx, found, found.position_ms if position_ms is None else position_ms)


async def _end(tx: Tx, found: Session, at_ms: int) -> None:
    await tx.execute("update playback.session set ended_at = now(), position_ms = $2 where id = $1", found.id, at_ms)
    await tx.execute("select pg_notify($1, $2)", CHANNEL, str(found.id))
    await activity.record_stop(
        tx, found.account_id, found.item_id, at_ms, found.duration_ms or None, play_id=found.id, resumes=_resumes(found)
    )


def _resumes(found: Session) -> bool:
    """Films and episodes go on where they were left; a track begins anew."""
    return found.decision.video is not None


class Wish(msgspec.Struct, frozen=True):
    """What is known after a segment was asked for: why it will not come, if so."""

    error: str | None


async def want(tx: Tx, session_id: UUID, number: int | None) -> Wish:
    """Notes which segment a player waits for (None: the init segment) and sees to it that an encoder runs.

    Asking for another segment than the one that failed gives the encoder another chance. NotFound once it has ended.
    """
    row = await tx.fetchrow(
        """update playback.session s set seen_at = now(), wanted = coalesce($2, s.wanted),
               error = case when $2 is null or s.wanted = $2 then s.error end,
               asked_at = case when b.idle then now() else s.asked_at end
           from (select id, (error is null or wanted is distinct from coalesce($2, wanted))
                     and (encoder_seen_at is null or encoder_seen_at < now() - interval '6 seconds')
                     and (asked_at is null or asked_at < now() - interval '5 seconds') as idle
                 from playback.session where id = $1 for update) b
           where s.id = b.id and s.ended_at is null returning s.error, b.idle""",
        session_id, number,
    )  # fmt: skip
    if row is None:
        raise NotFound("This play has ended: start it again.")
    if row["idle"]:
        await jobs.enqueue(tx, ENCODE, EncodeArgs(session_id))
    await tx.execute("select pg_notify($1, $2)", CHANNEL, str(session_id))
    return Wish(row["error"])


async def served(tx: Tx, session_id: UUID, number: int) -> None:
    """Notes that a segment which was there already was fetched: the encoder stays ahead of it."""
    await tx.execute(
        "update playback.session set seen_at = now(), wanted = $2 where id = $1 and ended_at is null",
        session_id, number,
    )  # fmt: skip


async def _ask_for_encoder(tx: Tx, session_id: UUID) -> None:
    await tx.execute("update playback.session set asked_at = now() where id = $1", session_id)
    await jobs.enqueue(tx, ENCODE, EncodeArgs(session_id))


async def end_idle(tx: Tx, idle: dt.timedelta = dt.timedelta(hours=12)) -> int:
    """Ends sessions that nobody was heard of for so long, and forgets those that ended a week ago; how many ended."""
    rows = await tx.fetch(
        "update playback.session set ended_at = now() where ended_at is null and seen_at < now() - $1::interval"
        " returning id",
        idle,
    )
    await tx.execute("delete from playback.session where ended_at < now() - interval '7 days'")
    return len(rows)


def read_session(row: Row) -> tuple[Session, bytes, bytes]:
    """(session, path of its file, root) of a row that carries the file's columns too."""
    return _session(row), join_path(row), row["root"]


def _session(row: Row) -> Session:
    known = {name: row[name] for name in Session.__struct_fields__ if name not in ("decision", "cuts")}
    return Session(**known, decision=msgspec.convert(row["decision"], Decision), cuts=tuple(row["cuts"]))
