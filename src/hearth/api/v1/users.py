"""All accounts, for those who manage users."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED
from msgspec import Struct

from hearth import accounts
from hearth.accounts import Account, Gate, Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import requires
from hearth.db import Database
from hearth.kit.errors import Conflict
from hearth.kit.paging import MAX_LIMIT

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)]
After = Annotated[str | None, QueryParameter(max_length=2048)]


class ManagedUser(views.User, frozen=True, kw_only=True):
    """An account as those see it who manage users."""

    disabled: bool


class UserPage(Struct, frozen=True):
    items: list[ManagedUser]
    next: str | None
    total: int


class UserPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes. A new `password`, or `disabled`, ends the account's sessions."""

    username: views.Username | None = None
    password: views.Password | None = None
    role: views.Word | None = None
    disabled: bool | None = None


@get("/users", opt=requires("users:manage"), tags=["accounts"])
async def users(database: Given[Database], limit: Limit = 100, after: After = None) -> UserPage:
    """Accounts by name."""
    async with database.transaction(readonly=True) as tx:
        page = await accounts.accounts_list(tx, limit, after)
    return UserPage([_view(a) for a in page.items], page.next, page.total)


@post("/users", opt=requires("users:manage"), status_code=HTTP_201_CREATED, tags=["accounts"])
async def make_user(data: JSONBody[views.NewUser], gate: Given[Gate], database: Given[Database]) -> ManagedUser:
    """Makes an account; 409 when the name is taken."""
    password_hash = await gate.passwords.make(data.username, data.password)
    async with database.transaction() as tx:
        return _view(await accounts.create_account(tx, data.username, password_hash, data.role))


@get("/users/{user_id:uuid}", opt=requires("users:manage"), tags=["accounts"])
async def user(user_id: FromPath[UUID], database: Given[Database]) -> ManagedUser:
    """One account."""
    async with database.transaction(readonly=True) as tx:
        return _view(await accounts.account(tx, user_id))


@patch("/users/{user_id:uuid}", opt=requires("users:manage"), tags=["accounts"])
async def change_user(
    user_id: FromPath[UUID],
    data: JSONBody[UserPatch],
    viewer: Given[Viewer],
    gate: Given[Gate],
    database: Given[Database],
) -> ManagedUser:
    """Changes an account; 409 when no administrator would remain."""
    password_hash = None
    if data.password is not None:
        async with database.transaction(readonly=True) as tx:
            before = await accounts.account(tx, user_id)
        password_hash = await gate.passwords.make(data.username or before.username, data.password)
    async with database.transaction() as tx:
        credentials = await accounts.credentials_of(tx, user_id)
        changed = await accounts.change_account(
            tx, user_id, username=data.username, role=data.role, disabled=data.disabled
        )
        if password_hash is not None:
            await accounts.set_password(tx, user_id, password_hash)
        if password_hash is not None or data.disabled:
            await accounts.end_sessions(tx, user_id, keep=viewer.session_id)
    await gate.forget(*credentials)
    return _view(changed)


@delete("/users/{user_id:uuid}", opt=requires("users:manage"), tags=["accounts"])
async def delete_user(
    user_id: FromPath[UUID], viewer: Given[Viewer], gate: Given[Gate], database: Given[Database]
) -> None:
    """Deletes an account with all that is its own; 409 for the last administrator and for oneself."""
    if user_id == viewer.account_id:
        raise Conflict("You cannot delete the account that you are signed in with.")
    async with database.transaction() as tx:
        credentials = await accounts.credentials_of(tx, user_id)
        await accounts.delete_account(tx, user_id)
    await gate.forget(*credentials)


def _view(a: Account) -> ManagedUser:
    words = sorted(accounts.granted(a.role))
    return ManagedUser(a.id, a.username, a.role, words, a.created_at, disabled=a.disabled)


handlers = [users, make_user, user, change_user, delete_user]
