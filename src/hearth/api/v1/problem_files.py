"""Doors to the files that could not be read or understood: why, and what an administrator does about them."""

from __future__ import annotations

import os
from typing import Annotated
from uuid import UUID

from litestar import get, post, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from hearth import browse, libraries
from hearth.accounts import Viewer
from hearth.api.v1.access import requires
from hearth.api.v1.views import problems as views
from hearth.db import Database, Tx
from hearth.kit.errors import NotFound

Limit = Annotated[int, QueryParameter(ge=1, le=500)]
After = Annotated[str | None, QueryParameter(max_length=2048, description="`next` of the page before")]


@get("/problems", opt=requires("scans:run"), tags=["scans"])
async def problems(
    viewer: Given[Viewer],
    database: Given[Database],
    library: FromQuery[UUID | None] = None,
    ignored: FromQuery[bool] = False,
    limit: Limit = 100,
    after: After = None,
) -> views.ProblemPage:
    """The files that are not in the catalogue as they should be, each with its reason and what to do."""
    every = viewer.libraries is None or viewer.may("libraries:manage")
    wanted = None if every else list(viewer.libraries or ())
    if library is not None:
        wanted = [library] if every or browse.sees_library(viewer, library) else []
    async with database.transaction(readonly=True) as tx:
        page = await libraries.refused_files(tx, wanted, ignored=ignored, limit=limit, after=after)
    return views.ProblemPage([_view(one) for one in page.items], page.next, page.total)


@post("/problems/{file_id:uuid}/retry", opt=requires("scans:run"), status_code=HTTP_202_ACCEPTED, tags=["scans"])
async def retry_problem(file_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> None:
    """Reads a file anew, as if it had changed: a scan of its folder begins."""
    async with database.transaction() as tx:
        await _visible(tx, viewer, file_id)
        for library_id, folders in (await libraries.look_again(tx, [file_id], read=True)).items():
            await libraries.request_scan(tx, library_id, folders=folders)


@put("/problems/{file_id:uuid}/ignored", opt=requires("scans:run"), status_code=HTTP_204_NO_CONTENT, tags=["scans"])
async def ignore_problem(
    file_id: FromPath[UUID], data: JSONBody[views.Ignored], viewer: Given[Viewer], database: Given[Database]
) -> None:
    """Takes a file off the list without doing anything about it, or puts it back."""
    async with database.transaction() as tx:
        await _visible(tx, viewer, file_id)
        await libraries.ignore_refused(tx, file_id, data.ignored)


async def _visible(tx: Tx, viewer: Viewer, file_id: UUID) -> None:
    found = await libraries.refused_file(tx, file_id)
    if not browse.sees_library(viewer, found.library_id) and not viewer.may("libraries:manage"):
        raise NotFound("This file is not refused any more, or it is gone.")


def _view(one: libraries.Refused) -> views.ProblemFile:
    folder, name = os.path.split(one.path)
    return views.ProblemFile(
        one.id, one.library_id, libraries.text(one.path), libraries.text(folder), libraries.text(name), one.size,
        one.reason, one.about, one.advice, one.ignored, one.since,
    )  # fmt: skip


handlers = [problems, retry_problem, ignore_problem]
