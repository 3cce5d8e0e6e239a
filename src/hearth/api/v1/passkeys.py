"""Passkeys: made, listed and taken away under one's account, and a way to sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import Meta, Struct

from hearth import accounts
from hearth.accounts import Gate, Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import PUBLIC, Access, Asked, requires
from hearth.api.v1.auth import refuse_foreign_cookie, tokens
from hearth.api.v1.second_factor import Again
from hearth.db import Database
from hearth.kit.errors import Denied


class Passkey(Struct, frozen=True):
    """A passkey; `rp_id` is the name of the site that it works at."""

    id: UUID
    name: str
    rp_id: str
    created_at: datetime
    used_at: datetime | None


class PasskeyPage(Struct, frozen=True):
    items: list[Passkey]
    next: str | None
    total: int


class PasskeyOptions(Struct, frozen=True):
    """`options` is what `PublicKeyCredential.parse...OptionsFromJSON` takes; `ceremony` comes back with the answer."""

    ceremony: str
    options: dict[str, Any]


class NewPasskey(Struct, frozen=True, forbid_unknown_fields=True):
    """`credential` is the browser's answer as `toJSON` gives it."""

    ceremony: views.Token
    name: views.Name
    credential: dict[str, Any]


class PasskeyPatch(Struct, frozen=True, forbid_unknown_fields=True):
    name: views.Name


class PasskeyLogin(Struct, frozen=True, forbid_unknown_fields=True):
    """`credential` is the browser's answer as `toJSON` gives it."""

    ceremony: views.Token
    credential: dict[str, Any]
    device: Annotated[str, Meta(max_length=200)] | None = None
    cookie: bool = False


@get("/me/passkeys", opt=requires("me:enrol"), tags=["accounts"])
async def my_passkeys(viewer: Given[Viewer], database: Given[Database]) -> PasskeyPage:
    """One's passkeys, the newest first."""
    async with database.transaction(readonly=True) as tx:
        found = [_view(passkey) for passkey in await accounts.passkeys_list(tx, viewer.account_id)]
    return PasskeyPage(found, None, len(found))


@post("/me/passkeys/options", opt=requires("me:enrol"), status_code=HTTP_200_OK, tags=["accounts"])
async def begin_passkey(
    data: JSONBody[Again],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> PasskeyOptions:
    """The first step of making a passkey, after the password once more."""
    origin = _origin(request, access)
    await accounts.confirm_password(database.transaction, gate, viewer, data.password)
    async with database.transaction() as tx:
        made = await accounts.begin_passkey(tx, viewer, origin)
    return PasskeyOptions(made.ceremony, made.options)


@post("/me/passkeys", opt=requires("me:enrol"), status_code=HTTP_201_CREATED, tags=["accounts"])
async def add_passkey(
    data: JSONBody[NewPasskey],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> Passkey:
    """The second step: what the browser answered."""
    by = access.by(request)
    made = await accounts.add_passkey(database.transaction, viewer, data.ceremony, data.name, data.credential, by)
    async with database.transaction(readonly=True) as tx:
        credentials = await accounts.credentials_of(tx, viewer.account_id)
    await gate.forget(*credentials)
    return _view(made)


@patch("/me/passkeys/{passkey_id:uuid}", opt=requires("me:write"), tags=["accounts"])
async def rename_passkey(
    passkey_id: FromPath[UUID],
    data: JSONBody[PasskeyPatch],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    database: Given[Database],
) -> Passkey:
    """Gives a passkey another name."""
    async with database.transaction() as tx:
        return _view(await accounts.rename_passkey(tx, viewer.account_id, passkey_id, data.name, access.by(request)))


@delete("/me/passkeys/{passkey_id:uuid}", opt=requires("me:write"), tags=["accounts"])
async def delete_passkey(
    passkey_id: FromPath[UUID],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> None:
    """Takes a passkey away."""
    async with database.transaction() as tx:
        await accounts.delete_passkey(tx, viewer.account_id, passkey_id, access.by(request))
        credentials = await accounts.credentials_of(tx, viewer.account_id)
    await gate.forget(*credentials)


@post("/auth/passkey/options", opt=PUBLIC, status_code=HTTP_200_OK, tags=["accounts"])
async def ask_passkey(
    request: Asked, access: Given[Access], gate: Given[Gate], database: Given[Database]
) -> PasskeyOptions:
    """The first step of signing in with a passkey; nobody need say who they are."""
    address = access.address(request.scope)
    asked = await accounts.ask_passkey(database.transaction, gate, _origin(request, access), address)
    return PasskeyOptions(asked.ceremony, asked.options)


@post("/auth/passkey", opt=PUBLIC, status_code=HTTP_200_OK, tags=["accounts"])
async def login_with_passkey(
    data: JSONBody[PasskeyLogin], request: Asked, access: Given[Access], gate: Given[Gate], database: Given[Database]
) -> Response[views.Tokens]:
    """The second step: signs in, both factors in one; 401 when the answer does not hold."""
    refuse_foreign_cookie(data.cookie, request, access)
    device = access.device(request.scope, data.device)
    signed_in = await accounts.login_with_passkey(
        database.transaction, gate, data.ceremony, data.credential, device, cookie=data.cookie
    )
    return tokens(signed_in, request, access, HTTP_200_OK)


def _origin(request: Asked, access: Access) -> str:
    """The page that asks; only pages of ours do."""
    origin = request.headers.get("origin")
    if origin is None or not access.own_origin(request.scope):
        raise Denied("Passkeys are for Hearth's own pages.")
    return origin


def _view(found: accounts.Passkey) -> Passkey:
    return Passkey(found.id, found.name, found.rp_id, found.created_at, found.used_at)


handlers = [
    my_passkeys, begin_passkey, add_passkey, rename_passkey, delete_passkey, ask_passkey, login_with_passkey,
]  # fmt: skip
