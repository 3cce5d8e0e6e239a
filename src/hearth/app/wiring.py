"""What a process needs, opened in order and closed in reverse: the one place that knows how the parts fit."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from msgspec import Struct

from hearth import jobs
from hearth.accounts import Gate
from hearth.app.reactions import REACTIONS
from hearth.artwork import Store
from hearth.config import Config
from hearth.db import Database
from hearth.kit import logs
from hearth.kit.cache import Cache
from hearth.kit.errors import Unavailable


class House(Struct, frozen=True):
    """The parts that web and worker processes share."""

    config: Config
    settings: jobs.Settings
    database: Database
    cache: Cache
    gate: Gate
    store: Store


@contextlib.asynccontextmanager
async def open_house(config: Config, name: str) -> AsyncIterator[House]:
    """The parts of one process, connected; `name` is how the database shows its connections.

    Unavailable when the database does not answer. The cache may be away: everything works without it.
    """
    if config.database_url is None:
        raise Unavailable("No database is given: run `hearth serve`, or set HEARTH_DATABASE_URL.")
    jobs.react_with(REACTIONS)
    database = await Database.connect(
        config.database_url,
        max_size=config.database_connections,
        application_name=f"hearth {name}",
        disk=config.data,
    )
    cache = Cache(config.cache_url)
    gate = await asyncio.to_thread(Gate.open, config.data / "secrets", cache)
    settings = jobs.Settings(config)
    settings.tell(lambda now: logs.set_levels(now.log_level, now.log_levels))
    try:
        async with gate.following(database), settings.following(database):
            yield House(config, settings, database, cache, gate, Store(config.data, config.cache))
    finally:
        gate.close()
        await cache.close()
        await database.close()
