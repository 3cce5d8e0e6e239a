"""`hearth keys`: the keys that access tokens are signed with."""

from __future__ import annotations

import asyncio
import contextlib

import click

from hearth.app.cli.options import run, with_settings
from hearth.config import Config, Loaded
from hearth.kit.errors import HearthError


@click.group()
def keys() -> None:
    """Rotate the keys that access tokens are signed with."""


@keys.command()
@click.option("--at-once", is_flag=True, help="Forget the old keys now: somebody else may have them.")
@with_settings()
def rotate(loaded: Loaded, at_once: bool) -> None:
    """Sign with a new key from now on. Running servers take it up by themselves.

    What the old key signed is honoured until it expires, ten minutes at most. Nobody is signed out, not even with
    --at-once: devices ask for new tokens. On several machines, copy the secrets folder to the others.
    """
    from hearth import accounts
    from hearth.app.cli.engines import transaction

    async def work(config: Config) -> bool:
        await asyncio.to_thread(accounts.rotate_keys, config.data / "secrets", at_once=at_once)
        told = False
        with contextlib.suppress(HearthError):
            async with transaction(config) as tx:
                await accounts.keys_changed(tx)
                await accounts.note(tx, accounts.COMMAND_LINE, "keys.rotated", at_once=at_once)
            told = True
        return told

    if run(work(loaded.config), loaded.config):
        click.echo("New tokens are signed with a new key." + ("" if at_once else " Old ones last their ten minutes."))
    else:
        click.echo("There is a new key. The database did not answer, so running servers take it up when restarted.")
