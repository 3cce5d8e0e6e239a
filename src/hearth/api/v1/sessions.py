"""Where somebody is signed in, and signing them out: oneself, or an account that one manages."""

from __future__ import annotations

from uuid import UUID

from litestar import delete, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from msgspec import Struct

from hearth import accounts
from hearth.accounts import Gate, Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import Access, Asked, requires
from hearth.db import Database


class SessionPage(Struct, frozen=True):
    items: list[views.Session]
    next: str | None
    total: int


@get("/me/sessions", opt=requires("me:read"), tags=["accounts"])
async def my_sessions(viewer: Given[Viewer], database: Given[Database]) -> SessionPage:
    """The devices that one is signed in on, the last seen first."""
    return await _list(viewer.account_id, viewer, database)


@get("/users/{user_id:uuid}/sessions", opt=requires("users:manage"), tags=["accounts"])
async def user_sessions(user_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> SessionPage:
    """The devices that an account is signed in on, the last seen first."""
    return await _list(user_id, viewer, database)


async def _list(account_id: UUID, viewer: Viewer, database: Database) -> SessionPage:
    async with database.transaction(readonly=True) as tx:
        await accounts.account(tx, account_id)
        found = await accounts.sessions_list(tx, account_id)
    items = [
        views.Session(s.id, s.device, s.client, s.address, s.created_at, s.seen_at, s.id == viewer.session_id)
        for s in found
    ]
    return SessionPage(items, None, len(items))


@delete("/me/sessions/{session_id:uuid}", opt=requires("me:write"), tags=["accounts"])
async def end_my_session(
    session_id: FromPath[UUID],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> None:
    """Signs a device out; it feels it within five seconds."""
    async with database.transaction() as tx:
        await accounts.end_session(tx, viewer.account_id, session_id)
        await accounts.note(tx, access.by(request), "session.ended", "session", session_id)
    await gate.forget(session_id)


@delete("/me/sessions", opt=requires("me:write"), tags=["accounts"])
async def end_my_other_sessions(
    request: Asked, viewer: Given[Viewer], access: Given[Access], gate: Given[Gate], database: Given[Database]
) -> None:
    """Signs all other devices out."""
    await _end_all(viewer.account_id, request, viewer, access, gate, database)


@delete("/users/{user_id:uuid}/sessions", opt=requires("users:manage"), tags=["accounts"])
async def end_user_sessions(
    user_id: FromPath[UUID],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> None:
    """Signs an account out everywhere, within five seconds; of one's own the session that asks stays."""
    await _end_all(user_id, request, viewer, access, gate, database)


async def _end_all(
    account_id: UUID, request: Asked, viewer: Viewer, access: Access, gate: Gate, database: Database
) -> None:
    """All but the session that asks; Denied for an account that may do more than the viewer."""
    async with database.transaction() as tx:
        person = await accounts.account(tx, account_id)
        if account_id != viewer.account_id:
            gate.roles.check_reach(viewer, person.role)
        ended = await accounts.end_sessions(tx, account_id, keep=viewer.session_id)
        by = access.by(request)
        await accounts.note(tx, by, "session.ended", "user", account_id, person.username, sessions=len(ended))
    await gate.forget(*ended)


handlers = [my_sessions, user_sessions, end_my_session, end_my_other_sessions, end_user_sessions]
