"""Connections that time what they run, and say so to traces.

Statements are told apart by their first word alone. What is bound never goes anywhere: a span holds the text with its
placeholders.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from hearth.kit import telemetry
from hearth.kit.metrics import Counter, Gauge, Histogram

_WORDS = frozenset(
    {"select", "insert", "update", "delete", "with", "begin", "commit", "rollback", "copy", "set", "listen", "merge"}
)
QUERY_SECONDS = Histogram(
    "hearth_database_query_seconds", "How long statements took, by their first word.", ("statement",),
    known=[("select",), ("insert",), ("update",), ("delete",), ("with",), ("begin",), ("commit",)],
)  # fmt: skip
WAIT_SECONDS = Histogram("hearth_database_wait_seconds", "How long a connection of the pool was waited for.")
IN_USE = Gauge("hearth_database_connections_in_use", "Connections that somebody holds.")
MOST = Gauge("hearth_database_connections_max", "Connections that this process may hold at once.")
WAITING = Gauge("hearth_database_waiting", "Who waits for a connection.")
TRANSACTIONS = Counter(
    "hearth_database_transactions_total", "Transactions by how they ended.", ("outcome",),
    [("commit",), ("rollback",)],
)  # fmt: skip
ERRORS = Counter(
    "hearth_database_errors_total", "What kept callers from the database.", ("kind",),
    [("busy",), ("away",), ("disk_full",), ("conflict",)],
)  # fmt: skip


class Counted(asyncpg.Connection):  # type: ignore[misc] # asyncpg comes without types
    """A connection whose statements are counted."""

    __slots__ = ()

    async def fetch(self, query: str, *args: object, **options: Any) -> Any:
        return await _timed(super().fetch, query, args, options)

    async def fetchrow(self, query: str, *args: object, **options: Any) -> Any:
        return await _timed(super().fetchrow, query, args, options)

    async def fetchval(self, query: str, *args: object, **options: Any) -> Any:
        return await _timed(super().fetchval, query, args, options)

    async def execute(self, query: str, *args: object, **options: Any) -> Any:
        return await _timed(super().execute, query, args, options)

    async def executemany(self, command: str, args: object, **options: Any) -> Any:
        return await _timed(super().executemany, command, (args,), options)

    async def copy_records_to_table(self, table_name: str, **options: Any) -> Any:
        async def copy(name: str, **more: Any) -> Any:
            return await asyncpg.Connection.copy_records_to_table(self, name, **more)

        return await _timed(copy, table_name, (), options, word="copy")


async def _timed(
    run: Callable[..., Awaitable[Any]], query: str, args: tuple[object, ...], options: dict[str, Any], word: str = ""
) -> Any:
    word = word or first_word(query)
    began = time.perf_counter()
    try:
        if not telemetry.tracing():
            return await run(query, *args, **options)
        text = " ".join(query.split())
        # "db.query.text" is what the field calls it; the values stand apart and stay here.
        facts = {"db.system.name": "postgresql", "db.query.text": text}
        with telemetry.span(f"db {word}", "client", facts=facts):
            return await run(query, *args, **options)
    finally:
        QUERY_SECONDS.observe(time.perf_counter() - began, word)


@functools.lru_cache(maxsize=512)
def first_word(query: str) -> str:
    """What a statement does: select, insert, ...; "other" for what is rare."""
    word = query[:64].lstrip(" \n(").split(None, 1)[0].rstrip(";").lower() if query.strip() else ""
    return word if word in _WORDS else "other"
