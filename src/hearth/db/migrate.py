"""Migrations: plain SQL files, applied in order, once, by one process at a time.

A folder holds `NNNN_name.up.sql` and `NNNN_name.down.sql` pairs. Each file runs in a transaction of its own together
with its note in the bookkeeping table, so that a kill at any point leaves it applied or not; a file whose first line is
`-- no-transaction` runs outside of one (CREATE INDEX CONCURRENTLY) and must be written so that it can run twice.
Processes that start together queue at an advisory lock, which ends with the connection that holds it.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from hearth.db.codecs import prepare
from hearth.db.rows import Tx
from hearth.kit.errors import Conflict, Invalid, Unavailable

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x48656172_7468  # "Hearth", so that another program's advisory lock is not ours by accident
_POLL_S = 0.05
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.(up|down)\.sql")
_OUTSIDE = "-- no-transaction"
_BOOKS = """
create schema if not exists migrations;
create table if not exists migrations.applied (
  version int primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now()
);
"""


class Migration(msgspec.Struct, frozen=True):
    """One step: its number, its name and both directions as SQL."""

    version: int
    name: str
    up: str
    down: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.up.encode()).hexdigest()


class Applied(msgspec.Struct, frozen=True):
    """One line of `status`: `applied_at` is None for a step that waits."""

    version: int
    name: str
    applied_at: dt.datetime | None


def read(folder: Path = FOLDER) -> list[Migration]:
    """The folder's migrations in order; Invalid for a name out of pattern, a missing half or a number twice."""
    halves: dict[tuple[int, str], dict[str, str]] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise Invalid(f"{path.name} is no migration: name it NNNN_name.up.sql or NNNN_name.down.sql.")
        halves.setdefault((int(match[1]), match[2]), {})[match[3]] = path.read_text(encoding="utf-8")
    steps: list[Migration] = []
    for (version, name), half in sorted(halves.items()):
        if len(half) != 2:
            raise Invalid(f"Migration {version:04} {name} needs both an .up.sql and a .down.sql file.")
        if steps and version == steps[-1].version:
            raise Invalid(f"Migration {version:04} {name} has the number of {steps[-1].name}: give it another.")
        steps.append(Migration(version, name, half["up"], half["down"]))
    return steps


async def up(
    dsn: str,
    target: int | None = None,
    *,
    folder: Path = FOLDER,
    after_up: Callable[[Tx], Awaitable[None]] | None = None,
    wait_s: float = 300.0,
) -> int:
    """Applies what is missing, up to `target` (all when None); returns how many steps were applied.

    `after_up(connection)` runs under the same lock, outside a transaction, each time; it must be able to run twice.
    Conflict when an applied file was edited or the database is newer than this program; Unavailable when the server
    cannot be reached or another process holds the lock for longer than `wait_s`.
    """
    steps = read(folder)
    async with _locked(dsn, wait_s) as connection:
        applied = await _applied(connection)
        _check(steps, applied)
        count = 0
        for step in steps:
            if step.version not in applied and (target is None or step.version <= target):
                await _run(connection, step, step.up, _NOTE, step.version, step.name, step.sha256)
                count += 1
        if after_up is not None:
            await after_up(connection)
        return count


_NOTE = "insert into migrations.applied (version, name, sha256) values ($1, $2, $3)"
_UNNOTE = "delete from migrations.applied where version = $1"


async def down(dsn: str, target: int, *, folder: Path = FOLDER, wait_s: float = 300.0) -> int:
    """Takes back every step above `target`, newest first; returns how many. Errors as for `up`."""
    steps = {step.version: step for step in read(folder)}
    async with _locked(dsn, wait_s) as connection:
        applied = await _applied(connection)
        _check(list(steps.values()), applied)
        gone = sorted((version for version in applied if version > target), reverse=True)
        for version in gone:
            await _run(connection, steps[version], steps[version].down, _UNNOTE, version)
        return len(gone)


async def status(dsn: str, *, folder: Path = FOLDER) -> list[Applied]:
    """Every step, in order, with the time it was applied; steps only the database knows are at the end."""
    async with _connected(dsn) as connection:
        known = await connection.fetchval("select to_regclass('migrations.applied') is not null")
        applied = await _applied(connection) if known else {}
    steps = [
        Applied(step.version, step.name, applied[step.version]["applied_at"] if step.version in applied else None)
        for step in read(folder)
    ]
    ours = {step.version for step in steps}
    ahead = [Applied(v, row["name"], row["applied_at"]) for v, row in applied.items() if v not in ours]
    return steps + ahead


@contextlib.asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[Any]:
    """A connection of its own: no command timeout, for a step may rewrite a large table."""
    try:
        connection = await asyncpg.connect(dsn, timeout=15)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(f"The database cannot be reached: {error or type(error).__name__}") from error
    try:
        await prepare(connection)
        yield connection
    finally:
        if connection.is_closed():
            connection.terminate()
        else:
            await connection.close(timeout=5)


@contextlib.asynccontextmanager
async def _locked(dsn: str, wait_s: float) -> AsyncIterator[Any]:
    async with _connected(dsn) as connection:
        deadline = time.monotonic() + wait_s
        # Polled: waiting inside pg_advisory_lock holds a snapshot, and CREATE INDEX CONCURRENTLY waits for that.
        while not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):
            if time.monotonic() > deadline:
                raise Unavailable("Another process is still migrating the database: wait for it, then start again.")
            await asyncio.sleep(_POLL_S)
        await connection.execute(_BOOKS)
        yield connection


async def _applied(connection: Any) -> dict[int, Any]:
    rows = await connection.fetch("select version, name, sha256, applied_at from migrations.applied order by version")
    return {row["version"]: row for row in rows}


def _check(steps: list[Migration], applied: dict[int, Any]) -> None:
    by_version = {step.version: step for step in steps}
    newer = [f"{version:04} {row['name']}" for version, row in applied.items() if version not in by_version]
    if newer:
        raise Conflict(
            f"This database is newer than this version of Hearth (it knows {', '.join(newer)}): "
            "start the newer Hearth again, or restore a backup made before the upgrade."
        )
    for version, row in applied.items():
        if row["sha256"] != by_version[version].sha256:
            raise Conflict(
                f"Migration {version:04} {row['name']} was edited after it was applied here: "
                "put the file back as it was and add a new migration for the change."
            )


async def _run(connection: Any, step: Migration, sql: str, note: str, *args: object) -> None:
    try:
        if sql.split("\n", 1)[0].strip() == _OUTSIDE:
            # One statement at a time: PostgreSQL runs a text of several as one implicit transaction.
            for statement in _statements(sql):
                await connection.execute(statement)
            await connection.execute(note, *args)
            return
        async with connection.transaction():
            await connection.execute(sql)
            await connection.execute(note, *args)
    except asyncpg.PostgresError as error:
        error.add_note(f"in migration {step.version:04} {step.name}")
        raise


def _statements(sql: str) -> list[str]:
    """The statements of a `-- no-transaction` file: each ends with a semicolon at the end of a line."""
    lines = "\n".join(line for line in sql.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in re.split(r";[ \t]*(?:\n|$)", lines) if part.strip()]
