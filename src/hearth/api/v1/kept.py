"""Answers kept in the process until an event says that a library or something in it changed, in whichever process.

For the few reads that are asked again and again and that only the catalogue changes: the filter panel, letters, genres.
What somebody did themselves is never kept, so that everybody reads back what they wrote. Measured (`python -m bench
kept`): a kept answer costs a fraction of a millisecond, one made anew many times that, and the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import structlog
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from hearth import jobs
from hearth.accounts import Viewer

log = structlog.get_logger(__name__)
KEPT: dict[str, object] = {"kept": True}
"""What the `opt` of a route says whose answers may be kept."""

_MOST = 500
_LARGEST = 64 * 1024
# An event that was lost with its connection is read again, which takes as long as finding out.
_LONGEST_S = 30.0
_PAUSE_S = 1.0
_CHANGES = frozenset(("items", "libraries"))
# What a viewer did narrows these; no event tells of it in time for their own eyes.
_OWN = frozenset(("watched", "favorite", "watch_later"))
# Who changes the catalogue here need not wait for the event to come back.
_WRITES = frozenset(("items:write", "libraries:manage"))

_Key = tuple[object, ...]


class Kept(ASGIMiddleware):
    """Keeps answers of 200 by what was asked and what the viewer may see; `listening` forgets them as things change."""

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        self._answers: OrderedDict[_Key, tuple[float, list[Message]]] = OrderedDict()
        self._turn = 0
        self._listens = False

    @contextlib.asynccontextmanager
    async def listening(self, events: jobs.Events) -> AsyncIterator[None]:
        """For as long as the block lasts answers are kept; outside of it every one is made anew."""
        hearing = asyncio.create_task(self._hear(events), name="kept answers")
        try:
            yield
        finally:
            self._listens = False
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            self.forget()

    async def _hear(self, events: jobs.Events) -> None:
        while True:
            try:
                async with contextlib.aclosing(events.subscribe()) as heard:
                    self._listens = True
                    async for event in heard:
                        if isinstance(event, jobs.Missed) or event.type in _CHANGES:
                            self.forget()
            except Exception:
                log.exception("events cannot be heard: nothing is kept until they are")
            # What was announced until the next subscription is not heard.
            self._listens = False
            self.forget()
            await asyncio.sleep(_PAUSE_S)

    def forget(self) -> None:
        """Drops all answers, and those that are being made from what was there before."""
        self._turn += 1
        self._answers.clear()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        key = self._key(scope) if self._listens else None
        if key is None:
            await next_app(scope, receive, send)
            if (
                scope["type"] == ScopeType.HTTP
                and scope["method"] != "GET"
                and scope["route_handler"].opt.get("permission") in _WRITES
            ):
                self.forget()
            return
        began, kept = self._answers.get(key, (0.0, None))
        if kept is not None and time.monotonic() - began < _LONGEST_S:
            for message in kept:
                await send(_copy(message))
            return
        turn, began = self._turn, time.monotonic()
        told: list[Message] = []

        async def keep(message: Message) -> None:
            told.append(_copy(message))
            await send(message)

        await next_app(scope, receive, keep)
        if turn == self._turn and self._listens and _worth_keeping(told):
            self._answers[key] = (began, told)
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)

    @staticmethod
    def _key(scope: Scope) -> _Key | None:
        viewer = scope.get("user")
        if (
            scope["type"] != ScopeType.HTTP
            or scope["method"] != "GET"
            or not scope["route_handler"].opt.get("kept")
            or not isinstance(viewer, Viewer)
        ):
            return None
        asked = scope["query_string"]
        if any(name in _OWN for name, _ in parse_qsl(asked.decode("latin-1"), keep_blank_values=True)):
            return None
        return viewer.account_id, viewer.libraries, viewer.max_age, viewer.unrated, scope["path"], asked


def _copy(message: Message) -> Message:
    """What goes out is tagged on its way, in place."""
    copied: Any = dict(message)
    if "headers" in copied:
        copied["headers"] = list(copied["headers"])
    same: Message = copied
    return same


def _worth_keeping(told: list[Message]) -> bool:
    if len(told) != 2 or told[0]["type"] != "http.response.start" or told[0]["status"] != 200:
        return False
    return told[1]["type"] == "http.response.body" and len(told[1]["body"]) <= _LARGEST
