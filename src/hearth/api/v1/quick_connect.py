"""Quick connect: a code on the television, approved on a device that is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import Response, post
from litestar.di import NamedDependency as Given
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from hearth import accounts
from hearth.accounts import Gate, Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import PUBLIC, Access, Asked, requires
from hearth.api.v1.auth import refuse_foreign_cookie, tokens
from hearth.db import Database


class NewDevice(Struct, frozen=True, forbid_unknown_fields=True):
    device: Annotated[str, Meta(max_length=200)] | None = None


class ShownCode(Struct, frozen=True):
    """`code` is for people to type elsewhere; `secret` is what this device asks with, every few seconds."""

    code: str
    secret: str
    expires_in: int


class SecretGiven(Struct, frozen=True, forbid_unknown_fields=True):
    secret: views.Token
    cookie: bool = False


class CodeTyped(Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, Meta(min_length=6, max_length=16)]


class AskingDevice(Struct, frozen=True):
    """The device behind a code: compare with the one in front of you."""

    code: str
    device: str | None
    client: str | None
    address: str | None
    created_at: datetime
    expires_at: datetime


@post("/auth/quick-connect", opt=PUBLIC, status_code=HTTP_201_CREATED, tags=["accounts"])
async def begin(
    data: JSONBody[NewDevice], request: Asked, access: Given[Access], gate: Given[Gate], database: Given[Database]
) -> Response[ShownCode]:
    """A code for a device to show; good for five minutes and one sign-in."""
    device = access.device(request.scope, data.device)
    shown = await accounts.begin_quick_connect(database.transaction, gate, device)
    body = ShownCode(shown.code, shown.secret, shown.expires_in)
    return Response(body, status_code=HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


@post("/auth/quick-connect/token", opt=PUBLIC, status_code=HTTP_200_OK, tags=["accounts"])
async def finish(
    data: JSONBody[SecretGiven], request: Asked, access: Given[Access], gate: Given[Gate], database: Given[Database]
) -> Response[views.Tokens] | Response[None]:
    """The tokens once somebody approved the code; 202 until then, 401 when its time is over or it was used."""
    refuse_foreign_cookie(data.cookie, request, access)
    signed_in = await accounts.finish_quick_connect(
        database.transaction, gate, data.secret, access.device(request.scope, None), cookie=data.cookie
    )
    if signed_in is None:
        return Response(None, status_code=HTTP_202_ACCEPTED)
    return tokens(signed_in, request, access, HTTP_200_OK)


@post("/me/quick-connect/find", opt=requires("me:write"), status_code=HTTP_200_OK, tags=["accounts"])
async def find(
    data: JSONBody[CodeTyped], viewer: Given[Viewer], gate: Given[Gate], database: Given[Database]
) -> AskingDevice:
    """Which device a code is of; 404 for none, 429 after several of those."""
    return _view(await accounts.find_quick_connect(database.transaction, gate, viewer, data.code))


@post("/me/quick-connect/approve", opt=requires("me:write"), status_code=HTTP_200_OK, tags=["accounts"])
async def approve(
    data: JSONBody[CodeTyped],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> AskingDevice:
    """Signs the device in as oneself; a code is approved once."""
    by = access.by(request)
    return _view(await accounts.approve_quick_connect(database.transaction, gate, viewer, data.code, by))


@post("/me/quick-connect/refuse", opt=requires("me:write"), status_code=HTTP_204_NO_CONTENT, tags=["accounts"])
async def refuse(
    data: JSONBody[CodeTyped],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> None:
    """Ends a code that one did not ask for; its device has to begin again."""
    await accounts.refuse_quick_connect(database.transaction, gate, viewer, data.code, access.by(request))


def _view(asking: accounts.Asking) -> AskingDevice:
    return AskingDevice(asking.code, asking.device, asking.client, asking.address, asking.created_at, asking.expires_at)


handlers = [begin, finish, find, approve, refuse]
