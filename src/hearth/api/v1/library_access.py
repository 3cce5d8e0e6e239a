"""Who may see a library."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from hearth import accounts, libraries
from hearth.accounts import Gate
from hearth.api.v1 import views
from hearth.api.v1.access import Access, Asked, requires
from hearth.db import Database


class LibraryAccess(Struct, frozen=True, forbid_unknown_fields=True):
    """`roles` and `users` count when `everyone` is false; administrators see it in any case.

    `hidden`: nobody sees what is in it but `users`, administrators neither.
    """

    everyone: bool = True
    hidden: bool = False
    roles: Annotated[list[views.Word], Meta(max_length=200)] = []
    users: Annotated[list[UUID], Meta(max_length=10_000)] = []


@get("/libraries/{library_id:uuid}/access", opt=requires("libraries:manage"), tags=["libraries"])
async def read_access(library_id: FromPath[UUID], database: Given[Database]) -> LibraryAccess:
    """Who may see a library."""
    async with database.transaction(readonly=True) as tx:
        await libraries.library(tx, library_id)
        return _view((await accounts.library_access(tx, [library_id]))[library_id])


@put(
    "/libraries/{library_id:uuid}/access",
    opt=requires("libraries:manage"),
    status_code=HTTP_200_OK,
    tags=["libraries"],
)
async def change_access(
    library_id: FromPath[UUID],
    data: JSONBody[LibraryAccess],
    request: Asked,
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> LibraryAccess:
    """Says who may see a library; felt everywhere within five seconds, plays under way end."""
    wanted = accounts.LibraryAccess(data.everyone, data.hidden, tuple(data.roles), tuple(data.users))
    async with database.transaction() as tx:
        library = await libraries.library(tx, library_id)
        kept = await accounts.set_library_access(tx, library_id, wanted)
        await accounts.note(
            tx,
            access.by(request),
            "library.access",
            "library",
            library_id,
            library.name,
            everyone=data.everyone,
            hidden=data.hidden,
            roles=data.roles,
            users=[str(user) for user in data.users],
        )
        credentials = await accounts.live_credentials(tx)
    await gate.access_changed(credentials)
    return _view(kept)


def _view(found: accounts.LibraryAccess) -> LibraryAccess:
    return LibraryAccess(found.everyone, found.hidden, list(found.roles), list(found.users))


handlers = [read_access, change_access]
