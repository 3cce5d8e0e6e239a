"""The routes of items over a database of the test's own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar, Router
from litestar.di import Provide

from hearth import jobs
from hearth.accounts import Gate, Viewer
from hearth.api.problems import HANDLERS
from hearth.api.v1 import (
    auth,
    collections,
    corrections,
    duplicates,
    events,
    facets,
    home,
    images,
    items,
    me,
    people,
    playlists,
    problem_files,
    search,
    sessions,
    users,
)
from hearth.api.v1.access import Access, dependencies
from hearth.api.v1.etags import Etags
from hearth.api.v1.kept import Kept
from hearth.artwork import Store
from hearth.config import Config
from hearth.db import Database
from hearth.kit.cache import Cache
from tests.accounts.door import Door
from tests.browse.shelf import Shelf


class House(msgspec.Struct, frozen=True):
    """The routes of items over a database of the test's own, and the administrator's token."""

    door: Door
    database: Database
    store: Store
    token: str
    account: UUID
    kept: Kept

    async def get(self, path: str, **more: Any) -> Any:
        answer = await self.door.call("GET", f"/api/v1{path}", token=self.token, **more)
        assert answer.status == 200, answer.body
        return answer.json

    async def status(self, path: str, method: str = "GET", body: object = None) -> int:
        return (await self.door.call(method, f"/api/v1{path}", body, token=self.token)).status

    async def change(self, method: str, path: str, body: object = None) -> Any:
        answer = await self.door.call(method, f"/api/v1{path}", body, token=self.token)
        assert answer.status == 200, answer.body
        return answer.json

    @contextlib.asynccontextmanager
    async def shelf(self) -> AsyncIterator[Shelf]:
        async with self.database.transaction() as tx:
            yield Shelf(tx)

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.account, "ada", "admin", frozenset())


@contextlib.asynccontextmanager
async def open_house(
    database: Database, tmp_path: Path, cache: Cache | None = None, *, keeps: bool = False
) -> AsyncIterator[House]:
    """With its administrator already signed in. With `keeps` answers are kept as a web process does; without, tests may
    write into the tables past all events."""
    gate = Gate.open(tmp_path / "secrets", cache)
    access = Access(gate, database.transaction, Config(data=tmp_path, cache=tmp_path / "cache"))
    store = Store(tmp_path, tmp_path / "cache")
    modules = (
        auth, me, sessions, users, items, corrections, facets, playlists, collections, home, search, images, people,
        events, problem_files, duplicates,
    )  # fmt: skip
    kept = Kept()
    async with jobs.Events(database) as heard, contextlib.AsyncExitStack() as stack:
        if keeps:
            await stack.enter_async_context(kept.listening(heard))
        app = Litestar(
            [Router("/api/v1", route_handlers=[handler for module in modules for handler in module.handlers])],
            middleware=[access, Etags(), kept],
            dependencies=dependencies(access, database)
            | {
                "artwork": Provide(lambda: store, sync_to_thread=False),
                "events": Provide(lambda: heard, sync_to_thread=False),
            },
            exception_handlers=HANDLERS,
            openapi_config=None,
        )
        door = Door(app, gate, database)
        made = (await door.set_up()).json
        yield House(door, database, store, made["access_token"], UUID(made["user"]["id"]), kept)
    gate.close()
