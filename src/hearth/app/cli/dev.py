"""`hearth dev`: tools for those who work on Hearth or measure it."""

from __future__ import annotations

import time

import click

from hearth.app.cli.options import run, with_settings
from hearth.config import Config, Loaded


@click.group()
def dev() -> None:
    """Tools for development and measurement."""


@dev.command()
@click.option("--items", type=click.IntRange(1, 5_000_000), default=10_000, show_default=True, help="How many items.")
@click.option("--seed", "number", type=int, default=1, show_default=True, help="Another number, another catalogue.")
@with_settings()
def seed(loaded: Loaded, items: int, number: int) -> None:
    """Fill an empty catalogue with made-up films, shows and music.

    It can be browsed and searched, not played: nothing lies on disk. Give a data folder of its own (--data).
    """
    begun = time.monotonic()
    counts = run(_seed(loaded.config, items, number), loaded.config)
    made = ", ".join(f"{n:,} {kind}" for kind, n in counts.items())
    click.echo(f"Made {made} in {time.monotonic() - begun:.0f} s.")


async def _seed(config: Config, items: int, number: int) -> dict[str, int]:
    from rich.progress import Progress

    from hearth.app import seed as seeding
    from hearth.app.engines import running_engines
    from hearth.db import Database

    async with running_engines(config, command="dev seed") as engines:
        database = await Database.connect(engines.dsn, max_size=2, application_name="hearth dev seed")
        try:
            with Progress(transient=True) as progress:
                bar = progress.add_task("Making items", total=items)
                found = await seeding.seed(
                    database, items, seed=number, progress=lambda done: progress.update(bar, completed=done)
                )
        finally:
            await database.close()
    return found.counts
