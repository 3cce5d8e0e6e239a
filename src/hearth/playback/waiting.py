"""What the web process does for a segment: serve it when it is there, else have it made and wait a bounded while."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from hearth.db import Database
from hearth.kit.errors import NotFound, Unavailable

from . import shelf as shelves
from .facts import Session
from .sessions import served, want

_WAIT_S = 20.0
_POLL_S = 0.04
_ASK_EVERY_S = 1.0


async def segment(database: Database, cache: Path, session: Session, number: int | None) -> Path:
    """The file of a segment, or of the init section (None).

    NotFound when the playlist has no such segment or the session has ended. Unavailable, with the reason, when the
    encoder failed on it or did not come to it within 20 s.
    """
    if not session.cuts or (number is not None and number > len(session.cuts) - 2):
        raise NotFound("The playlist has no such segment.")
    name = shelves.INIT if number is None else shelves.segment_name(number)
    path = shelves.session_folder(cache, session.id) / name
    if await asyncio.to_thread(path.exists):
        if number is not None:
            async with database.transaction() as tx:
                await served(tx, session.id, number)
        return path
    deadline = time.monotonic() + _WAIT_S
    asked = float("-inf")
    first = True
    while time.monotonic() < deadline:
        if time.monotonic() - asked > _ASK_EVERY_S:
            asked = time.monotonic()
            # Said once: a player that has moved on meanwhile asked for another, and that wish counts.
            async with database.transaction() as tx:
                wish = await want(tx, session.id, number if first else None)
            first = False
            if wish.error is not None:
                raise Unavailable(wish.error)
        await asyncio.sleep(_POLL_S)
        if await asyncio.to_thread(path.exists):
            return path
    raise Unavailable("The server is too busy to convert this in time: try again, or choose a lower quality.")
