"""The record of who did what to whom, when and from where."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency as Given
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from hearth import accounts
from hearth.api.v1.access import requires
from hearth.db import Database
from hearth.kit.paging import MAX_LIMIT

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)]
After = Annotated[str | None, QueryParameter(max_length=2048)]
Action = Annotated[
    str | None,
    QueryParameter(max_length=64, description=f"{', '.join(sorted(accounts.ACTIONS))}; or the part before the dot"),
]
Target = Annotated[str | None, QueryParameter(max_length=200, description="the id of what was acted upon")]


class AuditEntry(Struct, frozen=True):
    """One line: `actor` did `action` to `target`. Names are those of the time; `detail` says what was given."""

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


class AuditPage(Struct, frozen=True):
    items: list[AuditEntry]
    next: str | None
    total: int


@get("/audit", opt=requires("audit:read"), tags=["accounts"])
async def audit(
    database: Given[Database],
    limit: Limit = 100,
    after: After = None,
    actor: FromQuery[UUID | None] = None,
    action: Action = None,
    target: Target = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
) -> AuditPage:
    """The record, the newest first; kept for a year."""
    async with database.transaction(readonly=True) as tx:
        page = await accounts.audit_list(
            tx, limit, after, actor=actor, action=action, target=target, since=since, until=until
        )
    items = [AuditEntry(*(getattr(entry, name) for name in AuditEntry.__struct_fields__)) for entry in page.items]
    return AuditPage(items, page.next, page.total)


handlers = [audit]
