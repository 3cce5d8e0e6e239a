"""Who may see what: the one place that decides it. Every statement of this room asks here.

A person sees the libraries that they were given, and of those what is available: something below it lies on disk.
"""

from typing import LiteralString
from uuid import UUID

from hearth.accounts import Viewer
from hearth.db import Where


def see(where: Where, viewer: Viewer, table: LiteralString = "i", *, only: UUID | None = None) -> None:
    """Adds the condition that `table`, an alias of catalog.item, is visible to the viewer; `only` in one library."""
    where.add(f"{table}.available")
    if only is not None:
        where.add(f"{table}.library_id = {{}}" if sees_library(viewer, only) else "{}::uuid is null", only)
    elif viewer.libraries is not None:
        where.add(f"{table}.library_id = any({{}}::uuid[])", list(viewer.libraries))


def seen(table: LiteralString, libraries: LiteralString) -> LiteralString:
    """The same for fixed statements: `libraries` is the place of the parameter that `may_see` gives ("$2")."""
    return f"{table}.available and ({libraries}::uuid[] is null or {table}.library_id = any({libraries}::uuid[]))"


def may_see(viewer: Viewer) -> list[object] | None:
    """The parameter for `seen`: the viewer's libraries, None for all of them."""
    return None if viewer.libraries is None else list(viewer.libraries)


def sees_library(viewer: Viewer, library: UUID) -> bool:
    """Whether the viewer was given this library."""
    return viewer.libraries is None or library in viewer.libraries
