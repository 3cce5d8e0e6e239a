"""Roles: what there is, and roles of one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import delete, get, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from hearth import accounts
from hearth.accounts import PERMISSIONS, Gate, Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import Access, Asked, requires
from hearth.db import Database


class Role(Struct, frozen=True):
    """A role. `second_factor`: whoever has it must have one. `users` is how many have it; built-in ones stay."""

    name: str
    built_in: bool
    permissions: list[str]
    second_factor: bool
    users: int
    updated_at: datetime | None


class RolePage(Struct, frozen=True):
    """`permissions` are all the words that a role can be made of."""

    items: list[Role]
    next: str | None
    total: int
    permissions: list[str]


class RoleChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes. `permissions` are needed for a new role, and cannot be changed of a built-in one."""

    permissions: Annotated[list[views.Word], Meta(max_length=100)] | None = None
    second_factor: bool | None = None


@get("/roles", opt=requires("users:manage"), tags=["accounts"])
async def roles(database: Given[Database]) -> RolePage:
    """All roles, the built-in ones first."""
    async with database.transaction(readonly=True) as tx:
        found = [_view(role) for role in await accounts.roles_list(tx)]
    return RolePage(found, None, len(found), sorted(PERMISSIONS))


@put("/roles/{name:str}", opt=requires("roles:manage"), status_code=HTTP_200_OK, tags=["accounts"])
async def put_role(
    name: FromPath[str],
    data: JSONBody[RoleChange],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> Role:
    """Makes a role or changes it; felt everywhere within five seconds. 403 for a permission one does not have."""
    async with database.transaction() as tx:
        made = await accounts.put_role(tx, viewer, name, data.permissions, data.second_factor)
        await accounts.note(
            tx,
            access.by(request),
            "role.changed",
            "role",
            name,
            name,
            permissions=data.permissions,
            second_factor=data.second_factor,
        )
        credentials = await accounts.live_credentials(tx) if data.second_factor is not None else []
    await gate.roles_changed(database.transaction)
    await gate.forget(*credentials)
    return _view(made)


@delete("/roles/{name:str}", opt=requires("roles:manage"), tags=["accounts"])
async def delete_role(
    name: FromPath[str],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> None:
    """Deletes a role of one's own; 409 while somebody has it."""
    async with database.transaction() as tx:
        await accounts.delete_role(tx, viewer, name)
        await accounts.note(tx, access.by(request), "role.deleted", "role", name, name)
    await gate.roles_changed(database.transaction)


def _view(role: accounts.Role) -> Role:
    return Role(role.name, role.built_in, role.permissions, role.second_factor, role.accounts, role.updated_at)


handlers = [roles, put_role, delete_role]
