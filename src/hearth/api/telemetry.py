"""Each request counted, timed, named and, if wanted, traced: the outermost layer of the application.

Routes are known by their template, statuses by their class. Query strings are not written down, only the names of what
they hold: a token can stand in any parameter of any client.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from urllib.parse import unquote_plus

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from hearth.api.v1.peer import Network, client_address, comes_from
from hearth.kit import telemetry
from hearth.kit.metrics import Counter, Gauge, Histogram

log = logging.getLogger("hearth.api.requests")

App = Callable[[Any, Any, Any], Awaitable[None]]

REQUESTS = Counter(
    "hearth_http_requests_total",
    "Requests by route, method and class of the answer's status; 'gone' is a client that left before the answer.",
    ("route", "method", "status"),
    [("/health/live", "GET", "2xx"), ("/health/live", "GET", "5xx")],
)
SECONDS = Histogram(
    "hearth_http_request_seconds", "Time until the answer begins, in seconds.", ("route", "method")
)  # fmt: skip
IN_FLIGHT = Gauge("hearth_http_requests_in_flight", "Requests that are being answered, streams among them.")
STREAMS = Gauge("hearth_streams", "Media files, playlists and segments that are being sent at this moment.")
STREAM_BYTES = Counter("hearth_stream_bytes_total", "Bytes of media that were sent to players.")

LOGINS = Counter(
    "hearth_logins_total",
    "Tries to sign in, by way and result.",
    ("way", "result"),
    [("login", "right"), ("login", "wrong"), ("login", "denied"), ("login", "throttled"), ("login", "failed")],
)
_LOGIN = "/api/v1/auth/"
_NO_LOGINS = frozenset({"refresh", "logout"})
_RESULTS = {400: "wrong", 401: "wrong", 403: "denied", 429: "throttled"}

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLASSES = ("0xx", "1xx", "2xx", "3xx", "4xx", "5xx")
_MEDIA = "/api/v1/media/"
_NO_ROUTE = "(none)"
_MOST_NAMES = 20


class Watched:
    """The application, watched. `trusted` are the proxies whose traceparent is believed."""

    def __init__(self, app: App, trusted: Sequence[Network] = ()) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope["headers"])
        telemetry.request_id.set(request_id)
        telemetry.user_id.set(None)
        if telemetry.tracing():
            await self._traced(scope, receive, send, request_id)
        else:
            await self._counted(scope, receive, send, request_id)

    async def _counted(self, scope: Any, receive: Any, send: Any, request_id: str) -> int:
        began = time.perf_counter()
        header = (b"x-request-id", request_id.encode())
        media = scope["path"].startswith(_MEDIA)
        status = 0

        async def sending(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _count(scope, _CLASSES[status // 100], time.perf_counter() - began)
                if scope["method"] == "POST" and scope["path"].startswith(_LOGIN) and "path_template" in scope:
                    _count_login(_route(scope).removeprefix(_LOGIN), status)
                message["headers"] = [*message["headers"], header]
            elif media:
                STREAM_BYTES.inc(by=len(message.get("body", b"")))
            await send(message)

        IN_FLIGHT.inc()
        if media:
            STREAMS.inc()
        try:
            await self._app(scope, receive, sending)
        finally:
            IN_FLIGHT.dec()
            if media:
                STREAMS.dec()
            if status == 0:
                _count(scope, "gone", time.perf_counter() - began)
            if log.isEnabledFor(logging.DEBUG):
                _tell(scope, status, time.perf_counter() - began)
        return status

    async def _traced(self, scope: Any, receive: Any, send: Any, request_id: str) -> None:
        parent = None
        if self._trusted and comes_from(scope, self._trusted):
            found = [value for name, value in scope["headers"] if name == b"traceparent"]
            parent = telemetry.foreign_traceparent(found[0].decode("latin-1")) if len(found) == 1 else None
        method = _method(scope)
        with telemetry.span(
            method, "server", parent, {"http.request.method": method, "hearth.request": request_id}
        ) as span:
            status = await self._counted(scope, receive, send, request_id)
            route = _route(scope)
            span.rename(f"{method} {route}")
            span.note({"http.route": route, "http.response.status_code": status})
            if status >= 500:
                span.fail(f"answered {status}")


class Carried(ASGIMiddleware):
    """Names the user on the lines of the log, once `Access` knows who asks."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        user = scope.get("user")
        if user is not None:
            telemetry.user_id.set(str(user.account_id))
        await next_app(scope, receive, send)


def _count(scope: Any, status: str, seconds: float) -> None:
    route, method = _route(scope), _method(scope)
    REQUESTS.inc(route, method, status)
    SECONDS.observe(seconds, route, method)


def _count_login(way: str, status: int) -> None:
    if way not in _NO_LOGINS:
        LOGINS.inc(way, "right" if status < 300 else _RESULTS.get(status, "failed"))


def _route(scope: Any) -> str:
    return scope.get("path_template") or _NO_ROUTE


def _method(scope: Any) -> str:
    method = scope["method"]
    return str(method) if method in _METHODS else "other"


def _request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The one that came with the request, when it is fit for logs and rows, or a new one."""
    for name, value in headers:
        if name == b"x-request-id":
            return telemetry.foreign_request_id(value.decode("latin-1")) or telemetry.new_request_id()
    return telemetry.new_request_id()


def _tell(scope: Any, status: int, seconds: float) -> None:
    path = scope["path"]
    facts = {
        "method": _method(scope),
        "path": _route(scope) if path.startswith(_MEDIA) else path[:1000],  # a media path holds the key to it
        "status": status,
        "ms": round(seconds * 1000, 1),
        "from": client_address(scope, ()),
    }
    if scope["query_string"]:
        facts["query"] = _names(scope["query_string"])
    log.debug("request", extra=facts)


def _names(query: bytes) -> list[str]:
    """The names of a query's parameters, without their values."""
    pairs = query[:4000].decode("latin-1").split("&")[:_MOST_NAMES]
    return [unquote_plus(pair.partition("=")[0])[:40] if "=" in pair else "..." for pair in pairs]
