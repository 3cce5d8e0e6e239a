"""API keys: named, limited to some permissions, expiring; shown once, kept as a hash."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from hearth.accounts.permissions import check_scope
from hearth.accounts.standing import STANDING, Standing, read_standing
from hearth.accounts.tokens import hash_secret, new_api_key, shown_prefix
from hearth.db import Tx, columns, struct_row, struct_rows
from hearth.kit.errors import Conflict, Invalid, NotFound
from hearth.kit.ids import new_id

MAX_KEYS = 100
_SEEN_EVERY_S = 60


class ApiKey(msgspec.Struct, frozen=True):
    """A key without its secret. `permissions` None means all that its owner's role may do, credentials excepted."""

    id: UUID
    name: str
    prefix: str
    permissions: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


_KEY = columns(ApiKey, "k")


async def create_api_key(
    tx: Tx,
    account_id: UUID,
    name: str,
    permissions: Iterable[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which nobody can show again. `expires_at` carries a time zone."""
    name = "".join(c for c in name if c.isprintable()).strip()
    if not 1 <= len(name) <= 200:
        raise Invalid("An API key has a name of 1 to 200 characters.", extra={"field": "name"})
    if expires_at is not None and (expires_at.tzinfo is None or expires_at <= datetime.now(UTC)):
        raise Invalid("An API key expires in the future, at a time with a time zone.", extra={"field": "expires_at"})
    scope = None if permissions is None else check_scope(permissions)
    # The owner's row is locked, so that two requests at once cannot pass the limit together.
    await tx.execute("select from accounts.account where id = $1 for update", account_id)
    if await tx.fetchval("select count(*) from accounts.api_key where account_id = $1", account_id) >= MAX_KEYS:
        raise Conflict(f"An account has at most {MAX_KEYS} API keys: delete one that is not used.")
    secret = new_api_key()
    row = await tx.fetchrow(
        f"insert into accounts.api_key as k (id, account_id, hash, prefix, name, permissions, expires_at)"  # noqa: S608
        f" select $1, id, $3, $4, $5, $6, $7 from accounts.account where id = $2 returning {_KEY}",
        new_id(),
        account_id,
        hash_secret(secret),
        shown_prefix(secret),
        name,
        scope,
        expires_at,
    )
    if row is None:
        raise NotFound("There is no such user.")
    return struct_row(ApiKey, row), secret


async def api_keys_list(tx: Tx, account_id: UUID) -> list[ApiKey]:
    """An account's keys, the newest first, those that expired among them."""
    rows = await tx.fetch(
        f"select {_KEY} from accounts.api_key k where account_id = $1 order by created_at desc, id desc",  # noqa: S608
        account_id,
    )
    return struct_rows(ApiKey, rows)


async def delete_api_key(tx: Tx, account_id: UUID, key_id: UUID) -> bytes:
    """Deletes one of an account's own keys, or NotFound. Returns its hash, to tell `Gate.forget` after commit."""
    gone: bytes | None = await tx.fetchval(
        "delete from accounts.api_key where id = $1 and account_id = $2 returning hash", key_id, account_id
    )
    if gone is None:
        raise NotFound("There is no such API key.")
    return gone


async def credentials_of(tx: Tx, account_id: UUID) -> list[UUID | bytes]:
    """All that speaks for an account now, sessions and keys: what `Gate.forget` is told after its role changed."""
    sessions = await tx.fetch("select id from accounts.session where account_id = $1 and ended_at is null", account_id)
    keys = await tx.fetch("select hash from accounts.api_key where account_id = $1", account_id)
    return [row[0] for row in (*sessions, *keys)]


async def key_standing(tx: Tx, secret_hash: bytes) -> Standing | None:
    """Who an API key is and what it may do now; None when it is unknown or over. Notes when it was used."""
    row = await tx.fetchrow(
        f"select k.id as key_id, k.permissions, k.expires_at, {STANDING},"  # noqa: S608 - our own words
        " coalesce(k.used_at < now() - make_interval(secs => $2), true) as stale"
        " from accounts.api_key k join accounts.account a on a.id = k.account_id"
        " where k.hash = $1 and not a.disabled and coalesce(k.expires_at > now(), true)",
        secret_hash,
        float(_SEEN_EVERY_S),
    )
    if row is None:
        return None
    if row["stale"]:
        await tx.execute(
            "update accounts.api_key set used_at = now() where id ="
            " (select id from accounts.api_key where id = $1 for update skip locked)",
            row["key_id"],
        )
    scope = row["permissions"]
    return read_standing(row, key_id=row["key_id"], scope=None if scope is None else tuple(scope))
