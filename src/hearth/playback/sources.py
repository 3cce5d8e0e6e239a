"""The files behind an item: what can be played, and the subtitles beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from uuid import UUID

import msgspec

from hearth.db import Row, Tx
from hearth.kit.errors import Conflict, NotFound
from hearth.media import AudioTags, MediaInfo, Problem

SIDECAR_FROM = 500
"""Subtitles beside a file are counted from here on; streams within it from 0."""


class Source(msgspec.Struct, frozen=True):
    """One version of an item. `path` is absolute, `root` the folder of the library that it must not lead out of."""

    item_id: UUID
    version_id: UUID
    file_id: UUID
    path: bytes
    root: bytes
    media: MediaInfo | AudioTags
    start_ms: int = 0
    """Where it begins in its file: of a track that is a piece of a longer recording."""
    end_ms: int | None = None
    offset_ms: int = 0
    """Where it begins in the item: of a stacked part after the first."""
    stack_ms: int | None = None
    """How long all stacked parts are together; None for an item of one file."""
    more: bool = False
    """Whether another part follows."""

    @property
    def duration_ms(self) -> int:
        """The file's."""
        return self.media.duration_ms or 0

    @property
    def length_ms(self) -> int:
        """How long the item plays: all parts of a stack, the whole file, or its piece of it."""
        if self.stack_ms is not None:
            return self.stack_ms
        end = self.duration_ms if self.end_ms is None else self.end_ms
        return max(0, end - self.start_ms)

    def in_file(self, position_ms: int) -> int:
        """A position in the item as one in this file."""
        return max(0, position_ms - self.offset_ms) + self.start_ms


class Beside(msgspec.Struct, frozen=True):
    """A subtitle file; `index` is what players name it by."""

    index: int
    path: bytes
    root: bytes
    language: str | None
    title: str | None
    forced: bool
    default: bool
    hearing_impaired: bool


async def sources(tx: Tx, item_id: UUID, at_ms: int = 0) -> list[Source]:
    """What can be played of an item, the best version first; of stacked parts the one that holds the position `at_ms`.

    NotFound when nothing of it is on the disks now; Conflict, with the reason, when it is there and cannot be read.
    Whether the viewer may see the item was decided before, by `browse`.
    """
    rows = await tx.fetch(
        """select v.id as version_id, f.id as file_id, r.path as root, f.folder, f.name,
               f.media, f.problem, p.start_ms, p.end_ms
           from catalog.version v join catalog.part p on p.version_id = v.id
               join libraries.file f on f.id = p.file_id join libraries.root r on r.id = f.root_id
           where v.item_id = $1 and f.missing_since is null order by v.rank, v.id, p.position""",
        item_id,
    )
    if not rows:
        raise NotFound("No file of this is on the disks now: check that the drive is connected, then scan the library.")
    stacks: dict[UUID, list[Source]] = {}
    problem = None
    for row in rows:
        media = read_media(row["media"])
        if isinstance(media, MediaInfo | AudioTags) and playable(media):
            path = join_path(row)
            piece = (row["start_ms"] or 0, row["end_ms"])
            one = Source(item_id, row["version_id"], row["file_id"], path, row["root"], media, *piece)
            stacks.setdefault(one.version_id, []).append(one)
        else:
            problem = problem or row["problem"] or (media.reason if isinstance(media, Problem) else None)
    found = [_part_at(parts, at_ms) for parts in stacks.values()]
    if not found:
        raise Conflict(problem or "This file could not be read as media: scan the library again.")
    return found


def _part_at(parts: Sequence[Source], at_ms: int) -> Source:
    """The part of a stack that holds a position; the last one for a position behind the end. A part that does not say
    how long it is ends the stack: what comes behind it has no place."""
    if len(parts) == 1:
        return parts[0]
    at = 0
    placed = []
    for part in parts:
        placed.append(msgspec.structs.replace(part, offset_ms=at))
        at += part.duration_ms
        if part.duration_ms == 0:
            break
    chosen = next((n for n, part in enumerate(placed) if at_ms < part.offset_ms + part.duration_ms), len(placed) - 1)
    return msgspec.structs.replace(placed[chosen], stack_ms=at, more=chosen + 1 < len(placed))


async def beside(tx: Tx, item_id: UUID) -> list[Beside]:
    """Subtitle files beside an item, in a lasting order that counts the other files beside it too."""
    rows = await tx.fetch(
        """select s.kind, s.language, s.title, s.is_forced, s.is_default, s.hearing_impaired,
               f.folder, f.name, r.path as root
           from catalog.sidecar s join libraries.file f on f.id = s.file_id join libraries.root r on r.id = f.root_id
           where s.item_id = $1 and f.missing_since is null order by f.folder, f.name, s.file_id""",
        item_id,
    )
    return [
        Beside(
            number, join_path(row), row["root"], row["language"], row["title"],
            row["is_forced"], row["is_default"], row["hearing_impaired"],
        )
        for number, row in enumerate(rows, SIDECAR_FROM)
        if row["kind"] == "subtitle"
    ]  # fmt: skip


def join_path(row: Row) -> bytes:
    root: bytes = row["root"]
    return os.path.join(root, row["folder"], row["name"])


def read_media(value: object) -> MediaInfo | AudioTags | Problem | None:
    """What the probe wrote. Fields of another version of Hearth pass."""
    try:
        return msgspec.convert(value, MediaInfo | AudioTags | Problem) if value is not None else None
    except msgspec.ValidationError:
        return None


def playable(media: MediaInfo | AudioTags) -> bool:
    return isinstance(media, AudioTags) or bool(media.video or media.audio)


async def media_of(tx: Tx, file_id: UUID) -> MediaInfo | AudioTags:
    """What is known of one file; NotFound when it is no media or not known any more."""
    media = read_media(await tx.fetchval("select media from libraries.file where id = $1", file_id))
    if not isinstance(media, MediaInfo | AudioTags):
        raise NotFound("The file is not there any more.")
    return media
