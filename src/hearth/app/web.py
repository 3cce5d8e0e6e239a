"""The web process: opens the house when the server starts it, then hands every request to the doors."""

import asyncio
import contextlib
import importlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hearth import jobs
from hearth.api.app import Application, Doors, create_api
from hearth.api.web import read_site
from hearth.app.wiring import House, build_house, connected
from hearth.config import Config
from hearth.kit.errors import HearthError
from hearth.kit.process import end_start
from hearth.media import ffmpeg
from hearth.playback import Projector

# A fifth of what a web process loads, for corrections by hand and the folder picker: not before the first request.
_LATE = ("hearth.ingest",)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def create_app(config: Config) -> Application:
    """The application as plain ASGI, put together from files alone; the lifespan's start-up connects it.

    Blocks on disk, for half a second of work; HearthError when something of it cannot be trusted or read.
    """
    house = build_house(config, "web")
    events = jobs.Events(house.database)
    projector = _projector(house)
    parts = (house.database, house.cache, house.gate, house.store)
    opening = create_api(Doors(config, house.settings, *parts, events, projector, read_site()))
    api: Application | None = None

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        nonlocal api
        if scope["type"] != "lifespan":
            if api is None:
                raise RuntimeError("the server sent a request before start-up was complete")
            await api(scope, receive, send)
            return
        await receive()
        try:
            async with contextlib.AsyncExitStack() as stack:
                await stack.enter_async_context(connected(house))
                await stack.enter_async_context(events)
                stack.push_async_callback(projector.close)
                api = await stack.enter_async_context(opening)
                settling = asyncio.create_task(asyncio.to_thread(_settle), name="settle")
                await send({"type": "lifespan.startup.complete"})
                await receive()
                await settling
        except HearthError as error:
            await send({"type": "lifespan.startup.failed", "message": error.detail})
            return
        await send({"type": "lifespan.shutdown.complete"})

    return app


def _projector(house: House) -> Projector:
    config = house.config
    key = house.gate.keyring.lasting("media pass")
    return Projector(house.database, config.cache, key, ffmpeg.find(config.ffmpeg), allow_links=config.allow_links)


def _settle() -> None:
    """Loads what few requests need, once the server answers, and ends the start: so that this stays too."""
    for late in _LATE:
        importlib.import_module(late)
    end_start()
