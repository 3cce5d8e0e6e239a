"""Whether the server lives and is ready: for supervisors, load balancers and people."""

import asyncio
from typing import Literal

from litestar import Response, get
from litestar.di import NamedDependency as Given
from msgspec import Struct

from hearth.api.v1.access import PUBLIC
from hearth.db import Database
from hearth.kit.cache import Cache
from hearth.kit.errors import HearthError

State = Literal["ok", "degraded", "down"]
_PATIENCE_S = 2.0


class Health(Struct, frozen=True):
    """`parts` says how each part is; the cache down is degraded, the database down is down."""

    status: State
    parts: dict[str, State]


@get("/health/live", opt=PUBLIC, tags=["health"])
async def live() -> Health:
    """The process answers."""
    return Health("ok", {})


@get(["/health/ready", "/health/startup"], opt=PUBLIC, tags=["health"])
async def ready(database: Given[Database], cache: Given[Cache]) -> Response[Health]:
    """Requests can be served; 503 when they cannot."""
    parts: dict[str, State] = {"database": await _database(database), "cache": "degraded" if cache.resting else "ok"}
    worst: State = "down" if "down" in parts.values() else "degraded" if "degraded" in parts.values() else "ok"
    return Response(Health(worst, parts), status_code=503 if worst == "down" else 200)


async def _database(database: Database) -> State:
    try:
        async with asyncio.timeout(_PATIENCE_S), database.transaction(readonly=True) as tx:
            await tx.fetchval("select 1")
    except (HearthError, TimeoutError):
        return "down"
    return "ok"


handlers = [live, ready]
