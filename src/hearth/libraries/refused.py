"""Files that were refused, for whoever can do something about them."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth.db import Row, Tx
from hearth.kit.errors import Invalid, NotFound
from hearth.kit.paging import Page, pack_cursor, unpack_cursor

_ADVICE = {
    "content": "Try to play it elsewhere. If it is damaged, put a good copy in its place: Hearth reads it by itself"
    " when it changes.",
    "name": "Rename or move it as the reason says: Hearth sees that by itself.",
}


class Refused(Struct, frozen=True):
    """A file that is in the catalogue as nothing, or not as it should be, and why. `about` says whether what is in it
    or what it is called is the matter; `advice` what a person can do."""

    id: UUID
    library_id: UUID
    path: bytes
    size: int
    reason: str
    about: Literal["content", "name"]
    advice: str
    ignored: bool
    since: datetime


_FROM = (
    "select f.id, r.library_id, r.path as root, f.folder, f.name, f.size, f.problem, f.media is not null as readable,"
    " f.ignored, f.added_at from libraries.file f join libraries.root r on r.id = f.root_id"
    " where f.problem is not null and f.missing_since is null"
)


async def refused_files(
    tx: Tx,
    library_ids: Sequence[UUID] | None,
    *,
    ignored: bool = False,
    limit: int = 100,
    after: str | None = None,
) -> Page[Refused]:
    """The refused files of some libraries (None: of all), oldest first; those that are ignored, or the others."""
    where = " and f.ignored = $1 and ($2::uuid[] is null or r.library_id = any($2::uuid[]))"
    args: list[object] = [ignored, None if library_ids is None else list(library_ids)]
    total: int = await tx.fetchval(f"select count(*) from ({_FROM}{where}) q", *args)  # noqa: S608 - constants
    rows = await tx.fetch(
        f"{_FROM}{where} and ($4::uuid is null or f.id > $4) order by f.id limit $3",
        *args,
        limit + 1,
        None if after is None else _file_id(after),
    )
    found = [_refused(row) for row in rows[:limit]]
    return Page(found, pack_cursor(found[-1].id) if len(rows) > limit else None, total)


async def refused_file(tx: Tx, file_id: UUID) -> Refused:
    """One refused file; NotFound when there is none, or when it is refused no more."""
    row = await tx.fetchrow(f"{_FROM} and f.id = $1", file_id)
    if row is None:
        raise NotFound("This file is not refused any more, or it is gone.")
    return _refused(row)


async def ignore_refused(tx: Tx, file_id: UUID, ignored: bool) -> None:
    """Leave a refused file out of the list, or take it in again."""
    await tx.execute("update libraries.file set ignored = $2 where id = $1", file_id, ignored)


def _refused(row: Row) -> Refused:
    about: Literal["content", "name"] = "name" if row["readable"] else "content"
    path = os.path.join(row["root"], row["folder"], row["name"])
    return Refused(
        row["id"], row["library_id"], path, row["size"], row["problem"], about, _ADVICE[about], row["ignored"],
        row["added_at"],
    )  # fmt: skip


def _file_id(cursor: str) -> UUID:
    try:
        return UUID(str(unpack_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise Invalid("This page cursor belongs to another list: start again from the first page.") from error
