"""Doors to libraries, their scans, and the folders of the server's machine."""

import os
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody, QueryParameter

from hearth import accounts, browse, catalog, jobs, libraries
from hearth.accounts import Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import Access, Asked, requires
from hearth.db import Database, Tx
from hearth.kit.errors import Invalid, NotFound

Limit = Annotated[int, QueryParameter(ge=1, le=500)]
Cursor = Annotated[str | None, QueryParameter(max_length=2048)]


@get("/libraries", opt=requires("libraries:read"), tags=["libraries"])
async def list_libraries(viewer: Given[Viewer], database: Given[Database]) -> views.LibraryPage:
    """The libraries that the viewer may see, by name."""
    async with database.transaction(readonly=True) as tx:
        every = viewer.libraries is None or viewer.may("libraries:manage")
        found = await libraries.libraries(tx, None if every else list(viewer.libraries or ()))
        shown = await _views(tx, viewer, found)
    return views.LibraryPage(shown, None, len(shown))


@post("/libraries", opt=requires("libraries:manage"), tags=["libraries"])
async def create_library(
    data: JSONBody[views.NewLibrary],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    database: Given[Database],
) -> views.Library:
    """A new library; its first scan begins by itself."""
    async with database.transaction() as tx:
        made = await libraries.create(tx, data.name, data.kind, [_path(path) for path in data.paths])
        await libraries.request_scan(tx, made.id)
        await accounts.note(tx, access.by(request), "library.created", "library", made.id, made.name, paths=data.paths)
        await accounts.tell(tx, "access")
        return (await _views(tx, viewer, [made]))[0]


@get("/libraries/{library_id:uuid}", opt=requires("libraries:read"), tags=["libraries"])
async def read_library(library_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.Library:
    """One library with its folders, how much it holds, and its newest scan."""
    async with database.transaction(readonly=True) as tx:
        return (await _views(tx, viewer, [await _visible(tx, viewer, library_id)]))[0]


@patch("/libraries/{library_id:uuid}", opt=requires("libraries:manage"), tags=["libraries"])
async def change_library(
    library_id: FromPath[UUID],
    data: JSONBody[views.LibraryPatch],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    database: Given[Database],
) -> views.Library:
    """Rename a library or change its folders; with other folders a scan begins."""
    async with database.transaction() as tx:
        paths = None if data.paths is None else [_path(path) for path in data.paths]
        changed = await libraries.update(tx, library_id, name=data.name, paths=paths)
        told = {"name": data.name, "paths": data.paths}
        await accounts.note(tx, access.by(request), "library.changed", "library", library_id, changed.name, **told)
        if paths is not None:
            await catalog.hide_fileless(tx, library_id)
            await jobs.announce(tx, catalog.ItemsChanged(library_id))
            await libraries.request_scan(tx, library_id)
        return (await _views(tx, viewer, [changed]))[0]


@delete("/libraries/{library_id:uuid}", opt=requires("libraries:manage"), tags=["libraries"])
async def delete_library(
    library_id: FromPath[UUID], request: Asked, access: Given[Access], database: Given[Database]
) -> None:
    """Forget a library and what was found in it. The files on disk stay as they are."""
    async with database.transaction() as tx:
        gone = await libraries.library(tx, library_id)
        await accounts.note(tx, access.by(request), "library.deleted", "library", library_id, gone.name)
        await libraries.delete(tx, library_id)


@post("/libraries/{library_id:uuid}/scan", opt=requires("scans:run"), status_code=202, tags=["scans"])
async def start_scan(
    library_id: FromPath[UUID],
    viewer: Given[Viewer],
    database: Given[Database],
    data: JSONBody[views.ScanRequest | None] = None,
) -> views.Scan:
    """Ask for a scan, of the library or of one folder; while one is waiting or running, that one is the answer."""
    async with database.transaction() as tx:
        await _visible(tx, viewer, library_id)
        accept = data is not None and data.accept_missing
        folders = None
        if data is not None and data.folder is not None:
            folders = await libraries.folders_below(tx, library_id, _path(data.folder, "folder"))
        return _scan(viewer, await libraries.request_scan(tx, library_id, accept_missing=accept, folders=folders))


@get("/libraries/{library_id:uuid}/scans", opt=requires("libraries:read"), tags=["scans"])
async def list_scans(
    library_id: FromPath[UUID],
    viewer: Given[Viewer],
    database: Given[Database],
    limit: Limit = 20,
    after: Cursor = None,
) -> views.ScanPage:
    """The scans of a library, newest first."""
    async with database.transaction(readonly=True) as tx:
        await _visible(tx, viewer, library_id)
        page = await libraries.scans(tx, library_id, limit=limit, after=after)
    return views.ScanPage([_scan(viewer, one) for one in page.items], page.next, page.total)


@get("/scans/{scan_id:uuid}", opt=requires("libraries:read"), tags=["scans"])
async def read_scan(scan_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.ScanDetail:
    """One scan; whoever may run scans also sees what it refused and why, the first 200 by path."""
    async with database.transaction(readonly=True) as tx:
        found = await libraries.scan(tx, scan_id)
        await _visible(tx, viewer, found.library_id)
        refused, count = await libraries.problems(tx, scan_id)
        done = await libraries.changes(tx, scan_id)
    plain = msgspec.structs.asdict(_scan(viewer, found))
    shown = [views.ScanProblem(libraries.text(one.path), one.reason) for one in refused]
    changes = [views.ScanChange(libraries.text(one.path), one.change) for one in done]
    told = viewer.may("scans:run")
    return views.ScanDetail(
        **plain, problems=shown if told else [], problem_count=count, changes=changes if told else []
    )


@delete("/scans/{scan_id:uuid}", opt=requires("scans:run"), status_code=202, tags=["scans"])
async def cancel_scan(scan_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.Scan:
    """Ask a scan to stop; what it found until then is kept."""
    async with database.transaction() as tx:
        await _visible(tx, viewer, (await libraries.scan(tx, scan_id)).library_id)
        return _scan(viewer, await libraries.cancel_scan(tx, scan_id))


@get("/filesystem", opt=requires("libraries:manage"), tags=["libraries"])
async def browse_folders(
    database: Given[Database], path: Annotated[str | None, QueryParameter(max_length=4096)] = None
) -> views.FolderListing:
    """What the folder picker shows: the folders of the server's machine; the server's suggestion without a path."""
    async with database.transaction(readonly=True) as tx:
        taken = await libraries.taken_roots(tx)
    at = _path(path) if path else libraries.home()
    listing = await libraries.look(libraries.list_folders, at, taken, what=at)
    return msgspec.convert(listing, views.FolderListing, from_attributes=True)


def _path(text: str, field: str = "paths") -> bytes:
    if not text.startswith("/") or "\0" in text:
        raise Invalid(f"{text} is not a full path. Write it from the top, like /srv/films.", extra={"field": field})
    return os.fsencode(text)


async def _visible(tx: Tx, viewer: Viewer, library_id: UUID) -> libraries.Library:
    if not browse.sees_library(viewer, library_id) and not viewer.may("libraries:manage"):
        raise NotFound("There is no such library. It may have been removed.")
    return await libraries.library(tx, library_id)


async def _views(tx: Tx, viewer: Viewer, found: list[libraries.Library]) -> list[views.Library]:
    ids = [one.id for one in found]
    counts = await browse.library_counts(tx, viewer, ids)
    scans = await libraries.latest_scans(tx, ids)
    return [
        views.Library(
            id=one.id,
            name=one.name,
            kind=one.kind,
            roots=[views.Root(root.id, libraries.text(root.path), root.problem, root.watch) for root in one.roots]
            if viewer.may("libraries:manage")
            else [],
            counts=counts[one.id],
            scan=_scan(viewer, scans[one.id]) if one.id in scans else None,
            created_at=one.created_at,
        )
        for one in found
    ]


def _scan(viewer: Viewer, found: libraries.Scan) -> views.Scan:
    """Folders are named after what lies in them: whom a limit is set to is not told which one is at hand."""
    scan = msgspec.convert(found, views.Scan, from_attributes=True)
    return scan if viewer.max_age is None else msgspec.structs.replace(scan, current=None, folders=None)


handlers = [
    list_libraries,
    create_library,
    read_library,
    change_library,
    delete_library,
    start_scan,
    list_scans,
    read_scan,
    cancel_scan,
    browse_folders,
]
