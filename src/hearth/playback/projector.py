"""What a web process needs to serve plays: one value that the bytes door asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from hearth.db import Database
from hearth.kit.errors import NotFound
from hearth.media import MediaInfo

from .direct import Receive, Scope, Send, serve_file
from .passes import Opened, Passes
from .playlist import master_playlist, media_playlist
from .sources import SIDECAR_FROM, beside, media_of
from .subtitles import Subtitles
from .waiting import segment

App = Callable[[Any, Any, Any], Awaitable[None]]
"""Plain ASGI: scope, receive, send."""

_HLS_CACHE = "private, max-age=3600"


class Projector:
    """Holds the passes and the subtitles being made; `cache` is the folder that encoders write to.

    Every method takes a pass and raises NotFound once it opens nothing any more.
    """

    def __init__(self, database: Database, cache: Path, key: bytes, ffmpeg: str, *, allow_links: bool = False) -> None:
        self.passes = Passes(database, key)
        self.cache = cache
        self._database = database
        self._subtitles = Subtitles(cache, ffmpeg)
        self._allow_links = allow_links

    async def close(self) -> None:
        await self._subtitles.close()

    async def file(self, word: str) -> App:
        """The file itself, for a session that is played directly: answers GET and HEAD, ranges too."""
        opened = await self.passes.open(word)
        if opened.session.decision.method != "direct":
            raise NotFound("This play has no file of its own: it has a playlist.")
        roots = None if self._allow_links else [opened.root]

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            mime = opened.session.decision.mime_type
            async with self.passes.following(opened.session.id) as alive:
                await serve_file(scope, receive, send, opened.path, mime, roots=roots, alive=alive)

        return app

    async def master(self, word: str) -> str:
        """The master playlist; waits for the encoder's first bytes, which say what the stream is."""
        opened = await self._hls(word)
        init = await segment(self._database, self.cache, opened.session, None)
        return master_playlist(opened.session.decision, await _read(init))

    async def playlist(self, word: str) -> str:
        """The media playlist."""
        return media_playlist((await self._hls(word)).session.cuts)

    async def segment(self, word: str, number: int | None) -> App:
        """A segment, or the init section (None); waits up to 20 s for the encoder."""
        opened = await self._hls(word)
        path = await segment(self._database, self.cache, opened.session, number)
        mime = "video/mp4" if opened.session.decision.video is not None else "audio/mp4"

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await serve_file(scope, receive, send, bytes(path), mime, cache_control=_HLS_CACHE)

        return app

    async def subtitle(self, word: str, index: int) -> bytes:
        """A text subtitle stream of the file, or a subtitle file beside it, as WebVTT."""
        opened = await self.passes.open(word)
        session = opened.session
        async with self._database.transaction(readonly=True) as tx:
            if index >= SIDECAR_FROM:
                found = await beside(tx, session.item_id)
            else:
                media = await media_of(tx, session.file_id)
        if index >= SIDECAR_FROM:
            return await self._subtitles.beside(found, index)
        if not isinstance(media, MediaInfo):
            raise NotFound("This has no subtitles.")
        return await self._subtitles.embedded(session, opened.path, opened.root, media, index)

    def forget(self, session_id: UUID) -> None:
        """After a session ended here: its passes open nothing from the next request on."""
        self.passes.forget(session_id)

    async def _hls(self, word: str) -> Opened:
        opened = await self.passes.open(word)
        if opened.session.decision.method == "direct":
            raise NotFound("This play has no playlist: it is one file.")
        return opened


async def _read(path: Path) -> bytes:
    return await asyncio.to_thread(path.read_bytes)
