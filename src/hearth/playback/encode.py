"""The encoder of a session: runs ffmpeg where the player is, and shelves the segments it makes.

It is a job on the `encode` queue, so any worker machine can do it. It stays a minute ahead of the player and no more:
when it is far enough it stops reading, and ffmpeg waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from subprocess import PIPE
from typing import Literal
from uuid import UUID

from hearth.db import Database
from hearth.jobs import Run
from hearth.kit import process, telemetry
from hearth.kit.errors import HearthError

from . import counting
from . import shelf as shelves
from .argv import encoder_argv
from .direct import check_inside
from .fmp4 import Fragment, Init, Malformed, Reader
from .follow import Follow, following
from .segmenter import Segment, Segmenter
from .sessions import EncodeArgs
from .shelf import Shelf

log = logging.getLogger(__name__)

_AHEAD_MS = 60_000
# A wish this little ahead of a run is waited for; farther, it is quicker to begin anew there.
_REACH_MS = 15_000
_CHUNK = 256 * 1024
_STALL_S = 60.0
_LINGER_S = 30.0
_MAX_ERRORS = 16 * 1024
# How much shorter than announced the streams of a file may be.
_SHORT_MS = 5_000
_NICENESS = 5

Outcome = Literal["seek", "done", "stop", "failed"]


class Encoder:
    """What encoding takes beside a session; `encode` is the handler of `ENCODE`."""

    def __init__(
        self,
        database: Database,
        cache: Path,
        ffmpeg: str,
        *,
        allow_links: bool = False,
        threads: int = 0,
        max_bytes: int = 2**30,
    ) -> None:
        self._database = database
        self._cache = cache
        self._ffmpeg = ffmpeg
        self._allow_links = allow_links
        self._threads = threads
        self._max_bytes = max_bytes

    def allow(self, max_bytes: int) -> None:
        """How much room each encode that begins from now on may take."""
        self._max_bytes = max_bytes

    async def encode(self, args: EncodeArgs, run: Run) -> None:
        """Makes what the session wants until it ends, is abandoned, or has all of it."""
        await self.work(args.session_id)

    async def work(self, session_id: UUID) -> None:
        async with following(self._database, session_id) as follow:
            if follow is None:
                return
            folder = shelves.session_folder(self._cache, session_id)
            try:
                await self._follow(follow, await asyncio.to_thread(Shelf, folder, follow.session.cuts, self._max_bytes))
            except OSError as error:
                if follow.over is None:
                    log.warning("segments of %s cannot be written: %s", session_id, error)
                    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
                    await follow.fail(
                        "The disk of the cache folder is full: make room on it."
                        if full
                        else "The server could not write to its cache folder: check the disk and its permissions."
                    )
            except Malformed as error:
                await follow.fail(f"The encoder produced something unreadable: {error}.")
            if follow.over == "ended":
                await asyncio.to_thread(shelves.remove, self._cache, session_id)

    async def _follow(self, follow: Follow, shelf: Shelf) -> None:
        cuts = follow.session.cuts
        if not self._allow_links:
            try:
                await asyncio.to_thread(check_inside, follow.path, [follow.root])
            except HearthError as error:
                await follow.fail(error.detail)
                return
        while follow.over is None:
            await asyncio.to_thread(shelf.trim, follow.wanted)
            first = shelf.first_missing(follow.wanted)
            if first is None or cuts[first] - cuts[min(follow.wanted, shelf.last)] > _AHEAD_MS:
                if not await follow.wait(_LINGER_S):
                    return
                continue
            argv = encoder_argv(
                self._ffmpeg, follow.path, follow.session.decision, cuts, first, threads=self._threads
            )  # fmt: skip
            work = "transcode" if follow.session.decision.encodes_video else "remux"
            with telemetry.span("encode", facts={"encode.work": work, "encode.first": first}) as span:
                outcome = await _counted(_Run(follow, shelf, first).go(argv), work)
                span.note({"encode.outcome": outcome})
            if outcome == "failed":
                return


async def _counted(run: Awaitable[Outcome], work: str) -> Outcome:
    began, outcome = time.perf_counter(), "broken"
    counting.ENCODERS.inc(work)
    try:
        outcome = ended = await run
        return ended
    finally:
        counting.ENCODERS.dec(work)
        counting.RUNS.inc(outcome)
        counting.RUN_SECONDS.observe(time.perf_counter() - began)


class _Run:
    """One ffmpeg, from the segment `first` on."""

    def __init__(self, follow: Follow, shelf: Shelf, first: int) -> None:
        self._follow = follow
        self._shelf = shelf
        self._cuts = follow.session.cuts
        self._first = first
        self._segmenter = Segmenter(self._cuts, first)
        self._reader = Reader()
        self._began = time.perf_counter()

    async def go(self, argv: Sequence[str]) -> Outcome:
        child = await process.start(argv, stdout=PIPE, stderr=PIPE, niceness=_NICENESS, limit=_CHUNK)
        if child.stdout is None or child.stderr is None:
            raise Malformed("a process without pipes")
        complaints = asyncio.create_task(_complaints(child.stderr))
        try:
            outcome = await self._pump(child.stdout)
            if outcome != "done":
                return outcome
            code = await asyncio.wait_for(child.wait(), 10)
            return await self._finish(code, complaints)
        finally:
            await process.stop(child, grace_s=0.2)
            complaints.cancel()

    async def _pump(self, out: asyncio.StreamReader) -> Outcome:
        """Reads while there is need. "done" when ffmpeg has written all it has."""
        reading: asyncio.Task[bytes] | None = None
        changed = asyncio.create_task(self._follow.changed.wait())
        try:
            while True:
                if (stop := self._should_stop()) is not None:
                    return stop
                if changed.done():
                    self._follow.changed.clear()
                    changed = asyncio.create_task(self._follow.changed.wait())
                    await asyncio.to_thread(self._shelf.trim, self._follow.wanted)
                if self._is_far_enough():
                    await asyncio.wait({changed}, timeout=_STALL_S)
                    continue
                if (part := self._reader.next_part()) is not None:
                    await self._take(part)
                    continue
                reading = reading or asyncio.create_task(out.read(_CHUNK))
                await asyncio.wait({reading, changed}, timeout=_STALL_S, return_when=asyncio.FIRST_COMPLETED)
                if reading.done():
                    data, reading = reading.result(), None
                    if not data:
                        return "done"
                    self._reader.feed(data)
                elif not changed.done():
                    await self._follow.fail("The encoder got nothing from the disk for a minute: check the drive.")
                    return "failed"
        finally:
            for task in (reading, changed):
                if task is not None:
                    task.cancel()

    def _should_stop(self) -> Outcome | None:
        follow, wanted = self._follow, min(self._follow.wanted, self._shelf.last)
        if follow.over is not None:
            return "stop"
        if wanted in self._shelf.sizes:
            return None
        next_ms = self._cuts[self._segmenter.next]
        reachable = self._first <= wanted and self._cuts[wanted] - next_ms <= _REACH_MS
        passed = wanted < self._segmenter.next
        return None if reachable and not passed else "seek"

    def _is_far_enough(self) -> bool:
        wanted = min(self._follow.wanted, self._shelf.last)
        ahead_ms = self._cuts[self._segmenter.next] - self._cuts[wanted]
        return ahead_ms > _AHEAD_MS or (
            self._segmenter.next > wanted + 1 and self._shelf.bytes_ahead(wanted) > self._shelf.max_bytes // 2
        )

    async def _take(self, part: Init | Fragment) -> None:
        if isinstance(part, Init):
            self._segmenter.begin(part)
            await asyncio.to_thread(self._shelf.put_init, part.data)
            return
        for segment in self._segmenter.add(part):
            await self._put(segment)

    async def _put(self, segment: Segment) -> None:
        await asyncio.to_thread(self._shelf.put, segment.number, segment.data)
        if segment.number == self._first:
            counting.FIRST.observe(time.perf_counter() - self._began)
        counting.SEGMENTS.inc()
        counting.BYTES.inc(by=len(segment.data))

    async def _finish(self, code: int, complaints: asyncio.Task[str]) -> Outcome:
        """After the last byte: what was begun is a segment, what is missing at the very end is empty."""
        for segment in self._segmenter.finish():
            await self._put(segment)
        made = self._segmenter.next
        # Judged by how far the file was really read: a torn one answers a seek beyond its end with what comes before.
        if self._segmenter.position_ms >= self._cuts[-1] - _SHORT_MS and (made > self._first or code == 0):
            await asyncio.to_thread(self._shelf.put_empty, range(made, self._shelf.last + 1))
            return "done"
        with contextlib.suppress(TimeoutError):
            said = await asyncio.wait_for(asyncio.shield(complaints), 1)
            log.warning("ffmpeg ended with code %s at segment %d: %s", code, made, said)
        at_s = self._cuts[made] // 1000
        where = f"after {at_s // 60}:{at_s % 60:02d}" if made else "at its beginning"
        await self._follow.fail(f"The file cannot be played on: it is damaged or ends {where}.")
        return "failed"


async def _complaints(stream: asyncio.StreamReader) -> str:
    """The last of what ffmpeg said; reads on, so that it never waits for us."""
    kept = b""
    while data := await stream.read(4096):
        kept = (kept + data)[-_MAX_ERRORS:]
    lines = kept.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else ""
