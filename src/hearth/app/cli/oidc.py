"""`hearth oidc`: OpenID providers that people may sign in by."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from hearth.app.cli.options import as_json, print_json, with_settings
from hearth.config import Loaded

if TYPE_CHECKING:
    from hearth.db import Tx


@click.group()
def oidc() -> None:
    """Let people sign in by an OpenID provider."""


@oidc.command()
@click.argument("name")
@click.option("--issuer", required=True, metavar="URL", help="Where the provider is: https://id.example.org")
@click.option("--client-id", required=True, help="What the provider calls this server.")
@click.option("--secret-stdin", is_flag=True, help="Read the client's secret from the first line of standard input.")
@click.option("--title", help="What the login page calls it.")
@click.option("--scope", "scopes", multiple=True, help="A scope to ask for beside openid; may be given several times.")
@click.option("--create/--no-create", "create", default=False, help="Make an account for who is new.")
@click.option("--require", metavar="CLAIM=VALUE", multiple=True, help="Only if a claim holds this; one claim.")
@click.option("--role-claim", help="The claim that roles come from.")
@click.option("--role", "roles", metavar="VALUE=ROLE", multiple=True, help="Which value of the claim gives which role.")
@click.option("--default-role", default="user", show_default=True)
@click.option("--allow-private", is_flag=True, help="It lies in this machine's own network, or speaks plain HTTP.")
@with_settings()
def put(
    loaded: Loaded,
    name: str,
    issuer: str,
    client_id: str,
    secret_stdin: bool,
    title: str | None,
    scopes: tuple[str, ...],
    create: bool,
    require: tuple[str, ...],
    role_claim: str | None,
    roles: tuple[str, ...],
    default_role: str,
    allow_private: bool,
) -> None:
    """Make or replace the provider NAME. Its redirect address is https://YOUR-HOST/api/v1/auth/oidc/NAME/callback."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    secret = sys.stdin.readline(4096).rstrip("\r\n") if secret_stdin else None
    wanted = accounts.Provider(
        name=name,
        title=title or name,
        issuer=issuer,
        client_id=client_id,
        scopes=list(scopes) or ["openid", "profile"],
        allow_private=allow_private,
        create_accounts=create,
        require_claim=require[0].partition("=")[0] if require else None,
        require_values=[pair.partition("=")[2] for pair in require],
        role_claim=role_claim,
        roles=dict(pair.split("=", 1) for pair in roles if "=" in pair),
        default_role=default_role,
    )

    key = accounts.open_keyring(loaded.config.data / "secrets").lasting("kept secrets")

    async def work(tx: Tx) -> None:
        await accounts.put_oidc_provider(tx, key, wanted, secret, accounts.COMMAND_LINE)

    in_transaction(loaded, work)
    click.echo(f"People may sign in by {wanted.title}.")


@oidc.command("list")
@as_json
@with_settings()
def list_(loaded: Loaded, as_json: bool) -> None:
    """List the providers."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    found = in_transaction(loaded, accounts.oidc_providers)
    if as_json:
        print_json(found)
        return
    for one in found:
        click.echo(f"{one.name}  {one.title}  {one.issuer}{'' if one.enabled else '  off'}")


@oidc.command()
@click.argument("name")
@with_settings()
def delete(loaded: Loaded, name: str) -> None:
    """Delete the provider NAME and what is linked to it; accounts stay."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    async def work(tx: Tx) -> None:
        await accounts.delete_oidc_provider(tx, name, accounts.COMMAND_LINE)

    in_transaction(loaded, work)
    click.echo(f"Deleted {name}.")
