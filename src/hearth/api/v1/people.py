"""People and what they took part in."""

from __future__ import annotations

from uuid import UUID

from litestar import get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath

from hearth import browse
from hearth.accounts import Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import requires
from hearth.api.v1.item_views import item_view
from hearth.db import Database


@get("/people/{person_id:uuid}", opt=requires("items:read"), tags=["items"])
async def person(person_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.Filmography:
    """A person and their filmography, the newest first, as far as the viewer may see it."""
    async with database.transaction(readonly=True) as tx:
        found = await browse.person(tx, viewer, person_id)
    works = [
        views.Work(item_view(work.item), [views.PersonRole(role.role, role.character) for role in work.roles])
        for work in found.works
    ]
    return views.Filmography(found.id, found.name, found.total, works)


handlers = [person]
