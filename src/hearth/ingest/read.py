"""Reading folders that changed: what lies there, what of it is new, and what the new files turn out to be."""

import asyncio
import os
from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct, field, structs

from hearth import libraries
from hearth.db import Database
from hearth.ingest.findings import Media
from hearth.ingest.settle import wait_for
from hearth.ingest.walk import Entry, Listed, Seen, digest, folder_time, list_folder
from hearth.kit.ids import new_id
from hearth.libraries import Change, File, FolderSeen, KnownFile
from hearth.media import Probers, fingerprint
from hearth.media.facts import AudioTags, MediaInfo, Problem

_PASSING = frozenset(("missing", "denied", "timeout", "failed"))
# Which files a library keeps; pictures and NFO count in a folder's digest but need no row.
_KEPT = {
    "movies": frozenset(("video", "audio", "subtitle")),
    "shows": frozenset(("video", "audio", "subtitle")),
    "music": frozenset(("audio", "text")),
}


class Folders(Struct, frozen=True):
    """A unit of work: a folder that is identified as one, with its attached folders (extras, subtitles)."""

    main: bytes
    all: tuple[bytes, ...]


class Read(Struct):
    """A unit as it was read. `files` are all kept files by path; `touched` those to write, by why; `gone` are ids of
    known files that are not there any more; `listings` is what lies in each folder; `problems` are paths and reasons
    for people, `warnings` the same of files that are kept although they are not whole. An `unsettled` unit is looked at
    again by the next scan. `came` says where (root and folder) files lay that moved."""

    folders: Folders
    entries: tuple[Entry, ...]
    seen: list[FolderSeen]
    files: dict[bytes, File] = field(default_factory=dict)
    media: dict[bytes, Media] = field(default_factory=dict)
    touched: dict[bytes, Change] = field(default_factory=dict)
    came: dict[bytes, tuple[UUID, bytes]] = field(default_factory=dict)
    gone: set[UUID] = field(default_factory=set)
    listings: dict[bytes, tuple[Entry, ...]] = field(default_factory=dict)
    unsettled: bool = False
    problems: list[tuple[bytes, str]] = field(default_factory=list)
    warnings: list[tuple[bytes, str]] = field(default_factory=list)


class Reader:
    """Reads units of one root. `claimed` gathers the ids of files that were found again at another place; `empty` says
    that nothing is known of the library yet; `listings` are folders as the walk found them, each used up by its unit.
    What changed since then shows when the files are read, or in the next scan."""

    def __init__(
        self,
        database: Database,
        probers: Probers,
        library: libraries.Library,
        root: libraries.Root,
        *,
        links: bool,
        empty: bool,
        claimed: set[UUID],
        listings: dict[bytes, Listed],
        settle_s: float = 0.0,
    ) -> None:
        self._listings = listings
        self._database = database
        self._probers = probers
        self._library = library
        self._root = root
        self._links = links
        self._empty = empty
        self._claimed = claimed
        self._settle_s = settle_s
        self._top = os.path.join(root.path, b"")

    async def read(self, units: Sequence[Folders]) -> list[Read]:
        """What lies in the units now, probed where it is new."""
        reads = await asyncio.to_thread(lambda: [found for unit in units if (found := self._list(unit)) is not None])
        known = {} if self._empty else await self._known(reads)
        fresh: list[tuple[Read, Entry, KnownFile | None]] = []
        for read in reads:
            fresh += self._compare(read, known)
        fresh = await self._settled(fresh)
        # Where nothing is known nothing can have moved: then the probe takes the fingerprints along.
        await self._probe(fresh if self._empty else await self._without_moved(fresh))
        return reads

    async def _without_moved(
        self, fresh: Sequence[tuple[Read, Entry, KnownFile | None]]
    ) -> list[tuple[Read, Entry, KnownFile | None]]:
        """Those that are not known from another place; what is known of the others is taken over."""
        fingerprints = await asyncio.to_thread(self._fingerprints, [entry for _, entry, old in fresh if old is None])
        moved = await self._moved(fresh, fingerprints)
        left = []
        for read, entry, before in fresh:
            old = moved.get(entry.path)
            if old is None:
                left.append((read, entry, before))
                continue
            read.files[entry.path] = self._file(entry, old.id, old.fingerprint, old.media, old.problem)
            read.touched[entry.path] = "moved"
            read.came[entry.path] = (old.root_id, old.folder)
            self._keep_media(read, entry.path, old.media, old.problem)
        return left

    def full(self, path: bytes) -> bytes:
        """A path below the root as a full one."""
        return self._top + path

    def _list(self, unit: Folders) -> Read | None:
        entries: list[Entry] = []
        seen: list[FolderSeen] = []
        listings: dict[bytes, tuple[Entry, ...]] = {}
        for folder in unit.all:
            listed = self._listings.pop(folder, None)
            try:
                if listed is not None:
                    now, here = listed.seen, listed.entries()
                else:
                    since = folder_time(self._root.path, folder)
                    here = tuple(list_folder(self._root.path, folder, links=self._links))
                    now = Seen(folder, digest(here), len(here), mtime_ns=since)
            except OSError:
                return None  # it changed under our feet: the next scan sees what became of it
            listings[folder] = here
            seen.append(FolderSeen(self._root.id, folder, now.digest, now.files, now.mtime_ns))
            entries += here
        return Read(unit, tuple(entries), seen, listings=listings)

    async def _known(self, reads: Sequence[Read]) -> dict[bytes, KnownFile]:
        folders = [folder for read in reads for folder in read.folders.all]
        async with self._database.transaction(readonly=True) as tx:
            found = await libraries.files_in(tx, self._root.id, folders)
        return {os.path.join(file.folder, file.name): file for file in found}

    def _compare(self, read: Read, known: dict[bytes, KnownFile]) -> list[tuple[Read, Entry, KnownFile | None]]:
        """Sort entries into the unchanged and the returned, and the fresh ones that are the answer."""
        kept = _KEPT[self._library.kind]
        fresh: list[tuple[Read, Entry, KnownFile | None]] = []
        present: set[bytes] = set()
        for entry in read.entries:
            if entry.kind not in kept or (entry.kind == "text" and not entry.name.lower().endswith(b".lrc")):
                continue
            path = entry.path
            present.add(path)
            old = known.get(path)
            if old is None or old.size != entry.size or old.mtime_ns != entry.mtime_ns:
                fresh.append((read, entry, old))
                continue
            read.files[path] = self._file(entry, old.id, old.fingerprint, old.media, old.problem)
            if old.missing:
                read.touched[path] = "changed"
            self._keep_media(read, entry.path, old.media, old.problem)
        here = set(read.folders.all)
        for path, old in known.items():
            if old.folder in here and path not in present and not old.missing:
                read.gone.add(old.id)
        return fresh

    async def _settled(
        self, fresh: list[tuple[Read, Entry, KnownFile | None]]
    ) -> list[tuple[Read, Entry, KnownFile | None]]:
        """Those that nobody writes any more; the others stay what they were, and their folders are done again."""
        media = [entry for _, entry, _ in fresh if entry.kind in ("video", "audio")]
        paths = [self.full(entry.path) for entry in media]
        writing, pause = await asyncio.to_thread(wait_for, paths, self._settle_s)
        if pause > 0:
            await asyncio.sleep(pause)
            writing |= await asyncio.to_thread(self._moving, media)
        if not writing:
            return fresh
        settled = []
        for read, entry, old in fresh:
            if self.full(entry.path) not in writing:
                settled.append((read, entry, old))
                continue
            read.unsettled = True
            if old is not None:
                read.files[entry.path] = self._file(entry, old.id, old.fingerprint, old.media, old.problem)
                self._keep_media(read, entry.path, old.media, old.problem)
        return settled

    def _moving(self, entries: Sequence[Entry]) -> set[bytes]:
        """The full paths of files that are not what they were a moment ago."""
        moving = set()
        for entry in entries:
            path = self.full(entry.path)
            try:
                facts = os.stat(path)
            except OSError:
                moving.add(path)
                continue
            if (facts.st_size, facts.st_mtime_ns) != (entry.size, entry.mtime_ns):
                moving.add(path)
        return moving

    def _keep_media(self, read: Read, path: bytes, media: object | None, problem: str | None) -> None:
        if media is not None:
            facts = media if isinstance(media, MediaInfo | AudioTags) else msgspec.convert(media, MediaInfo | AudioTags)
            read.media[path] = facts
            if facts.warnings:
                read.warnings += [(path, warning) for warning in facts.warnings]
        elif problem is not None:
            read.problems.append((path, problem))

    def _fingerprints(self, entries: Sequence[Entry]) -> dict[bytes, bytes]:
        return {
            entry.path: mark
            for entry in entries
            if entry.kind in ("video", "audio") and (mark := fingerprint(self.full(entry.path), entry.size)) is not None
        }

    async def _moved(
        self, fresh: Sequence[tuple[Read, Entry, KnownFile | None]], marks: dict[bytes, bytes]
    ) -> dict[bytes, KnownFile]:
        """Path -> the known file that now lies there: same content, or same inode and size, and its old place empty."""
        new = [entry for _, entry, old in fresh if old is None and entry.kind in ("video", "audio")]
        if not new:
            return {}
        async with self._database.transaction(readonly=True) as tx:
            candidates = await libraries.find_moved(
                tx,
                [root.id for root in self._library.roots],
                [(entry.inode, entry.size, marks.get(entry.path)) for entry in new],
            )
        left = await asyncio.to_thread(self._left, candidates)
        found: dict[bytes, KnownFile] = {}
        for entry in new:
            mark = marks.get(entry.path)
            same = [old for old in left if old.id not in self._claimed and _same(old, entry, mark)]
            if same:
                best = max(same, key=lambda old: (old.inode == entry.inode, old.name == entry.name, str(old.id)))
                self._claimed.add(best.id)
                found[entry.path] = best
        return found

    def _left(self, candidates: Sequence[KnownFile]) -> list[KnownFile]:
        """Those whose known place holds nothing any more."""
        paths = {root.id: root.path for root in self._library.roots}
        return [
            old for old in candidates if not os.path.lexists(os.path.join(paths[old.root_id], old.folder, old.name))
        ]

    async def _probe(self, work: Sequence[tuple[Read, Entry, KnownFile | None]]) -> None:
        media = [entry for _, entry, _ in work if entry.kind in ("video", "audio")]
        answers = await self._probers.mark_many([(self.full(entry.path), entry.size) for entry in media])
        results = dict(zip((entry.path for entry in media), answers, strict=True))
        moving = await asyncio.to_thread(self._moving, media)
        for read, entry, old in work:
            path = entry.path
            if moving and self.full(path) in moving:
                # It changed while it was read: what was read of it belongs to no file. The next scan reads it again.
                read.unsettled = True
                if old is not None:
                    read.files[path] = self._file(entry, old.id, old.fingerprint, old.media, old.problem)
                    self._keep_media(read, path, old.media, old.problem)
                continue
            result, mark = results.get(path, (None, None))
            problem = result.reason if isinstance(result, Problem) else None
            facts = None if isinstance(result, Problem) else result
            if isinstance(result, Problem) and result.kind in _PASSING:
                # Rights, a slow disk or a restart were in the way, not the file: nothing of it is kept as a verdict.
                read.problems.append((path, result.reason))
                read.unsettled = True
                continue
            read.files[path] = self._file(entry, old.id if old else new_id(), mark, facts, problem)
            read.touched[path] = "changed" if old else "new"
            self._keep_media(read, path, facts, problem)

    def _file(self, entry: Entry, file_id: UUID, mark: bytes | None, media: object | None, problem: str | None) -> File:
        return File(
            file_id,
            self._root.id,
            entry.folder,
            entry.name,
            entry.kind,
            entry.size,
            entry.mtime_ns,
            entry.inode,
            mark,
            media,
            problem,
        )


def refuse(read: Read, path: bytes, reason: str) -> None:
    """Note that a file which can be read was not understood; kept with the file, so that it stays listed."""
    read.problems.append((path, reason))
    file = read.files.get(path)
    if file is not None and file.problem != reason:
        read.files[path] = structs.replace(file, problem=reason)
        read.touched.setdefault(path, "changed")


def settle(read: Read, refused: Collection[bytes]) -> None:
    """Take the old reason off files that were refused once and are understood now."""
    for path, file in read.files.items():
        if file.problem is not None and path in read.media and path not in refused:
            read.files[path] = structs.replace(file, problem=None)
            read.touched.setdefault(path, "changed")


def _same(old: KnownFile, entry: Entry, mark: bytes | None) -> bool:
    if old.size != entry.size:
        return False
    return old.fingerprint == mark if old.fingerprint and mark else old.inode == entry.inode
