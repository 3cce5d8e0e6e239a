"""`hearth role`: what roles there are, and roles of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.app.cli.options import as_json, print_json, with_settings
from hearth.config import Loaded

if TYPE_CHECKING:
    from hearth.db import Tx


@click.group()
def role() -> None:
    """List roles; make, change and delete roles of your own."""


@role.command("list")
@as_json
@with_settings()
def list_(loaded: Loaded, as_json: bool) -> None:
    """List all roles with what they may do."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    found = in_transaction(loaded, accounts.roles_list)
    if as_json:
        print_json(found)
        return
    width = max(len(one.name) for one in found)
    for one in found:
        factor = "  second factor required" if one.second_factor else ""
        click.echo(f"{one.name:<{width}}  users: {one.accounts}{factor}\n    {' '.join(one.permissions) or 'nothing'}")


@role.command()
@click.argument("name")
@click.argument("permissions", nargs=-1)
@click.option("--require-second-factor/--no-second-factor", "second_factor", default=None,
              help="Whether whoever has it must have a second factor.")  # fmt: skip
@with_settings()
def put(loaded: Loaded, name: str, permissions: tuple[str, ...], second_factor: bool | None) -> None:
    """Make or change the role NAME: it may do PERMISSIONS (items:read items:play ...), and nothing else.

    Without PERMISSIONS they stay as they are. Running servers feel it within five seconds.
    """
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    async def work(tx: Tx) -> accounts.Role:
        made = await accounts.put_role(tx, None, name, permissions or None, second_factor)
        await accounts.note(
            tx, accounts.COMMAND_LINE, "role.changed", "role", name, name,
            permissions=list(permissions) or None, second_factor=second_factor,
        )  # fmt: skip
        return made

    made = in_transaction(loaded, work)
    click.echo(f"{made.name} may: {' '.join(made.permissions) or 'nothing'}")


@role.command()
@click.argument("name")
@with_settings()
def delete(loaded: Loaded, name: str) -> None:
    """Delete the role NAME, which nobody may have any more."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    async def work(tx: Tx) -> None:
        await accounts.delete_role(tx, None, name)
        await accounts.note(tx, accounts.COMMAND_LINE, "role.deleted", "role", name, name)

    in_transaction(loaded, work)
    click.echo(f"Deleted {name}.")
