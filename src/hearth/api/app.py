"""The doors put together: one application, one way of failing, one set of headers, one description."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from litestar import Litestar, Router, get
from litestar.datastructures import MutableScopeHeaders
from litestar.middleware import ASGIMiddleware
from litestar.openapi.config import OpenAPIConfig
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct

from hearth import __version__
from hearth.accounts import Gate
from hearth.api import health, health_parts, metrics, telemetry, telemetry_logs, v1
from hearth.api.description import repair
from hearth.api.problems import HANDLERS
from hearth.api.v1.access import PUBLIC, Access, dependencies, undecided
from hearth.api.v1.etags import Etags
from hearth.api.v1.kept import Kept
from hearth.api.v1.peer import check_host, trusted_networks
from hearth.api.web import File, Site, web_handlers
from hearth.artwork import Store
from hearth.config import Config
from hearth.db import Database
from hearth.jobs import Events, Settings
from hearth.kit.cache import Cache
from hearth.playback import Projector

Application = Callable[[Any, Any, Any], Awaitable[None]]
"""Plain ASGI 3: scope, receive, send."""


class Doors(Struct, frozen=True):
    """What the doors hand to the rooms, by the names that handlers ask for them."""

    config: Config
    settings: Settings
    database: Database
    cache: Cache
    gate: Gate
    artwork: Store
    events: Events
    projector: Projector
    site: Site


_BARE = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class Headers:
    """What every answer says, errors too: it is what its type says, and nobody else's page may frame it or learn whence
    it came. Pages bring a Content-Security-Policy of their own; what else is opened as one may load and run nothing.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    async def __call__(self, message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Content-Security-Policy", _BARE)
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", _POLICY)
        if self._access.https(scope):
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")


class Hosts(ASGIMiddleware):
    """A request that does not say which host it is for gets no further."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        check_host(scope)
        await next_app(scope, receive, send)


class _Application(Litestar):
    """Without the plugins for pydantic and attrs: not used here, and a tenth of a web process's start."""

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


class _Router(Router):
    """Made for one application, which need not copy it to the ground before it takes it."""

    def __deepcopy__(self, _memo: object) -> _Router:
        return self


def build_api(doors: Doors, kept: Kept | None = None) -> Litestar:
    """The application over open parts. Every route has said who may call it, or this fails."""
    app = _assemble(doors, None, kept)
    if missing := undecided(app):
        raise RuntimeError(f"routes without a permission: {', '.join(missing)}")
    return app


def _assemble(doors: Doors, openapi: OpenAPIConfig | None, kept: Kept | None = None) -> Litestar:
    access = Access(doors.gate, doors.database.transaction, doors.config)
    return _Application(
        route_handlers=[
            _Router("/api/v1", route_handlers=[*v1.handlers, *telemetry_logs.handlers, health.described, _openapi]),
            *health.handlers,
            *metrics.handlers,
            *web_handlers(doors.site),
        ],
        dependencies=dependencies(
            access,
            doors.database,
            config=doors.config,
            settings=doors.settings,
            cache=doors.cache,
            artwork=doors.artwork,
            events=doors.events,
            projector=doors.projector,
            health=health_parts.Health(doors.config, doors.database, doors.cache),
        ),
        before_send=[Headers(access)],
        middleware=[Hosts(), access, Etags(), kept or Kept(), telemetry.Carried()],
        exception_handlers=HANDLERS,
        openapi_config=openapi,
        request_max_body_size=doors.config.body_limit_kb * 1024,
        logging_config=None,
        debug=False,
    )


def create_api(doors: Doors) -> contextlib.AbstractAsyncContextManager[Application]:
    """The application, put together now; its own start-up is done for as long as the block lasts."""
    kept = Kept()
    app = build_api(doors, kept)
    watched = telemetry.Watched(app, trusted_networks(doors.config.trusted_proxies))

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[Application]:
        async with kept.listening(doors.events), app.lifespan():
            yield watched

    return opened()


@functools.cache
def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 description of what `build_api` serves."""
    openapi = OpenAPIConfig(
        title="Hearth",
        version=__version__,
        description="The REST API of Hearth, version 1.",
        use_handler_docstrings=True,
    )
    app = described(openapi)
    return repair(app.openapi_schema.to_schema(), app)


def described(openapi: OpenAPIConfig | None = None) -> Litestar:
    """The application without its parts, to be looked at: nothing is opened, and nothing can be called."""
    parts: dict[str, Any] = dict.fromkeys(Doors.__struct_fields__, _Absent())
    parts |= {"config": Config(data=Path("/"), cache=Path("/")), "site": Site({}, _NOTHING, built=False)}
    return _assemble(Doors(**parts), openapi)


@get("/openapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=True)
def _openapi() -> dict[str, Any]:
    """The description of this API, OpenAPI 3.1."""
    return openapi_document()


class _Absent:
    """Stands for a part while the application is only described."""

    transaction = None


_NOTHING = File(b"", False, "text/plain", '""', immutable=False)
