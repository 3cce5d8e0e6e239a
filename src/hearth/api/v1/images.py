"""The pictures of items, in a few widths."""

from __future__ import annotations

import asyncio
from typing import Annotated, get_args
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_304_NOT_MODIFIED

from hearth import browse
from hearth.accounts import Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import Asked, requires
from hearth.api.v1.etags import told
from hearth.api.v1.item_views import picture_version
from hearth.artwork import Store
from hearth.db import Database
from hearth.kit.errors import NotFound
from hearth.media import images as pictures

_FOREVER = "private, max-age=31536000, immutable"
_ASK_AGAIN = "private, no-cache"


@get("/items/{item_id:uuid}/images/{image_type:str}", opt=requires("items:read"), tags=["items"])
async def image(
    request: Asked,
    item_id: FromPath[UUID],
    image_type: FromPath[str],
    viewer: Given[Viewer],
    database: Given[Database],
    artwork: Given[Store],
    v: Annotated[str | None, QueryParameter(max_length=64, description="as in `Image.url`: then kept")] = None,
    width: Annotated[int | None, QueryParameter(ge=1, description="the next larger of a few widths is served")] = None,
) -> Response[bytes]:
    """A picture of an item as WebP, or the one that stands in for it."""
    if image_type not in get_args(views.ImageType):
        raise NotFound("There is no such picture.")
    async with database.transaction(readonly=True) as tx:
        picture = await browse.picture(tx, viewer, item_id, image_type)
    version = picture_version(picture)
    step = pictures.step(width) if width is not None else 0
    headers = {
        "ETag": f'"{version}-{step}"',
        "Cache-Control": _FOREVER if v == version else _ASK_AGAIN,
    }
    if told(request.scope, headers["ETag"].encode()):
        return Response(b"", status_code=HTTP_304_NOT_MODIFIED, headers=headers)
    path = await artwork.resized(picture.hash, step) if step else artwork.original(picture.hash)
    data = await asyncio.to_thread(path.read_bytes)
    return Response(data, headers=headers, media_type="image/webp")


handlers = [image]
