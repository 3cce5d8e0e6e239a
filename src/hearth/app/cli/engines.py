"""The engines for a command: those of a running server, or its own for as long as it needs them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

import click

from hearth.app.cli.options import run
from hearth.app.engines import Engines, running_engines
from hearth.config import Config, Loaded
from hearth.db import Database, Tx

T = TypeVar("T")

__all__ = ["Engines", "in_transaction", "running_engines", "transaction"]


def in_transaction(loaded: Loaded, work: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
    """Runs what a command does in one transaction, which commits when it returns; logs go to standard error."""

    async def whole(config: Config) -> T:
        async with transaction(config) as tx:
            return await work(tx)

    return run(whole(loaded.config), loaded.config)


@contextlib.asynccontextmanager
async def transaction(config: Config) -> AsyncIterator[Tx]:
    """A transaction on the running server's database, or on engines started for this command."""
    command = click.get_current_context().command_path.partition(" ")[2]
    async with running_engines(config, command=command) as engines:
        database = await Database.connect(engines.dsn, max_size=1, application_name=f"hearth {command}")
        try:
            async with database.transaction() as tx:
                yield tx
        finally:
            await database.close()
