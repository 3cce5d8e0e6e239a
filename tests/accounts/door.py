"""A small application around the routes of accounts, called as a server would call it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar, Request, Response, Router, get, post
from litestar.di import NamedDependency as Given
from litestar.types import ControllerRouterHandler, Message

from hearth.accounts import Gate, Viewer
from hearth.api.v1 import audit, auth, me, oidc, passkeys, quick_connect, roles, second_factor, sessions, users
from hearth.api.v1.access import PUBLIC, Access, dependencies, requires
from hearth.config import Config
from hearth.db import Database
from hearth.kit.cache import Cache
from hearth.kit.errors import HearthError

ADDRESS = "192.0.2.10"
PASSWORD = "quiet river 7 stones"


class Answer(msgspec.Struct, frozen=True):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:  # whatever the route answers
        return msgspec.json.decode(self.body)

    @property
    def cookies(self) -> dict[str, str]:
        """Each cookie's whole line by its name."""
        lines = [value for name, value in self.headers if name == "set-cookie"]
        return {line.partition("=")[0]: line for line in lines}

    def cookie(self, name: str) -> str:
        return SimpleCookie(self.cookies[name])[name].value


class Door:
    """The application, its gate and its database; `call` makes one request."""

    def __init__(self, app: Litestar, gate: Gate, database: Database) -> None:
        self.app = app
        self.gate = gate
        self.database = database

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        address: str | None = ADDRESS,
        scheme: str = "http",
    ) -> Answer:
        sent = {"host": "hearth.test", "content-type": "application/json", **(headers or {})}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        content = b"" if body is None else msgspec.json.encode(body)
        scope: Any = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
            "method": method, "scheme": scheme, "path": path.partition("?")[0], "raw_path": path.encode(),
            "query_string": path.partition("?")[2].encode(), "root_path": "", "extensions": {}, "state": {},
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()],
            "client": (address, 50000) if address else None, "server": ("hearth.test", 80),
        }  # fmt: skip
        messages: list[Message] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        start: Any = messages[0]
        pieces: Any = messages[1:]
        told = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in start["headers"]]
        return Answer(start["status"], told, b"".join(m.get("body", b"") for m in pieces))

    async def set_up(self, username: str = "ada", **more: object) -> Answer:
        return await self.call(
            "POST", "/api/v1/setup", {"username": username, "password": PASSWORD, **more}, headers=OURS
        )

    async def login(self, username: str = "ada", password: str = PASSWORD, **more: Any) -> Answer:
        address = more.pop("address", ADDRESS)
        body = {"username": username, "password": password, **more}
        return await self.call("POST", "/api/v1/auth/login", body, headers=OURS, address=address)

    async def person(self, admin: str, username: str, role: str = "user") -> tuple[UUID, str]:
        """A new user's id and access token."""
        body = {"username": username, "password": PASSWORD, "role": role}
        made = await self.call("POST", "/api/v1/users", body, token=admin)
        assert made.status == 201, made.body
        return UUID(made.json["id"]), (await self.login(username)).json["access_token"]


OURS = {"origin": "http://hearth.test", "user-agent": "TestBrowser/1.0"}


@get("/open", opt=PUBLIC, sync_to_thread=False)
def open_route() -> str:
    return "open"


@get("/undecided", sync_to_thread=False)
def undecided_route() -> str:
    return "nobody reads this"


@get("/scans", opt=requires("scans:run"), sync_to_thread=False)
def moderators_route(viewer: Given[Viewer]) -> str:
    return viewer.username


@post("/notes", opt=requires("activity:write"), sync_to_thread=False)
def writing_route(viewer: Given[Viewer]) -> str:
    return viewer.username


@contextlib.asynccontextmanager
async def opened_door(
    database: Database,
    folder: Path,
    cache: Cache | None = None,
    *,
    more: list[ControllerRouterHandler] | None = None,
    **settings: Any,
) -> AsyncIterator[Door]:
    """`more` are further handlers, `settings` of Config."""
    gate = Gate.open(folder / "secrets", cache)
    access = Access(gate, database.transaction, Config(data=folder, cache=folder / "cache", **settings))
    modules = (auth, me, sessions, users, roles, audit, second_factor, passkeys, quick_connect, oidc)
    routes = [handler for module in modules for handler in module.handlers]
    extra = [open_route, moderators_route, writing_route] if more is None else more
    app = Litestar(
        [Router("/api/v1", route_handlers=routes), Router("/test", route_handlers=extra)],
        middleware=[access],
        dependencies=dependencies(access, database),
        exception_handlers={HearthError: _problem},
        openapi_config=None,
    )
    try:
        yield Door(app, gate, database)
    finally:
        gate.close()


def _problem(_: Request[Any, Any, Any], error: HearthError) -> Response[dict[str, object]]:
    return Response({"detail": error.detail, **error.extra}, status_code=error.status)
