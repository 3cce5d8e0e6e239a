"""`hearth user`: accounts by hand, for the first hour and for whoever forgot a password."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from hearth.app.cli.engines import in_transaction
from hearth.app.cli.options import as_json, print_json, run, with_settings
from hearth.config import Loaded
from hearth.db import Tx
from hearth.kit.errors import Invalid

if TYPE_CHECKING:
    from hearth.accounts import Account

_MAX_LINE = 8192

from_stdin = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from the first line of standard input."
)


@click.group()
def user() -> None:
    """Add, list, change and delete users, reset passwords."""


@user.command()
@click.argument("name")
@click.option(
    "--role",
    metavar="ROLE",
    help="admin, moderator, user, guest or a role of your own. Default: user; admin for the first.",
)
@from_stdin
@with_settings()
def add(loaded: Loaded, name: str, role: str | None, from_stdin: bool) -> None:
    """Add the user NAME; the password is asked for."""
    from hearth import accounts

    accounts.clean_username(name)
    password = _password(name, from_stdin)

    hashed = run(_hash(name, password))

    async def work(tx: Tx) -> accounts.Account:
        if not await accounts.setup_required(tx):
            made = await accounts.create_account(tx, name, hashed, role or "user")
            await _note(tx, "user.created", made, role=made.role)
            return made
        if role not in {None, "admin"}:
            raise Invalid("The first user is an administrator: somebody has to be. Leave --role away.")
        made = await accounts.create_first_account(tx, name, hashed)
        await _note(tx, "setup", made)
        return made

    added = in_transaction(loaded, work)
    click.echo(f"Added {added.username}, role {added.role}.")


@user.command("list")
@as_json
@with_settings()
def list_(loaded: Loaded, as_json: bool) -> None:
    """List all users."""
    from hearth import accounts

    async def work(tx: Tx) -> list[accounts.Account]:
        found: list[accounts.Account] = []
        after = None
        while True:
            page = await accounts.accounts_list(tx, 500, after)
            found += page.items
            after = page.next
            if after is None:
                return found

    found = in_transaction(loaded, work)
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

    hashed = run(_hash(name, password))

    async def work(tx: Tx) -> int:
        found = await accounts.account_named(tx, name)
        await accounts.set_password(tx, found.id, hashed)
        await _note(tx, "password.reset", found)
        await accounts.tell(tx, "access")
        return len(await accounts.end_sessions(tx, found.id))

    ended = in_transaction(loaded, work)
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

    async def work(tx: Tx) -> None:
        found = await accounts.account_named(tx, name)
        await accounts.delete_account(tx, found.id)
        await _note(tx, "user.deleted", found, role=found.role)
        await accounts.tell(tx, "access")

    in_transaction(loaded, work)
    click.echo(f"Deleted {name}.")


@user.command("reset-second-factor")
@click.argument("name")
@with_settings()
def reset_second_factor(loaded: Loaded, name: str) -> None:
    """Take app, recovery codes and passkeys away from the user NAME, who lost them. They are signed out everywhere."""
    from hearth import accounts

    async def work(tx: Tx) -> bool:
        found = await accounts.account_named(tx, name)
        had = await accounts.reset_second_factor(tx, found.id)
        await accounts.end_sessions(tx, found.id)
        await _note(tx, "second_factor.reset", found)
        await accounts.tell(tx, "access")
        return had

    had = in_transaction(loaded, work)
    click.echo(f"{name} signs in by password alone." if had else f"{name} had no second factor.")


@user.command()
@click.argument("name")
@click.option("--name", "username", metavar="NAME", help="Another name.")
@click.option("--role", metavar="ROLE", help="Another role.")
@click.option("--max-age", metavar="AGE", help="Films and shows for this age at most (0 to 21), or `none`.")
@click.option("--unrated/--no-unrated", default=None, help="With an age limit: whether unrated ones are let through.")
@click.option("--disable/--enable", "disabled", default=None, help="Whether they may sign in.")
@click.option("--require-second-factor/--no-second-factor", "second_factor", default=None,
              help="Whether they must have a second factor.")  # fmt: skip
@with_settings()
def change(
    loaded: Loaded,
    name: str,
    username: str | None,
    role: str | None,
    max_age: str | None,
    unrated: bool | None,
    disabled: bool | None,
    second_factor: bool | None,
) -> None:
    """Change what the user NAME may do and see."""
    from msgspec import UNSET

    from hearth import accounts

    if max_age is not None and max_age != "none" and not max_age.isdecimal():
        raise Invalid("An age limit is a number of years, or none.")
    limit = UNSET if max_age is None else None if max_age == "none" else int(max_age)

    async def work(tx: Tx) -> None:
        found = await accounts.account_named(tx, name)
        await accounts.change_account(
            tx,
            found.id,
            username=username,
            role=role,
            max_age=limit,
            unrated=unrated,
            disabled=disabled,
            second_factor_required=second_factor,
        )
        if disabled:
            await accounts.end_sessions(tx, found.id)
        told = {"username": username, "role": role, "max_age": max_age, "unrated": unrated, "disabled": disabled}
        await _note(tx, "user.changed", found, **told, second_factor_required=second_factor)
        await accounts.tell(tx, "access")

    in_transaction(loaded, work)
    click.echo(f"Changed {name}.")


async def _note(tx: Tx, action: str, whom: Account, **detail: object) -> None:
    from hearth import accounts

    await accounts.note(tx, accounts.COMMAND_LINE, action, "user", whom.id, whom.username, **detail)


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
