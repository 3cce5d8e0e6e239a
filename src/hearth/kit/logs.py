"""Logs: for people on a terminal, JSON lines elsewhere, and never a secret in either.

`logging` and structlog end in the same place, so that libraries' lines look like ours. Everything that is written
passes `redact`, for a token in a URL is the commonest way in which servers of this kind were opened.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

HIDDEN = "[hidden]"
_DEPTH = 6
_NAMES = r"api[_-]?key|(?:\w+_)?token|password|passwd|pwd|secret|authorization|cookie|set-cookie|x-emby-token|totp|csrf"
_SECRET_KEY = re.compile(rf"(?i)(?:.*[_-])?(?:{_NAMES})")
# token=..., "password": "...", Authorization: Bearer ...
_PAIR = re.compile(
    rf"""(?ix)(?P<name>["']?\b(?:{_NAMES})["']?\s*(?:=|:|%3D)\s*)(?P<scheme>(?:bearer|basic|mediabrowser)\s+)?
    (?P<value>"[^"]*"|'[^']*'|[^\s&"',;)}}\]]+)"""
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_MEDIA_PATH = re.compile(r"(/media/)[A-Za-z0-9._~=-]{24,}(?=[/?\s\"']|$)")
_URL_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@/]+(@)")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


def redact(text: str) -> str:
    """The text without the values of anything that looks like a secret."""
    text = _PAIR.sub(lambda m: f"{m['name']}{HIDDEN}", text)
    text = _SCHEME.sub(lambda m: f"{m[1]} {HIDDEN}", text)
    text = _MEDIA_PATH.sub(rf"\1{HIDDEN}", text)
    text = _URL_PASSWORD.sub(rf"\1{HIDDEN}\2", text)
    return _JWT.sub(HIDDEN, text)


def redact_value(value: object, depth: int = 0) -> object:
    """`redact` for lists and mappings too; values under a secret's name go as a whole."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, bytes):
        return redact(value.decode("utf-8", "backslashreplace"))
    if depth >= _DEPTH:
        return "..."
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if isinstance(key, str) and _SECRET_KEY.fullmatch(key) else redact_value(inner, depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact_value(inner, depth + 1) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact(str(value))


def _redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if not key.startswith("_"):
            event[key] = HIDDEN if _SECRET_KEY.fullmatch(key) else redact_value(value)
    return event


def configure(
    level: Literal["debug", "info", "warning", "error"] = "info",
    form: Literal["auto", "human", "json"] = "auto",
    *,
    process: str | None = None,
) -> None:
    """Sets up logging for this process; lines go to standard error. `process` names it in each line ("web 1")."""
    structlog = _load()
    human = form == "human" or (form == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if human else "iso", utc=not human),
        structlog.processors.StackInfoRenderer(),
    ]
    if process is not None:
        shared.append(_named(process))
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.format_exc_info]
    renderer: Any = structlog.dev.ConsoleRenderer(colors=human and sys.stderr.isatty(), exception_formatter=_plain)
    if not human:
        last.append(structlog.processors.EventRenamer("message"))
        renderer = structlog.processors.JSONRenderer(default=str)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*last, _redact_event, renderer])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # What libraries say at "info" helps nobody who runs a media server.
    for noisy in ("asyncio", "asyncpg", "pgqueuer", "uvicorn.error", "httpx", "libav", "pyvips"):
        logging.getLogger(noisy).setLevel(logging.WARNING if level != "debug" else logging.INFO)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _load() -> Any:
    """structlog without rich, which it would load for its own tracebacks: a fifth of a process's start, never used."""
    absent: Any = None
    spared = "structlog" not in sys.modules and "rich" not in sys.modules
    if spared:
        sys.modules["rich"] = absent
    try:
        import structlog
    finally:
        if spared:
            del sys.modules["rich"]
    return structlog


def _named(process: str) -> Any:
    def add(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["process"] = process
        return event

    return add


def _plain(stream: Any, error: Any) -> None:
    import traceback

    stream.write("\n" + redact("".join(traceback.format_exception(*error))).rstrip())
