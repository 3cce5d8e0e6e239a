"""The real PostgreSQL and cache that one run of the tests shares.

The first test that needs them starts a keeper process under a file lock; the keeper starts both engines, makes the
migrated template database and ends with the process that runs the tests (with pytest-xdist: the controller).

HEARTH_TEST_DATABASE_URL and HEARTH_TEST_CACHE_URL put others in their place, which the tests may fill and empty as they
like: `python -m tests.containers` starts some with testcontainers, where a container engine is.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from hearth.db import Postgres
from hearth.kit.valkey import Valkey

TEMPLATE = "hearth_template"
_START_TIMEOUT_S = 60.0
# Nothing here has to survive a power cut.
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "300",
    "max_wal_size": "1GB",
    "autovacuum": "off",
    "logging_collector": "off",
}


class Engines(msgspec.Struct, frozen=True):
    """How to reach the engines; `problem` says why there is no migrated template, when there is none."""

    dsn: str
    cache_url: str
    problem: str | None


def make_folder(prefix: str = "hearth-test-") -> Path:
    """A data folder that the engines' account may pass through, which pytest's tmp_path is not when we are root."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    folder.chmod(0o711)
    return folder


def shared_engines(run: str, owner: int) -> Engines:
    """The engines of the run named `run`, started if nobody did; they end when the process `owner` ends."""
    folder = Path(tempfile.gettempdir()) / f"hearth-tests-{os.getuid()}-{run}"
    folder.mkdir(mode=0o711, exist_ok=True)
    folder.chmod(0o711)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder / "engines.json"
        if not ready.exists():
            _start_keeper(folder, owner)
        return msgspec.json.decode(ready.read_bytes(), type=Engines)


def _start_keeper(folder: Path, owner: int) -> None:
    log = folder / "keeper.log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(folder), str(owner)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not (folder / "engines.json").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.kill()
            raise RuntimeError(f"the engines for the tests did not start:\n{log.read_text()}")
        time.sleep(0.02)
    keeper.returncode = 0  # it outlives us on purpose; subprocess is not to complain that nobody waited


async def _keep(folder: Path, owner: int) -> None:
    watched = os.pidfd_open(owner)
    given = os.environ.get("HEARTH_TEST_DATABASE_URL"), os.environ.get("HEARTH_TEST_CACHE_URL")
    postgres, valkey = Postgres(folder, settings=FAST), Valkey(folder)
    try:
        dsn = given[0] or await postgres.start()
        cache_url = given[1] or await valkey.start()
        if given[0]:
            await run_sql(dsn, f"drop database if exists {TEMPLATE} with (force)")  # an earlier run's
        problem = await _make_template(dsn)
        fresh = folder / "engines.new"
        fresh.write_bytes(msgspec.json.encode(Engines(dsn, cache_url, problem)))
        fresh.replace(folder / "engines.json")
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(watched, ended.set)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        await ended.wait()
    finally:
        for engine in (postgres, valkey):
            with contextlib.suppress(Exception):
                await engine.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _make_template(dsn: str) -> str | None:
    from hearth.app.engines import prepare_schema  # what `hearth serve` runs: migrations and what belongs to them

    await run_sql(dsn, f"create database {TEMPLATE}")
    try:
        await prepare_schema(database_dsn(dsn, TEMPLATE))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def database_dsn(dsn: str, name: str) -> str:
    """The DSN of another database of the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


async def run_sql(dsn: str, *statements: str) -> None:
    """Runs statements one by one, outside of transactions."""
    connection = await asyncpg.connect(dsn, timeout=20)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close(timeout=5)


async def until(true: Callable[[], bool], pause_s: float = 0.01) -> None:
    """Waits for something to become true; the caller bounds the wait."""
    while not true():  # noqa: ASYNC110 - what is waited for happens in another process or task that knows no event
        await asyncio.sleep(pause_s)


def listening_ports(pid: int) -> list[int]:
    """The TCP ports that a process listens on."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(descriptor.readlink().name.removeprefix("socket:"))
    ports = []
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"[{fields[9]}]" in inodes:
                ports.append(int(fields[1].rpartition(":")[2], 16))
    return ports


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and waits to be reaped by somebody does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def ends_within(pid: int, timeout_s: float) -> bool:
    """Whether the process ends within the time."""
    deadline = time.monotonic() + timeout_s
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


if __name__ == "__main__":
    asyncio.run(_keep(Path(sys.argv[1]), int(sys.argv[2])))
