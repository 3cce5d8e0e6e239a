"""What anybody may know about the server."""

from litestar import get
from litestar.di import NamedDependency as Given

from hearth import __version__, accounts
from hearth.api.v1 import views
from hearth.api.v1.access import PUBLIC
from hearth.db import Database
from hearth.jobs import Settings


@get("/server", opt=PUBLIC, tags=["server"])
async def server(database: Given[Database], settings: Given[Settings]) -> views.Server:
    """The server's name and version, and whether its first account is still to be made."""
    async with database.transaction(readonly=True) as tx:
        return views.Server(settings.config.server_name, __version__, await accounts.setup_required(tx))


handlers = [server]
