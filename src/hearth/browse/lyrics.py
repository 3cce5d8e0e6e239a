"""The words of a track: from the file beside it, else from its tags."""

import asyncio
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.lists import kind_of
from hearth.browse.versions import sidecars_of, versions_of
from hearth.db import Tx
from hearth.kit.errors import NotFound
from hearth.media import AudioTags, Lyrics
from hearth.media import lyrics as understand

_MAX_SIZE = 2**20
_TIMEOUT_S = 10.0


class Words(Struct, frozen=True):
    """Lyrics, and where they are from: a file beside the track, or its tags. `file` has still to be read."""

    source: Literal["file", "embedded"]
    lyrics: Lyrics | None
    file: bytes | None = None


async def lyrics(tx: Tx, viewer: Viewer, item_id: UUID) -> Words:
    """Where a track's lyrics are; NotFound when it has none or is not for this viewer. `read_words` reads a file."""
    await kind_of(tx, viewer, item_id)
    for beside in await sidecars_of(tx, item_id):
        if beside.kind == "lyrics":
            return Words("file", None, beside.path)
    for version in await versions_of(tx, item_id):
        for part in version.parts:
            if isinstance(part.media, AudioTags) and part.media.lyrics is not None:
                return Words("embedded", part.media.lyrics)
    raise NotFound("No lyrics are known of this.")


async def read_words(words: Words) -> Words:
    """With what a lyrics file says, up to 1 MB of it; outside of a transaction. NotFound when it is gone or empty."""
    if words.file is None:
        return words
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            found = understand(await asyncio.to_thread(_read, words.file))
    except (OSError, TimeoutError):
        found = None
    if found is None:
        raise NotFound("The file with the lyrics is not there any more, or it is empty.")
    return Words("file", found, words.file)


def _read(path: bytes) -> str:
    with open(path, "rb") as file:
        data = file.read(_MAX_SIZE)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
