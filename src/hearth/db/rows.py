"""What the database hands out, as types: the transaction, its rows, and rows turned into structs.

asyncpg ships no type hints; these protocols name the part of it that the rooms use, so that a forgotten `None` is found
by mypy and not by a person.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, LiteralString, Protocol, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


class Row(Protocol):
    """A row: values by column name or position; iterating gives the values, `dict(row)` the pairs."""

    def __getitem__(self, key: str | int, /) -> Any: ...  # a column may hold anything
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    def keys(self) -> Iterator[str]: ...
    def values(self) -> Iterator[Any]: ...
    def items(self) -> Iterator[tuple[str, Any]]: ...
    def get(self, key: str, default: object = None, /) -> Any: ...


class Tx(Protocol):
    """A connection inside a transaction that a door or a worker opened and will commit; an asyncpg connection.

    `jsonb` columns take anything msgspec encodes and give back plain lists, dicts, strings and numbers.
    """

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str: ...
    async def executemany(
        self, command: str, args: Iterable[Sequence[object]], *, timeout: float | None = None
    ) -> None: ...
    async def fetch(self, query: str, *args: object, timeout: float | None = None) -> list[Row]: ...
    async def fetchrow(self, query: str, *args: object, timeout: float | None = None) -> Row | None: ...
    async def fetchval(self, query: str, *args: object, column: int = 0, timeout: float | None = None) -> Any: ...
    async def fetchmany(
        self, query: str, args: Iterable[Sequence[object]], *, timeout: float | None = None
    ) -> list[Row]: ...
    async def copy_records_to_table(
        self,
        table_name: str,
        *,
        records: Iterable[Sequence[object]] | AsyncIterable[Sequence[object]],
        columns: Sequence[str] | None = None,
        schema_name: str | None = None,
        timeout: float | None = None,
        where: str | None = None,
    ) -> str: ...
    def cursor(
        self, query: str, *args: object, prefetch: int | None = None, timeout: float | None = None
    ) -> AsyncIterator[Row]: ...
    def transaction(
        self, *, isolation: str | None = None, readonly: bool = False, deferrable: bool = False
    ) -> AbstractAsyncContextManager[None]: ...


def columns(kind: type[msgspec.Struct], table: LiteralString = "") -> str:
    """The struct's fields as a select list: `columns(Film, "f")` is "f.id, f.title". Never user input."""
    prefix = f"{table}." if table else ""
    return ", ".join(prefix + name for name in kind.__struct_fields__)


def struct_row(kind: type[S], row: Row) -> S:
    """One row as a struct, matched by column name; a column the struct lacks is a TypeError."""
    return kind(**dict(row.items()))


def struct_rows(kind: type[S], rows: Iterable[Row]) -> list[S]:
    """Rows as structs, matched by column name."""
    return [kind(**dict(row.items())) for row in rows]
