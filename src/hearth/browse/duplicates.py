"""The same content twice: files with one fingerprint, by what they are of. Nothing is removed."""

import os
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.load import load
from hearth.browse.rows import Item
from hearth.browse.visible import may_see
from hearth.db import Tx
from hearth.kit.errors import Invalid
from hearth.kit.paging import Page, pack_cursor, unpack_cursor


class Copy(Struct, frozen=True):
    """A file, and the item that it is of (None when it is of none that the viewer sees)."""

    file_id: UUID
    path: bytes
    item: Item | None


class Duplicates(Struct, frozen=True):
    """Files of one size (bytes) whose content is the same by its fingerprint: the size, the first and last 64 KB."""

    size: int
    copies: tuple[Copy, ...]


_GROUPS = """
    select f.size, f.fingerprint from libraries.file f join libraries.root r on r.id = f.root_id
    where f.fingerprint is not null and f.missing_since is null and f.kind in ('video', 'audio')
        and ($1::uuid[] is null or r.library_id = any($1::uuid[]))
    group by f.size, f.fingerprint having count(*) > 1 and count(distinct (f.root_id, f.inode)) > 1"""


async def duplicates(tx: Tx, viewer: Viewer, *, limit: int = 50, after: str | None = None) -> Page[Duplicates]:
    """What lies twice in the viewer's libraries, the largest first. Names that are links to one file are no copies."""
    libraries = may_see(viewer)
    size, mark = _place(after) if after is not None else (None, None)
    total: int = await tx.fetchval(f"select count(*) from ({_GROUPS}) g", libraries)  # noqa: S608 - a constant
    groups = await tx.fetch(
        f"select * from ({_GROUPS}) g where $2::bigint is null or (g.size, g.fingerprint) < ($2, $3::bytea)"  # noqa: S608
        " order by g.size desc, g.fingerprint desc limit $4",
        libraries, size, mark, limit + 1,
    )  # fmt: skip
    shown = groups[:limit]
    rows = await tx.fetch(
        """select f.id, f.fingerprint, f.size, r.path as root, f.folder, f.name, (select v.item_id from catalog.part p
               join catalog.version v on v.id = p.version_id where p.file_id = f.id order by v.item_id limit 1) as item
           from libraries.file f join libraries.root r on r.id = f.root_id
           where f.fingerprint = any($1::bytea[]) and f.missing_since is null
               and ($2::uuid[] is null or r.library_id = any($2::uuid[])) order by r.path, f.folder, f.name""",
        [group["fingerprint"] for group in shown], libraries,
    )  # fmt: skip
    items = {item.id: item for item in await load(tx, viewer, [row["item"] for row in rows if row["item"]])}
    copies: dict[tuple[int, bytes], list[Copy]] = {}
    for row in rows:
        path = os.path.join(row["root"], row["folder"], row["name"])
        copies.setdefault((row["size"], row["fingerprint"]), []).append(Copy(row["id"], path, items.get(row["item"])))
    found = [Duplicates(one["size"], tuple(copies.get((one["size"], one["fingerprint"]), ()))) for one in shown]
    more = pack_cursor(shown[-1]["size"], shown[-1]["fingerprint"].hex()) if len(groups) > limit else None
    return Page(found, more, total)


def _place(cursor: str) -> tuple[int, bytes]:
    parts: Sequence[object] = unpack_cursor(cursor, 2)
    try:
        return int(str(parts[0])), bytes.fromhex(str(parts[1]))
    except ValueError as error:
        raise Invalid("This page cursor belongs to another list: start again from the first page.") from error
