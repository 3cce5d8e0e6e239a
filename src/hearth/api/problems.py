"""Failures as RFC 9457 problem documents: the one place where this door turns errors into answers."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap
from msgspec import Struct

from hearth.kit.errors import KINDS, DiskFull, HearthError, TooMany, Unauthenticated, Unavailable, out_of_room

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:hearth:problem:"
_LONGEST = 500
_MOST_FIELDS = 20
_TITLES = {
    400: "The request is not valid",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "The method is not allowed here",
    409: "That clashes with what is there",
    413: "The request is too large",
    415: "The media type is not supported",
    429: "Too many requests",
    500: "Something went wrong",
    503: "Not ready",
}
_WORDS = {
    400: "invalid",
    401: "unauthenticated",
    403: "denied",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    429: "too-many",
    500: "internal",
    503: "unavailable",
}


class Problem(Struct, frozen=True, omit_defaults=True):
    """What went wrong. `type` is stable and for programs, `detail` is a sentence for people."""

    type: str
    title: str
    status: int
    detail: str | None = None
    extra: dict[str, object] | None = None


def problem_of(status: int, detail: str | None = None, extra: Mapping[str, object] | None = None) -> Problem:
    """The problem that an error of this status is."""
    return Problem(
        f"{_TYPE}{_WORDS.get(status, 'invalid' if status < 500 else 'internal')}",
        _TITLES.get(status, "The request failed"),
        status,
        detail,
        dict(extra) if extra else None,
    )


def answer(status: int, detail: str | None, extra: Mapping[str, object] | None = None) -> Response[bytes]:
    """A problem document as a response."""
    problem = problem_of(status, detail, extra)
    headers = {"Cache-Control": "no-store"}
    if status == Unauthenticated.status:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (TooMany.status, Unavailable.status):
        headers["Retry-After"] = str((extra or {}).get("retry_after_s", 5))
    return Response(msgspec.json.encode(problem), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def _ours(_: Request[Any, Any, Any], error: HearthError) -> Response[bytes]:
    return answer(error.status, error.detail, error.extra)


def _litestar(_: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= 500:
        return answer(error.status_code, None)
    if isinstance(error, ValidationException) and isinstance(error.extra, list) and error.extra:
        fields = [{key: _text(value) for key, value in dict(one).items()} for one in error.extra[:_MOST_FIELDS]]
        told = "; ".join(": ".join(one[key] for key in ("key", "message") if key in one) for one in fields)
        return answer(error.status_code, told[:_LONGEST], {"fields": fields})
    return answer(error.status_code, str(error.detail)[:_LONGEST])


def _text(value: object) -> str:
    return str(value.value if isinstance(value, Enum) else value)[:300]


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    if out_of_room(error):
        full = DiskFull()
        return answer(full.status, full.detail)
    log.error("request failed", method=request.method, path=request.url.path, exc_info=error)
    return answer(500, "The server made a mistake. It is in the log; trying again may help.")


def _unread(request: Request[Any, Any, Any], error: RecursionError | UnicodeDecodeError) -> Response[bytes]:
    """A body that Litestar could not read: of what msgspec raises it turns only the common part into a 400."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None or not str(step.tb_frame.f_globals.get("__name__")).startswith("litestar.serialization"):
        return _unexpected(request, error)
    if isinstance(error, RecursionError):
        return answer(400, "The JSON is nested too deeply to be read.")
    return answer(400, "The JSON is not UTF-8.")


HANDLERS: ExceptionHandlersMap = {
    **dict.fromkeys(KINDS, _ours),
    HearthError: _ours,
    HTTPException: _litestar,
    RecursionError: _unread,
    UnicodeDecodeError: _unread,
    Exception: _unexpected,
}
