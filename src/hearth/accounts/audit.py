"""The record of who did what to whom, when and from where: written in the transaction of what was done, listed, pruned.

`action` is a word of `ACTIONS`. Names are kept as they were, so that a row still speaks when its account is gone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hearth.accounts.viewer import Viewer
from hearth.db import Tx, Where, columns, struct_rows
from hearth.kit.errors import Invalid
from hearth.kit.paging import MAX_LIMIT, Page, pack_cursor, unpack_cursor

KEPT_DAYS = 365
ACTIONS = frozenset({
    "setup", "login", "login.failed", "login.half", "logout", "session.ended", "session.stolen",
    "password.changed", "password.reset", "key.created", "key.deleted",
    "user.created", "user.changed", "user.deleted", "role.changed", "role.deleted",
    "totp.enabled", "totp.disabled", "totp.recovery_codes", "passkey.added", "passkey.removed",
    "passkey.renamed", "second_factor.reset",
    "quick_connect.approved", "quick_connect.refused",
    "oidc.linked", "oidc.unlinked", "oidc.provider_changed", "oidc.provider_deleted",
    "library.created", "library.changed", "library.deleted", "library.access", "keys.rotated",
    "settings.changed", "job.retried", "job.cancelled",
})  # fmt: skip
"""Every word there is; a call with another one is a mistake."""


class By(msgspec.Struct, frozen=True):
    """Who acts: an account by its id and name, from an address with a client. The command line has no id."""

    name: str
    id: UUID | None = None
    address: str | None = None
    client: str | None = None


COMMAND_LINE = By("command line")


class Entry(msgspec.Struct, frozen=True):
    """One line of the record."""

    id: int
    at: datetime
    actor_id: UUID | None
    actor: str
    action: str
    target_kind: str | None
    target_id: str | None
    target: str | None
    address: str | None
    client: str | None
    detail: dict[str, Any]


_ENTRY = columns(Entry, "e")


def by_viewer(viewer: Viewer, address: str | None, client: str | None) -> By:
    """Who acts with a credential; of an API key its id goes along."""
    return By(viewer.username, viewer.account_id, address, client)


async def note(
    tx: Tx,
    by: By,
    action: str,
    kind: str | None = None,
    target_id: object = None,
    target: str | None = None,
    **detail: object,
) -> None:
    """Writes one line with the caller's change. `detail` never holds secrets."""
    if action not in ACTIONS:
        raise ValueError(f"no action {action!r}")
    await tx.execute(
        "insert into accounts.audit (actor_id, actor, action, target_kind, target_id, target, address, client, detail)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        by.id,
        by.name[:200],
        action,
        kind,
        None if target_id is None else str(target_id),
        target[:200] if target is not None else None,
        by.address,
        "".join(c for c in by.client if c.isprintable())[:200] if by.client else None,
        {key: value for key, value in detail.items() if value is not None},
    )


async def audit_list(
    tx: Tx,
    limit: int = 100,
    after: str | None = None,
    *,
    actor: UUID | None = None,
    action: str | None = None,
    target: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[Entry]:
    """The record, the newest first; `action` may be the first part of one ("login")."""
    limit = max(1, min(limit, MAX_LIMIT))
    where = Where()
    where.add("true")
    if actor is not None:
        where.add("e.actor_id = {}", actor)
    if action is not None:
        where.add("(e.action = {} or starts_with(e.action, {}))", action, f"{action}.")
    if target is not None:
        where.add("e.target_id = {}", target)
    for moment, condition in ((since, "e.at >= {}"), (until, "e.at < {}")):
        if moment is not None:
            if moment.tzinfo is None:
                raise Invalid("Times carry a time zone: 2026-01-31T00:00:00Z.")
            where.add(condition, moment)
    total = await tx.fetchval(f"select count(*) from accounts.audit e where {where}", *where.args)  # noqa: S608
    if after:
        place = unpack_cursor(after, 1)[0]
        if not isinstance(place, int):
            raise Invalid("This cursor is not one of this list.")
        where.add("e.id < {}", place)
    rows = await tx.fetch(
        f"select {_ENTRY} from accounts.audit e where {where} order by e.id desc limit {where.bind(limit + 1)}",  # noqa: S608
        *where.args,
    )
    found = struct_rows(Entry, rows[:limit])
    return Page(found, pack_cursor(found[-1].id) if len(rows) > limit else None, total)


async def prune_audit(tx: Tx, days: int = KEPT_DAYS) -> int:
    """Deletes what is older; says how many lines."""
    done = await tx.execute("delete from accounts.audit where at < now() - make_interval(days => $1)", days)
    return int(done.rpartition(" ")[2])
