"""`hearth user`: accounts by hand, for the first hour and for whoever forgot a password."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator

import click

from hearth.app.cli.options import as_json, print_json, run, with_settings
from hearth.config import Config, Loaded
from hearth.db import Database, Tx
from hearth.kit.errors import Invalid

_ROLES = ("admin", "moderator", "user", "guest")
_MAX_LINE = 8192

from_stdin = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from the first line of standard input."
)


@click.group()
def user() -> None:
    """Add, list and delete users, reset passwords."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), help="What they may do. Default: admin for the first, then user.")
@from_stdin
@with_settings()
def add(loaded: Loaded, name: str, role: str | None, from_stdin: bool) -> None:
    """Add the user NAME; the password is asked for."""
    from hearth import accounts

    accounts.clean_username(name)
    password = _password(name, from_stdin)

    async def work(config: Config) -> accounts.Account:
        hashed = await _hash(name, password)
        async with _transaction(config, "user add") as tx:
            if not await accounts.setup_required(tx):
                return await accounts.create_account(tx, name, hashed, role or "user")
            if role not in {None, "admin"}:
                raise Invalid("The first user is an administrator: somebody has to be. Leave --role away.")
            return await accounts.create_first_account(tx, name, hashed)

    added = run(work(loaded.config), loaded.config)
    click.echo(f"Added {added.username}, role {added.role}.")


@user.command("list")
@as_json
@with_settings()
def list_(loaded: Loaded, as_json: bool) -> None:
    """List all users."""
    from hearth import accounts

    async def work(config: Config) -> list[accounts.Account]:
        found: list[accounts.Account] = []
        async with _transaction(config, "user list") as tx:
            after = None
            while True:
                page = await accounts.accounts_list(tx, 500, after)
                found += page.items
                after = page.next
                if after is None:
                    return found

    found = run(work(loaded.config), loaded.config)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("There are no users yet. Add the first: hearth user add NAME")
    width = max((len(a.username) for a in found), default=0)
    for a in found:
        state = "  disabled" if a.disabled else ""
        click.echo(f"{a.username:<{width}}  {a.role:<9}  since {a.created_at:%Y-%m-%d}{state}")


@user.command("reset-password")
@click.argument("name")
@from_stdin
@with_settings()
def reset_password(loaded: Loaded, name: str, from_stdin: bool) -> None:
    """Give the user NAME a new password; it is asked for. They are signed out everywhere."""
    from hearth import accounts

    password = _password(name, from_stdin)

    async def work(config: Config) -> int:
        hashed = await _hash(name, password)
        async with _transaction(config, "user reset-password") as tx:
            account_id = (await accounts.account_named(tx, name)).id
            await accounts.set_password(tx, account_id, hashed)
            return len(await accounts.end_sessions(tx, account_id))

    ended = run(work(loaded.config), loaded.config)
    click.echo(f"{name} has a new password." + (f" Sessions ended: {ended}." if ended else ""))


@user.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_settings()
def delete(loaded: Loaded, name: str, yes: bool) -> None:
    """Delete the user NAME with all that is theirs: watched marks, favourites, positions."""
    from hearth import accounts

    if not yes:
        click.confirm(f"Delete {name}, with watched marks, favourites and positions?", abort=True)

    async def work(config: Config) -> None:
        async with _transaction(config, "user delete") as tx:
            await accounts.delete_account(tx, (await accounts.account_named(tx, name)).id)

    run(work(loaded.config), loaded.config)
    click.echo(f"Deleted {name}.")


def _password(name: str, from_stdin: bool) -> str:
    """Asks for a password, or reads it; the policy answers before any engine is started."""
    from hearth import accounts

    if from_stdin:
        password = sys.stdin.readline(_MAX_LINE).rstrip("\r\n")
    else:
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    accounts.check_policy(name, password)
    return password


async def _hash(name: str, password: str) -> str:
    from hearth import accounts

    with contextlib.closing(accounts.Passwords(workers=1)) as passwords:
        return await passwords.make(name, password)


@contextlib.asynccontextmanager
async def _transaction(config: Config, command: str) -> AsyncIterator[Tx]:
    """A transaction on the running server's database, or on engines started for this command."""
    from hearth.app.cli.engines import running_engines

    async with running_engines(config, command=command) as engines:
        database = await Database.connect(engines.dsn, max_size=1, application_name=f"hearth {command}")
        try:
            async with database.transaction() as tx:
                yield tx
        finally:
            await database.close()
