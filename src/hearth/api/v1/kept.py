"""Answers kept in the process until an event says that something in them changed, in whichever process.

For the reads that are asked again and again: home, lists, the filter panel, letters, genres. What changes the catalogue
takes everybody's answers away, what somebody did (watched, marked, rated) takes theirs. Who writes here need not wait
for the event: their answers are gone before they are told that it is done, so that all read back what they wrote.
Measured (`python -m bench kept`): a kept answer costs a fraction of a millisecond, one made anew many times that, and
the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from uuid import UUID

import structlog
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from hearth import activity, jobs
from hearth.accounts import Viewer

log = structlog.get_logger(__name__)
KEPT: dict[str, object] = {"kept": True}
"""What the `opt` of a route says whose answers may be kept."""

# Bytes: of one answer, and of all of them with what was asked; a page of a hundred items is 60,000.
_LARGEST = 256 * 1024
_ROOM = 16 * 2**20
_OVERHEAD = 2048
# An event that was lost with its connection is read again, which takes as long as finding out.
_LONGEST_S = 30.0
_PAUSE_S = 1.0
_CHANGES = frozenset(("items", "libraries"))
_DONE = "activity"
# Who changes the catalogue here need not wait for the event to come back.
_WRITES = frozenset(("items:write", "libraries:manage"))

_Key = tuple[object, ...]


_Stamp = tuple[int, int]


class _Answer(NamedTuple):
    stamp: _Stamp
    began: float
    told: list[Message]
    size: int


class Kept(ASGIMiddleware):
    """Keeps answers of 200 by what was asked and what the viewer may see; `listening` forgets them as things change."""

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        self._answers: dict[_Key, _Answer] = {}  # the oldest first
        self._size = 0
        # How often everybody's answers were forgotten, and since then those of an account.
        self._turn = 0
        self._turns: dict[UUID, int] = {}
        self._events: jobs.Events | None = None

    @contextlib.asynccontextmanager
    async def listening(self, events: jobs.Events) -> AsyncIterator[None]:
        """For as long as the block lasts answers are kept; outside of it every one is made anew."""
        hearing = asyncio.create_task(self._hear(events), name="kept answers")
        try:
            yield
        finally:
            self._events = None
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            self.forget()

    async def _hear(self, events: jobs.Events) -> None:
        while True:
            try:
                async with contextlib.aclosing(events.subscribe()) as heard:
                    self._events = events
                    async for event in heard:
                        if isinstance(event, jobs.Missed) or event.type in _CHANGES:
                            self.forget()
                        elif event.type == _DONE:
                            self.forget(event.read(activity.ActivityChanged).account_id)
            except Exception:
                log.exception("events cannot be heard: nothing is kept until they are")
            # What was announced until the next subscription is not heard.
            self._events = None
            self.forget()
            await asyncio.sleep(_PAUSE_S)

    def forget(self, account_id: UUID | None = None) -> None:
        """All answers are old from now on, or those of one account; also those that are being made."""
        if account_id is not None:
            self._turns[account_id] = self._turns.get(account_id, 0) + 1
            return
        self._turn += 1
        self._turns.clear()
        self._answers.clear()
        self._size = 0

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if scope["type"] != ScopeType.HTTP:
            await next_app(scope, receive, send)
            return
        viewer = scope.get("user")
        if scope["method"] not in ("GET", "HEAD") and isinstance(viewer, Viewer):
            everybody = scope["route_handler"].opt.get("permission") in _WRITES
            await next_app(scope, receive, self._forgetting(send, None if everybody else viewer.account_id))
            return
        hears = self._hears()
        if not hears:
            self.forget()  # what it kept may be otherwise by now
        if not hears or not isinstance(viewer, Viewer) or not _may_be_kept(scope):
            await next_app(scope, receive, send)
            return
        key, stamp = _key(scope, viewer), self._stamp(viewer)
        kept = self._answers.get(key)
        if kept is not None and kept.stamp == stamp and time.monotonic() - kept.began < _LONGEST_S:
            for message in kept.told:
                await send(_copy(message))
            return
        began = time.monotonic()
        told: list[Message] = []

        async def keep(message: Message) -> None:
            told.append(_copy(message))
            await send(message)

        await next_app(scope, receive, keep)
        body = _body(told)
        if stamp == self._stamp(viewer) and self._hears() and body is not None:
            self._keep(key, _Answer(stamp, began, told, len(body) + len(scope["query_string"]) + _OVERHEAD))

    def _hears(self) -> bool:
        """Not while the database is away, nor until what was missed then has been read."""
        return self._events is not None and self._events.current

    def _stamp(self, viewer: Viewer) -> _Stamp:
        return self._turn, self._turns.get(viewer.account_id, 0)

    def _keep(self, key: _Key, answer: _Answer) -> None:
        self._drop(key)
        self._answers[key] = answer
        self._size += answer.size
        while self._size > _ROOM:
            self._drop(next(iter(self._answers)))

    def _drop(self, key: _Key) -> None:
        if (answer := self._answers.pop(key, None)) is not None:
            self._size -= answer.size

    def _forgetting(self, send: Send, account_id: UUID | None) -> Send:
        async def forget_first(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.forget(account_id)
            await send(message)

        return forget_first


def _may_be_kept(scope: HTTPScope) -> bool:
    return (
        scope["method"] == "GET"
        and bool(scope["route_handler"].opt.get("kept"))
        and not _is_random(scope["query_string"])
    )


def _key(scope: HTTPScope, viewer: Viewer) -> _Key:
    return viewer.account_id, viewer.libraries, viewer.max_age, viewer.unrated, scope["path"], scope["query_string"]


def _is_random(asked: bytes) -> bool:
    """Whether another answer is wanted each time."""
    words = parse_qs(asked.decode("latin-1"))
    return "seed" not in words and any("random" in word for word in words.get("sort", ()))


def _copy(message: Message) -> Message:
    """What goes out is tagged on its way, in place."""
    copied: Any = dict(message)
    if "headers" in copied:
        copied["headers"] = list(copied["headers"])
    same: Message = copied
    return same


def _body(told: list[Message]) -> bytes | None:
    """The body of an answer that is worth keeping: one that is good, in one piece and not too large."""
    if len(told) != 2 or told[0]["type"] != "http.response.start" or told[0]["status"] != 200:
        return None
    if told[1]["type"] != "http.response.body" or len(told[1]["body"]) > _LARGEST:
        return None
    return told[1]["body"]
