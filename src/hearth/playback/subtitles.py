"""Text subtitles of a play as WebVTT: those in the file, taken out once and kept, and those beside it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hearth.kit.errors import NotFound, Unavailable
from hearth.kit.ids import new_id
from hearth.media import MediaInfo, Unreadable
from hearth.media.ffmpeg import Failed, convert_subtitle, input_argv, run, start_argv

from .direct import check_inside
from .facts import Session
from .sources import Beside
from .webvtt import decode, to_webvtt

_MAX_FILE = 16 * 2**20
_WAIT_S = 25.0
_EXTRACT_S = 900.0
_AT_ONCE = 2
_ASS = (b".ass", b".ssa")


class Subtitles:
    """Takes subtitles out of files, two files at a time; what several players want is made once."""

    def __init__(self, cache: Path, ffmpeg: str) -> None:
        self._folder = cache / "subtitles"
        self._ffmpeg = ffmpeg
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._making: dict[str, asyncio.Task[None]] = {}

    async def close(self) -> None:
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)

    async def embedded(self, session: Session, path: bytes, root: bytes, media: MediaInfo, index: int) -> bytes:
        """A text stream of the file, as WebVTT counted from the file's beginning.

        The whole file has to be read for it: all text streams are taken out at once. NotFound when there is no such
        text stream; Unavailable while it takes longer than 25 s, and it goes on being made.
        """
        wanted = [stream.index for stream in media.subtitles if stream.text]
        if index not in wanted:
            raise NotFound("The file has no such subtitles, or they are pictures.")
        await asyncio.to_thread(check_inside, path, [root])
        key = await asyncio.to_thread(_key, session, path)
        kept = self._folder / key / f"{index}.vtt"
        data = await asyncio.to_thread(_read, kept)
        if data is None:
            await self._make(key, path, wanted)
            data = await asyncio.to_thread(_read, kept)
        if data is None:
            raise Unavailable("The subtitles of this file could not be read.")
        return data

    async def beside(self, found: Sequence[Beside], index: int) -> bytes:
        """A subtitle file beside the item. NotFound when there is none of this index."""
        for one in found:
            if one.index == index:
                data = await asyncio.to_thread(_read_beside, one.path, one.root)
                text = decode(data)
                if one.path.lower().endswith(_ASS):
                    try:
                        text = await convert_subtitle(self._ffmpeg, text, "ass")
                    except Unreadable as error:
                        raise Unavailable(error.reason) from None
                return (await asyncio.to_thread(to_webvtt, text)).encode()
        raise NotFound("There is no such subtitle file any more.")

    async def _make(self, key: str, path: bytes, wanted: list[int]) -> None:
        task = self._making.get(key)
        if task is None:
            task = asyncio.create_task(self._extract(key, path, wanted), name="subtitles")
            self._making[key] = task
            task.add_done_callback(lambda done: self._made(key, done))
        try:
            async with asyncio.timeout(_WAIT_S):
                await asyncio.shield(task)
        except TimeoutError:
            if task.done():
                raise
            raise Unavailable(
                "The subtitles are being taken out of the file, which is large: try again soon."
            ) from None

    def _made(self, key: str, task: asyncio.Task[None]) -> None:
        self._making.pop(key, None)
        if not task.cancelled():
            task.exception()  # seen, even when everybody who waited has gone

    async def _extract(self, key: str, path: bytes, wanted: list[int]) -> None:
        fresh = self._folder / f".{new_id().hex}"
        async with self._turn:
            await asyncio.to_thread(os.makedirs, fresh)
            try:
                argv = [*start_argv(self._ffmpeg), *input_argv(path), "-copyts", "-start_at_zero"]
                for index in wanted:
                    argv += ["-map", f"0:{int(index)}", "-c:s", "webvtt", "-f", "webvtt"]
                    argv.append(f"file:{fresh}/{int(index)}.raw")
                await run(argv, timeout_s=_EXTRACT_S)
                await asyncio.to_thread(_settle, fresh, self._folder / key, wanted)
            except (Failed, TimeoutError) as error:
                raise Unavailable(_unreadable(error)) from None
            finally:
                await asyncio.to_thread(_remove, fresh)


def _unreadable(error: Exception) -> str:
    return f"The subtitles of this file could not be read: {str(error)[:200] or 'it took too long'}"


def text_streams(media: object) -> list[int]:
    """Indexes of the streams that can be served as WebVTT."""
    return [stream.index for stream in media.subtitles if stream.text] if isinstance(media, MediaInfo) else []


def _key(session: Session, path: bytes) -> str:
    status = os.stat(path)
    facts = msgspec.json.encode((str(session.file_id), status.st_size, status.st_mtime_ns))
    return hashlib.sha256(facts).hexdigest()[:32]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _read_beside(path: bytes, root: bytes) -> bytes:
    check_inside(path, [root])
    with open(path, "rb") as file:
        data = file.read(_MAX_FILE + 1)
    if len(data) > _MAX_FILE:
        raise Unavailable("This subtitle file is too large to be one.")
    return data


def _settle(fresh: Path, kept: Path, wanted: list[int]) -> None:
    for index in wanted:
        raw = fresh / f"{index}.raw"
        (fresh / f"{index}.vtt").write_text(to_webvtt(raw.read_text("utf-8", "replace")), "utf-8")
        raw.unlink()
    try:
        fresh.rename(kept)
    except OSError:
        return  # another process was first


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
