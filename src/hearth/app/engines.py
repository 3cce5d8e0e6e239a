"""The engines of a data folder: locked, started, found again by other commands, their database brought up to date."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.metadata
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from hearth.config import Config
from hearth.kit.errors import Conflict, DiskFull, HearthError, Invalid, Unavailable, out_of_room

if TYPE_CHECKING:
    from hearth.db import Postgres, Tx
    from hearth.kit.valkey import Valkey

_FOUND_TIMEOUT_S = 30.0


class Engines(msgspec.Struct, frozen=True):
    """How to reach a database and a cache that run."""

    dsn: str
    cache_url: str


class Note(msgspec.Struct, frozen=True):
    """What a running server leaves in run/engines.json for other commands."""

    pid: int
    dsn: str
    cache_url: str
    address: str


class DataLock:
    """One server per data folder: held as long as the process lives, however it ends."""

    def __init__(self, data: Path, command: str) -> None:
        """Conflict, naming the holder, when another process holds it; Invalid when the folder cannot be written,
        DiskFull when its disk is full."""
        prepare_folders(data)
        self._path = data / "hearth.lock"
        try:
            self._file = self._path.open("a+")
        except OSError as error:
            raise _unwritable(data, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.seek(0)
            holder = self._file.read(200).strip() or "another process"
            self._file.close()
            raise Conflict(
                f"The data folder {data} is in use by {holder}. Stop it first, or choose another folder with --data."
            ) from error
        note_path(data).unlink(missing_ok=True)  # of a server that was killed
        try:
            self._file.truncate(0)
            self._file.write(f"hearth {command} (process {os.getpid()})\n")
            self._file.flush()
        except OSError as error:
            raise _unwritable(data, error) from error

    def release(self) -> None:
        self._file.truncate(0)
        self._file.close()


def prepare_folders(data: Path) -> None:
    """Makes the data folder where it is missing; Invalid when it cannot be made."""
    try:
        if not data.is_dir():
            data.mkdir(parents=True)
            # As root the engines' account passes through to its own folder; nobody else can list anything.
            data.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for name in ("run", "logs"):
            (data / name).mkdir(exist_ok=True)
            (data / name).chmod(0o711)
    except OSError as error:
        raise _unwritable(data, error) from error


def disk_full(data: Path) -> DiskFull:
    """What to say when there is no room to start in."""
    return DiskFull(f"The disk of the data folder {data} is full: make room on it, then start Hearth again.")


def _unwritable(data: Path, error: OSError) -> HearthError:
    if out_of_room(error):
        return disk_full(data)
    return Invalid(
        f"The data folder {data} cannot be written ({error.strerror or error}): "
        "choose another with --data or HEARTH_DATA, or make this one yours."
    )


class Embedded:
    """The engines that we start ourselves: those for which the settings give no address."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None

    def place(self) -> Engines:
        """How everything will be reached once it is started. Blocks on disk."""
        config = self._config
        if config.database_url is None and self.postgres is None:
            from hearth.db import Postgres

            self.postgres = Postgres(config.data, user=config.engine_user)
        if config.cache_url is None and self.valkey is None:
            from hearth.kit.valkey import Valkey

            self.valkey = Valkey(config.data, user=config.engine_user, memory_mb=config.cache_memory_mb)
        return Engines(
            config.database_url or (self.postgres.place() if self.postgres else ""),
            config.cache_url or (self.valkey.place() if self.valkey else ""),
        )

    @property
    def first_start(self) -> bool:
        """Whether our PostgreSQL has no data yet; known once it is placed."""
        return self.postgres is not None and not self.postgres.made

    async def start(self) -> Engines:
        """Starts what is ours, both at once, and returns how to reach everything."""
        engines = self.place()
        results = await asyncio.gather(
            *(engine.start() for engine in (self.postgres, self.valkey) if engine is not None), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                await self.stop()
                raise result
        return engines

    async def stop(self) -> None:
        await asyncio.gather(*(engine.stop() for engine in (self.postgres, self.valkey) if engine is not None))


async def prepare_schema(dsn: str, config: Config | None = None) -> int:
    """Brings the database up to date: our migrations, then the job queue's own tables. Returns the steps applied.

    Safe to call from several processes at once and after a kill at any point. With `config`, whoever holds the data
    folder's lock has a backup made first when there is something to lose; Unavailable when that fails.
    """
    from hearth.db import migrate

    if config is not None and config.embedded_database:
        from hearth.app.backups import before_upgrade

        await before_upgrade(config, dsn)
    return await migrate.up(dsn, after_up=install_queue)


async def install_queue(connection: Tx) -> None:
    """The queue's tables, when its version changed: a mark on its schema spares the warm start the heavy import."""
    mark = f"pgqueuer {importlib.metadata.version('pgqueuer')}"
    current = await connection.fetchval(
        "select obj_description(to_regnamespace('jobs'), 'pg_namespace') where to_regclass('jobs.pgqueuer') is not null"
    )
    if current == mark:
        return
    from hearth import jobs

    await jobs.install(connection)
    if await connection.fetchval("select to_regnamespace('jobs') is not null"):
        await connection.execute(f"comment on schema jobs is '{mark}'")  # the mark is ours: a name and a version


def load_queue() -> None:
    """Loads what `install_queue` needs on an empty database: half a second that fits into the time of initdb."""
    import pgqueuer.queries  # noqa: F401

    from hearth import jobs  # noqa: F401


def note_path(data: Path) -> Path:
    return data / "run" / "engines.json"


def write_note(data: Path, note: Note) -> None:
    """Tells other commands where the engines are; for our own eyes, since an address may hold a password."""
    path = note_path(data)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(note))
    fresh.replace(path)


def read_note(data: Path) -> Note | None:
    """What the running server left; None when there is none, or when it is gone."""
    try:
        note = msgspec.json.decode(note_path(data).read_bytes(), type=Note)
        os.kill(note.pid, 0)
    except (FileNotFoundError, ProcessLookupError, msgspec.DecodeError):
        return None
    except PermissionError:
        if not os.access(note_path(data), os.R_OK):
            raise Invalid(f"The server in {data} belongs to another user: run this command as that user.") from None
    return note


@contextlib.asynccontextmanager
async def running_engines(config: Config, *, migrated: bool = True, command: str = "command") -> AsyncIterator[Engines]:
    """The engines of a running server, or engines started for the length of the block.

    With `migrated` (the default) the database's tables are those of this version. Unavailable when a server is
    starting up and does not get ready in time.
    """
    if config.database_url is not None and config.cache_url is not None:
        found = Engines(config.database_url, config.cache_url)
        if migrated:
            await prepare_schema(found.dsn)
        yield found
        return
    lock = await _lock_or_find(config, command)
    if isinstance(lock, Engines):
        yield lock
        return
    embedded = Embedded(config)
    try:
        engines = await embedded.start()
        if migrated:
            await prepare_schema(engines.dsn, config)
        yield engines
    finally:
        await embedded.stop()
        lock.release()


async def _lock_or_find(config: Config, command: str) -> DataLock | Engines:
    problem: HearthError = Unavailable()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_FOUND_TIMEOUT_S):
            while True:
                try:
                    return DataLock(config.data, command)
                except Conflict as error:
                    problem = error
                if note := read_note(config.data):
                    return Engines(note.dsn, note.cache_url)
                await asyncio.sleep(0.1)
    raise Unavailable(f"{problem.detail} It has not become ready within {_FOUND_TIMEOUT_S:.0f} s.")
