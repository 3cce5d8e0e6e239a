"""How an encoder learns what is wanted of it, and that it is not wanted any more."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Literal
from uuid import UUID

from hearth.db import Database
from hearth.kit.errors import Unavailable
from hearth.kit.ids import new_id

from .facts import Session
from .sessions import CHANNEL, read_session

Over = Literal["ended", "abandoned", "lost"]

_LOOK_EVERY_S = 1.0
_ABANDONED_S = 45.0
_PATIENCE_S = 30.0


class Follow:
    """A session's row as its encoder sees it: `wanted` moves, `over` says why to stop.

    Holding the row is a lease: `encoder_seen_at` is renewed each second, and a run that lost it stops.
    """

    def __init__(self, database: Database, session: Session, path: bytes, root: bytes, lease: UUID) -> None:
        self.session = session
        self.path = path
        self.root = root
        self.wanted = session.wanted
        self.over: Over | None = None
        self.changed = asyncio.Event()
        self._database = database
        self._lease = lease
        self._heard = asyncio.Event()

    async def fail(self, reason: str) -> None:
        """Tells the player why the segment it waits for does not come."""
        async with self._database.transaction() as tx:
            await tx.execute(
                "update playback.session set error = $3, encoder_seen_at = null where id = $1 and encoder = $2",
                self.session.id,
                self._lease,
                reason,
            )

    async def wait(self, timeout_s: float) -> bool:
        """Until something changes; False when nothing did in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.changed.wait()
        except TimeoutError:
            return False
        self.changed.clear()
        return True

    async def keep_up(self) -> None:
        """Until it is over; whatever goes wrong here ends the run too."""
        try:
            await self._keep_up()
        finally:
            if self.over is None:
                self._stop("lost")

    async def _keep_up(self) -> None:
        answered = time.monotonic()
        while self.over is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._heard.wait()
            self._heard.clear()
            try:
                await self._look()
                answered = time.monotonic()
            except (Unavailable, TimeoutError):
                # The database restarts: go on for a while with what is known.
                if time.monotonic() - answered > _PATIENCE_S:
                    self._stop("lost")

    async def _look(self) -> None:
        async with self._database.transaction() as tx:
            row = await tx.fetchrow(
                """update playback.session s set encoder_seen_at = now()
                   where id = $1 and encoder = $2 returning s.wanted, s.ended_at is not null as ended,
                       extract(epoch from now() - s.seen_at) as idle_s""",
                self.session.id,
                self._lease,
            )
        if row is None:
            self._stop("lost")
        elif row["ended"]:
            self._stop("ended")
        elif float(row["idle_s"]) > _ABANDONED_S:
            self._stop("abandoned")
        elif row["wanted"] != self.wanted:
            self.wanted = row["wanted"]
            self.changed.set()

    def hear(self, payload: str) -> None:
        if payload == str(self.session.id):
            self._heard.set()

    def look_again(self) -> None:
        self._heard.set()

    def _stop(self, reason: Over) -> None:
        self.over = reason
        self.changed.set()

    async def release(self) -> None:
        with contextlib.suppress(Unavailable, TimeoutError):
            async with self._database.transaction() as tx:
                await tx.execute(
                    "update playback.session set encoder = null, encoder_seen_at = null, asked_at = null"
                    " where id = $1 and encoder = $2",
                    self.session.id,
                    self._lease,
                )


@contextlib.asynccontextmanager
async def following(database: Database, session_id: UUID) -> AsyncIterator[Follow | None]:
    """Takes a session for encoding and follows it; None when it has ended or another run holds it."""
    lease = new_id()
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            """with taken as (
                   update playback.session set encoder = $2, encoder_seen_at = now()
                   where id = $1 and ended_at is null and cuts <> '{}'
                       and (encoder_seen_at is null or encoder_seen_at < now() - interval '6 seconds')
                   returning *)
               select s.*, f.folder, f.name, r.path as root
               from taken s join libraries.file f on f.id = s.file_id join libraries.root r on r.id = f.root_id""",
            session_id,
            lease,
        )
    if row is None:
        yield None
        return
    follow = Follow(database, *read_session(row), lease)
    stop_listening = await database.listen(CHANNEL, follow.hear, on_reconnect=follow.look_again)
    keeping = asyncio.create_task(follow.keep_up(), name="encoder-follow")
    try:
        yield follow
    finally:
        stop_listening()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await follow.release()
