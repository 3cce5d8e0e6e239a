"""What happened, told once: kept with the change, turned into tasks, and heard by whoever listens after the commit."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, TypeVar

import msgspec

from hearth.db import Tx
from hearth.jobs.enqueue import enqueue
from hearth.jobs.task import A, JobId, Task
from hearth.kit.metrics import Counter

CHANNEL = "events"
ANNOUNCED = Counter("hearth_events_total", "Events that were announced.", ("type",))


class Event(msgspec.Struct, frozen=True, tag_field="type"):
    """Something that happened: `class ScanFinished(jobs.Event, frozen=True, tag="scan.finished")` with its facts.

    The tag is the type that clients see. Facts are small: ids and numbers; whoever wants more asks for it.
    """


E = TypeVar("E", bound=Event)
Kind: TypeAlias = type[E]
Reaction = Callable[[E], tuple[Task[A], A] | None]


class Announced(msgspec.Struct, frozen=True):
    """An event as it is heard. `data` is its JSON, the type with it; `audience` is whom it may be shown to."""

    id: int
    type: str
    data: msgspec.Raw
    audience: str | None
    at: dt.datetime

    def read(self, kind: Kind[E]) -> E:
        """The event as the struct that was announced."""
        return msgspec.json.decode(self.data, type=kind)


class Reactions:
    """The table of event -> task. `app/reactions.py` fills one and gives it to `react_with` at start."""

    def __init__(self) -> None:
        self._by_type: dict[type[Event], list[Reaction[Any, Any]]] = {}

    def on(self, kind: type[E], reaction: Reaction[E, A]) -> None:
        """On an event of exactly this type enqueues what `reaction` answers: a task and its arguments, or None."""
        self._by_type.setdefault(kind, []).append(reaction)

    def to(self, event: Event) -> list[tuple[Task[Any], Any]]:
        """The tasks that an event becomes."""
        answers = (reaction(event) for reaction in self._by_type.get(type(event), ()))
        return [answer for answer in answers if answer is not None]


_reactions = Reactions()


def react_with(reactions: Reactions) -> None:
    """Makes a table the process's own; without it events become no tasks."""
    global _reactions
    _reactions = reactions


@contextlib.contextmanager
def reacting_with(reactions: Reactions) -> Iterator[None]:
    """`react_with` for the length of a block."""
    before = _reactions
    react_with(reactions)
    try:
        yield
    finally:
        react_with(before)


async def announce(tx: Tx, event: Event, *, audience: str | None = None) -> list[JobId]:
    """Writes an event with the caller's change and enqueues the tasks that react to it, in the same transaction.

    After the commit every `Events` hears it. `audience` None is everybody; else it is a word that the door understands,
    such as "user:<id>" or "admin". One statement when nothing reacts: cheap enough for progress twice a second.
    """
    await tx.fetchval(
        """
        with told as (insert into jobs.event (type, data, audience) values ($1, $2::text::jsonb, $3) returning id)
        select pg_notify('events', id::text) is not null from told
        """,
        type(event).__struct_config__.tag,
        msgspec.json.encode(event).decode(),
        audience,
    )
    ANNOUNCED.inc(str(type(event).__struct_config__.tag))
    return [await enqueue(tx, task, args) for task, args in _reactions.to(event)]
