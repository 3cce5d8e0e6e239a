"""The home page."""

from __future__ import annotations

from typing import Literal, cast

from litestar import get
from litestar.di import NamedDependency as Given

from hearth import browse
from hearth.accounts import Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import requires
from hearth.api.v1.item_views import item_views, ref_view
from hearth.api.v1.kept import KEPT
from hearth.db import Database

_LibraryKind = Literal["movies", "shows", "music"]


@get("/home", opt=requires("items:read") | KEPT, tags=["items"])
async def home(viewer: Given[Viewer], database: Given[Database]) -> views.Home:
    """What the viewer began, what comes next, what is new in each library, what is like that which was
    watched last and new to the viewer, and favourites; up to 16 items a row."""
    async with database.transaction(readonly=True) as tx:
        found = await browse.home(tx, viewer)
    return views.Home(
        resume=item_views(found.resume),
        next_up=item_views(found.next_up),
        latest=[
            views.LatestRow(row.library_id, row.name, cast(_LibraryKind, row.kind), item_views(row.items))
            for row in found.latest
        ],
        recommended=[views.Recommended(ref_view(row.of), item_views(row.items)) for row in found.recommended],
        favorites=item_views(found.favorites),
    )


handlers = [home]
