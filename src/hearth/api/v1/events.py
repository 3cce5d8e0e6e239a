"""What happens, as it happens: server-sent events for what the listener may know.

Names: `scan` (a `Scan` moved on), `items` (a library's items changed), `libraries`, `activity` (the listener's own
state changed), and `missed` (events are gone for good: read what is shown afresh). Each has an `id`, which browsers
send back as Last-Event-ID to get what they missed meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency as Given
from litestar.params import HeaderParameter
from litestar.response import Stream
from msgspec import Struct

from hearth import browse, jobs
from hearth.accounts import Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import Access, Asked, requires
from hearth.kit.errors import HearthError, Invalid, TooMany, Unauthenticated

_HEARTBEAT_S = 15.0
_LOOK_AGAIN_S = 1.0
_PER_ACCOUNT = 32
_IN_ALL = 2000
_RETRY_MS = 3000


class _About(Struct, frozen=True):
    """What every event may say about whom it concerns."""

    library_id: UUID | None = None


class ItemsTold(Struct, frozen=True):
    library_id: UUID | None = None


class ActivityTold(Struct, frozen=True):
    """`item_ids` is empty when there were too many to name."""

    item_ids: list[UUID] = []


class _ScanTold(Struct, frozen=True):
    scan: views.Scan


_open: Counter[UUID] = Counter()
"""How many streams this process holds for each account."""
_leaving = threading.Event()


def end_streams() -> None:
    """Ends this process's streams within a second, and for good: it is about to leave, and they would not end by
    themselves. Browsers open them again, at whoever answers next."""
    _leaving.set()


@get("/events", opt=requires("events:read"), tags=["events"], media_type="text/event-stream")
async def events(
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    events: Given[jobs.Events],
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=20)] = None,
) -> Stream:
    """A stream of events that ends when the session does. Browsers open it again by themselves."""
    after_id = _event_id(last_event_id)
    if _open[viewer.account_id] >= _PER_ACCOUNT or _open.total() >= _IN_ALL:
        raise TooMany("Too many pages listen for events at once: close some.")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_tell(request, viewer, access, events, after_id), media_type="text/event-stream", headers=headers)


def _event_id(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) >= 2**63:
        raise Invalid("Last-Event-ID is a number that this server gave out.")
    return int(text)


async def _tell(
    request: Asked, viewer: Viewer, access: Access, events: jobs.Events, after_id: int | None
) -> AsyncIterator[bytes]:
    """Events, comments while there are none, and an end once the session is over, asked about every second."""
    _open[viewer.account_id] += 1
    try:
        yield f"retry: {_RETRY_MS}\n: listening\n\n".encode()
        looked = told = time.monotonic()
        async with contextlib.aclosing(_heard(events, after_id)) as heard:
            async for event in heard:
                now = time.monotonic()
                if now - looked >= _LOOK_AGAIN_S:
                    looked = now
                    current = await _standing(request, access)
                    if current is None:
                        return
                    viewer = current
                words = _words(event, viewer) if event is not None else None
                if words is None and now - told >= _HEARTBEAT_S:
                    words = b": still here\n\n"
                if words is not None:
                    told = now
                    yield words
    finally:
        _open[viewer.account_id] -= 1
        if _open[viewer.account_id] <= 0:
            del _open[viewer.account_id]


async def _heard(
    events: jobs.Events, after_id: int | None
) -> AsyncGenerator[jobs.Announced | jobs.Missed | None, None]:
    """What the process hears, and None about every second when that is nothing. Ends when the listener is too slow, and
    when the process leaves."""
    subscription = events.subscribe(after_id)
    coming: asyncio.Task[jobs.Announced | jobs.Missed] | None = None
    try:
        while not _leaving.is_set():
            coming = coming or asyncio.ensure_future(_next(subscription))
            done, _ = await asyncio.wait({coming}, timeout=_LOOK_AGAIN_S)
            if not done:
                yield None
                continue
            event, coming = coming.result(), None
            yield event
            if isinstance(event, jobs.Missed) and event.reason == "slow":
                return
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        await subscription.aclose()


async def _next(subscription: AsyncIterator[jobs.Announced | jobs.Missed]) -> jobs.Announced | jobs.Missed:
    return await anext(subscription)


async def _standing(request: Asked, access: Access) -> Viewer | None:
    """Who the listener is now; None when the session ended or may no longer listen."""
    try:
        viewer, _ = await access.recognise(request.scope)
    except Unauthenticated:
        return None
    except HearthError:
        return request.user  # the database is away: nobody is signed out for that
    return viewer if viewer.may("events:read") else None


def _words(event: jobs.Announced | jobs.Missed, viewer: Viewer) -> bytes | None:
    """An event as it goes over the wire; None when it is not for this viewer, or for nobody outside."""
    if isinstance(event, jobs.Missed):
        return f'event: missed\ndata: {{"reason":"{event.reason}"}}\n\n'.encode()
    if not _for(event, viewer):
        return None
    match event.type:
        case "scan":
            scan = msgspec.json.decode(event.data, type=_ScanTold).scan
            # Folders are named after what lies in them.
            facts: object = scan if viewer.max_age is None else msgspec.structs.replace(scan, current=None)
        case "items" | "libraries":
            facts = msgspec.json.decode(event.data, type=ItemsTold)
        case "activity":
            facts = msgspec.json.decode(event.data, type=ActivityTold)
        case _:
            return None
    return f"event: {event.type}\nid: {event.id}\ndata: ".encode() + msgspec.json.encode(facts) + b"\n\n"


def _for(event: jobs.Announced, viewer: Viewer) -> bool:
    """Whom an event is meant for, and whether its library may be seen. An audience we do not know is nobody."""
    if event.audience not in (None, f"user:{viewer.account_id}"):
        return False
    library_id = msgspec.json.decode(event.data, type=_About).library_id
    return library_id is None or browse.sees_library(viewer, library_id)


handlers = [events]
