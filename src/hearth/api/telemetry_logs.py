"""GET /api/v1/logs: the last lines that all processes of this server said, for administrators."""

from __future__ import annotations

import heapq
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.di import NamedDependency as Given
from litestar.params import QueryParameter
from msgspec import Struct

from hearth.api.v1.access import requires
from hearth.config import Config
from hearth.kit import logs, logs_recent, telemetry, telemetry_peers

_OWN = {"timestamp", "level", "message", "logger", "process", "request", "user", "job", "exception"}


class LogLine(Struct, frozen=True):
    """A line of the log; secrets were taken out before it was written. `more` is what else it says."""

    timestamp: str
    level: str
    message: str
    logger: str | None = None
    process: str | None = None
    request: str | None = None
    user: str | None = None
    job: int | None = None
    exception: str | None = None
    more: dict[str, Any] = {}


class LogLines(Struct, frozen=True):
    """The newest last. `processes` are those that were heard."""

    items: list[LogLine]
    processes: list[str]


@get("/logs", opt=requires("settings:read"), tags=["server"])
async def recent_logs(
    config: Given[Config],
    level: Annotated[logs.Level, QueryParameter()] = "info",
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 200,
    request_id: Annotated[str | None, QueryParameter(name="request", max_length=64)] = None,
    job: Annotated[int | None, QueryParameter(ge=1)] = None,
) -> LogLines:
    """The last lines at a level and above, of one request or one job if asked for. Kept in memory: some hundreds for
    each process, from before a restart none."""
    told = await telemetry_peers.ask(config.data, "logs", f"{level} {logs_recent.KEPT}")
    said = {telemetry.process_name(): logs_recent.recent(level)} | {
        one.process: one.data.decode().splitlines() for one in told
    }
    lines = heapq.merge(
        *([line for text in texts if (line := _line(text))] for texts in said.values()), key=lambda line: line.timestamp
    )
    wanted = [
        line
        for line in lines
        if (request_id is None or line.request == request_id) and (job is None or line.job == job)
    ]
    return LogLines(wanted[-limit:], sorted(said))


def _line(text: str) -> LogLine | None:
    try:
        facts = msgspec.json.decode(text, type=dict[str, Any])
        more = {key: facts.pop(key) for key in [*facts] if key not in _OWN}
        return msgspec.convert({**facts, "more": more}, LogLine, strict=False)
    except msgspec.MsgspecError:
        return None


handlers = [recent_logs]
