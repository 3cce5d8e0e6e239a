"""The doors of playback over real HTTP, with an encoder at work: what a player meets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Router
from litestar.di import Provide

from hearth import jobs
from hearth.accounts import Gate, Viewer
from hearth.api.problems import HANDLERS
from hearth.api.v1 import media, play
from hearth.api.v1.access import Access, dependencies
from hearth.config import Config
from hearth.playback import ENCODE, Encoder, Projector

from .conftest import FFMPEG, App, Client, Reply, World, put_account, serving

EVERYTHING = {"containers": ["mp4", "mkv", "flac"], "video": ["h264"], "audio": ["aac", "ac3", "flac"]}
NOTHING: dict[str, list[str]] = {"containers": [], "video": [], "audio": []}


class House(msgspec.Struct, frozen=True):
    world: World
    client: Client
    gate: Gate
    token: str

    async def call(self, method: str, path: str, body: object = None, token: str | None = None) -> Reply:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        data = b"" if body is None else msgspec.json.encode(body)
        return await self.client.get(f"/api/v1{path}", method, data, **headers)

    async def play(self, item: object, client: Mapping[str, object], **more: object) -> dict[str, Any]:
        reply = await self.call("POST", f"/items/{item}/play", {"client": client, **more})
        assert reply.status == 201, reply.body
        return dict(msgspec.json.decode(reply.body))

    async def another(self, name: str) -> tuple[Viewer, str]:
        viewer = await put_account(self.world.database, name)
        return viewer, token_for(self.gate, viewer)


def token_for(gate: Gate, viewer: Viewer) -> str:
    assert viewer.session_id is not None
    return gate.tokens.sign(viewer.account_id, viewer.session_id, viewer.role)


@contextlib.asynccontextmanager
async def open_house(
    world: World, tmp_path: Path, pages: Mapping[str, tuple[str, bytes]] | None = None, **settings: Any
) -> AsyncIterator[House]:
    """`pages` are further answers of the same origin: path -> (media type, body)."""
    gate = await asyncio.to_thread(Gate.open, tmp_path / "secrets")
    config = Config(data=tmp_path, cache=world.cache, **settings)
    projector = Projector(world.database, world.cache, gate.keyring.derive("media passes"), FFMPEG)
    parts: dict[str, Any] = {"config": config, "projector": projector, "settings": jobs.Settings(config)}
    app = Litestar(
        [Router("/api/v1", route_handlers=[*play.handlers, *media.handlers])],
        dependencies=dependencies(Access(gate, world.database.transaction, config), world.database)
        | {name: Provide(_giving(part), sync_to_thread=False) for name, part in parts.items()},
        middleware=[Access(gate, world.database.transaction, config)],
        exception_handlers=HANDLERS,
        openapi_config=None,
        logging_config=None,
    )
    encoder = Encoder(world.database, world.cache, FFMPEG)
    worker = jobs.Worker(world.database, {ENCODE: encoder.encode}, {"encode": 4}, finish_s=0.1)
    async with worker.running(grace_s=6), serving(_with_pages(app, pages or {})) as client:
        try:
            yield House(world, client, gate, token_for(gate, world.viewer))
        finally:
            await projector.close()
            gate.close()


def _giving(part: object) -> Callable[[], Any]:
    return lambda: part


def _with_pages(app: Litestar, pages: Mapping[str, tuple[str, bytes]]) -> App:
    async def either(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] not in pages:
            await app(scope, receive, send)
            return
        kind, body = pages[scope["path"]]
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return either
