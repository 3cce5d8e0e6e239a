"""Sessions: signed-in devices. Each holds a family of refresh tokens of which one at a time is good."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

import msgspec

from hearth.accounts.audit import By, note
from hearth.accounts.standing import STANDING, Standing, read_standing
from hearth.accounts.tokens import hash_secret, new_cookie, new_refresh_token, next_refresh_token
from hearth.db import Tx, columns, struct_rows
from hearth.kit.errors import NotFound
from hearth.kit.ids import new_id

IDLE_DAYS = 90
ABSOLUTE_DAYS = 365
MAX_SESSIONS = 50
GRACE_S = 10
_SEEN_EVERY_S = 60
_KEPT_DAYS = 30
_ALIVE = f"s.ended_at is null and s.expires_at > now() and s.seen_at > now() - interval '{IDLE_DAYS} days'"


class Device(msgspec.Struct, frozen=True):
    """What a session is known by: a name its owner gave, the client's User-Agent, the network address."""

    name: str | None = None
    client: str | None = None
    address: str | None = None


class Session(msgspec.Struct, frozen=True):
    """A signed-in device."""

    id: UUID
    device: str | None
    client: str | None
    address: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Opened(msgspec.Struct, frozen=True):
    """A session's secrets, to be handed out once: the refresh token, the cookie's text and CSRF token if asked for."""

    session_id: UUID
    refresh_token: str
    cookie: str | None = None
    csrf: str | None = None


class Renewed(msgspec.Struct, frozen=True):
    """What a refresh token gave: whose session it is, and the next token."""

    session_id: UUID
    account_id: UUID
    role: str
    refresh_token: str


async def open_session(
    tx: Tx, account_id: UUID, device: Device, *, cookie: bool = False, method: str = "password"
) -> Opened:
    """A new session, begun by `method`; an account's oldest unused ones beyond MAX_SESSIONS end."""
    session_id = new_id()
    secret = new_cookie(session_id) if cookie else None
    await tx.execute(
        "insert into accounts.session (id, account_id, device, client, address, cookie_hash, expires_at, method)"
        " values ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7), $8)",
        session_id,
        account_id,
        _text(device.name),
        _text(device.client),
        device.address,
        secret.hash if secret else None,
        ABSOLUTE_DAYS,
        method,
    )
    await tx.execute(
        "update accounts.session set ended_at = now() where id in (select id from accounts.session"
        " where account_id = $1 and ended_at is null order by id = $2 desc, seen_at desc, id desc offset $3)",
        account_id,
        session_id,
        MAX_SESSIONS,
    )
    token = new_refresh_token()
    await _keep_token(tx, session_id, token)
    return Opened(session_id, token, secret.text, secret.csrf) if secret else Opened(session_id, token)


async def renew(tx: Tx, token: str, key: bytes) -> Renewed | None:
    """Turns a refresh token into the next one; None when it is not good (the door answers 401 *after* the commit).

    A token is good once. Presented again within GRACE_S it gives the same successor, for a client that lost the answer;
    later than that, somebody holds a copy, and the session ends. That is a write, so it must be committed: hence None
    and no error. `key` is the keyring's derived key for "refresh token".
    """
    row = await tx.fetchrow(
        f"select r.session_id, r.nonce, s.account_id, a.role, r.used_at is null as fresh,"  # noqa: S608
        f" r.used_at > now() - make_interval(secs => $2) as in_grace, {_ALIVE} and not a.disabled as alive"
        f" from accounts.refresh_token r join accounts.session s on s.id = r.session_id"
        f" join accounts.account a on a.id = s.account_id where r.hash = $1 for update of r, s",
        hash_secret(token),
        float(GRACE_S),
    )
    if row is None or not row["alive"]:
        return None
    session_id: UUID = row["session_id"]
    if not row["fresh"] and not row["in_grace"]:
        await tx.execute("update accounts.session set ended_at = now() where id = $1", session_id)
        await note(tx, By("a used refresh token"), "session.stolen", "session", session_id, account=row["account_id"])
        return None
    nonce: bytes = row["nonce"] or secrets.token_bytes(16)
    following = next_refresh_token(key, nonce, token)
    if row["fresh"]:
        await tx.execute(
            "update accounts.refresh_token set used_at = now(), nonce = $2 where hash = $1", hash_secret(token), nonce
        )
        await _keep_token(tx, session_id, following)
        await tx.execute("update accounts.session set seen_at = now() where id = $1", session_id)
        await tx.execute(
            "delete from accounts.refresh_token where session_id = $1 and used_at < now() - make_interval(days => $2)",
            session_id,
            _KEPT_DAYS,
        )
    return Renewed(session_id, row["account_id"], row["role"], following)


async def session_standing(tx: Tx, session_id: UUID, address: str | None = None) -> Standing | None:
    """Who a session is and what role its account has now; None when it ended. Notes when and whence it was seen."""
    row = await tx.fetchrow(
        f"select {STANDING}, s.cookie_hash, s.seen_at < now() - make_interval(secs => $2) as stale"  # noqa: S608
        f" from accounts.session s join accounts.account a on a.id = s.account_id"
        f" where s.id = $1 and not a.disabled and {_ALIVE}",
        session_id,
        float(_SEEN_EVERY_S),
    )
    if row is None:
        return None
    if row["stale"]:
        # Skipped when another process is noting the same: nobody waits for a lock in order to be recognised.
        await tx.execute(
            "update accounts.session set seen_at = now(), address = coalesce($2, address) where id ="
            " (select id from accounts.session where id = $1 for update skip locked)",
            session_id,
            address,
        )
    return read_standing(row, session_id=session_id, cookie_hash=row["cookie_hash"])


async def sessions_list(tx: Tx, account_id: UUID) -> list[Session]:
    """An account's live sessions, the last seen first."""
    rows = await tx.fetch(
        f"select {columns(Session, 's')} from accounts.session s"  # noqa: S608
        f" where s.account_id = $1 and {_ALIVE} order by s.seen_at desc, s.id desc",
        account_id,
    )
    return struct_rows(Session, rows)


async def end_session(tx: Tx, account_id: UUID, session_id: UUID) -> None:
    """Ends one of an account's own sessions; NotFound when it has none of that id. Tell `Gate.forget` after commit."""
    done = await tx.execute(
        "update accounts.session set ended_at = now() where id = $1 and account_id = $2 and ended_at is null",
        session_id,
        account_id,
    )
    if done == "UPDATE 0":
        raise NotFound("There is no such session.")


async def end_sessions(tx: Tx, account_id: UUID, keep: UUID | None = None) -> list[UUID]:
    """Ends all of an account's sessions but `keep`, and says which. Tell `Gate.forget` after commit."""
    rows = await tx.fetch(
        "update accounts.session set ended_at = now()"
        " where account_id = $1 and ended_at is null and id is distinct from $2 returning id",
        account_id,
        keep,
    )
    return [row["id"] for row in rows]


async def prune_sessions(tx: Tx) -> int:
    """Deletes sessions that were over 30 days ago, with their tokens; says how many. For the daily schedule."""
    done = await tx.execute(
        "delete from accounts.session where least(ended_at, expires_at) < now() - make_interval(days => $1)"
        " or seen_at < now() - make_interval(days => $2)",
        _KEPT_DAYS,
        IDLE_DAYS + _KEPT_DAYS,
    )
    return int(done.rpartition(" ")[2])


async def _keep_token(tx: Tx, session_id: UUID, token: str) -> None:
    await tx.execute(
        "insert into accounts.refresh_token (hash, session_id) values ($1, $2)", hash_secret(token), session_id
    )


def _text(words: str | None, limit: int = 200) -> str | None:
    """What a client says of itself, as one short line; None when nothing readable is left."""
    if words is None:
        return None
    return "".join(c for c in words if c.isprintable())[:limit].strip() or None
