"""A backup of the database and of the files that go with it, made while everything runs.

All tables are read in one repeatable-read snapshot by COPY, ordered by their keys, so that the same rows always give
the same bytes; what is held in memory is one part of a table. The queue's tables, which no migration makes, are among
them. The new file appears under its name when it is whole and on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import graphlib
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import IO, Any

import asyncpg
import msgspec

from hearth.db import migrate
from hearth.db.archive import FOLDERS, FORMAT, PART, File, Manifest, Step, Table, Writer, part_name, storable
from hearth.db.rows import Row, Tx
from hearth.kit.errors import Conflict, DiskFull, Invalid, Unavailable, out_of_room

_NEW_SCHEMA = re.compile(r"^\s*create\s+schema\s+(?:if\s+not\s+exists\s+)?([a-z_]+)", re.IGNORECASE | re.MULTILINE)
# The text of a value depends on these, and a backup of a large table takes longer than a request may.
_SESSION = {
    "application_name": "hearth backup",
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
_TABLES = """
select c.oid, n.nspname || '.' || c.relname as name,
    array_agg(a.attname::text order by a.attnum) as columns,
    format('select %s from %I.%I t order by %s',
        string_agg(format('t.%I', a.attname), ', ' order by a.attnum), n.nspname, c.relname,
        coalesce(key.columns, 't::text collate "C"')) as query
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
left join lateral (
    select string_agg(format(case when k.attcollation = 0 then 't.%I' else 't.%I collate "C"' end, k.attname), ', '
        order by o.position) as columns
    from pg_index i
    cross join unnest(i.indkey) with ordinality o (number, position)
    join pg_attribute k on k.attrelid = c.oid and k.attnum = o.number
    where i.indrelid = c.oid and i.indisprimary
) key on true
where c.relkind = 'r' and n.nspname = any($1::text[]) and n.nspname <> 'migrations'
group by c.oid, n.nspname, c.relname, key.columns
order by n.nspname, c.relname
"""
_REFERENCES = """
select distinct conrelid, confrelid from pg_constraint
where contype = 'f' and conrelid <> confrelid and connamespace = any(
    select oid from pg_namespace where nspname = any($1::text[]))
"""
_SEQUENCES = """
select schemaname || '.' || sequencename as name, last_value from pg_sequences
where schemaname = any($1::text[]) order by 1
"""


class Source(msgspec.Struct, frozen=True):
    """A table as the database knows it; `query` reads it in the order of its key."""

    name: str
    columns: list[str]
    query: str


def schemas() -> list[str]:
    """The schemas that our migrations make; whatever else a database holds is not ours to keep or to drop."""
    found = {name for step in migrate.read() for name in _NEW_SCHEMA.findall(step.up)}
    return sorted(found | {"migrations"})


async def make(dsn: str, data: Path, target: Path, *, made_by: str) -> Manifest:
    """Writes the backup of a database and its data folder to `target`, for its owner's eyes alone.

    Conflict when `target` exists, DiskFull, Invalid when it cannot be written, Unavailable when the database is away.
    """
    descriptor, fresh = await asyncio.to_thread(_begin, target)
    try:
        with os.fdopen(descriptor, "wb") as file:
            manifest = await _write(dsn, data, await asyncio.to_thread(Writer, file), made_by)
            await asyncio.to_thread(_finish, file, fresh, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        await asyncio.to_thread(fresh.unlink, missing_ok=True)
    return manifest


def _begin(target: Path) -> tuple[int, Path]:
    if target.exists():
        raise Conflict(f"{target} exists: name another file.")
    try:
        descriptor, name = tempfile.mkstemp(".partial", f".{target.name}-", target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error
    return descriptor, Path(name)


def _finish(file: IO[bytes], fresh: Path, target: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    fresh.rename(target)


def _unwritable(target: Path, error: OSError) -> DiskFull | Invalid:
    if out_of_room(error):
        return DiskFull(f"There is no room for the backup in {target.parent}: make room, or choose another folder.")
    return Invalid(f"The backup {target} cannot be written: {error.strerror or error}.")


async def _write(dsn: str, data: Path, writer: Writer, made_by: str) -> Manifest:
    ours = schemas()
    async with connected(dsn) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        steps = [
            Step(row["version"], row["name"], row["sha256"])
            for row in await _rows(connection, "select version, name, sha256 from migrations.applied order by version")
        ]
        if not steps:
            raise Invalid("There is nothing to back up: the database was never set up.")
        tables = [await _copy(connection, source, writer) for source in await sources(connection, ours)]
        # Sequences stand outside of snapshots: read after the rows, they are never behind them.
        numbers = {name: last for name, last in (await sequences(connection, ours)).items() if last is not None}
        postgres = str(await connection.fetchval("select current_setting('server_version')"))
    files = await asyncio.to_thread(_add_files, writer, data)
    made_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    manifest = Manifest(FORMAT, made_by, made_at, postgres, steps[-1].version, steps, tables, numbers, files)
    await asyncio.to_thread(writer.close, manifest)
    return manifest


async def _rows(connection: Tx, query: str) -> list[Row]:
    try:
        return list(await connection.fetch(query))
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return []


@contextlib.asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Any]:
    """A connection whose values have one text everywhere, without our codecs; Unavailable when there is none."""
    try:
        connection = await asyncpg.connect(dsn, timeout=15, server_settings=_SESSION)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unavailable(f"The database cannot be reached: {error or type(error).__name__}") from error
    try:
        yield connection
    except (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError) as error:
        raise Unavailable("The database went away: try again when it is back.") from error
    finally:
        if connection.is_closed():
            connection.terminate()
        else:
            with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=5)


async def sources(tx: Tx, ours: list[str]) -> list[Source]:
    """The tables of these schemas, each after those that it refers to."""
    by_oid = {row["oid"]: Source(row["name"], row["columns"], row["query"]) for row in await tx.fetch(_TABLES, ours)}
    order: graphlib.TopologicalSorter[int] = graphlib.TopologicalSorter(dict.fromkeys(by_oid, ()))
    for row in await tx.fetch(_REFERENCES, ours):
        order.add(row["conrelid"], row["confrelid"])
    return [by_oid[oid] for oid in order.static_order()]


async def sequences(tx: Tx, ours: list[str]) -> dict[str, int | None]:
    """The sequences of these schemas and the last number of each, None for one that gave none."""
    return {row["name"]: row["last_value"] for row in await tx.fetch(_SEQUENCES, ours)}


async def digest(
    tx: Any, source: Source, keep: Callable[[int, bytes], Awaitable[None]] | None = None
) -> tuple[Table, int]:
    """Reads a table, handing its parts to `keep`; returns what the manifest says of it and the number of parts."""
    total, part, rows, size, parts = hashlib.sha256(), bytearray(), 0, 0, 0

    async def take(data: bytes) -> None:
        nonlocal rows, size, parts
        total.update(data)
        rows += data.count(b"\n")  # ends of lines within values are written as \n by COPY
        size += len(data)
        if keep is None:
            return
        part.extend(data)
        while len(part) >= PART:
            await keep(parts, bytes(part[:PART]))
            del part[:PART]
            parts += 1

    await tx.copy_from_query(source.query, output=take, format="text", timeout=None)
    if keep is not None and part:
        await keep(parts, bytes(part))
        parts += 1
    return Table(source.name, source.columns, rows, size, total.hexdigest()), parts


async def _copy(tx: Any, source: Source, writer: Writer) -> Table:
    async def keep(number: int, data: bytes) -> None:
        await asyncio.to_thread(writer.add, part_name(source.name, number), data)

    return (await digest(tx, source, keep))[0]


def _add_files(writer: Writer, data: Path) -> list[File]:
    """The files that go with the rows. One that is gone by now was swept, and nobody will ask for it."""
    found = []
    for path in _files(data):
        try:
            file = (data / path).open("rb")
        except FileNotFoundError:
            continue
        with file:
            found.append(writer.add_file(path, file, os.fstat(file.fileno()).st_size))
    return found


def _files(data: Path) -> Iterator[str]:
    for top in FOLDERS:
        for folder, inner, names in os.walk(data / top):
            inner.sort()
            for name in sorted(names):
                full = Path(folder, name)
                path = full.relative_to(data).as_posix()
                if storable(path) and full.is_file() and not full.is_symlink():
                    yield path
