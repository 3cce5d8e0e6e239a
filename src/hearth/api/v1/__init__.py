"""The REST door, version 1: JSON over HTTP, described by OpenAPI, under /api/v1."""

from hearth.api.v1 import (
    playlists,
    collections,
    audit,
    auth,
    events,
    facets,
    home,
    images,
    items,
    libraries,
    library_access,
    me,
    media,
    play,
    roles,
    search,
    server,
    users,
)

handlers = [
    *server.handlers,
    *auth.handlers,
    *me.handlers,
    *users.handlers,
    *roles.handlers,
    *audit.handlers,
    *libraries.handlers,
    *library_access.handlers,
    *items.handlers,
    *playlists.handlers,
    *collections.handlers,
    *facets.handlers,
    *images.handlers,
    *home.handlers,
    *search.handlers,
    *events.handlers,
    *play.handlers,
    *media.handlers,
]
"""Every route of the door, relative to /api/v1."""

__all__ = ["handlers"]
