"""`hearth session`: where somebody is signed in, and signing them out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import click

from hearth.app.cli.options import as_json, print_json, with_settings
from hearth.config import Loaded
from hearth.kit.errors import Invalid

if TYPE_CHECKING:
    from hearth.db import Tx


@click.group()
def session() -> None:
    """List where users are signed in, and sign them out."""


@session.command("list")
@click.argument("name")
@as_json
@with_settings()
def list_(loaded: Loaded, name: str, as_json: bool) -> None:
    """List the devices that the user NAME is signed in on."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    async def work(tx: Tx) -> list[accounts.Session]:
        return await accounts.sessions_list(tx, (await accounts.account_named(tx, name)).id)

    found = in_transaction(loaded, work)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo(f"{name} is signed in nowhere.")
    for one in found:
        device = one.device or one.client or "a device without a name"
        click.echo(f"{one.id}  {device}  from {one.address or 'here'}  seen {one.seen_at:%Y-%m-%d %H:%M}")


@session.command()
@click.argument("name")
@click.argument("session_id", required=False, type=UUID)
@click.option("--all", "everywhere", is_flag=True, help="On every device.")
@with_settings()
def end(loaded: Loaded, name: str, session_id: UUID | None, everywhere: bool) -> None:
    """Sign the user NAME out: of SESSION_ID, or with --all. They feel it within five seconds."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    if (session_id is None) != everywhere:
        raise Invalid(f"Say which: one of `hearth session list {name}`, or --all.")

    async def work(tx: Tx) -> int:
        found = await accounts.account_named(tx, name)
        if session_id is not None:
            await accounts.end_session(tx, found.id, session_id)
            ended = 1
        else:
            ended = len(await accounts.end_sessions(tx, found.id))
        by = accounts.COMMAND_LINE
        await accounts.note(tx, by, "session.ended", "user", found.id, found.username, sessions=ended)
        await accounts.tell(tx, "access")
        return ended

    click.echo(f"Sessions ended: {in_transaction(loaded, work)}.")
