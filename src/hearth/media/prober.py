"""Probing from asyncio: a child process reads the strangers' files, and takes the fall when one of them is hostile.

The child (`python -m hearth.media.probe_worker`) is asked and answers over pipes, one length-prefixed MessagePack
message each way per file, many files ahead of each other so that neither side waits. A file on which the child dies or
stays silent is labelled, the child is replaced, and the files behind it are asked again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from subprocess import PIPE
from typing import Literal

import msgspec

from hearth.kit import process

from .answers import Answers
from .facts import Answer, AudioTags, Cover, Keyframes, Marked, MediaInfo, Probed, Problem, Question, Unreadable
from .sniff import AUDIO_SUFFIXES

Reading = Literal["auto", "media", "tags"]
"""What to read: the streams, the tags, or by the file's suffix whichever a library wants of it."""

_AHEAD = 256
# The child answers one by one, so that a death tells which file it was; we wake up for a handful of them at once.
_GATHER_S = 0.008
_START_S = 30.0
_DECODER = msgspec.msgpack.Decoder(MediaInfo | AudioTags | Problem | Marked | Keyframes | Cover)
_ENCODER = msgspec.msgpack.Encoder()

_CRASHED = Problem("crashed", "Reading the file crashed the reader: it is damaged or hostile.")


class Prober:
    """A child process that probes, restarted whenever it fails. One at a time uses it; others queue behind.

    `async with Prober() as prober: ...`, or `await prober.close()` at the end. It belongs to the event loop it is first
    used on. `memory` bounds the child's address space in bytes.
    """

    def __init__(self, *, timeout_s: float = 20.0, memory: int = 2 * 2**30, niceness: int = 15) -> None:
        self._timeout_s = timeout_s
        self._memory = memory
        self._niceness = niceness
        self._child: asyncio.subprocess.Process | None = None
        self._told: Answers | None = None
        self._turn = asyncio.Lock()
        self._closed = False

    async def __aenter__(self) -> Prober:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid if self._child and self._child.returncode is None else None

    async def close(self) -> None:
        """Ends the child; a probe under way is answered as failed."""
        self._closed = True
        await self._drop()

    async def probe(self, path: bytes, reading: Reading = "auto") -> Probed:
        """`probe_many` for one file."""
        return (await self.probe_many([path], reading))[0]

    async def probe_many(self, paths: Sequence[bytes], reading: Reading = "auto") -> list[Probed]:
        """Facts for each path, in order: MediaInfo or AudioTags, or a Problem with the reason; no file raises."""
        questions = [Question(path, wanted(path, reading), self._timeout_s) for path in paths]
        answers = await self._answers(questions)
        return [one if isinstance(one, MediaInfo | AudioTags | Problem) else _CRASHED for one in answers]

    async def mark_many(self, files: Sequence[tuple[bytes, int]]) -> list[tuple[Probed, bytes | None]]:
        """`probe_many` for (path, size) with each file's fingerprint, None where it could not be had."""
        questions = [Question(path, wanted(path, "auto"), self._timeout_s, size=size) for path, size in files]
        answers = await self._answers(questions)
        return [
            (one.found, one.mark) if isinstance(one, Marked) else (one if isinstance(one, Problem) else _CRASHED, None)
            for one in answers
        ]

    async def warm(self) -> None:
        """Starts the child now, so that the first file need not wait for it. Whatever fails shows with that file."""
        async with self._turn:
            if not self._closed:
                with contextlib.suppress(OSError, TimeoutError, ValueError):
                    await self._started()

    async def keyframes(self, path: bytes, stream: int | None = None, timeout_s: float = 60.0) -> list[int]:
        """`media.keyframes` in the child: times in ms. Raises Unreadable."""
        (answer,) = await self._answers([Question(path, "keyframes", timeout_s, stream)])
        if isinstance(answer, Keyframes):
            return answer.times_ms
        raise _unreadable(answer)

    async def cover(self, path: bytes) -> bytes | None:
        """`media.cover` in the child: the embedded picture, if any. Raises Unreadable."""
        (answer,) = await self._answers([Question(path, "cover", self._timeout_s)])
        if isinstance(answer, Cover):
            return answer.data
        raise _unreadable(answer)

    async def _answers(self, questions: Sequence[Question]) -> list[Answer]:
        found: list[Answer] = []
        async with self._turn:
            while len(found) < len(questions):
                before, reused = len(found), self.pid is not None
                try:
                    fault = await self._ask(questions, found)
                except BaseException:
                    # Whoever asks next must not hear the answers that were under way.
                    await self._drop()
                    raise
                if fault is None:
                    break
                await self._drop()
                if self._closed:
                    found += [Problem("failed", "Hearth is shutting down.")] * (len(questions) - len(found))
                elif fault != _CRASHED or len(found) > before or not reused:
                    found.append(fault)
                # Else an idle child had died of something before this file: the file gets a fresh one.
        return found

    async def _ask(self, questions: Sequence[Question], found: list[Answer]) -> Problem | None:
        """Asks what is not answered yet. None when all is done, else what befell the first unanswered file."""
        try:
            child, told = await self._started()
        except (OSError, TimeoutError, ValueError):
            return Problem("failed", "The reader of media files could not be started.")
        if child.stdin is None:
            return _CRASHED
        clock = asyncio.get_running_loop()
        began, before = clock.time(), len(found)
        asked = before
        try:
            async with asyncio.timeout(_patience(questions[asked])) as limit:
                while len(found) < len(questions):
                    if asked - len(found) <= _AHEAD // 2 and asked < len(questions):
                        upto = min(len(questions), len(found) + _AHEAD)
                        # Not drained: what waits is bounded by _AHEAD, and the child may be waiting for us to read.
                        child.stdin.write(b"".join(map(_framed, questions[asked:upto])))
                        asked = upto
                    answers = await told.some()
                    if not answers:
                        return _CRASHED
                    found += map(_DECODER.decode, answers)
                    if left := len(questions) - len(found):
                        now = clock.time()
                        limit.reschedule(now + _patience(questions[len(found)]))
                        # The last ones are there sooner than that, at the pace of those before them.
                        pace = (now - began) / (len(found) - before)
                        await asyncio.sleep(min(_GATHER_S, left * pace))
        except TimeoutError:
            return Problem("timeout", f"Reading the file took longer than {questions[len(found)].timeout_s:g} seconds.")
        except (ConnectionError, ValueError):
            return _CRASHED
        return None

    async def _started(self) -> tuple[asyncio.subprocess.Process, Answers]:
        if self._child is not None and self._told is not None and self._child.returncode is None:
            return self._child, self._told
        await self._drop()  # one that died by itself
        argv = [sys.executable, "-P", "-m", "hearth.media.probe_worker", str(os.getpid()), str(self._memory)]
        self._told = told = Answers()
        try:
            self._child = child = await process.start(
                argv, stdin=PIPE, stdout=told.end, env=_environment(), niceness=self._niceness
            )
        finally:
            told.given()
        async with asyncio.timeout(_START_S):
            if await told.some() != [b"ready"]:
                raise OSError("it did not answer")
        return child, told

    async def _drop(self) -> None:
        child, self._child = self._child, None
        told, self._told = self._told, None
        if told is not None:
            told.close()
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
            with contextlib.suppress(ConnectionError, TimeoutError):
                await asyncio.wait_for(child.stdin.wait_closed(), 1)
        await process.stop(child, grace_s=0.2)


def wanted(path: bytes, reading: Reading = "auto") -> Literal["media", "tags"]:
    """What is read of a file."""
    if reading != "auto":
        return reading
    return "tags" if os.path.splitext(path)[1].lower() in AUDIO_SUFFIXES else "media"


def _patience(question: Question) -> float:
    """How long to wait for an answer: the child bounds its reading too, the margin is for when even that hangs."""
    return question.timeout_s + 2


def _framed(question: Question) -> bytes:
    data = _ENCODER.encode(question)
    return len(data).to_bytes(4, "little") + data


def _unreadable(answer: Answer) -> Unreadable:
    problem = answer if isinstance(answer, Problem) else _CRASHED
    return Unreadable(problem.kind, problem.reason)


def _environment() -> dict[str, str]:
    """Ours without our settings: a child that reads strangers' files has no business with database addresses."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HEARTH_")}
