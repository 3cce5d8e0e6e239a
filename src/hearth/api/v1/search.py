"""Search as one types."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency as Given
from litestar.params import QueryParameter

from hearth import browse
from hearth.accounts import Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import requires
from hearth.api.v1.item_views import item_views
from hearth.db import Database


@get("/search", opt=requires("items:read"), tags=["items"])
async def search(
    viewer: Given[Viewer], database: Given[Database], q: Annotated[str, QueryParameter(max_length=200)]
) -> views.SearchAnswer:
    """Titles that begin so, have such words or are spelt nearly so, grouped by kind, the best group first; and people.

    Accents, case and the order of words do not matter, words may be cut short, and misspelt when little else is found.
    """
    async with database.reading() as tx:
        found = await browse.search(tx, viewer, q)
    return views.SearchAnswer(
        [views.SearchGroup(group.kind, item_views(group.items)) for group in found.groups],
        [views.Person(person.id, person.name, person.works) for person in found.people],
    )


handlers = [search]
