"""Setting up, signing in, refreshing, signing out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from litestar import Response, post
from litestar.di import NamedDependency as Given
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from hearth import accounts
from hearth.accounts import Account, Gate, SignedIn, Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import PUBLIC, Access, Asked, requires
from hearth.api.v1.cookies import no_cookies, session_cookies
from hearth.db import Database
from hearth.kit.errors import Denied, Invalid


def user_view(account: Account, permissions: Iterable[str]) -> views.User:
    """An account as its owner sees it, with what it may do by the credential that is used."""
    return views.User(account.id, account.username, account.role, sorted(permissions), account.created_at)


@post("/setup", opt=PUBLIC, status_code=HTTP_201_CREATED, tags=["accounts"])
async def set_up(
    data: JSONBody[views.FirstAccount],
    request: Asked,
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> Response[views.Tokens]:
    """Makes the first account, an administrator, and signs it in; 409 once there is a user."""
    refuse_foreign_cookie(data.cookie, request, access)
    signed_in = await accounts.set_up(
        database.transaction,
        gate,
        data.username,
        data.password,
        access.device(request.scope, data.device),
        cookie=data.cookie,
    )
    return tokens(signed_in, request, access, HTTP_201_CREATED)


@post("/auth/login", opt=PUBLIC, status_code=HTTP_200_OK, tags=["accounts"])
async def login(
    data: JSONBody[views.Credentials],
    request: Asked,
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> Response[views.Tokens]:
    """Signs in with a name and a password: 401 when one is wrong, 429 after too many failures.

    For an account with a second factor, and without `totp`, the 401 carries `extra.second_factor`: a `ticket` for
    /auth/second-factor, and the `methods` to choose from.
    """
    refuse_foreign_cookie(data.cookie, request, access)
    signed_in = await accounts.login(
        database.transaction,
        gate,
        data.username,
        data.password,
        access.device(request.scope, data.device),
        cookie=data.cookie,
        code=data.totp,
    )
    return tokens(signed_in, request, access, HTTP_200_OK)


class SecondStep(Struct, frozen=True, forbid_unknown_fields=True):
    """`ticket` is what the first half gave, `code` that of the app or a recovery code."""

    ticket: views.Token
    code: Annotated[str, Meta(min_length=6, max_length=32)]
    device: Annotated[str, Meta(max_length=200)] | None = None
    cookie: bool = False


@post("/auth/second-factor", opt=PUBLIC, status_code=HTTP_200_OK, tags=["accounts"])
async def second_factor(
    data: JSONBody[SecondStep],
    request: Asked,
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> Response[views.Tokens]:
    """The second half of a sign-in: 401 for a wrong code, 429 after several."""
    refuse_foreign_cookie(data.cookie, request, access)
    device = access.device(request.scope, data.device)
    signed_in = await accounts.second_step(
        database.transaction, gate, data.ticket, data.code, device, cookie=data.cookie
    )
    return tokens(signed_in, request, access, HTTP_200_OK)


@post("/auth/refresh", opt=PUBLIC, status_code=HTTP_200_OK, tags=["accounts"])
async def refresh(
    data: JSONBody[views.RefreshRequest], gate: Given[Gate], database: Given[Database]
) -> Response[views.Tokens]:
    """New tokens for a refresh token, which is good once; presented again later, it ends its session."""
    signed_in = await accounts.refresh(database.transaction, gate, data.refresh_token)
    return Response(_body(signed_in), status_code=HTTP_200_OK, headers={"Cache-Control": "no-store"})


@post("/auth/logout", opt=requires("session:end"), status_code=HTTP_204_NO_CONTENT, tags=["accounts"])
async def logout(
    viewer: Given[Viewer], request: Asked, access: Given[Access], gate: Given[Gate], database: Given[Database]
) -> Response[None]:
    """Ends the session that asks: its tokens and its cookie are worth nothing any more."""
    if viewer.session_id is None:
        raise Invalid("An API key has no session to end: delete the key instead.")
    async with database.transaction() as tx:
        await accounts.end_session(tx, viewer.account_id, viewer.session_id)
        await accounts.note(tx, access.by(request), "logout", "session", viewer.session_id)
    await gate.forget(viewer.session_id)
    gone = no_cookies(secure=access.https(request.scope)) if request.auth else []
    return Response(None, status_code=HTTP_204_NO_CONTENT, cookies=gone)


def refuse_foreign_cookie(cookie: bool, request: Asked, access: Access) -> None:
    """Another site must not sign a browser in under an account of its own choosing."""
    if cookie and not access.own_origin(request.scope):
        raise Denied("Cookies are set only for Hearth's own pages; other clients use the tokens.")


def tokens(signed_in: SignedIn, request: Asked, access: Access, status: int) -> Response[views.Tokens]:
    """What a sign-in answers: the tokens, and the cookies when they were asked for."""
    return Response(
        _body(signed_in),
        status_code=status,
        cookies=session_cookies(signed_in, secure=access.https(request.scope)),
        headers={"Cache-Control": "no-store"},
    )


def _body(signed_in: SignedIn) -> views.Tokens:
    return views.Tokens(
        signed_in.access_token,
        signed_in.refresh_token,
        signed_in.expires_in,
        user_view(signed_in.account, signed_in.permissions),
    )


handlers = [set_up, login, second_factor, refresh, logout]
