"""Collections: lists of the house, for everybody to see."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from hearth import activity, browse
from hearth.accounts import Viewer
from hearth.api.v1.access import requires
from hearth.api.v1.item_views import checked, entry_page, hand_list_view, item_view
from hearth.api.v1.views import hand_lists as views
from hearth.db import Database
from hearth.kit.paging import MAX_LIMIT

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)]
After = Annotated[str | None, QueryParameter(max_length=2048, description="`next` of the page before")]


@get("/collections", opt=requires("items:read"), tags=["collections"])
async def collections(viewer: Given[Viewer], database: Given[Database]) -> views.HandLists:
    """All collections by name."""
    async with database.transaction(readonly=True) as tx:
        found = await browse.hand_lists(tx, viewer, "collection")
    return views.HandLists([hand_list_view(one) for one in found])


@post("/collections", opt=requires("items:write"), status_code=HTTP_201_CREATED, tags=["collections"])
async def create_collection(
    data: JSONBody[views.NewHandList], viewer: Given[Viewer], database: Given[Database]
) -> views.HandList:
    """Makes a collection: empty, or with a rule that says what is in it."""
    async with database.transaction() as tx:
        id_ = await activity.create_list(tx, "collection", None, data.name, True, rule=checked(data.rule))
        return hand_list_view(await browse.hand_list(tx, viewer, "collection", id_))


@get("/collections/{list_id:uuid}", opt=requires("items:read"), tags=["collections"])
async def collection(list_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.HandList:
    """One collection."""
    async with database.transaction(readonly=True) as tx:
        return hand_list_view(await browse.hand_list(tx, viewer, "collection", list_id))


@patch("/collections/{list_id:uuid}", opt=requires("items:write"), tags=["collections"])
async def change_collection(
    list_id: FromPath[UUID], data: JSONBody[views.HandListPatch], viewer: Given[Viewer], database: Given[Database]
) -> views.HandList:
    """Changes name, overview, rule, or who may see and fill it."""
    async with database.transaction() as tx:
        await browse.hand_list(tx, viewer, "collection", list_id, to_change=True)
        await activity.change_list(
            tx, list_id, name=data.name, overview=data.overview, shared=data.shared, editable=data.editable,
            rule=checked(data.rule),
        )  # fmt: skip
        return hand_list_view(await browse.hand_list(tx, viewer, "collection", list_id))


@delete(
    "/collections/{list_id:uuid}", opt=requires("items:write"), status_code=HTTP_204_NO_CONTENT, tags=["collections"]
)
async def delete_collection(list_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> None:
    """Deletes the collection; what is in it stays."""
    async with database.transaction() as tx:
        await browse.hand_list(tx, viewer, "collection", list_id, to_change=True)
        await activity.delete_list(tx, list_id)


@get("/collections/{list_id:uuid}/entries", opt=requires("items:read"), tags=["collections"])
async def collection_entries(
    list_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database], limit: Limit = 100, after: After = None
) -> views.EntryPage:
    """What is in it, in its order, as far as the viewer may see it."""
    async with database.transaction(readonly=True) as tx:
        found = await browse.hand_list(tx, viewer, "collection", list_id)
        return entry_page(await browse.list_entries(tx, viewer, found, limit, after))


@post(
    "/collections/{list_id:uuid}/entries",
    opt=requires("items:write"),
    status_code=HTTP_201_CREATED,
    tags=["collections"],
)
async def add_collection_entries(
    list_id: FromPath[UUID], data: JSONBody[views.NewEntries], viewer: Given[Viewer], database: Given[Database]
) -> views.NewEntryIds:
    """Puts items in, in the order given; the answer names their places."""
    async with database.transaction() as tx:
        await browse.hand_list(tx, viewer, "collection", list_id, to_fill=True)
        await browse.require_visible(tx, viewer, data.item_ids)
        return views.NewEntryIds(await activity.add_entries(tx, list_id, data.item_ids, data.after))


@put(
    "/collections/{list_id:uuid}/entries/{entry_id:uuid}/place",
    opt=requires("items:write"),
    status_code=HTTP_204_NO_CONTENT,
    tags=["collections"],
)
async def move_collection_entry(
    list_id: FromPath[UUID],
    entry_id: FromPath[UUID],
    data: JSONBody[views.EntryMove],
    viewer: Given[Viewer],
    database: Given[Database],
) -> None:
    """Moves an entry behind another one, or to the front."""
    async with database.transaction() as tx:
        await browse.hand_list(tx, viewer, "collection", list_id, to_fill=True)
        await activity.move_entry(tx, list_id, entry_id, data.after)


@delete(
    "/collections/{list_id:uuid}/entries/{entry_id:uuid}",
    opt=requires("items:write"),
    status_code=HTTP_204_NO_CONTENT,
    tags=["collections"],
)
async def remove_collection_entry(
    list_id: FromPath[UUID], entry_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]
) -> None:
    """Takes an entry out."""
    async with database.transaction() as tx:
        await browse.hand_list(tx, viewer, "collection", list_id, to_fill=True)
        await activity.remove_entry(tx, list_id, entry_id)


@get("/film-series", opt=requires("items:read"), tags=["collections"])
async def film_series(viewer: Given[Viewer], database: Given[Database]) -> views.FilmSeriesList:
    """Sets of films that the files' facts tell of, of which the viewer sees two at least, by name."""
    async with database.transaction(readonly=True) as tx:
        found = await browse.film_series(tx, viewer)
    return views.FilmSeriesList([views.FilmSeries(one.name, one.count, item_view(one.first)) for one in found])


handlers = [
    film_series,
    collections,
    create_collection,
    collection,
    change_collection,
    delete_collection,
    collection_entries,
    add_collection_entries,
    move_collection_entry,
    remove_collection_entry,
]
