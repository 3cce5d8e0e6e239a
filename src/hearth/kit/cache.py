"""A cache that may be gone at any time: then everything is slower and nothing fails.

Speaks to Valkey, Redis or Dragonfly. Each wait is a fraction of a second; after a few failures the cache is left alone
for a while (a circuit breaker), so that a dead server costs nothing. Values are bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from hearth.kit.metrics import Counter, Gauge, Histogram

T = TypeVar("T")
CALLS = Counter(
    "hearth_cache_calls_total",
    "Calls to the cache: found or not, done, failed, or left out while there is none.",
    ("call", "result"),
    [("get", "hit"), ("get", "miss"), ("get", "error"), ("get", "skipped"), ("set", "ok"), ("set", "error")],
)
SECONDS = Histogram("hearth_cache_call_seconds", "How long calls to the cache took.", ("call",), known=[("get",)])
UP = Gauge("hearth_cache_up", "1 while the cache is connected and answers.")
log = logging.getLogger(__name__)

_FAILURES_TO_OPEN = 3
_FIRST_REST_S = 0.5
_LONGEST_REST_S = 15.0
_CONNECT_TIMEOUT_S = 5.0
_LONGEST_VALUE = 8 * 1024 * 1024
# One step on the server: a counter that lost its expiry would count for ever.
_COUNT = "local n=redis.call('INCRBY',KEYS[1],ARGV[1]) if n==tonumber(ARGV[1]) then redis.call('PEXPIRE',KEYS[1],ARGV[2]) end return n"  # noqa: E501 - one script, one line


class Cache:
    """A client of one cache server. Never raises for a server that is slow, full or gone.

    The connection is made in the background by the first call (or by `connect`); until it stands there are only misses.
    `url` None is a cache that is always empty.
    """

    def __init__(self, url: str | None, *, prefix: str = "hearth:", timeout_ms: int = 100) -> None:
        self._url = url
        self._prefix = prefix
        self._timeout_ms = timeout_ms
        self._client: Any = None
        self._connecting: asyncio.Task[None] | None = None
        self._failures = 0
        self._rest_s = _FIRST_REST_S
        self._rests_until = 0.0
        self._closed = False

    @property
    def resting(self) -> bool:
        """Whether the breaker keeps calls away from the server at the moment."""
        return time.monotonic() < self._rests_until

    @property
    def failing(self) -> bool:
        """Whether it failed several times in a row and has not answered since."""
        return self._failures >= _FAILURES_TO_OPEN

    @property
    def connected(self) -> bool:
        """Whether there is a connection, good or not."""
        return self._client is not None

    async def connect(self) -> bool:
        """Waits for the connection, some seconds at most; False when there is none."""
        self._begin()
        if self._connecting is not None:
            await asyncio.shield(self._connecting)
        return self._client is not None

    async def get(self, key: str) -> bytes | None:
        """The value, or None: not there, or no cache."""
        return await self._ask("get", lambda client: client.get(self._prefix + key), None)

    async def set(self, key: str, value: bytes, *, ttl_ms: int) -> bool:
        """Keeps the value for a time; False when it was not kept (over 8 MiB, or no cache)."""
        if len(value) > _LONGEST_VALUE:
            return False

        async def keep(client: Any) -> bool:
            command = ["SET", self._prefix + key, value, "PX", str(max(1, ttl_ms))]
            return await client.custom_command(command) is not None

        return await self._ask("set", keep, False)

    async def delete(self, *keys: str) -> bool:
        """Drops the keys; False when that could not be asked for."""
        if not keys:
            return True

        async def drop(client: Any) -> bool:
            await client.delete([self._prefix + key for key in keys])
            return True

        return await self._ask("delete", drop, False)

    async def incr(self, key: str, *, ttl_ms: int, by: int = 1) -> int | None:
        """Counts up and returns the count, which starts anew `ttl_ms` after its first step; None when there is no cache."""  # noqa: E501 - one sentence

        async def count(client: Any) -> int:
            command = ["EVAL", _COUNT, "1", self._prefix + key, str(by), str(max(1, ttl_ms))]
            return int(await client.custom_command(command))

        return await self._ask("incr", count, None)

    async def close(self) -> None:
        """Lets go of the connection."""
        self._closed = True
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                await client.close()

    async def _ask(self, name: str, call: Callable[[Any], Awaitable[T]], otherwise: T) -> T:
        if self._client is None or self.resting:
            self._begin()
            CALLS.inc(name, "skipped")
            return otherwise
        began = time.perf_counter()
        try:
            # The client has a time limit of its own; ours is for the case that it does not keep it.
            async with asyncio.timeout(self._timeout_ms * 2 / 1000):
                answer = await call(self._client)
        except Exception as error:  # whatever the client raises: the cache is an extra
            CALLS.inc(name, "error")
            self._failed(error)
            return otherwise
        SECONDS.observe(time.perf_counter() - began, name)
        CALLS.inc(name, "ok" if name != "get" else "miss" if answer is None else "hit")
        if self._failures:
            self._failures, self._rest_s = 0, _FIRST_REST_S
            UP.set(1)
        return answer

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        UP.set(0)
        if self._failures < _FAILURES_TO_OPEN:
            return
        if self._failures == _FAILURES_TO_OPEN:
            log.warning("the cache does not answer, going on without it: %s", str(error) or type(error).__name__)
        self._rests_until = time.monotonic() + self._rest_s
        self._rest_s = min(self._rest_s * 2, _LONGEST_REST_S)

    def _begin(self) -> None:
        if self._url is None or self._client is not None or self._closed or self.resting:
            return
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._open(self._url), name="cache-connect")

    async def _open(self, url: str) -> None:
        try:
            # The import alone takes most of a second: not on the event loop.
            create = await asyncio.to_thread(_prepare, url, self._timeout_ms)
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                self._client = await _connected(await create())
            self._failures, self._rest_s = 0, _FIRST_REST_S
            UP.set(1)
        except Exception as error:
            self._failures = max(self._failures, _FAILURES_TO_OPEN - 1)
            self._failed(error)


async def _connected(client: Any) -> Any:
    """The client, once the server has answered it."""
    try:
        await client.custom_command(["PING"])
    except BaseException:
        await client.close()
        raise
    return client


def _prepare(url: str, timeout_ms: int) -> Callable[[], Awaitable[Any]]:
    import glide

    glide.Logger.set_logger_config(glide.LogLevel.OFF)
    parts = urlsplit(url)
    if parts.scheme == "unix":
        address = glide.NodeAddress(unix_socket_path=unquote(parts.path))
    else:
        address = glide.NodeAddress(parts.hostname or "localhost", parts.port or 6379)
    credentials = None
    if parts.password:
        credentials = glide.ServerCredentials(unquote(parts.password), unquote(parts.username or "") or None)
    number = parts.path.strip("/") if parts.scheme != "unix" else ""
    settings = glide.GlideClientConfiguration(
        [address],
        use_tls=parts.scheme in {"rediss", "valkeys"},
        credentials=credentials,
        request_timeout=timeout_ms,
        database_id=int(number) if number.isdigit() else None,
        client_name="hearth",
        # Else `create` waits for the connection on the event loop: 2 s at a time, of a server that hangs.
        lazy_connect=True,
    )
    return lambda: glide.GlideClient.create(settings)
