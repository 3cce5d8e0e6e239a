"""The REST door, version 1: JSON over HTTP, described by OpenAPI, under /api/v1."""

from hearth.api.v1 import (
    audit,
    auth,
    collections,
    events,
    facets,
    home,
    images,
    items,
    libraries,
    library_access,
    me,
    media,
    oidc,
    passkeys,
    play,
    playlists,
    quick_connect,
    roles,
    search,
    second_factor,
    server,
    users,
)

handlers = [
    *server.handlers,
    *auth.handlers,
    *quick_connect.handlers,
    *me.handlers,
    *second_factor.handlers,
    *passkeys.handlers,
    *oidc.handlers,
    *users.handlers,
    *roles.handlers,
    *audit.handlers,
    *libraries.handlers,
    *library_access.handlers,
    *items.handlers,
    *facets.handlers,
    *playlists.handlers,
    *collections.handlers,
    *images.handlers,
    *home.handlers,
    *search.handlers,
    *events.handlers,
    *play.handlers,
    *media.handlers,
]
"""Every route of the door, relative to /api/v1."""

__all__ = ["handlers"]
