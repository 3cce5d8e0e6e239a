"""`hearth library access`: who sees a library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hearth.app.cli.library import library, named
from hearth.app.cli.options import as_json, print_json, with_settings
from hearth.config import Loaded
from hearth.kit.errors import Invalid

if TYPE_CHECKING:
    from hearth.db import Tx


@library.command()
@click.argument("name")
@click.option("--everyone", is_flag=True, help="Whoever may sign in.")
@click.option("--role", "roles", multiple=True, help="Who has this role; several times.")
@click.option("--user", "users", multiple=True, help="This user; several times.")
@click.option("--hidden", is_flag=True, help="Nobody but the users named, not even administrators.")
@as_json
@with_settings()
def access(
    loaded: Loaded,
    name: str,
    everyone: bool,
    roles: tuple[str, ...],
    users: tuple[str, ...],
    hidden: bool,
    as_json: bool,
) -> None:
    """Show who sees the library NAME, or say so with the options; felt within five seconds."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    if (everyone and (roles or users or hidden)) or (hidden and (roles or not users)):
        raise Invalid("Say --everyone, or some --role and --user, or --hidden with some --user.")

    async def work(tx: Tx) -> tuple[accounts.LibraryAccess, list[str]]:
        found = await named(tx, name)
        if everyone or roles or users:
            ids = tuple([(await accounts.account_named(tx, user)).id for user in users])
            wanted = accounts.LibraryAccess(everyone, hidden, roles, ids)
            await accounts.set_library_access(tx, found.id, wanted)
            await accounts.note(
                tx, accounts.COMMAND_LINE, "library.access", "library", found.id, found.name,
                everyone=everyone, hidden=hidden, roles=list(roles), users=list(users),
            )  # fmt: skip
        now = (await accounts.library_access(tx, [found.id]))[found.id]
        return now, [(await accounts.account(tx, user)).username for user in now.users]

    now, people = in_transaction(loaded, work)
    if as_json:
        print_json({"everyone": now.everyone, "hidden": now.hidden, "roles": now.roles, "users": people})
        return
    if now.everyone and not now.hidden:
        click.echo(f"Everybody sees {name}.")
        return
    if now.hidden:
        click.echo(f"Hidden. Only these see {name}: {', '.join(people) or 'nobody'}.")
        return
    some = ", ".join(["administrators", *(f"the role {role}" for role in now.roles), *people])
    click.echo(f"These see {name}: {some}.")
