"""`hearth migrate`: the database up to date, or back, by hand. `hearth serve` does `up` by itself."""

from __future__ import annotations

import click

from hearth.app.cli.options import as_json, print_json, run, with_settings
from hearth.app.engines import prepare_schema, running_engines
from hearth.config import Config, Loaded


@click.group()
def migrate() -> None:
    """Bring the database up to date, or back to an earlier state."""


@migrate.command()
@with_settings()
def up(loaded: Loaded) -> None:
    """Apply every step that is missing."""

    async def work(config: Config) -> int:
        async with running_engines(config, migrated=False, command="migrate up") as engines:
            return await prepare_schema(engines.dsn, config)

    count = run(work(loaded.config), loaded.config)
    click.echo(f"{count} steps applied." if count else "The database is up to date.")


@migrate.command()
@click.argument("target", type=click.IntRange(0))
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_settings()
def down(loaded: Loaded, target: int, yes: bool) -> None:
    """Take back every step above TARGET (a step's number; 0 for all). What those steps hold is lost."""
    if not yes:
        click.confirm(f"Everything that the steps above {target:04} keep will be deleted. Go on?", abort=True)

    async def work(config: Config) -> int:
        from hearth.db import migrate as steps

        async with running_engines(config, migrated=False, command="migrate down") as engines:
            return await steps.down(engines.dsn, target)

    click.echo(f"{run(work(loaded.config), loaded.config)} steps taken back.")


@migrate.command()
@as_json
@with_settings()
def status(loaded: Loaded, as_json: bool) -> None:
    """List the steps and when each was applied."""
    from hearth.db import migrate as steps

    async def work(config: Config) -> list[steps.Applied]:
        async with running_engines(config, migrated=False, command="migrate status") as engines:
            return await steps.status(engines.dsn)

    found = run(work(loaded.config), loaded.config)
    if as_json:
        print_json(found)
        return
    for step in found:
        when = step.applied_at.strftime("%Y-%m-%d %H:%M:%S UTC") if step.applied_at else "not applied"
        click.echo(f"{step.version:04}  {step.name:<24} {when}")
