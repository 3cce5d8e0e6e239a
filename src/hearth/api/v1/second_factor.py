"""One's own second factor: an authenticator app, and codes for the day it is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency as Given
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from hearth import accounts
from hearth.accounts import Gate, Viewer
from hearth.api.v1.access import Access, Asked, requires
from hearth.db import Database

Code = Annotated[str, Meta(min_length=6, max_length=32)]
_NO_STORE = {"Cache-Control": "no-store"}


class SecondFactor(Struct, frozen=True):
    """`totp`: an authenticator app is asked for at login. `required`: an administrator asks for a second factor."""

    totp: bool
    totp_since: datetime | None
    recovery_codes: int
    passkeys: int
    required: bool


class Again(Struct, frozen=True, forbid_unknown_fields=True):
    """The password once more; null for an account that has none."""

    password: Annotated[str, Meta(max_length=1024)] | None = None


class Enrolment(Struct, frozen=True):
    """`uri` goes into an authenticator app, by the picture or by hand; shown this once."""

    secret: str
    uri: str
    qr_svg: str


class CodeGiven(Struct, frozen=True, forbid_unknown_fields=True):
    code: Code


class RecoveryCodes(Struct, frozen=True):
    """Each lets in once, without the app; shown this once."""

    recovery_codes: list[str]


@get("/me/totp", opt=requires("me:enrol"), tags=["accounts"])
async def read_totp(viewer: Given[Viewer], database: Given[Database]) -> SecondFactor:
    """How one's second factor stands."""
    async with database.transaction(readonly=True) as tx:
        found = await accounts.second_factor(tx, viewer.account_id)
    return SecondFactor(found.totp, found.totp_since, found.recovery_codes, found.passkeys, found.required)


@post("/me/totp", opt=requires("me:enrol"), status_code=HTTP_201_CREATED, tags=["accounts"])
async def begin_totp(
    data: JSONBody[Again], viewer: Given[Viewer], gate: Given[Gate], database: Given[Database]
) -> Response[Enrolment]:
    """Begins with an authenticator app: its secret, as text and as a picture. 409 while there is one already."""
    await accounts.confirm_password(database.transaction, gate, viewer, data.password)
    async with database.transaction() as tx:
        made = await accounts.begin_totp(tx, gate.sealing_key, viewer.account_id, viewer.username)
    return Response(Enrolment(made.secret, made.uri, made.qr_svg), status_code=HTTP_201_CREATED, headers=_NO_STORE)


@put("/me/totp", opt=requires("me:enrol"), status_code=HTTP_200_OK, tags=["accounts"])
async def confirm_totp(
    data: JSONBody[CodeGiven],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> Response[RecoveryCodes]:
    """Shows that the app works, by a code of it. From now on it is asked for; the recovery codes come with this."""
    attempts = accounts.by_second_factor(viewer.account_id)
    for limit in attempts:
        await gate.throttle.reserve(limit)
    async with database.transaction() as tx:
        codes = await accounts.confirm_totp(tx, gate.sealing_key, gate.recovery_key, viewer.account_id, data.code)
        await accounts.note(tx, access.by(request), "totp.enabled", "user", viewer.account_id, viewer.username)
        credentials = await accounts.credentials_of(tx, viewer.account_id)
    await gate.throttle.release(*attempts)
    await gate.forget(*credentials)
    return Response(RecoveryCodes(codes), headers=_NO_STORE)


@delete("/me/totp", opt=requires("me:write"), status_code=HTTP_204_NO_CONTENT, tags=["accounts"])
async def end_totp(
    data: JSONBody[Again],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> None:
    """Takes the authenticator app away, and the recovery codes with it."""
    await accounts.confirm_password(database.transaction, gate, viewer, data.password)
    async with database.transaction() as tx:
        if await accounts.end_totp(tx, viewer.account_id):
            await accounts.note(tx, access.by(request), "totp.disabled", "user", viewer.account_id, viewer.username)
        credentials = await accounts.credentials_of(tx, viewer.account_id)
    await gate.forget(*credentials)


@post("/me/totp/recovery-codes", opt=requires("me:write"), status_code=HTTP_201_CREATED, tags=["accounts"])
async def new_recovery_codes(
    data: JSONBody[Again],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> Response[RecoveryCodes]:
    """Ten new recovery codes; the old ones are worth nothing any more."""
    await accounts.confirm_password(database.transaction, gate, viewer, data.password)
    async with database.transaction() as tx:
        codes = await accounts.new_recovery_codes(tx, gate.recovery_key, viewer.account_id)
        by = access.by(request)
        await accounts.note(tx, by, "totp.recovery_codes", "user", viewer.account_id, viewer.username)
    return Response(RecoveryCodes(codes), status_code=HTTP_201_CREATED, headers=_NO_STORE)


handlers = [read_totp, begin_totp, confirm_totp, end_totp, new_recovery_codes]
