"""What a connection is told of types, so that it need not ask."""

import asyncio
import datetime as dt
from typing import Any

import asyncpg
import pytest

from hearth.db.codecs import prepare
from hearth.kit.ids import new_id

_MOMENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("element", "values"),
    [
        ("boolean", [True, None]),
        ("bytea", [b"", b"\xff"]),
        ("smallint", [-1, 2]),
        ("integer", [1, 2**31 - 1]),
        ("bigint", [2**62]),
        ("double precision", [0.5]),
        ("timestamptz", [_MOMENT]),
        ("uuid", [new_id()]),
        ("jsonb", [{"a": [1, None]}, "text", None]),
        ("text", ["a,b", '"', None]),
    ],
)
async def test_arrays_go_there_and_back_without_a_question_about_them(
    empty_dsn: str, element: str, values: list[Any]
) -> None:
    connection = await asyncpg.connect(empty_dsn, timeout=10)
    try:
        await prepare(connection)
        asked: list[str] = []
        with connection.query_logger(lambda query: asked.append(query.query)):
            both = await connection.fetchrow(
                f"select $1::{element}[] as there, array(select one::text from unnest($1::{element}[]) one) as said",  # noqa: S608
                values,
            )
            await asyncio.sleep(0.01)  # it is told of queries by the loop, a turn later
        assert both["there"] == values
        assert len(both["said"]) == len(values)
        assert len(asked) == 1, asked
    finally:
        await connection.close()


async def test_a_type_that_nobody_told_of_is_still_asked_about(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn, timeout=10)
    try:
        await prepare(connection)
        await connection.execute("create type mood as enum ('good', 'bad')")
        asked: list[str] = []
        with connection.query_logger(lambda query: asked.append(query.query)):
            assert await connection.fetchval("select $1::mood[]", ["bad"]) == ["bad"]
            await asyncio.sleep(0.01)
        assert len(asked) > 1  # and so the test above would see it
    finally:
        await connection.close()
