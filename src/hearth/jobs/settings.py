"""Settings that administrators change while the server runs: stored here, felt by every process within a moment.

What holds is the default, over it what is stored here, over that whatever hearth.toml, the environment or the command
line say: who owns the machine has the last word, and what they fixed cannot be changed from afar.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping

import msgspec

from hearth.config import CHANGEABLE, Config, changed, fixed
from hearth.db import Database, Tx
from hearth.kit.errors import Conflict, HearthError, Invalid

log = logging.getLogger(__name__)

_CHANNEL = "jobs_setting"
_TRY_AGAIN_S = 1.0

Told = Callable[[Config], None]


class Changeable(msgspec.Struct, frozen=True):
    """A setting that may be changed while running. `fixed`: hearth.toml, the environment or an option says otherwise.

    `default` is what holds when nothing is stored.
    """

    key: str
    value: object
    default: object
    fixed: bool


class Settings:
    """The settings of one process: `given` at its start, and as they hold now."""

    def __init__(self, given: Config) -> None:
        self.given = given
        self.config = given
        self._told: list[Told] = []

    def tell(self, told: Told) -> None:
        """Has `told` called with the settings whenever they change from now on."""
        self._told.append(told)

    @contextlib.asynccontextmanager
    async def following(self, database: Database) -> AsyncIterator[None]:
        """For the length of a block, feels what any process of the cluster stores."""
        news = asyncio.Event()

        async def follow() -> None:
            while True:
                await news.wait()
                news.clear()
                try:
                    await self._read(database)
                except (HearthError, OSError, TimeoutError) as error:
                    log.warning("settings could not be read, trying again: %s", error)
                    await asyncio.sleep(_TRY_AGAIN_S)
                    news.set()

        stop = await database.listen(_CHANNEL, lambda _: news.set(), on_reconnect=news.set)
        await self._read(database)
        task = asyncio.create_task(follow(), name="settings-follow")
        try:
            yield
        finally:
            stop()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _read(self, database: Database) -> None:
        async with database.transaction(readonly=True) as tx:
            self._take(await _over(tx, self.given))

    def _take(self, config: Config) -> None:
        if config == self.config:
            return
        self.config = config
        for told in self._told:
            try:
                told(config)
            except Exception:
                log.exception("a changed setting could not be put into effect")


async def settings_list(tx: Tx, given: Config) -> list[Changeable]:
    """Every setting that may be changed while running, as it is stored at this moment."""
    now, held = await _over(tx, given), fixed(given)
    return [Changeable(key, getattr(now, key), getattr(given, key), key in held) for key in CHANGEABLE]


async def change_settings(tx: Tx, given: Config, changes: Mapping[str, object]) -> list[Changeable]:
    """Stores some settings; None puts one back to its default. All processes take them when this is committed.

    Invalid when one is not to be changed or does not fit; Conflict when the machine's owner fixed it.
    """
    if stuck := sorted(fixed(given) & changes.keys()):
        raise Conflict(
            f"{stuck[0]} is fixed by hearth.toml, the environment or the command line of the server: change it there."
        )
    default = {key: getattr(given, key, None) for key in changes}
    changed(given, {key: default[key] if value is None else value for key, value in changes.items()})
    for key, value in sorted(changes.items()):
        if value is None:
            await tx.execute("delete from jobs.setting where key = $1", key)
        else:
            await tx.execute(
                """
                insert into jobs.setting (key, value) values ($1, $2)
                on conflict (key) do update set value = excluded.value, changed_at = now()
                """,
                key,
                value,
            )
    if changes:
        await tx.execute("select pg_notify($1, '')", _CHANNEL)
    return await settings_list(tx, given)


async def _over(tx: Tx, given: Config) -> Config:
    """`given` with what is stored; what another version stored and this one does not take is left out."""
    held, config = fixed(given), given
    for row in await tx.fetch("select key, value from jobs.setting order by key"):
        if row["key"] in held:
            continue
        try:
            config = changed(config, {row["key"]: row["value"]})
        except Invalid as error:
            log.warning("a stored setting is left out: %s", error.detail)
    return config
