"""Files and folders as the last scan knew them, written in batches."""

import os
from collections.abc import Collection, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth.db import Tx

FileKind = Literal["video", "audio", "subtitle", "image", "text"]
Change = Literal["new", "changed", "moved", "missing"]


class FolderSeen(Struct, frozen=True):
    """A folder as it lies on disk now: `digest` covers names, sizes, times and inodes of its `files` media files;
    `mtime_ns` is its own time, None when that may yet stand for another change."""

    root_id: UUID
    path: bytes
    digest: bytes
    files: int
    mtime_ns: int | None = None


class File(Struct, frozen=True):
    """A file to keep: where it lies, how it looked when it was read, and what it turned out to be.

    `media` is the probe's result (any msgspec struct that jsonb takes); `problem` why there is none, for people.
    """

    id: UUID
    root_id: UUID
    folder: bytes
    name: bytes
    kind: FileKind
    size: int
    mtime_ns: int
    inode: int
    fingerprint: bytes | None
    media: object | None
    problem: str | None


class KnownFile(File, frozen=True):
    """A file as the database knows it; `media` is plain data (dicts and lists)."""

    missing: bool


_KNOWN = (
    "f.id, f.root_id, f.folder, f.name, f.kind, f.size, f.mtime_ns, f.inode, f.fingerprint, f.media, f.problem,"
    " f.missing_since is not null as missing"
)


async def known_folders(tx: Tx, root_id: UUID) -> dict[bytes, bytes]:
    """Path -> digest of every folder of a root whose files were all filed."""
    rows = await tx.fetch("select path, digest from libraries.folder where root_id = $1", root_id)
    return {row["path"]: row["digest"] for row in rows}


async def folder_times(tx: Tx, root_id: UUID) -> dict[bytes, int | None]:
    """Path -> time of every folder of a root that was filed, None where it is not known."""
    rows = await tx.fetch("select path, mtime_ns from libraries.folder where root_id = $1", root_id)
    return {row["path"]: row["mtime_ns"] for row in rows}


async def filed_folders(tx: Tx, root_id: UUID) -> tuple[dict[bytes, bytes], dict[bytes, int | None]]:
    """`known_folders` and `folder_times` together."""
    rows = await tx.fetch("select path, digest, mtime_ns from libraries.folder where root_id = $1", root_id)
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


async def top_folders(tx: Tx, root_id: UUID) -> list[bytes]:
    """The names of the folders right below a root in which something was filed."""
    rows = await tx.fetch(
        "select distinct substring(path from 1 for position('/'::bytea in path || '/'::bytea) - 1) as name"
        " from libraries.folder where root_id = $1 and path <> ''::bytea",
        root_id,
    )
    return [row["name"] for row in rows]


async def note_folder_times(tx: Tx, root_id: UUID, times: Sequence[tuple[bytes, int | None]]) -> None:
    """Keep the times (path, mtime) of folders that were found as they were filed."""
    await tx.execute(
        "update libraries.folder f set mtime_ns = n.mtime_ns from unnest($2::bytea[], $3::bigint[]) n (path, mtime_ns)"
        " where f.root_id = $1 and f.path = n.path",
        root_id,
        *_columns(times, 2),
    )


async def put_folders(tx: Tx, folders: Sequence[FolderSeen]) -> None:
    """Keep that these folders were filed as they were seen."""
    if not folders:
        return
    await tx.execute(
        "insert into libraries.folder (root_id, path, digest, files, mtime_ns)"
        " select * from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::integer[], $5::bigint[])"
        " on conflict (root_id, path) do update set digest = excluded.digest, files = excluded.files,"
        " mtime_ns = excluded.mtime_ns",
        *_columns([(f.root_id, f.path, f.digest, f.files, f.mtime_ns) for f in folders], 5),
    )


async def forget_folders(tx: Tx, root_id: UUID, paths: Sequence[bytes]) -> None:
    """Forget folders that are gone from disk; their files are marked by `set_missing`."""
    await tx.execute(
        "delete from libraries.folder where root_id = $1 and path = any($2::bytea[])", root_id, list(paths)
    )


async def files_in(tx: Tx, root_id: UUID, folders: Sequence[bytes]) -> list[KnownFile]:
    """All files known in these very folders (not below), missing ones included."""
    rows = await tx.fetch(
        f"select {_KNOWN} from libraries.file f where f.root_id = $1 and f.folder = any($2::bytea[])",  # noqa: S608
        root_id,
        list(folders),
    )
    return [KnownFile(*row) for row in rows]


async def find_moved(
    tx: Tx, root_ids: Sequence[UUID], found: Sequence[tuple[int, int, bytes | None]]
) -> list[KnownFile]:
    """Known files that may be the `found` ones (inode, size, fingerprint) at another place: same fingerprint, or same
    inode and size. The caller checks that the known place is empty now."""
    rows = await tx.fetch(
        f"select {_KNOWN} from libraries.file f"  # noqa: S608
        " join unnest($2::bytea[]) as t (fingerprint) on f.fingerprint = t.fingerprint"
        f" where f.root_id = any($1::uuid[]) union all select {_KNOWN} from libraries.file f"
        " join unnest($3::bigint[], $4::bigint[]) as t (inode, size) on f.inode = t.inode and f.size = t.size"
        " where f.root_id = any($1::uuid[])",
        list(root_ids),
        [fingerprint for _, _, fingerprint in found if fingerprint],
        [inode for inode, _, _ in found],
        [size for _, size, _ in found],
    )
    return list({row["id"]: KnownFile(*row) for row in rows}.values())


async def has_files(tx: Tx, library_id: UUID) -> bool:
    """Whether any file of the library is known, missing ones included."""
    known: bool = await tx.fetchval(
        "select exists (select from libraries.file f join libraries.root r on r.id = f.root_id"
        " where r.library_id = $1)",
        library_id,
    )
    return known


_FILE = tuple(File.__struct_fields__)
_of_file = attrgetter(*_FILE)


async def add_files(tx: Tx, files: Sequence[File]) -> None:
    """Write files that no row is known of; `put_files` at half the price."""
    if files:
        await tx.copy_records_to_table(
            "file", schema_name="libraries", columns=_FILE, records=list(map(_of_file, files))
        )


async def put_files(tx: Tx, files: Sequence[File]) -> None:
    """Write files by their ids; a file that was missing is there again. An id keeps its file when the place changed."""
    if not files:
        return
    await tx.execute(
        "insert into libraries.file as f (id, root_id, folder, name, kind, size, mtime_ns, inode, fingerprint, media,"
        " problem) select * from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::text[], $6::bigint[],"
        " $7::bigint[], $8::bigint[], $9::bytea[], $10::jsonb[], $11::text[])"
        " on conflict (id) do update set root_id = excluded.root_id, folder = excluded.folder, name = excluded.name,"
        " kind = excluded.kind, size = excluded.size, mtime_ns = excluded.mtime_ns, inode = excluded.inode,"
        " fingerprint = excluded.fingerprint, media = excluded.media, problem = excluded.problem, missing_since = null,"
        " ignored = f.ignored and f.problem is not distinct from excluded.problem",
        *_columns(
            [
                (
                    f.id,
                    f.root_id,
                    f.folder,
                    f.name,
                    f.kind,
                    f.size,
                    f.mtime_ns,
                    f.inode,
                    f.fingerprint,
                    f.media,
                    f.problem,
                )
                for f in files
            ],
            11,
        ),
    )


async def missing_below(tx: Tx, root_id: UUID, folders: Sequence[bytes]) -> list[UUID]:
    """Ids of the files still counted as present in these folders."""
    rows = await tx.fetch(
        "select id from libraries.file where root_id = $1 and folder = any($2::bytea[]) and missing_since is null",
        root_id,
        list(folders),
    )
    return [row["id"] for row in rows]


async def places(tx: Tx, file_ids: Collection[UUID], limit: int = 1000) -> list[bytes]:
    """Where files that are counted as present lie, by their paths below their root; `limit` of them."""
    rows = await tx.fetch(
        "select folder, name from libraries.file where id = any($1::uuid[]) and missing_since is null"
        " order by folder, name limit $2",
        list(file_ids),
        limit,
    )
    return [os.path.join(row["folder"], row["name"]) for row in rows]


async def set_missing(tx: Tx, root_id: UUID, file_ids: Sequence[UUID]) -> int:
    """Mark files of a root as gone from disk; how many were not marked before. One that moved away is passed over."""
    done = await tx.execute(
        "update libraries.file set missing_since = now()"
        " where root_id = $1 and id = any($2::uuid[]) and missing_since is null",
        root_id,
        list(file_ids),
    )
    return int(done.split()[-1])


async def tombstones(tx: Tx, age: timedelta, limit: int = 1000) -> list[UUID]:
    """Ids of files that have been missing for longer than `age`, oldest first."""
    rows = await tx.fetch(
        "select id from libraries.file where missing_since < now() - $1::interval order by missing_since limit $2"
        " for update skip locked",
        age,
        limit,
    )
    return [row["id"] for row in rows]


async def forget_files(tx: Tx, file_ids: Sequence[UUID]) -> None:
    """Forget files that are still missing; what hangs on them goes along."""
    await tx.execute(
        "delete from libraries.file where id = any($1::uuid[]) and missing_since is not null", list(file_ids)
    )


async def look_again(tx: Tx, file_ids: Sequence[UUID], *, read: bool = False) -> dict[UUID, list[bytes]]:
    """Forget that the folders of these files were filed, so that the next scan does them again; with `read` the files
    are read anew too. Library -> those folders as full paths, for `request_scan`."""
    if read:
        await tx.execute("update libraries.file set mtime_ns = -1 where id = any($1::uuid[])", list(file_ids))
    rows = await tx.fetch(
        "select distinct r.library_id, r.id, r.path, f.folder from libraries.file f join libraries.root r"
        " on r.id = f.root_id where f.id = any($1::uuid[]) and f.missing_since is null",
        list(file_ids),
    )
    await tx.execute(
        "delete from libraries.folder where (root_id, path) in (select * from unnest($1::uuid[], $2::bytea[]))",
        [row["id"] for row in rows],
        [row["folder"] for row in rows],
    )
    found: dict[UUID, list[bytes]] = {}
    for row in rows:
        full = os.path.join(row["path"], row["folder"]) if row["folder"] else row["path"]
        found.setdefault(row["library_id"], []).append(full)
    return found


async def present_count(tx: Tx, root_id: UUID) -> int:
    """How many files of a root are counted as present."""
    count: int = await tx.fetchval(
        "select count(*) from libraries.file where root_id = $1 and missing_since is null", root_id
    )
    return count


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """Rows turned into one array a column, for unnest."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
