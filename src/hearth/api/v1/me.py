"""One's own account: name, password, API keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from hearth import accounts
from hearth.accounts import Gate, Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import Access, Asked, requires
from hearth.api.v1.auth import user_view
from hearth.db import Database


class MePatch(Struct, frozen=True, forbid_unknown_fields=True):
    username: views.Username | None = None


class ApiKey(Struct, frozen=True):
    """A key without its secret; `prefix` is how it begins. `permissions` null means all that the owner may do."""

    id: UUID
    name: str
    prefix: str
    permissions: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class MadeApiKey(ApiKey, frozen=True, kw_only=True):
    """`key` goes into `Authorization: Bearer`; it is shown this once."""

    key: str


class ApiKeyPage(Struct, frozen=True):
    items: list[ApiKey]
    next: str | None
    total: int


class NewApiKey(Struct, frozen=True, forbid_unknown_fields=True):
    name: views.Name
    permissions: Annotated[list[views.Word], Meta(min_length=1, max_length=100)] | None = None
    expires_at: datetime | None = None


@get("/me", opt=requires("session:read"), tags=["accounts"])
async def me(viewer: Given[Viewer], database: Given[Database]) -> views.User:
    """Who is asking, and what they may do by the credential that they use."""
    async with database.transaction(readonly=True) as tx:
        return user_view(await accounts.account(tx, viewer.account_id), viewer.permissions)


@patch("/me", opt=requires("me:write"), tags=["accounts"])
async def change_me(
    data: JSONBody[MePatch],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> views.User:
    """Changes one's own name."""
    async with database.transaction() as tx:
        changed = await accounts.change_account(tx, viewer.account_id, username=data.username)
        await accounts.note(
            tx, access.by(request), "user.changed", "user", viewer.account_id, changed.username, username=data.username
        )
        credentials = await accounts.credentials_of(tx, viewer.account_id)
    await gate.forget(*credentials)
    return user_view(changed, viewer.permissions)


@post("/me/password", opt=requires("me:write"), status_code=HTTP_204_NO_CONTENT, tags=["accounts"])
async def change_password(
    data: JSONBody[views.PasswordChange],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> None:
    """Replaces one's own password; all other sessions end."""
    await accounts.change_password(database.transaction, gate, viewer, data.current, data.new, access.by(request))


@get("/me/api-keys", opt=requires("me:read"), tags=["accounts"])
async def my_api_keys(viewer: Given[Viewer], database: Given[Database]) -> ApiKeyPage:
    """One's API keys, the newest first, without their secrets."""
    async with database.transaction(readonly=True) as tx:
        found = await accounts.api_keys_list(tx, viewer.account_id)
    items = [ApiKey(k.id, k.name, k.prefix, k.permissions, k.created_at, k.expires_at, k.used_at) for k in found]
    return ApiKeyPage(items, None, len(items))


@post("/me/api-keys", opt=requires("me:write"), status_code=HTTP_201_CREATED, tags=["accounts"])
async def make_api_key(
    data: JSONBody[NewApiKey],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    database: Given[Database],
) -> Response[MadeApiKey]:
    """Makes an API key for a program; it can do what is listed, or all that its owner may, but for credentials."""
    async with database.transaction() as tx:
        k, secret = await accounts.create_api_key(tx, viewer.account_id, data.name, data.permissions, data.expires_at)
        await accounts.note(
            tx, access.by(request), "key.created", "api_key", k.id, k.name, permissions=k.permissions, prefix=k.prefix
        )
    made = MadeApiKey(k.id, k.name, k.prefix, k.permissions, k.created_at, k.expires_at, k.used_at, key=secret)
    return Response(made, status_code=HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


@delete("/me/api-keys/{key_id:uuid}", opt=requires("me:write"), tags=["accounts"])
async def delete_my_api_key(
    key_id: FromPath[UUID],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> None:
    """Takes an API key back; it stops working within five seconds."""
    async with database.transaction() as tx:
        secret_hash = await accounts.delete_api_key(tx, viewer.account_id, key_id)
        await accounts.note(tx, access.by(request), "key.deleted", "api_key", key_id)
    await gate.forget(secret_hash)


handlers = [
    me,
    change_me,
    change_password,
    my_api_keys,
    make_api_key,
    delete_my_api_key,
]
