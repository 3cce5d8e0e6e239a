"""`hearth api-key`: keys for programs, made and revoked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import click

from hearth.app.cli.options import as_json, print_json, with_settings
from hearth.config import Loaded

if TYPE_CHECKING:
    from hearth.db import Tx


@click.group("api-key")
def api_key() -> None:
    """Make, list and revoke the API keys of users."""


@api_key.command()
@click.argument("name")
@click.argument("key_name")
@click.option("--permission", "permissions", multiple=True, metavar="WORD",
              help="What it may do (items:read); several times. Without: all that its owner may.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good for. Without: until it is revoked.")
@as_json
@with_settings()
def add(
    loaded: Loaded, name: str, key_name: str, permissions: tuple[str, ...], days: int | None, as_json: bool
) -> None:
    """Make a key called KEY_NAME for the user NAME; it is shown this once."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    expires = datetime.now(UTC) + timedelta(days=days) if days else None

    async def work(tx: Tx) -> tuple[accounts.ApiKey, str]:
        owner = await accounts.account_named(tx, name)
        made, secret = await accounts.create_api_key(tx, owner.id, key_name, permissions or None, expires)
        await accounts.note(
            tx, accounts.COMMAND_LINE, "key.created", "api_key", made.id, made.name,
            owner=owner.username, permissions=made.permissions, prefix=made.prefix,
        )  # fmt: skip
        return made, secret

    made, secret = in_transaction(loaded, work)
    if as_json:
        print_json({"id": made.id, "name": made.name, "permissions": made.permissions, "key": secret})
        return
    click.echo("Send it as `Authorization: Bearer`. It is shown this once:", err=True)
    click.echo(secret)


@api_key.command("list")
@click.argument("name")
@as_json
@with_settings()
def list_(loaded: Loaded, name: str, as_json: bool) -> None:
    """List the keys of the user NAME, without their secrets."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    async def work(tx: Tx) -> list[accounts.ApiKey]:
        return await accounts.api_keys_list(tx, (await accounts.account_named(tx, name)).id)

    found = in_transaction(loaded, work)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo(f"{name} has no API keys.")
    for one in found:
        until = f"until {one.expires_at:%Y-%m-%d}" if one.expires_at else "for good"
        may = " ".join(one.permissions) if one.permissions is not None else "all that its owner may"
        click.echo(f"{one.id}  {one.name}  {one.prefix}...  {until}  {may}")


@api_key.command()
@click.argument("name")
@click.argument("key_id", type=UUID)
@with_settings()
def delete(loaded: Loaded, name: str, key_id: UUID) -> None:
    """Revoke the key KEY_ID of the user NAME; it is refused within five seconds."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    async def work(tx: Tx) -> None:
        owner = await accounts.account_named(tx, name)
        await accounts.delete_api_key(tx, owner.id, key_id)
        by = accounts.COMMAND_LINE
        await accounts.note(tx, by, "key.deleted", "api_key", key_id, owner=owner.username)
        await accounts.tell(tx, "access")

    in_transaction(loaded, work)
    click.echo("Revoked.")
