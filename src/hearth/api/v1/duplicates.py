"""The door to what lies twice on the disks."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency as Given
from litestar.params import QueryParameter

from hearth import browse, libraries
from hearth.accounts import Viewer
from hearth.api.v1.access import requires
from hearth.api.v1.item_views import item_view
from hearth.api.v1.views import duplicates as views
from hearth.db import Database

Limit = Annotated[int, QueryParameter(ge=1, le=200)]
After = Annotated[str | None, QueryParameter(max_length=2048, description="`next` of the page before")]


@get("/duplicates", opt=requires("scans:run"), tags=["scans"])
async def duplicates(
    viewer: Given[Viewer], database: Given[Database], limit: Limit = 50, after: After = None
) -> views.DuplicatePage:
    """Files whose content is the same, the largest first. Nothing is removed: that is for a person to do."""
    async with database.transaction(readonly=True) as tx:
        page = await browse.duplicates(tx, viewer, limit=limit, after=after)
    return views.DuplicatePage(
        [
            views.Duplicates(
                group.size,
                [
                    views.Copy(one.file_id, libraries.text(one.path), item_view(one.item) if one.item else None)
                    for one in group.copies
                ],
            )
            for group in page.items
        ],
        page.next,
        page.total,
    )


handlers = [duplicates]
