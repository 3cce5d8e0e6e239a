"""LISTEN that outlives the server: one connection for all channels, opened again when it is lost."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import asyncpg

from hearth.kit.errors import Unavailable

log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_HEARTBEAT_S = 30.0
_TIMEOUT_S = 10.0
_FAILED = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class _Subscription:
    def __init__(self, channel: str, callback: Callable[[str], None], on_reconnect: Callable[[], None] | None) -> None:
        self.channel = channel
        self.callback = callback
        self.on_reconnect = on_reconnect


class Listener:
    """Subscriptions on one connection of their own. `Database.listen` is its door."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._subscriptions: list[_Subscription] = []
        self._connection: Any = None
        self._keeper: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._changing = asyncio.Lock()

    async def subscribe(
        self, channel: str, callback: Callable[[str], None], on_reconnect: Callable[[], None] | None
    ) -> Callable[[], None]:
        subscription = _Subscription(channel, callback, on_reconnect)
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name="database-listener")
        await self._wait_ready()
        async with self._changing:
            known = any(s.channel == channel for s in self._subscriptions)
            self._subscriptions.append(subscription)
            if not known and self._connection is not None:
                # Lost in this very moment: the keeper listens again on every channel it finds in the list.
                with contextlib.suppress(*_FAILED):
                    await self._connection.add_listener(channel, self._heard)
        await self._wait_ready()
        return lambda: self._drop(subscription)

    @property
    def hears(self) -> bool:
        """Whether the connection stands, as far as we know."""
        return self._ready.is_set()

    async def close(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _wait_ready(self) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await self._ready.wait()
        except TimeoutError as error:
            raise Unavailable("The database does not answer: live updates cannot start.") from error

    def _drop(self, subscription: _Subscription) -> None:
        # The channel stays listened to: an unheard payload costs nothing, an UNLISTEN would need a task of its own.
        with contextlib.suppress(ValueError):
            self._subscriptions.remove(subscription)

    def _heard(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        for subscription in tuple(self._subscriptions):
            if subscription.channel == channel:
                _call(subscription.callback, str(payload))

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE_S
        first = True
        while True:
            try:
                await self._hold(first)
                first, pause = False, _FIRST_PAUSE_S
            except _FAILED as error:
                log.warning("the listening connection is down: %r", error)
            self._ready.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _hold(self, first: bool) -> None:
        """Opens the connection, listens, and returns when it was lost after having worked."""
        connection = await asyncpg.connect(self._dsn, timeout=_TIMEOUT_S, command_timeout=_TIMEOUT_S)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            async with self._changing:
                for channel in dict.fromkeys(s.channel for s in self._subscriptions):
                    await connection.add_listener(channel, self._heard)
                self._connection = connection
            self._ready.set()
            if not first:
                for subscription in tuple(self._subscriptions):
                    if subscription.on_reconnect is not None:
                        _call(subscription.on_reconnect)
            await self._watch(connection, lost)
        finally:
            self._connection = None
            self._ready.clear()
            connection.terminate()

    async def _watch(self, connection: Any, lost: asyncio.Event) -> None:
        """Waits for the loss; asks now and then, for a network that swallows packets never says so."""
        while not lost.is_set():
            try:
                async with asyncio.timeout(_HEARTBEAT_S):
                    await lost.wait()
            except TimeoutError:
                try:
                    await connection.execute("select 1")
                except _FAILED:
                    return


def _call(callback: Callable[..., None], *args: object) -> None:
    try:
        callback(*args)
    except Exception:
        log.exception("a listener failed")
