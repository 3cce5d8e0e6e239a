"""The pool of connections: fair, bounded in every wait, and whole again by itself after PostgreSQL died."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg

from hearth.db import counting
from hearth.db.codecs import prepare
from hearth.db.listen import Listener
from hearth.db.rows import Tx
from hearth.kit import process
from hearth.kit.errors import DiskFull, Invalid, Unavailable, out_of_room

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)
"""What asyncpg raises when the server, or the way to it, is gone."""
_BROKEN = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What it raises for a connection that broke under its hands, and for misuse."""
_REFUSED = (OSError, TimeoutError, *_BROKEN, *LOST)
_CONFLICT = "Two changes stood in each other's way and this one was not made: try again."
_DOWN = "The database does not answer: try again in a moment. If it stays so, look at the server's log."
_DOWN_FULL = (
    "The database does not answer, for the disk of the data folder is full: make room on it. Hearth goes on by itself."
)
# PostgreSQL needs this much for a piece of its log before it can go on.
_ROOM = 2 * 16 * 2**20
_BUSY = "The server is busy: every database connection is in use. Try again in a moment."
_RETRY_PAUSE_S = 0.05
# A connection that nobody needs costs PostgreSQL some 5 MB; a new one costs 3 ms.
_IDLE_S = 30.0


async def _keep(_connection: Any) -> None:
    """The pool's reset: nothing, for a transaction leaves nothing behind (`Database.connection` resets by itself)."""


def _give_way(backend: int, niceness: int) -> None:
    """For a server of this machine alone: on another one the number is somebody else's, or nobody's."""
    with contextlib.suppress(OSError):
        if Path(f"/proc/{backend}/cmdline").read_bytes().startswith(b"postgres: "):
            os.setpriority(os.PRIO_PROCESS, backend, niceness)
            process.give_way(backend, niceness)


class Database:
    """A pool on one database. `async with db.transaction() as tx` is the only way rooms get at it.

    Every wait is bounded: `acquire_timeout_s` for a connection (then Unavailable), `command_timeout_s` for a statement
    (then TimeoutError). A server that went away is Unavailable too, once `patience_s` of trying again did not help;
    nothing is tried again after the first statement of a transaction. A disk without room is DiskFull, which is an
    Unavailable; `disk` is a folder on the disk that an embedded server needs, to say why it is away.
    """

    def __init__(
        self,
        dsn: str,
        *,
        max_size: int = 10,
        acquire_timeout_s: float = 10.0,
        command_timeout_s: float = 60.0,
        patience_s: float = 3.0,
        statement_cache_size: int = 256,
        application_name: str = "hearth",
        disk: Path | None = None,
        niceness: int = 0,
    ) -> None:
        """Not yet connected, see `open`; `connect` does both.

        `niceness` is how far the server's processes of these connections give way to others, where they run here.
        `statement_cache_size=0` is what a transaction-pooling pgbouncer in between needs.
        """
        self.dsn = dsn
        self.max_size = max_size
        self._pool: Any = None
        self._pool_options = {
            "command_timeout": command_timeout_s,
            "statement_cache_size": statement_cache_size,
            "server_settings": {"application_name": application_name},
        }
        self._acquire_timeout_s = acquire_timeout_s
        self._patience_s = patience_s
        self._disk = disk
        self._niceness = niceness
        # asyncpg's own queue lets late comers pass those who wait; this one serves in the order of arrival.
        self._turn = asyncio.Semaphore(max_size)
        self._listener: Listener | None = None
        counting.MOST.set(max_size)

    @classmethod
    async def connect(cls, dsn: str, **options: Any) -> Database:
        """One that is open; Unavailable when it cannot be reached. `options` as for the constructor."""
        database = cls(dsn, **options)
        await database.open()
        return database

    async def open(self) -> None:
        """Opens the pool and one connection, to know that it works; Unavailable when it does not."""
        self._pool = pool = asyncpg.create_pool(
            self.dsn,
            min_size=0,  # asyncpg would log a traceback for each try to keep up a minimum while the server is away
            max_size=self.max_size,
            timeout=self._acquire_timeout_s,
            max_inactive_connection_lifetime=_IDLE_S,
            init=self._prepare,
            reset=_keep,
            connection_class=counting.Counted,
            **self._pool_options,
        )
        try:
            await pool
            async with pool.acquire(timeout=self._acquire_timeout_s):
                pass
        except _REFUSED as error:
            pool.terminate()
            raise Unavailable(f"The database cannot be reached: {error or type(error).__name__}") from error

    async def _prepare(self, connection: Any) -> None:
        await prepare(connection)
        if self._niceness:
            # Nobody waits for it: what is asked meanwhile is only answered sooner.
            asyncio.get_running_loop().run_in_executor(None, _give_way, connection.get_server_pid(), self._niceness)

    @contextlib.asynccontextmanager
    async def transaction(self, *, readonly: bool = False, isolation: str | None = None) -> AsyncIterator[Tx]:
        """A connection inside a transaction: committed at the end of the block, rolled back when it raises.

        `isolation` is "read_committed" (PostgreSQL's default), "repeatable_read" or "serializable".
        Unavailable when no connection was free in time or the server went away, before, during or at the commit.
        """
        async with self._held(lambda c: c.transaction(readonly=readonly, isolation=isolation)) as (connection, begun):
            try:
                yield connection
            except BaseException:
                # When the rollback cannot be sent the server rolls back by itself; what was raised is what counts.
                await _roll_back(connection, begun)
                counting.TRANSACTIONS.inc("rollback")
                raise
            await begun.commit()
            counting.TRANSACTIONS.inc("commit")

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """A connection for statements that only read, each of which sees what was committed when it began.

        That is what they see in a transaction of PostgreSQL's default isolation, without the two round trips of
        beginning and ending one: half of all that a page of a list takes. Not for `set local`, and never for writes.
        Unavailable as for `transaction`.
        """
        async with self._held(None) as (connection, _):
            yield connection

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Tx]:
        """A bare connection, for what cannot run inside a transaction (VACUUM, LISTEN, session locks); reset after."""
        async with self._held(None) as (connection, _):
            try:
                yield connection
            finally:
                if not _gone(connection):
                    await connection.reset(timeout=5)

    @contextlib.asynccontextmanager
    async def _held(self, begin: Callable[[Any], Any] | None) -> AsyncIterator[tuple[Any, Any]]:
        began = time.perf_counter()
        counting.WAITING.inc()
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                await self._turn.acquire()
        except TimeoutError as error:
            counting.ERRORS.inc("busy")
            raise Unavailable(_BUSY) from error
        finally:
            counting.WAITING.dec()
        counting.IN_USE.inc()
        try:
            connection, begun = await self._open(begin)
            counting.WAIT_SECONDS.observe(time.perf_counter() - began)
            try:
                yield connection, begun
            except (*LOST, *_BROKEN) as error:
                if isinstance(error, asyncpg.InterfaceError) and not _gone(connection):
                    raise  # a mistake in how asyncpg is used, not a lost server
                _cut(connection)
                raise self._down() from error
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
                counting.ERRORS.inc("conflict")
                raise Unavailable(_CONFLICT) from error
            except (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError) as error:
                raise Invalid("A text holds a zero character, which cannot be kept: leave it out.") from error
            except (asyncpg.DiskFullError, OSError) as error:
                # The connection is as good as before; what was begun was rolled back.
                if isinstance(error, OSError) and not out_of_room(error):
                    raise
                counting.ERRORS.inc("disk_full")
                raise DiskFull from error
            finally:
                await self._give_back(connection)
        finally:
            counting.IN_USE.dec()
            self._turn.release()

    async def _open(self, begin: Callable[[Any], Any] | None) -> tuple[Any, Any]:
        """Takes a connection and begins; a server that is just coming back is waited for, up to `patience_s`."""
        deadline = time.monotonic() + self._patience_s
        while True:
            connection = None
            try:
                connection = await self._pool.acquire(timeout=self._acquire_timeout_s)
                begun = begin(connection) if begin else None
                if begun is not None:
                    await begun.start()
                return connection, begun
            except BaseException as error:
                if connection is not None:
                    _cut(connection)
                    await self._give_back(connection)
                if isinstance(error, asyncpg.DiskFullError):
                    raise DiskFull from error
                if not isinstance(error, _REFUSED) or self._pool.is_closing():
                    raise
                if time.monotonic() >= deadline:
                    raise self._down() from error
            await asyncio.sleep(_RETRY_PAUSE_S)

    def _down(self) -> Unavailable:
        counting.ERRORS.inc("away")
        return DiskFull(_DOWN_FULL) if self._disk is not None and _is_full(self._disk) else Unavailable(_DOWN)

    async def _give_back(self, connection: Any) -> None:
        with contextlib.suppress(asyncpg.PostgresError, OSError, TimeoutError, *_BROKEN):
            await self._pool.release(connection, timeout=5)

    @property
    def hears(self) -> bool:
        """Whether the connection that `listen` listens on stands."""
        return self._listener is not None and self._listener.hears

    async def listen(
        self, channel: str, callback: Callable[[str], None], *, on_reconnect: Callable[[], None] | None = None
    ) -> Callable[[], None]:
        """Calls `callback(payload)` for each NOTIFY on `channel`; returns what ends that.

        One connection of its own serves all channels. It is opened again with growing pauses when it is lost;
        `on_reconnect` is called each time it is back, for what was announced in between is gone: read again then.
        Returns once the server listens. Callbacks run on the event loop and must not block.
        """
        if self._listener is None:
            self._listener = Listener(self.dsn)
        return await self._listener.subscribe(channel, callback, on_reconnect)

    async def close(self, grace_s: float = 5.0) -> None:
        """Waits up to `grace_s` for connections in use, then cuts them off."""
        if self._listener is not None:
            await self._listener.close()
        try:
            async with asyncio.timeout(grace_s):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


def _gone(connection: Any) -> bool:
    """Whether the connection is closed; the pool takes back a closed one from whoever holds it."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


def _is_full(folder: Path) -> bool:
    try:
        status = os.statvfs(folder)
    except OSError:
        return False
    return status.f_bavail * status.f_frsize < _ROOM


def _cut(connection: Any) -> None:
    """Closes at once, whatever state it is in; the pool opens another in its place."""
    with contextlib.suppress(*_BROKEN):
        connection.terminate()


async def _roll_back(connection: Any, begun: Any) -> None:
    try:
        await begun.rollback()
    except BaseException as error:
        _cut(connection)
        if not isinstance(error, (asyncpg.PostgresError, OSError, *_BROKEN)):
            raise
