"""`hearth audit`: the record of who did what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from hearth.app.cli.options import as_json, print_json, with_settings
from hearth.config import Loaded

if TYPE_CHECKING:
    from hearth.db import Tx


@click.command()
@click.option("--action", metavar="WORD", help="What was done: login.failed, or the part before the dot: user.")
@click.option("--by", "actor", metavar="NAME", help="What this user did.")
@click.option("--days", type=click.IntRange(1, 3650), help="Of the last days alone.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many lines at most.")
@as_json
@with_settings()
def audit(loaded: Loaded, action: str | None, actor: str | None, days: int | None, limit: int, as_json: bool) -> None:
    """Show who did what to whom, when and from where, the newest first."""
    from hearth import accounts
    from hearth.app.cli.engines import in_transaction

    since = datetime.now(UTC) - timedelta(days=days) if days else None

    async def work(tx: Tx) -> list[accounts.Entry]:
        who = (await accounts.account_named(tx, actor)).id if actor else None
        return (await accounts.audit_list(tx, limit, actor=who, action=action, since=since)).items

    found = in_transaction(loaded, work)
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("Nothing of that kind was done.")
    for one in found:
        told = " ".join(f"{name}={value}" for name, value in one.detail.items())
        target = f" {one.target}" if one.target else ""
        click.echo(
            f"{one.at:%Y-%m-%d %H:%M:%S}  {one.actor}  {one.action}{target}  {one.address or '-'}  {told}".rstrip()
        )
