"""Whether the server lives and is ready: for supervisors, load balancers and people.

Anybody may ask, so anybody gets the states alone; the sentences that name folders and reasons are for administrators.
"""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response, get
from litestar.di import NamedDependency as Given
from msgspec import Struct

from hearth.api import health_parts
from hearth.api.health_parts import Part, State
from hearth.api.v1.access import PUBLIC, requires


class Health(Struct, frozen=True):
    """`parts` says how each part is. Only without its database is a server down: all else is degraded."""

    status: State
    parts: dict[str, State]


class HealthDescribed(Struct, frozen=True):
    """`Health` with a sentence for each part that is not well."""

    status: State
    parts: dict[str, Part]


@get("/health/live", opt=PUBLIC, tags=["health"])
async def live() -> Health:
    """The process answers."""
    return Health("ok", {})


@get("/health/ready", opt=PUBLIC, tags=["health"])
async def ready(health: Given[health_parts.Health]) -> Response[Health]:
    """Requests can be served; 503 when they cannot. A part that is away but not needed is `degraded`, with 200."""
    return _answer(await health.parts())


@get("/health/startup", opt=PUBLIC, tags=["health"])
async def startup(health: Given[health_parts.Health]) -> Response[Health]:
    """As ready, and the database has this version's tables; 503 until then."""
    return _answer({**await health.parts(), "schema": await health.started()})


@get("/health", opt=requires("settings:read"), tags=["health"])
async def described(health: Given[health_parts.Health]) -> HealthDescribed:
    """How each part is, with what to do about those that are not well."""
    parts = {**await health.parts(), "schema": await health.started()}
    return HealthDescribed(worst(parts), parts)


def worst(parts: Mapping[str, Part]) -> State:
    """The state of the whole."""
    if parts["database"].state == "down" or ("schema" in parts and parts["schema"].state == "down"):
        return "down"
    return "ok" if all(part.state == "ok" for part in parts.values()) else "degraded"


def _answer(parts: Mapping[str, Part]) -> Response[Health]:
    status = worst(parts)
    states = {name: part.state for name, part in parts.items()}
    return Response(Health(status, states), status_code=503 if status == "down" else 200)


handlers = [live, ready, startup]
