"""The whole application as the web process serves it, called without a socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar

from hearth.accounts import Gate
from hearth.api import app as doors
from hearth.app import web
from hearth.config import Config
from hearth.db import Database
from tests.accounts.door import Door


def routes(app: Litestar) -> Iterator[tuple[str, str, str]]:
    """(method, path as it was declared, the permission or "public") of every route, Litestar's own OPTIONS aside."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", None) or [getattr(route, "route_handler", None)]:
            opt: dict[str, Any] = handler.opt if handler is not None else {}
            word = "public" if opt.get("public") is True else str(opt.get("permission"))
            methods: set[str] = set(getattr(handler, "http_methods", {"ASGI"}))
            if methods != {"OPTIONS"}:
                yield from ((method, route.path, word) for method in sorted(methods))


@contextlib.asynccontextmanager
async def whole_server(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> AsyncIterator[Door]:
    """Started with its lifespan and ended with it."""
    made: list[tuple[Litestar, Gate]] = []
    create = doors.create_api

    @contextlib.asynccontextmanager
    async def remember(parts: doors.Doors) -> AsyncIterator[Any]:
        async with create(parts) as api:
            made.append((api, parts.gate))  # type: ignore[arg-type]  # plain ASGI to everybody else
            yield api

    monkeypatch.setattr(web, "create_api", remember)
    monkeypatch.setattr(web, "_settle", lambda: None)
    config = Config(data=folder, cache=folder / "cache", database_url=database.dsn, **settings)
    app = web.create_app(config)
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outbox: asyncio.Queue[Any] = asyncio.Queue()
    serving = asyncio.ensure_future(app({"type": "lifespan"}, inbox.get, outbox.put))
    try:
        await inbox.put({"type": "lifespan.startup"})
        started = await asyncio.wait_for(outbox.get(), 30)
        assert started["type"] == "lifespan.startup.complete", started
        api, gate = made[0]
        yield Door(api, gate, database)
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await asyncio.wait_for(serving, 30)
