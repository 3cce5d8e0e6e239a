"""`hearth config show`: what the settings are and why."""

from __future__ import annotations

import click

from hearth.app.cli.options import as_json, print_json, with_settings
from hearth.config import Loaded


@click.group()
def config() -> None:
    """Show the settings."""


@config.command()
@as_json
@with_settings("host", "port")
def show(loaded: Loaded, as_json: bool) -> None:
    """Print every setting and where its value came from; passwords are hidden."""
    shown = loaded.shown()
    if as_json:
        print_json({setting.key: {"value": setting.value, "source": setting.source} for setting in shown})
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("Setting", "Value", "From"):
        table.add_column(heading)
    for setting in shown:
        style = "dim" if setting.source == "default" else "bold"
        value = "" if setting.value in (None, (), {}) else str(setting.value)
        table.add_row(Text(setting.key), Text(value, style=style, overflow="fold"), Text(setting.source, style="dim"))
    Console().print(table)
