"""What goes along with a piece of work: the request it belongs to, who asked, which job it is; and the trace, if any.

The ids are context variables: they follow `await`, tasks and `asyncio.to_thread` by themselves, `kit.logs` puts them on
each line, and jobs carry them through the queue. Spans cost nothing while no receiver is configured: `span` then
answers with one and the same object that does nothing, and the SDK is never loaded.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Literal, Protocol, TypeAlias

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that this work belongs to, also when a worker does it later."""
user_id: ContextVar[str | None] = ContextVar("user_id", default=None)
"""The account that asked."""
job_id: ContextVar[int | None] = ContextVar("job_id", default=None)
"""The job that is done."""

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Facts: TypeAlias = Mapping[str, str | int | float | bool]
_NONE: Facts = {}
_FOREIGN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Span(Protocol):
    """A piece of work that is timed: used as a context manager, which ends it and notes what was raised."""

    def note(self, facts: Facts) -> None:
        """Says more about it."""
        ...

    def rename(self, name: str) -> None:
        """Gives it the name that was not known when it began."""
        ...

    def fail(self, words: str) -> None:
        """Marks it as failed although nothing is raised."""
        ...

    def __enter__(self) -> Span: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Tracer(Protocol):
    """What `kit.telemetry_otlp` makes when traces are wanted."""

    def span(self, name: str, kind: Kind, parent: str | None, facts: Facts) -> Span: ...

    def traceparent(self) -> str | None: ...

    def ids(self) -> tuple[str, str] | None: ...


class _Nothing:
    """The span while traces are off."""

    def note(self, facts: Facts) -> None:
        pass

    def rename(self, name: str) -> None:
        pass

    def fail(self, words: str) -> None:
        pass

    def __enter__(self) -> Span:
        return self

    def __exit__(self, *_: object) -> None:
        pass


NOTHING: Span = _Nothing()
_tracer: Tracer | None = None
_process = "hearth"


def process_name() -> str:
    """What this process is called: "web 1", "worker 1", "serve"."""
    return _process


def name_process(name: str) -> None:
    """Says what this process is called; once, at its start."""
    global _process
    _process = name


def trace_with(tracer: Tracer | None) -> None:
    """Sends this process's spans to a tracer; None turns them off."""
    global _tracer
    _tracer = tracer


def tracing() -> bool:
    """Whether spans are kept: asked before attributes are put together on a hot path."""
    return _tracer is not None


def span(name: str, kind: Kind = "internal", parent: str | None = None, facts: Facts = _NONE) -> Span:
    """`with span("encode", facts={"work": "remux"}):` - a piece of work inside the one that is under way.

    `parent` is a W3C traceparent from outside (a proxy, the job's row) and comes before what is under way. Facts are of
    low cardinality, or ids; never a secret, a path or a title.
    """
    return NOTHING if _tracer is None else _tracer.span(name, kind, parent, facts)


def traceparent() -> str | None:
    """What is under way as a W3C traceparent, to be carried to another process; None without traces."""
    return None if _tracer is None else _tracer.traceparent()


def trace_ids() -> tuple[str, str] | None:
    """Trace and span id of what is under way, in hexadecimal, for log lines."""
    return None if _tracer is None else _tracer.ids()


def new_request_id() -> str:
    """An id for a request that came without one: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def foreign_request_id(text: str) -> str | None:
    """An id that a client or proxy gave, if it is one that may stand in logs and rows."""
    return text if _FOREIGN_ID.fullmatch(text) else None


def foreign_traceparent(text: str | None) -> str | None:
    """A traceparent that came from elsewhere, if it has the form of one."""
    return text if text is not None and _TRACEPARENT.fullmatch(text) else None


@contextlib.contextmanager
def carrying(*, request: str | None = None, job: int | None = None, user: str | None = None) -> Iterator[None]:
    """The ids of this work for the length of a block; an id that is not given stays as it is."""
    tokens = [
        (variable, variable.set(value))  # type: ignore[arg-type] # each value goes with its variable
        for variable, value in ((request_id, request), (job_id, job), (user_id, user))
        if value is not None
    ]
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)  # type: ignore[arg-type] # likewise
