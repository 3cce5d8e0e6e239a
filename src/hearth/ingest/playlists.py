"""Playlist files (M3U) among music become shared playlists that follow their files.

Format: a path a line, `#` begins a remark; `#PLAYLIST:` names the list. Paths are relative to the file's folder or full
ones, with / or \\, in any bytes; web addresses are passed over. A file is read up to 4 MB and 10,000 entries.
"""

import asyncio
import os
from collections.abc import Iterable, Sequence
from urllib.parse import unquote_to_bytes
from uuid import UUID

from hearth import accounts, activity, catalog
from hearth.db import Database, Tx
from hearth.libraries import Root
from hearth.media.facts import clean

ENDINGS = (b".m3u", b".m3u8")
_MAX_SIZE = 4 * 2**20
_MAX_ENTRIES = 10_000


def read_playlist(path: bytes, data: bytes) -> tuple[str, list[list[bytes]]]:
    """The list's name, and for each entry the full paths that may be meant, the likeliest first."""
    folder, base = os.path.split(path)
    name = clean(os.path.splitext(base)[0].decode("utf-8", "replace"), 200)
    found: list[list[bytes]] = []
    for raw in data[:_MAX_SIZE].removeprefix(b"\xef\xbb\xbf").splitlines():
        line = raw.strip()
        if line.upper().startswith(b"#PLAYLIST:"):
            name = clean(_words(line[10:]), 200) or name
        elif line and not line.startswith(b"#") and b"\0" not in line and len(found) < _MAX_ENTRIES:
            if line.lower().startswith(b"file://"):
                line = unquote_to_bytes(line[7:].removeprefix(b"localhost"))
            elif b"://" in line[:32]:
                continue
            spellings = dict.fromkeys((line, line.replace(b"\\", b"/"), _words(line).replace("\\", "/").encode()))
            found.append([os.path.normpath(os.path.join(folder, one)) for one in spellings])
    return " ".join(name.split()), found


async def follow_playlists(database: Database, roots: Sequence[Root], seen: Iterable[bytes]) -> None:
    """Make the lists of the files `seen` (full paths) and of those known in the roots say what the files say now; of
    files that are gone the lists go, too. They belong to the administrator that has been here longest."""
    async with database.transaction(readonly=True) as tx:
        owner = await accounts.keeper(tx)
        known = await activity.read_lists(tx, [root.path.rstrip(b"/") + b"/" for root in roots])
    if owner is None:
        return
    for path in sorted({*seen, *known}):
        data = await asyncio.to_thread(_read, path)
        if data is None:
            continue
        name, entries = read_playlist(path, data) if data else ("", [])
        async with database.transaction() as tx:
            items = await _items(tx, roots, entries)
            if items and name:
                await activity.put_read_list(tx, path, owner, name, items)
            elif path in known:
                await activity.delete_list(tx, known[path])


async def _items(tx: Tx, roots: Sequence[Root], entries: Sequence[Sequence[bytes]]) -> list[UUID]:
    tops = [(root.id, root.path.rstrip(b"/") + b"/") for root in roots]
    places: list[tuple[int, UUID, bytes, bytes]] = [
        (number, root_id, *os.path.split(path[len(top) :]))
        for number, paths in enumerate(entries)
        for path in paths
        for root_id, top in tops
        if path.startswith(top)
    ]
    found = await catalog.items_at(tx, [(root_id, folder, name) for _, root_id, folder, name in places])
    by_entry: dict[int, list[UUID]] = {}
    for number, root_id, folder, name in places:
        if number not in by_entry and (items := found.get((root_id, folder, name))):
            by_entry[number] = items
    return [item for number in sorted(by_entry) for item in by_entry[number]][:_MAX_ENTRIES]


def _read(path: bytes) -> bytes | None:
    """The file; empty when it is gone (its root was walked just now), None when it cannot be read now."""
    try:
        with open(path, "rb") as file:
            return file.read(_MAX_SIZE)
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError:
        return None


def _words(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
