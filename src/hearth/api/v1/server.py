"""What anybody may know about the server."""

from litestar import get
from litestar.di import NamedDependency as Given

from hearth import __version__, accounts
from hearth.api.v1 import views
from hearth.api.v1.access import PUBLIC
from hearth.db import Database


@get("/server", opt=PUBLIC, tags=["server"])
async def server(database: Given[Database]) -> views.Server:
    """The server's name and version, and whether its first account is still to be made."""
    async with database.transaction(readonly=True) as tx:
        return views.Server("Hearth", __version__, await accounts.setup_required(tx))


handlers = [server]
