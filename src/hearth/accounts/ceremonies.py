"""What is begun and must be finished within five minutes, once: a passkey's challenge, a half sign-in, a redirect.

Who begins gets a random word; only its hash is kept. Finishing takes the row away, whatever comes of it.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any
from uuid import UUID

import msgspec

from hearth.accounts.tokens import hash_secret
from hearth.db import Tx

LIFE_S = 300


class Ceremony(msgspec.Struct, frozen=True):
    """What was kept when it began; `account_id` is whose it is, when that is known already."""

    account_id: UUID | None
    data: dict[str, Any]


async def begin_ceremony(tx: Tx, kind: str, account_id: UUID | None = None, **data: object) -> str:
    """Keeps `data` for five minutes and gives the word that finishes it."""
    word = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    await tx.execute(
        "insert into accounts.ceremony (hash, kind, account_id, data, expires_at)"
        " values ($1, $2, $3, $4, now() + make_interval(secs => $5))",
        hash_secret(word),
        kind,
        account_id,
        data,
        float(LIFE_S),
    )
    return word


async def finish_ceremony(tx: Tx, kind: str, word: str) -> Ceremony | None:
    """What was kept, which is gone by that; None when there is no such thing, or it is over. Must be committed."""
    row = await tx.fetchrow(
        "delete from accounts.ceremony where hash = $1 and kind = $2"
        " returning account_id, data, expires_at > now() as ok",
        hash_secret(word),
        kind,
    )
    return Ceremony(row["account_id"], row["data"]) if row is not None and row["ok"] else None


async def peek_ceremony(tx: Tx, kind: str, word: str) -> Ceremony | None:
    """What was kept, which stays: for a second try at a code."""
    row = await tx.fetchrow(
        "select account_id, data from accounts.ceremony where hash = $1 and kind = $2 and expires_at > now()",
        hash_secret(word),
        kind,
    )
    return Ceremony(row["account_id"], row["data"]) if row is not None else None


async def prune_ceremonies(tx: Tx) -> int:
    """Deletes what is over; says how many."""
    done = await tx.execute("delete from accounts.ceremony where expires_at < now()")
    await tx.execute("delete from accounts.quick_connect where expires_at < now()")
    return int(done.rpartition(" ")[2])
