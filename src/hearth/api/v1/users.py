"""All accounts, for those who manage users."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED
from msgspec import UNSET, Meta, Struct, UnsetType

from hearth import accounts
from hearth.accounts import Account, Gate, Presence, Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import Access, Asked, requires
from hearth.db import Database
from hearth.kit.errors import Conflict
from hearth.kit.paging import MAX_LIMIT

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)]
After = Annotated[str | None, QueryParameter(max_length=2048)]
Age = Annotated[int, Meta(ge=0, le=21)]


class ManagedUser(views.User, frozen=True, kw_only=True):
    """An account as those see it who manage users.

    `max_age` limits films and shows to those meant for that age; `unrated` lets those through that have no rating.
    `second_factor`: it has an authenticator app or a passkey. `sessions` are live ones, `seen_at` the last of them.
    """

    disabled: bool
    max_age: int | None
    unrated: bool
    second_factor_required: bool
    second_factor: bool
    sessions: int
    seen_at: datetime | None


class UserPage(Struct, frozen=True):
    items: list[ManagedUser]
    next: str | None
    total: int


class UserPatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes; `max_age` null takes the limit away. A new `password`, or `disabled`, ends the account's
    sessions."""

    username: views.Username | None = None
    password: views.Password | None = None
    role: views.Word | None = None
    disabled: bool | None = None
    max_age: Age | UnsetType | None = UNSET
    unrated: bool | None = None
    second_factor_required: bool | None = None


@get("/users", opt=requires("users:manage"), tags=["accounts"])
async def users(database: Given[Database], gate: Given[Gate], limit: Limit = 100, after: After = None) -> UserPage:
    """Accounts by name."""
    async with database.transaction(readonly=True) as tx:
        page = await accounts.accounts_list(tx, limit, after)
        presence = await accounts.presence(tx, [a.id for a in page.items])
    return UserPage([_view(gate, a, presence) for a in page.items], page.next, page.total)


@post("/users", opt=requires("users:manage"), status_code=HTTP_201_CREATED, tags=["accounts"])
async def make_user(
    data: JSONBody[views.NewUser],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> ManagedUser:
    """Makes an account; 409 when the name is taken, 403 for a role that may do more than one may oneself."""
    gate.roles.check_reach(viewer, data.role)
    password_hash = await gate.passwords.make(data.username, data.password)
    async with database.transaction() as tx:
        made = await accounts.create_account(tx, data.username, password_hash, data.role)
        await accounts.note(tx, access.by(request), "user.created", "user", made.id, made.username, role=made.role)
        presence = await accounts.presence(tx, [made.id])
    return _view(gate, made, presence)


@get("/users/{user_id:uuid}", opt=requires("users:manage"), tags=["accounts"])
async def user(user_id: FromPath[UUID], gate: Given[Gate], database: Given[Database]) -> ManagedUser:
    """One account."""
    async with database.transaction(readonly=True) as tx:
        found = await accounts.account(tx, user_id)
        return _view(gate, found, await accounts.presence(tx, [user_id]))


@patch("/users/{user_id:uuid}", opt=requires("users:manage"), tags=["accounts"])
async def change_user(
    user_id: FromPath[UUID],
    data: JSONBody[UserPatch],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> ManagedUser:
    """Changes an account; 409 when no administrator would remain, 403 for an account that may do more than oneself."""
    async with database.transaction(readonly=True) as tx:
        before = await accounts.account(tx, user_id)
    gate.roles.check_reach(viewer, before.role, data.role or before.role)
    password_hash = None
    if data.password is not None:
        password_hash = await gate.passwords.make(data.username or before.username, data.password)
    async with database.transaction() as tx:
        credentials = await accounts.credentials_of(tx, user_id)
        # Asked again: meanwhile somebody may have been given a role that is out of reach.
        gate.roles.check_reach(viewer, (await accounts.account(tx, user_id)).role)
        changed = await accounts.change_account(
            tx,
            user_id,
            username=data.username,
            role=data.role,
            disabled=data.disabled,
            max_age=data.max_age,
            unrated=data.unrated,
            second_factor_required=data.second_factor_required,
        )
        by = access.by(request)
        if password_hash is not None:
            await accounts.set_password(tx, user_id, password_hash)
            await accounts.note(tx, by, "password.reset", "user", user_id, changed.username)
        if password_hash is not None or data.disabled:
            await accounts.end_sessions(tx, user_id, keep=viewer.session_id)
        told = {name: value for name, value in _told(data).items() if name != "password"}
        if told:
            await accounts.note(tx, by, "user.changed", "user", user_id, changed.username, **told)
        await accounts.tell(tx, "access")
        presence = await accounts.presence(tx, [user_id])
    await gate.forget(*credentials)
    return _view(gate, changed, presence)


@delete("/users/{user_id:uuid}", opt=requires("users:manage"), tags=["accounts"])
async def delete_user(
    user_id: FromPath[UUID],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> None:
    """Deletes an account with all that is its own; 409 for the last administrator and for oneself."""
    if user_id == viewer.account_id:
        raise Conflict("You cannot delete the account that you are signed in with.")
    async with database.transaction() as tx:
        before = await accounts.account(tx, user_id)
        gate.roles.check_reach(viewer, before.role)
        credentials = await accounts.credentials_of(tx, user_id)
        await accounts.delete_account(tx, user_id)
        await accounts.note(tx, access.by(request), "user.deleted", "user", user_id, before.username, role=before.role)
    await gate.forget(*credentials)


@delete("/users/{user_id:uuid}/second-factor", opt=requires("users:manage"), tags=["accounts"])
async def reset_user_second_factor(
    user_id: FromPath[UUID],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> None:
    """Takes app, recovery codes and passkeys away from who lost them, and signs the account out; 409 for one's own."""
    if user_id == viewer.account_id:
        raise Conflict("Change your own second factor under your account, where the password is asked for.")
    async with database.transaction() as tx:
        person = await accounts.account(tx, user_id)
        gate.roles.check_reach(viewer, person.role)
        credentials = await accounts.credentials_of(tx, user_id)
        await accounts.reset_second_factor(tx, user_id)
        await accounts.end_sessions(tx, user_id)
        await accounts.note(tx, access.by(request), "second_factor.reset", "user", user_id, person.username)
    await gate.forget(*credentials)


def _told(data: UserPatch) -> dict[str, object]:
    """What a patch gives."""
    given = {name: getattr(data, name) for name in UserPatch.__struct_fields__}
    limit = {"max_age": data.max_age} if data.max_age is not UNSET else {}
    return {name: value for name, value in given.items() if name != "max_age" and value is not None} | limit


def _view(gate: Gate, a: Account, presence: Mapping[UUID, Presence]) -> ManagedUser:
    stands = presence[a.id]
    words = sorted(gate.roles.granted(a.role))
    return ManagedUser(
        a.id,
        a.username,
        a.role,
        words,
        a.created_at,
        disabled=a.disabled,
        max_age=a.max_age,
        unrated=a.unrated,
        second_factor_required=a.second_factor_required,
        second_factor=stands.second_factor,
        sessions=stands.sessions,
        seen_at=stands.seen_at,
    )


handlers = [
    users,
    make_user,
    user,
    change_user,
    delete_user,
    reset_user_second_factor,
]
