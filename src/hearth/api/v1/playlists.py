"""Playlists: lists that people make for themselves and may share."""

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
from hearth.api.v1.item_views import checked, entry_page, hand_list_view
from hearth.api.v1.views import hand_lists as views
from hearth.db import Database
from hearth.kit.paging import MAX_LIMIT

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)]
After = Annotated[str | None, QueryParameter(max_length=2048, description="`next` of the page before")]


@get("/playlists", opt=requires("items:read"), tags=["playlists"])
async def playlists(viewer: Given[Viewer], database: Given[Database]) -> views.HandLists:
    """The viewer's own playlists and those that others share, by name."""
    async with database.transaction(readonly=True) as tx:
        found = await browse.hand_lists(tx, viewer, "playlist")
    return views.HandLists([hand_list_view(one) for one in found])


@post("/playlists", opt=requires("activity:write"), status_code=HTTP_201_CREATED, tags=["playlists"])
async def create_playlist(
    data: JSONBody[views.NewHandList], viewer: Given[Viewer], database: Given[Database]
) -> views.HandList:
    """Makes a playlist: empty, or with a rule that says what is in it."""
    async with database.transaction() as tx:
        id_ = await activity.create_list(
            tx, "playlist", viewer.account_id, data.name, data.shared, rule=checked(data.rule)
        )
        return hand_list_view(await browse.hand_list(tx, viewer, "playlist", id_))


@get("/playlists/{list_id:uuid}", opt=requires("items:read"), tags=["playlists"])
async def playlist(list_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.HandList:
    """One playlist."""
    async with database.transaction(readonly=True) as tx:
        return hand_list_view(await browse.hand_list(tx, viewer, "playlist", list_id))


@patch("/playlists/{list_id:uuid}", opt=requires("activity:write"), tags=["playlists"])
async def change_playlist(
    list_id: FromPath[UUID], data: JSONBody[views.HandListPatch], viewer: Given[Viewer], database: Given[Database]
) -> views.HandList:
    """Changes name, overview, rule, or who may see and fill it."""
    async with database.transaction() as tx:
        await browse.hand_list(tx, viewer, "playlist", list_id, to_change=True)
        await activity.change_list(
            tx, list_id, name=data.name, overview=data.overview, shared=data.shared, editable=data.editable,
            rule=checked(data.rule),
        )  # fmt: skip
        return hand_list_view(await browse.hand_list(tx, viewer, "playlist", list_id))


@delete(
    "/playlists/{list_id:uuid}", opt=requires("activity:write"), status_code=HTTP_204_NO_CONTENT, tags=["playlists"]
)
async def delete_playlist(list_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> None:
    """Deletes the playlist; what is in it stays."""
    async with database.transaction() as tx:
        await browse.hand_list(tx, viewer, "playlist", list_id, to_change=True)
        await activity.delete_list(tx, list_id)


@get("/playlists/{list_id:uuid}/entries", opt=requires("items:read"), tags=["playlists"])
async def playlist_entries(
    list_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database], limit: Limit = 100, after: After = None
) -> views.EntryPage:
    """What is in it, in its order, as far as the viewer may see it."""
    async with database.transaction(readonly=True) as tx:
        found = await browse.hand_list(tx, viewer, "playlist", list_id)
        return entry_page(await browse.list_entries(tx, viewer, found, limit, after))


@post(
    "/playlists/{list_id:uuid}/entries",
    opt=requires("activity:write"),
    status_code=HTTP_201_CREATED,
    tags=["playlists"],
)
async def add_playlist_entries(
    list_id: FromPath[UUID], data: JSONBody[views.NewEntries], viewer: Given[Viewer], database: Given[Database]
) -> views.NewEntryIds:
    """Puts items in, in the order given; the answer names their places."""
    async with database.transaction() as tx:
        await browse.hand_list(tx, viewer, "playlist", list_id, to_fill=True)
        await browse.require_visible(tx, viewer, data.item_ids)
        return views.NewEntryIds(await activity.add_entries(tx, list_id, data.item_ids, data.after))


@put(
    "/playlists/{list_id:uuid}/entries/{entry_id:uuid}/place",
    opt=requires("activity:write"),
    status_code=HTTP_204_NO_CONTENT,
    tags=["playlists"],
)
async def move_playlist_entry(
    list_id: FromPath[UUID],
    entry_id: FromPath[UUID],
    data: JSONBody[views.EntryMove],
    viewer: Given[Viewer],
    database: Given[Database],
) -> None:
    """Moves an entry behind another one, or to the front."""
    async with database.transaction() as tx:
        await browse.hand_list(tx, viewer, "playlist", list_id, to_fill=True)
        await activity.move_entry(tx, list_id, entry_id, data.after)


@delete(
    "/playlists/{list_id:uuid}/entries/{entry_id:uuid}",
    opt=requires("activity:write"),
    status_code=HTTP_204_NO_CONTENT,
    tags=["playlists"],
)
async def remove_playlist_entry(
    list_id: FromPath[UUID], entry_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]
) -> None:
    """Takes an entry out."""
    async with database.transaction() as tx:
        await browse.hand_list(tx, viewer, "playlist", list_id, to_fill=True)
        await activity.remove_entry(tx, list_id, entry_id)


handlers = [
    playlists,
    create_playlist,
    playlist,
    change_playlist,
    delete_playlist,
    playlist_entries,
    add_playlist_entries,
    move_playlist_entry,
    remove_playlist_entry,
]
