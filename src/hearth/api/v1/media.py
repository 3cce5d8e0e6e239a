"""The bytes of a play: files, playlists, segments, subtitles. The pass in the path is the key to them.

Not in the API's description: players take these addresses from `PlaySession` and from the playlists, and nowhere else.
"""

from __future__ import annotations

import re
from typing import Any

from litestar import HttpMethod, route
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.types import ASGIApp

from hearth.api.v1.access import PUBLIC
from hearth.kit.errors import NotFound
from hearth.playback import Projector

_METHODS = [HttpMethod.GET, HttpMethod.HEAD]
# ASCII digits alone: nothing of a path or a format gets any farther than this.
_SEGMENT = re.compile(r"([0-9]{1,6})\.m4s")
_SUBTITLE = re.compile(r"([0-9]{1,4})\.vtt")
_PLAYLIST = "application/vnd.apple.mpegurl"
_NOTHING = "There is nothing here."


@route("/media/{word:str}/{name:str}", http_method=_METHODS, opt=PUBLIC, include_in_schema=False)
async def media(word: FromPath[str], name: FromPath[str], projector: Given[Projector]) -> ASGIApp:
    """`file` of a direct play; `master.m3u8`, `main.m3u8`, `init.mp4` and `0.m4s`... of the others."""
    if name == "file":
        return await projector.file(word)
    if name == "init.mp4":
        return await projector.segment(word, None)
    if name == "master.m3u8":
        return _text((await projector.master(word)).encode(), _PLAYLIST)
    if name == "main.m3u8":
        return _text((await projector.playlist(word)).encode(), _PLAYLIST)
    if match := _SEGMENT.fullmatch(name):
        return await projector.segment(word, int(match[1]))
    raise NotFound(_NOTHING)


@route("/media/{word:str}/subtitles/{name:str}", http_method=_METHODS, opt=PUBLIC, include_in_schema=False)
async def subtitle(word: FromPath[str], name: FromPath[str], projector: Given[Projector]) -> ASGIApp:
    """A text subtitle by its index, as WebVTT."""
    match = _SUBTITLE.fullmatch(name)
    if match is None:
        raise NotFound(_NOTHING)
    return _text(await projector.subtitle(word, int(match[1])), "text/vtt; charset=utf-8")


def _text(body: bytes, media_type: str) -> ASGIApp:
    """A small answer; of a HEAD the server sends the headers alone."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [
            (b"content-type", media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"private, no-cache"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    return app


handlers = [media, subtitle]
