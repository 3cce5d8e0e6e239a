"""Libraries and their root folders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

import asyncpg
from msgspec import Struct

from hearth import jobs
from hearth.db import Tx
from hearth.kit.errors import Conflict, Invalid, NotFound
from hearth.kit.ids import new_id
from hearth.kit.text import fold
from hearth.libraries.folders import look, normal, root_problem, text

Kind = Literal["movies", "shows", "music"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Root(Struct, frozen=True):
    """A folder of a library; `problem` is what the last scan could not do with it, None when all was well.

    `watch` says how changes in it are noticed: "watched", or a sentence that says why it is scanned by the clock; None
    while no worker has looked. `marked`: our marker file was written there.
    """

    id: UUID
    library_id: UUID
    path: bytes
    problem: str | None
    watch: str | None = None
    marked: bool = False


class Library(Struct, frozen=True):
    """A named set of root folders that hold one kind of media."""

    id: UUID
    name: str
    kind: Kind
    roots: tuple[Root, ...]
    created_at: datetime


class LibrariesChanged(jobs.Event, frozen=True, tag="libraries"):
    """A library came, went or changed its name or folders."""

    library_id: UUID


async def libraries(tx: Tx, ids: list[UUID] | None = None) -> list[Library]:
    """All libraries, or those of `ids`, by name."""
    rows = await tx.fetch(
        "select id, name, kind, created_at from libraries.library where $1::uuid[] is null or id = any($1)"
        " order by name_key",
        ids,
    )
    roots = await tx.fetch(
        "select id, library_id, path, problem, watch, marked from libraries.root where library_id = any($1)"
        " order by path",
        [row["id"] for row in rows],
    )
    return [
        Library(
            id=row["id"],
            name=row["name"],
            kind=row["kind"],
            roots=tuple(Root(*root) for root in roots if root["library_id"] == row["id"]),
            created_at=row["created_at"],
        )
        for row in rows
    ]


async def library(tx: Tx, library_id: UUID) -> Library:
    """One library; NotFound when there is none."""
    found = await libraries(tx, [library_id])
    if not found:
        raise NotFound("There is no such library. It may have been removed.")
    return found[0]


async def create(tx: Tx, name: str, kind: Kind, paths: list[bytes]) -> Library:
    """A new library over `paths`, each checked to be a folder of its own; Conflict when the name is taken."""
    library_id = new_id()
    name = _checked_name(name)
    await _checked_roots(tx, paths)
    try:
        await tx.execute(
            "insert into libraries.library (id, name, name_key, kind) values ($1, $2, $3, $4)",
            library_id,
            name,
            fold(name) or name,
            kind,
        )
        await _put_roots(tx, library_id, paths)
    except asyncpg.UniqueViolationError as error:
        raise _clash(error, name) from error
    await jobs.announce(tx, LibrariesChanged(library_id))
    return await library(tx, library_id)


async def update(tx: Tx, library_id: UUID, *, name: str | None = None, paths: list[bytes] | None = None) -> Library:
    """Rename a library or change its folders. A folder taken away takes its files along, the items hide."""
    before = await library(tx, library_id)
    try:
        if name is not None:
            name = _checked_name(name)
            await tx.execute(
                "update libraries.library set name = $2, name_key = $3, updated_at = now() where id = $1",
                library_id,
                name,
                fold(name) or name,
            )
        if paths is not None:
            paths = [normal(path) for path in paths]
            kept = {root.path for root in before.roots} & set(paths)
            leaving = [root.id for root in before.roots if root.path not in kept]
            await _checked_roots(tx, [path for path in paths if path not in kept], leaving=leaving)
            await tx.execute(
                "delete from libraries.root where library_id = $1 and path <> all($2::bytea[])", library_id, list(kept)
            )
            await _put_roots(tx, library_id, [path for path in paths if path not in kept])
    except asyncpg.UniqueViolationError as error:
        raise _clash(error, name or before.name) from error
    await jobs.announce(tx, LibrariesChanged(library_id))
    return await library(tx, library_id)


async def delete(tx: Tx, library_id: UUID) -> None:
    """Forget a library and all that was found in it; the files on disk are never touched."""
    # All that hangs on it goes along, row by row: 48 s for 150,000 tracks were measured, hence the time.
    gone = await tx.fetchval("delete from libraries.library where id = $1 returning id", library_id, timeout=900)
    if gone is None:
        raise NotFound("There is no such library. It may have been removed already.")
    await jobs.announce(tx, LibrariesChanged(library_id))


async def hold(tx: Tx, library_id: UUID) -> None:
    """Keep a library from being removed until the transaction ends; NotFound when it is gone.

    Whoever writes much of a library begins with this: removing it then waits for them, or they find it gone, and
    neither has what the other waits for.
    """
    if not await tx.fetchval("select true from libraries.library where id = $1 for key share", library_id):
        raise NotFound("There is no such library. It may have been removed already.")


async def note_root_problem(tx: Tx, root_id: UUID, problem: str | None) -> None:
    """Keep why a root could not be scanned, or that it could."""
    await tx.execute(
        "update libraries.root set problem = $2 where id = $1 and problem is distinct from $2", root_id, problem
    )


async def taken_roots(tx: Tx, *, leaving: Sequence[UUID] = ()) -> list[tuple[bytes, str]]:
    """Every root with its library's name, but for the roots that are `leaving`."""
    rows = await tx.fetch(
        "select r.path, l.name from libraries.root r join libraries.library l on l.id = r.library_id"
        " where r.id <> all($1::uuid[])",
        list(leaving),
    )
    return [(row["path"], row["name"]) for row in rows]


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise Invalid("A library needs a name of letters that can be shown.")
    return name


async def _checked_roots(tx: Tx, paths: list[bytes], *, leaving: Sequence[UUID] = ()) -> None:
    """Invalid when a path cannot be a root, naming the path and what to do."""
    taken = await taken_roots(tx, leaving=leaving)
    for path in paths:
        if problem := await look(root_problem, path, taken, what=path):
            raise Invalid(problem, extra={"path": text(path)})
        taken.append((path, "you are making"))


async def _put_roots(tx: Tx, library_id: UUID, paths: list[bytes]) -> None:
    await tx.executemany(
        "insert into libraries.root (id, library_id, path) values ($1, $2, $3)",
        [(new_id(), library_id, normal(path)) for path in paths],
    )


def _clash(error: asyncpg.UniqueViolationError, name: str) -> Conflict:
    if error.constraint_name == "root_path_key":
        return Conflict("One of these folders belongs to a library already.")
    return Conflict(f"There is a library named {name} already. Choose another name.")
