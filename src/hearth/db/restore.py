"""A backup put back: read through once without touching anything, then loaded as one transaction.

The tables are made as they were when the backup was made, filled, read again and compared with the manifest before
anything is committed; the migrations since then run afterwards, as in any upgrade. Files are unpacked beside their
places and moved there just before the commit, so that a kill leaves an empty server that can be restored again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import asyncpg
import msgspec

from hearth.db import migrate
from hearth.db.archive import MANIFEST, SEAL, File, Hash, Limits, Manifest, Member, Step, Table, members, part_name
from hearth.db.backup import connected, digest, schemas, sequences, sources
from hearth.db.rows import Tx
from hearth.kit.errors import Conflict, DiskFull, Invalid, out_of_room

_STAGE = ".restore-"
_DAMAGED = "This backup is damaged: {} is not what its manifest says. Use another one."


def check(path: Path, limits: Limits = Limits()) -> Manifest:  # noqa: B008 - frozen
    """Reads all of a backup and compares every table and file with its manifest. Blocks.

    Invalid for what is no backup, damaged, hostile or too large; Conflict for one that a newer version made.
    """
    with _opened(path) as file:
        return _check(file, limits)


def _check(file: IO[bytes], limits: Limits) -> Manifest:
    file.seek(0)
    tables: dict[str, tuple[Hash, list[int]]] = {}
    files: list[File] = []
    content: bytes | None = None
    sealed = False
    last = ""
    for member in members(file, limits):
        if sealed or (content is not None and member.name != SEAL):
            raise Invalid("Something follows the manifest of this backup: it was refused.")
        if content is not None:
            sealed = member.read() == hashlib.sha256(content).hexdigest().encode()
            if not sealed:
                raise Invalid("The manifest of this backup is damaged. Use another one.")
        elif member.name == MANIFEST:
            content = member.read()
        elif table := member.table:
            if table != last and table in tables:
                raise Invalid(_DAMAGED.format(table))
            total, counts = tables.setdefault(table, (hashlib.sha256(), [0, 0, 0]))
            if member.name != part_name(table, counts[2]):
                raise Invalid(_DAMAGED.format(member.name))
            for piece in member.pieces():
                total.update(piece)
                counts[0] += piece.count(b"\n")
            counts[1] += member.size
            counts[2] += 1
            last = table
        elif path := member.file:
            hashed: Hash = hashlib.sha256()
            for piece in member.pieces():
                hashed.update(piece)
            files.append(File(path, member.size, hashed.hexdigest()))
        else:
            raise Invalid(f"{member.name!r} stands where a backup does not have it: the file was refused.")
    if content is None or not sealed:
        raise Invalid("This backup was cut off: its manifest is missing. Use another one.")
    manifest = _manifest(content)
    _compare(manifest, {name: (h.hexdigest(), counts[0], counts[1]) for name, (h, counts) in tables.items()}, files)
    return manifest


def _manifest(content: bytes) -> Manifest:
    try:
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise Invalid(f"The manifest of this backup cannot be read: {error}. Use another one.") from error


def _compare(manifest: Manifest, tables: dict[str, tuple[str, int, int]], files: list[File]) -> None:
    nothing = (hashlib.sha256().hexdigest(), 0, 0)
    for table in manifest.tables:
        if tables.pop(table.name, nothing) != (table.sha256, table.rows, table.bytes):
            raise Invalid(_DAMAGED.format(f"table {table.name}"))
    if tables:
        raise Invalid(_DAMAGED.format(f"table {next(iter(tables))}"))
    if len({table.name for table in manifest.tables}) != len(manifest.tables):
        raise Invalid(_DAMAGED.format("the list of tables"))
    if files != manifest.files or len({file.path for file in files}) != len(files):
        raise Invalid(_DAMAGED.format("the list of files"))
    if not manifest.steps or manifest.schema != manifest.steps[-1].version:
        raise Invalid(_DAMAGED.format("the list of migrations"))


async def restore(
    dsn: str,
    data: Path,
    path: Path,
    *,
    must_be_empty: Sequence[str],
    after_up: Callable[[Tx], Awaitable[None]],
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Manifest:
    """Puts the backup into a database without rows in the tables `must_be_empty` and into its data folder.

    The tables are then those of the backup's version: bring them up to date. `after_up` is what `migrate.up` takes.
    Invalid and Conflict as for `check`, before anything was touched; Conflict when the database is not empty.
    """
    with _opened(path) as file:
        manifest = await asyncio.to_thread(_check, file, limits)
        steps = _known(manifest.steps)
        _require_room(data, manifest)
        async with connected(dsn) as connection:
            await _require_empty(connection, must_be_empty)
            for schema in schemas():
                await connection.execute(
                    await connection.fetchval("select format('drop schema if exists %I cascade', $1::text)", schema)
                )
        with tempfile.TemporaryDirectory(prefix="hearth-steps-") as folder:
            await asyncio.to_thread(_lay_out, steps, Path(folder))
            await migrate.up(dsn, folder=Path(folder), after_up=after_up)
        stage = await asyncio.to_thread(_stage, data)
        try:
            async with connected(dsn) as connection, connection.transaction():
                await _load(connection, file, manifest, stage, limits)
                await asyncio.to_thread(_move, manifest, stage, data)
        except asyncpg.PostgresError as error:
            raise Invalid(f"This backup does not fit its tables, nothing was restored: {error}.") from error
        except OSError as error:
            raise _unwritable(data, error) from error
        finally:
            await asyncio.to_thread(shutil.rmtree, stage, True)
    return manifest


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise Invalid(f"The backup {path} cannot be read: {error.strerror or error}.") from error
    with file:
        yield file


def _known(steps: list[Step]) -> list[migrate.Migration]:
    """The backup's migrations as this program has them; Conflict when it does not."""
    ours = {step.version: step for step in migrate.read()}
    for step in steps:
        if step.version not in ours:
            raise Conflict(
                f"This backup was made by a newer version of Hearth (it has the step {step.version:04} {step.name}): "
                "install that version, then restore."
            )
        if ours[step.version].sha256 != step.sha256:
            raise Conflict(f"This backup's step {step.version:04} {step.name} is not the one of this version.")
    return [ours[step.version] for step in steps]


def _require_room(data: Path, manifest: Manifest) -> None:
    needed = sum(file.bytes for file in manifest.files)
    free = shutil.disk_usage(data).free
    if needed > free:
        raise DiskFull(f"The files of this backup take {needed >> 20} MB, {data} has room for {free >> 20} MB.")


async def _require_empty(tx: Tx, tables: Sequence[str]) -> None:
    for table in tables:
        if await tx.fetchval("select to_regclass($1)", table) is None:
            continue
        query = await tx.fetchval("select format('select exists (select from %s)', to_regclass($1::text))", table)
        if await tx.fetchval(query):
            raise Conflict(
                "This server has users or libraries already: restore into an empty one (another --data folder, "
                "or another database)."
            )


def _lay_out(steps: list[migrate.Migration], folder: Path) -> None:
    for step in steps:
        (folder / f"{step.version:04}_{step.name}.up.sql").write_text(step.up, encoding="utf-8")
        (folder / f"{step.version:04}_{step.name}.down.sql").write_text(step.down, encoding="utf-8")


def _stage(data: Path) -> Path:
    for stale in data.glob(f"{_STAGE}*"):
        shutil.rmtree(stale, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=_STAGE, dir=data))


async def _load(tx: Any, file: IO[bytes], manifest: Manifest, stage: Path, limits: Limits) -> None:
    """Fills the tables and the stage, and compares both with the manifest: the file may have changed meanwhile."""
    here = {source.name: source for source in await sources(tx, schemas())}
    for table in manifest.tables:
        if table.name not in here or here[table.name].columns != table.columns:
            raise Conflict(
                f"The table {table.name} of this backup is of another version of the job queue: restore it with the "
                f"version of Hearth that made it ({manifest.made_by}), then upgrade."
            )
        # What triggers count and announce is in the backup already; what a step put into the table is too.
        for words in ("alter table %s disable trigger user", "delete from %s"):
            await _on(tx, words, table.name)
    file.seek(0)
    found = members(file, limits)
    held = await asyncio.to_thread(next, found, None)
    for table in manifest.tables:
        if held is not None and held.table == table.name:
            held = await _fill(tx, table, held, found)
    staged = await asyncio.to_thread(_unpack, held, found, stage)
    if staged != manifest.files:
        raise Invalid(_DAMAGED.format("the list of files"))
    for table in manifest.tables:
        if (await digest(tx, here[table.name]))[0] != table:
            raise Invalid(f"The table {table.name} did not come back as it was: nothing was restored.")
        await _on(tx, "alter table %s enable trigger user", table.name)
    for name in await sequences(tx, schemas()):
        if name in manifest.sequences:
            await tx.execute("select setval(to_regclass($1::text), $2)", name, manifest.sequences[name])


async def _on(tx: Tx, words: str, table: str) -> None:
    """Runs a statement on a table, whose name the server quotes."""
    await tx.execute(await tx.fetchval("select format($1::text, to_regclass($2::text))", words, table))


async def _fill(tx: Any, table: Table, first: Member, found: Iterator[Member]) -> Member | None:
    """Copies the table's parts into it; returns the member that follows them."""
    held: Member | None = first

    async def parts() -> AsyncIterator[bytes]:
        nonlocal held
        while held is not None and held.table == table.name:
            yield await asyncio.to_thread(held.read)
            held = await asyncio.to_thread(next, found, None)

    schema, name = table.name.split(".")
    await tx.copy_to_table(
        name, schema_name=schema, source=parts(), columns=table.columns, format="text", timeout=None
    )  # fmt: skip
    return held


def _unpack(held: Member | None, found: Iterator[Member], stage: Path) -> list[File]:
    files = []
    while held is not None and (path := held.file):
        place = stage / path
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        total: Hash = hashlib.sha256()
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for piece in held.pieces():
                total.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        files.append(File(path, held.size, total.hexdigest()))
        held = next(found, None)
    return files


def _move(manifest: Manifest, stage: Path, data: Path) -> None:
    for file in manifest.files:
        place = data / file.path
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (stage / file.path).replace(place)


def _unwritable(data: Path, error: OSError) -> DiskFull | Invalid:
    if out_of_room(error):
        return DiskFull(f"The disk of the data folder {data} is full: nothing was restored.")
    return Invalid(f"The backup's files cannot be put into {data}: {error.strerror or error}.")
