"""What a process needs, opened in order and closed in reverse: the one place that knows how the parts fit."""

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


def build_house(config: Config, name: str, *, niceness: int = 0) -> House:
    """The parts of one process, not yet connected; `name` is how the database shows its connections, `niceness` how
    far they give way to those of others.

    It needs nothing but files, so that it can be done while the engines start. Blocks on disk.
    """
    if config.database_url is None:
        raise Unavailable("No database is given: run `hearth serve`, or set HEARTH_DATABASE_URL.")
    jobs.react_with(REACTIONS)
    database = Database(
        config.database_url,
        max_size=config.database_connections,
        application_name=f"hearth {name}",
        disk=config.data,
        niceness=niceness,
    )
    cache = Cache(config.cache_url)
    gate = Gate.open(config.data / "secrets", cache)
    settings = jobs.Settings(config)
    settings.tell(lambda now: logs.set_levels(now.log_level, now.log_levels))
    return House(config, settings, database, cache, gate, Store(config.data, config.cache))


@contextlib.asynccontextmanager
async def connected(house: House) -> AsyncIterator[None]:
    """The parts connected, for the length of a block.

    Unavailable when the database does not answer. The cache may be away: everything works without it.
    """
    await house.database.open()
    try:
        async with house.gate.following(house.database), house.settings.following(house.database):
            yield
    finally:
        house.gate.close()
        await house.cache.close()
        await house.database.close()
