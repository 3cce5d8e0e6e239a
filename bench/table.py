"""Rows of a measurement and how they are printed."""

from msgspec import Struct


class Row(Struct, frozen=True):
    """`value` in `unit`; `floor` is what it is held against in the same run, `ratio` how the two compare."""

    what: str
    value: float
    unit: str
    floor: str = ""
    ratio: float | None = None


def show(title: str, rows: list[Row]) -> None:
    """Print rows as a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in ("what", "value", "unit", "ratio", "against"):
        table.add_column(name, justify="right" if name in ("value", "ratio") else "left")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(
            row.what, f"{row.value:,.3g}" if row.value < 1000 else f"{row.value:,.0f}", row.unit, ratio, row.floor
        )
    Console(width=120).print(table)
