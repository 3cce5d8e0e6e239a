"""The files of an item: editions and qualities, the parts they are made of, what lies beside them."""

import os
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from hearth.db import Row, Tx
from hearth.media import AudioTags, MediaInfo, Problem

Media = MediaInfo | AudioTags


class Part(Struct, frozen=True):
    """A file. `path` is absolute, in the bytes of the file system; `media` is None when the file could not be read."""

    file_id: UUID
    path: bytes
    size: int
    media: Media | None

    @property
    def name(self) -> str:
        """The file's name for people."""
        return os.path.basename(self.path).decode("utf-8", "replace")


class Version(Struct, frozen=True):
    """An edition or quality: one file, or the stacked parts of one."""

    id: UUID
    label: str
    edition: str | None
    parts: tuple[Part, ...]


class Sidecar(Struct, frozen=True):
    """A subtitle, audio or lyrics file beside an item."""

    file_id: UUID
    path: bytes
    kind: Literal["subtitle", "audio", "lyrics"]
    language: str | None
    title: str | None
    forced: bool
    default: bool
    hearing_impaired: bool


async def versions_of(tx: Tx, item_id: UUID) -> list[Version]:
    """The versions all of whose parts are there, the best first."""
    rows = await tx.fetch(
        """select v.id, v.label, v.edition, f.id as file_id, f.size, f.media, f.folder, f.name, r.path as root,
               bool_or(f.missing_since is not null) over (partition by v.id) as broken
           from catalog.version v join catalog.part p on p.version_id = v.id
               join libraries.file f on f.id = p.file_id join libraries.root r on r.id = f.root_id
           where v.item_id = $1 order by v.rank, v.id, p.position""",
        item_id,
    )
    found: dict[UUID, Version] = {}
    for row in rows:
        if row["broken"]:
            continue
        before = found.get(row["id"])
        parts = (*(before.parts if before else ()), Part(row["file_id"], _path(row), row["size"], _media(row["media"])))
        found[row["id"]] = Version(row["id"], row["label"], row["edition"], parts)
    return list(found.values())


async def sidecars_of(tx: Tx, item_id: UUID) -> list[Sidecar]:
    """What lies beside an item and is there, in a lasting order."""
    rows = await tx.fetch(
        """select s.file_id, s.kind, s.language, s.title, s.is_forced, s.is_default, s.hearing_impaired,
               f.folder, f.name, r.path as root
           from catalog.sidecar s join libraries.file f on f.id = s.file_id join libraries.root r on r.id = f.root_id
           where s.item_id = $1 and f.missing_since is null order by f.folder, f.name, s.file_id""",
        item_id,
    )
    return [
        Sidecar(
            row["file_id"], _path(row), row["kind"], row["language"], row["title"],
            row["is_forced"], row["is_default"], row["hearing_impaired"],
        )
        for row in rows
    ]  # fmt: skip


def _path(row: Row) -> bytes:
    root: bytes = row["root"]
    return os.path.join(root, row["folder"], row["name"])


def _media(value: object) -> Media | None:
    """What the probe found. What was written by another version of us is looked at leniently: unknown fields pass."""
    if value is None:
        return None
    try:
        media = msgspec.convert(value, MediaInfo | AudioTags | Problem)
    except msgspec.ValidationError:
        return None
    return None if isinstance(media, Problem) else media
