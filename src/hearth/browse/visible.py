"""Who may see what: the one place that decides it. Every statement of this room asks here.

A person sees the libraries that they were given, and of those what is available: something below it lies on disk. Whom
a limit is set to (`Viewer.max_age`) sees films and shows that are meant for that age: what belongs to something is
judged with it, what has no rating is shown only if `Viewer.unrated` says so, music is shown unless it is rated higher.

`accounts.sees` in the database says the same of one item and one account; a test holds the two together.
"""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from hearth import catalog
from hearth.accounts import Viewer
from hearth.db import Tx, Where


def see(where: Where, viewer: Viewer, table: LiteralString = "i", *, only: UUID | None = None) -> None:
    """Adds the condition that `table`, an alias of catalog.item, is visible to the viewer; `only` in one library."""
    where.add(f"{table}.available")
    if only is not None:
        where.add(f"{table}.library_id = {{}}" if sees_library(viewer, only) else "{}::uuid is null", only)
    elif viewer.libraries is not None:
        where.add(f"{table}.library_id = any({{}}::uuid[])", list(viewer.libraries))
    if viewer.max_age is not None:
        suits = _suits(table, "{}::smallint", "{}::boolean")
        where.add(suits, viewer.max_age, viewer.max_age, viewer.unrated)


def seen(table: LiteralString, sight: LiteralString, viewer: Viewer) -> LiteralString:
    """The same as text: `sight` is the place of the parameter that `sight_of` gives ("$2").

    Ages are asked about only for whom a limit is set to: PostgreSQL sets up what it takes to judge them, for every
    statement anew, even where nothing is judged (a tenth of a home page).
    """
    given: LiteralString = f"({sight}::accounts.sight)"
    condition: LiteralString = f"""{table}.available
        and ({given}.libraries is null or {table}.library_id = any({given}.libraries))"""
    if viewer.max_age is None:
        return condition
    return f"{condition} and {_suits(table, f'{given}.max_age', f'{given}.unrated')}"


def _suits(table: LiteralString, max_age: LiteralString, unrated: LiteralString) -> LiteralString:
    """Whether an item is for an age; takes `max_age` twice, then `unrated`."""
    return f"""(coalesce({table}.age, 0) <= {max_age}
        and not exists (select from catalog.item r where r.id in ({table}.parent_id, {table}.top_id)
            and r.age > {max_age})
        and ({table}.kind not in ('movie', 'series', 'season', 'episode', 'extra') or {unrated}
            or exists (select from catalog.item r
                where r.id = coalesce({table}.top_id, {table}.parent_id, {table}.id) and r.age is not null)))"""


def sight_of(viewer: Viewer) -> tuple[list[object] | None, int | None, bool]:
    """The parameter for `seen`."""
    return may_see(viewer), viewer.max_age, viewer.unrated


def may_see(viewer: Viewer) -> list[object] | None:
    """The viewer's libraries, None for all of them; for statements about libraries, which know nothing of ages."""
    return None if viewer.libraries is None else list(viewer.libraries)


async def library_counts(tx: Tx, viewer: Viewer, library_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Library -> kind -> how many items of it the viewer sees."""
    if viewer.libraries is None and viewer.max_age is None:
        return await catalog.counts(tx, library_ids)
    rows = await tx.fetch(
        f"""select i.library_id, i.kind, count(*) from catalog.item i
            where i.library_id = any($1::uuid[]) and {seen("i", "$2", viewer)} group by i.library_id, i.kind""",
        list(library_ids), sight_of(viewer),
    )  # fmt: skip
    found: dict[UUID, dict[str, int]] = {library_id: {} for library_id in library_ids}
    for library_id, kind, count in rows:
        found[library_id][kind] = count
    return found


def sees_library(viewer: Viewer, library: UUID) -> bool:
    """Whether the viewer was given this library."""
    return viewer.libraries is None or library in viewer.libraries
