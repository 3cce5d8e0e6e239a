"""Hearing events: live over one LISTEN of the process, and from the table what was missed.

Ids are given before commits, so a smaller id may become visible after a greater one, and "all above the last id I saw"
would lose it. Live, that is no matter: NOTIFY comes in the order of commits and names each id. For what was missed (a
client away, a connection lost) each row carries the horizon of its writing, the oldest transaction then under way.
Whatever was not yet visible when the row was heard has a greater id or was written by a transaction at or above that
horizon. Reading `id > last or tx >= horizon(last)` is therefore complete; it repeats at most what was in flight around
the last row, which the process filters out for its own reader and a client meets as an event heard twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Literal

import msgspec

from hearth.db import Database, Row, Tx
from hearth.jobs.events import CHANNEL, Announced
from hearth.kit.errors import Unavailable
from hearth.kit.metrics import Counter, Gauge

log = logging.getLogger(__name__)

LISTENERS = Gauge("hearth_event_listeners", "Who listens for events.")
HEARD = Counter("hearth_events_heard_total", "Events that this process heard and passed on to its listeners.")
SLOW = Counter("hearth_event_listeners_too_slow_total", "Listeners that fell behind and were cut off.")

_REPLAY_S = 300
_LONGEST_REPLAY = 10_000
_REMEMBERED = 20_000
_PENDING = 10_000
_PAUSE_S = 0.5
_TRAIL_S = 10.0
_BURST = 10
_COLUMNS = "id, type, data::text as data, audience, at, horizon"


class Missed(msgspec.Struct, frozen=True):
    """The last thing a subscriber is given, or the first: events are missing from here on.

    slow: it did not keep up; it comes back with the last id it had and gets the rest. gone: the id it came with is
    too old or unknown; it reads its pages afresh and goes on from here.
    """

    reason: Literal["slow", "gone"]


class _Mark(msgspec.Struct, frozen=True):
    """Up to where the table was heard: an id and the horizon that went with it."""

    id: int
    horizon: int


class _Trail:
    """Where the reader was, a little while ago.

    A listening connection that is back may name new ids before we learn that it had been gone, and the newest mark then
    lies behind what was missed. Reading again starts from a mark that is older than that confusion can last.
    """

    def __init__(self, first: _Mark) -> None:
        self._marks: deque[tuple[float, _Mark]] = deque([(float("-inf"), first)])

    def step(self, mark: _Mark) -> None:
        now = time.monotonic()
        if now - self._marks[-1][0] >= 1:
            self._marks.append((now, mark))
        while len(self._marks) > 1 and now - self._marks[1][0] > _TRAIL_S:
            self._marks.popleft()

    @property
    def safe(self) -> _Mark:
        return self._marks[0][1]


class _Subscriber:
    def __init__(self, size: int) -> None:
        self.size = size
        self.waiting: deque[Announced] = deque()
        self.overrun = False
        self.filled = asyncio.Event()

    def give(self, event: Announced) -> None:
        if len(self.waiting) >= self.size:
            self.overrun = True
        if not self.overrun:
            self.waiting.append(event)
        self.filled.set()

    async def take(self) -> Announced | Missed:
        while not self.waiting and not self.overrun:
            self.filled.clear()
            await self.filled.wait()
        return self.waiting.popleft() if self.waiting else Missed("slow")


class Events:
    """All of the process's subscribers on one LISTEN; used as `async with Events(database) as events`."""

    def __init__(self, database: Database, *, buffer: int = 1000) -> None:
        self._database = database
        self._buffer = buffer
        self._subscribers: set[_Subscriber] = set()
        self._heard: deque[int] = deque()
        self._read_again = False
        self._behind = False
        self._wanted = asyncio.Event()
        self._trail: _Trail | None = None
        self._seen: dict[int, None] = {}
        self._pump: asyncio.Task[None] | None = None
        self._stop_listening: Callable[[], None] | None = None

    async def __aenter__(self) -> Events:
        """Unavailable when the database cannot be listened to."""
        self._stop_listening = await self._database.listen(CHANNEL, self._hear, on_reconnect=self._missed_some)
        async with self._database.transaction(readonly=True) as tx:
            row = await tx.fetchrow(
                "select coalesce(max(id), 0) as id, pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon "
                "from jobs.event"
            )
        if row is not None:
            self._trail = _Trail(_Mark(row["id"], row["horizon"]))
        self._pump = asyncio.create_task(self._deliver_always(), name="events")
        return self

    @property
    def current(self) -> bool:
        """Whether what happens is heard as it happens: the connection stands, and nothing that was missed is unread."""
        return self._database.hears and not self._behind

    async def __aexit__(self, *_: object) -> None:
        if self._stop_listening is not None:
            self._stop_listening()
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)

    async def subscribe(self, after_id: int | None = None) -> AsyncGenerator[Announced | Missed, None]:
        """Events from now on, or from after the one with `after_id`, which may be up to five minutes old.

        Ids do not follow the order of commits, so a replay goes back to the oldest transaction that ran when that event
        was written: none is left out, one that was had already may come again, with the id it had.
        A subscriber that falls behind by the buffer's size gets what was kept for it, then `Missed("slow")`, and the
        stream ends. An id that is not known any more gives `Missed("gone")` first and then goes on. Close the
        generator when leaving early (`contextlib.aclosing`).
        """
        subscriber = _Subscriber(self._buffer)
        LISTENERS.inc()
        self._subscribers.add(subscriber)  # before the table is read: what comes meanwhile is kept
        replayed: set[int] = set()
        try:
            if after_id is not None:
                missed = await self._replay(after_id)
                if missed is None:
                    yield Missed("gone")
                for event in missed or ():
                    replayed.add(event.id)
                    yield event
            while True:
                item = await subscriber.take()
                if isinstance(item, Missed):
                    SLOW.inc()
                    yield item
                    return
                if item.id not in replayed:
                    yield item
        finally:
            LISTENERS.dec()
            self._subscribers.discard(subscriber)

    async def _replay(self, after_id: int) -> list[Announced] | None:
        async with self._database.transaction(readonly=True) as tx:
            horizon = await tx.fetchval(
                "select horizon from jobs.event where id = $1 and at > now() - make_interval(secs => $2)",
                after_id,
                _REPLAY_S,
            )
            if horizon is None:
                return None
            rows = await _since(tx, _Mark(after_id, horizon))
        return None if len(rows) > _LONGEST_REPLAY else [_announced(row) for row in rows]

    def _hear(self, payload: str) -> None:
        if len(self._heard) >= _PENDING:
            self._missed_some()
            return
        self._heard.append(int(payload))
        self._wanted.set()

    def _missed_some(self) -> None:
        self._read_again = self._behind = True
        self._wanted.set()

    async def _deliver_always(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._deliver()
            except (Unavailable, TimeoutError) as error:
                log.warning("events cannot be read, trying again: %r", error)
                self._missed_some()
                await asyncio.sleep(_PAUSE_S)
            except Exception:
                log.exception("events cannot be read, trying again")
                self._missed_some()
                await asyncio.sleep(_PAUSE_S)

    async def _deliver(self) -> None:
        """Reads what was named, in the order it was named, and all since the mark when names may be missing."""
        read_again, self._read_again = self._read_again, False
        ids = list(dict.fromkeys(self._heard))
        self._heard.clear()
        async with self._database.transaction(readonly=True) as tx:
            found = {row["id"]: row for row in await _named(tx, ids)}
            rows = [found[i] for i in ids if i in found]
            if read_again and self._trail is not None:
                missed = await _since(tx, self._trail.safe)
                rows += missed
                self._read_again = self._read_again or len(missed) > _LONGEST_REPLAY
        for count, row in enumerate(rows):
            if count % _BURST == _BURST - 1:
                await asyncio.sleep(0)  # subscribers that keep up take theirs, however many came at once
            if row["id"] in self._seen:
                continue
            self._seen[row["id"]] = None
            if self._trail is not None:
                self._trail.step(_Mark(row["id"], row["horizon"]))
            event = _announced(row)
            HEARD.inc()
            for subscriber in tuple(self._subscribers):
                subscriber.give(event)
        while len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._behind = self._read_again


async def _named(tx: Tx, ids: list[int]) -> Iterable[Row]:
    if not ids:
        return []
    return await tx.fetch(f"select {_COLUMNS} from jobs.event where id = any($1::bigint[])", ids)  # noqa: S608 - fixed


async def _since(tx: Tx, mark: _Mark) -> list[Row]:
    return await tx.fetch(
        f"select {_COLUMNS} from jobs.event where (id > $1 or tx >= $2) and id <> $1 order by id limit $3",  # noqa: S608
        mark.id,
        mark.horizon,
        _LONGEST_REPLAY + 1,
    )


def _announced(row: Row) -> Announced:
    return Announced(row["id"], row["type"], msgspec.Raw(row["data"].encode()), row["audience"], row["at"])
