"""The web process: opens the house when the server starts it, then hands every request to the doors."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hearth import jobs
from hearth.api.app import Application, Doors, create_api
from hearth.api.web import read_site
from hearth.app.wiring import House, open_house
from hearth.config import Config
from hearth.kit.errors import HearthError
from hearth.kit.process import end_start
from hearth.media import ffmpeg
from hearth.playback import Projector

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def create_app(config: Config) -> Application:
    """The application as plain ASGI; what it needs is opened by the lifespan's start-up."""
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
                house = await stack.enter_async_context(open_house(config, "web"))
                events = await stack.enter_async_context(jobs.Events(house.database))
                projector = await asyncio.to_thread(_projector, house)
                stack.push_async_callback(projector.close)
                site = await asyncio.to_thread(read_site)
                parts = (house.database, house.cache, house.gate, house.store)
                doors = Doors(config, house.settings, *parts, events, projector, site)
                api = await stack.enter_async_context(create_api(doors))
                end_start()
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except HearthError as error:
            await send({"type": "lifespan.startup.failed", "message": error.detail})
            return
        await send({"type": "lifespan.shutdown.complete"})

    return app


def _projector(house: House) -> Projector:
    config = house.config
    key = house.gate.keyring.lasting("media pass")
    return Projector(house.database, config.cache, key, ffmpeg.find(config.ffmpeg), allow_links=config.allow_links)
