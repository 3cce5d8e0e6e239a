"""Who may call a route. Every route says what it takes, `opt=requires("items:read")` or `opt=PUBLIC`; one that says
nothing is refused to everybody.

`Access` is one middleware for the whole application. It decides by the handler that was matched, never by the URL's
text, so no spelling of a path gets around it.
"""

from __future__ import annotations

import hmac
import inspect
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import urlsplit

from litestar import Litestar
from litestar.connection import Request
from litestar.datastructures import State
from litestar.di import NamedDependency as Given
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from hearth.accounts import (
    PERMISSIONS,
    Begin,
    By,
    Cookie,
    Device,
    Gate,
    Viewer,
    by_viewer,
    viewer_by_bearer,
    viewer_by_cookie,
)
from hearth.api.v1.peer import client_address, header_values, is_https, is_own_origin, plain_host, trusted_networks
from hearth.config import Config
from hearth.db import Database
from hearth.kit.errors import Denied, Unauthenticated

Asked: TypeAlias = Request[Viewer | None, Cookie | None, State]
"""A request as handlers get it."""

PUBLIC: Mapping[str, object] = {"public": True}
"""The `opt` of a route that anybody may call: the server's name, set-up, login, health, the interface's files."""

SESSION_COOKIE = "hearth_session"
CSRF_COOKIE = "hearth_csrf"
_CSRF_HEADER = b"x-csrf-token"
_READS = {"GET", "HEAD", "OPTIONS"}
_COOKIE = re.compile(rb"(?:^|;) *" + SESSION_COOKIE.encode() + rb"=([^;]*)")
_MAX_CREDENTIAL = 1024


def requires(permission: str) -> dict[str, object]:
    """The `opt` of a route that takes a permission; a word that does not exist is a mistake found at import."""
    if permission not in PERMISSIONS:
        raise ValueError(f"there is no permission {permission!r}")
    return {"permission": permission}


class Access(ASGIMiddleware):
    """Recognises who asks and refuses what they may not do; `request.user` is then the `Viewer`.

    `request.auth` is the browser's `Cookie` when that is what was presented. A bearer token comes before the cookie,
    and a bad one is not made good by it.
    """

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET, ScopeType.ASGI)

    def __init__(self, gate: Gate, begin: Begin, config: Config) -> None:
        self.gate = gate
        self.begin = begin
        self.trusted = trusted_networks(config.trusted_proxies)
        self.public_host = plain_host(urlsplit(config.public_url).netloc) if config.public_url else None

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        opt = scope["route_handler"].opt
        scope["user"] = scope["auth"] = None
        if opt.get("public") is not True:
            permission = opt.get("permission")
            viewer, cookie = await self.recognise(scope)
            if cookie is not None:
                self._check_origin(scope, cookie)
            if permission not in viewer.permissions:
                raise Denied(f"Your account may not do that (it takes the permission {permission or 'of nobody'}).")
            scope["user"], scope["auth"] = viewer, cookie
        await next_app(scope, receive, send)

    async def recognise(self, scope: Scope) -> tuple[Viewer, Cookie | None]:
        """Who asks, and the cookie if that is how we know; Unauthenticated when nobody we know."""
        for name, value in scope["headers"]:
            if name == b"authorization":
                scheme, _, token = value.partition(b" ")
                if scheme.lower() != b"bearer" or len(token) > _MAX_CREDENTIAL:
                    raise Unauthenticated("Sign in with `Authorization: Bearer` and an access token or API key.")
                text = token.strip().decode("latin-1")
                return await viewer_by_bearer(self.begin, self.gate, text, lambda: self.address(scope)), None
        for name, value in scope["headers"]:
            if name == b"cookie" and (match := _COOKIE.search(value)):
                text = match[1].strip().decode("latin-1")
                return await viewer_by_cookie(self.begin, self.gate, text, lambda: self.address(scope))
        raise Unauthenticated

    def _check_origin(self, scope: Scope, cookie: Cookie) -> None:
        """A cookie goes along with requests that other sites cause; writes must show that a page of ours made them."""
        websocket = scope["type"] == ScopeType.WEBSOCKET
        if not websocket and scope.get("method") in _READS:
            return
        if not self.own_origin(scope):
            raise Denied("This request does not come from Hearth's own pages.")
        # Browsers cannot put headers on a WebSocket's handshake; its origin they always tell.
        if not websocket:
            shown = header_values(scope, _CSRF_HEADER)
            if len(shown) != 1 or not hmac.compare_digest(shown[0], cookie.csrf.encode()):
                raise Denied("The X-CSRF-Token header is missing or stale: load the page again.")

    def address(self, scope: Scope) -> str | None:
        return client_address(scope, self.trusted)

    def https(self, scope: Scope) -> bool:
        return is_https(scope, self.trusted)

    def own_origin(self, scope: Scope) -> bool:
        return is_own_origin(scope, self.trusted, self.public_host)

    def by(self, request: Asked) -> By:
        """Who acts and from where, for the record."""
        if request.user is None:
            raise Unauthenticated
        agents = header_values(request.scope, b"user-agent")
        client = agents[0].decode("latin-1") if agents else None
        return by_viewer(request.user, self.address(request.scope), client)

    def device(self, scope: Scope, name: str | None) -> Device:
        """What a new session will be known by."""
        agents = header_values(scope, b"user-agent")
        return Device(name, agents[0].decode("latin-1") if agents else None, self.address(scope))


def dependencies(access: Access, database: Database, **parts: object) -> dict[str, Provide]:
    """The handler arguments that routes take: `viewer`, `database`, `gate`, `access`, and `parts` by their names.

    Each asks for the one before it: Litestar calls a chain directly, but makes a task for each of several that do not
    depend on each other, which costs more than all else that is done here.
    """
    provided = {"viewer": Provide(_give_viewer, sync_to_thread=False)}
    before = "viewer"
    for name, part in {"database": database, "gate": access.gate, "access": access, **parts}.items():
        provided[name] = Provide(_giving(part, before), sync_to_thread=False)
        before = name
    return provided


def _give_viewer(request: Asked) -> Viewer | None:
    """None on public routes, which therefore cannot ask for a `Viewer`."""
    return request.user


def _giving(part: object, before: str) -> Callable[..., object]:
    def give(**_: object) -> object:
        return part

    kept = inspect.Parameter(before, inspect.Parameter.KEYWORD_ONLY, annotation=Given[object])
    give.__signature__ = inspect.Signature([kept])  # type: ignore[attr-defined] # what Litestar reads
    give.__annotations__ = {before: Given[object], "return": object}
    return give


def undecided(app: Litestar) -> list[str]:
    """Routes that declare neither a permission nor that they are public, as "GET /path"; there must be none."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", None) or [getattr(route, "route_handler", None)]:
            if handler is None or handler.opt.get("public") is True or handler.opt.get("permission") in PERMISSIONS:
                continue
            methods = getattr(handler, "http_methods", {"ASGI"})
            if methods != {"OPTIONS"}:  # Litestar's own answer to OPTIONS, which stays refused
                found.append(f"{'/'.join(sorted(methods))} {route.path}")
    return sorted(found)
