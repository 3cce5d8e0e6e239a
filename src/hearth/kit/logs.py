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

from hearth.kit import telemetry
from hearth.kit.logs_file import LINES_LOST, Files, Rotating
from hearth.kit.logs_recent import Recent

Level = Literal["debug", "info", "warning", "error"]
ROOMS = frozenset(
    {
        "accounts", "activity", "api", "app", "artwork", "browse", "catalog", "config", "db", "ingest", "jobs", "kit",
        "libraries", "media", "playback",
    }
)  # fmt: skip
"""What has a level of its own in `log_levels`; any other word there is a library's logger."""

HIDDEN = "[hidden]"
LONGEST_VALUE = 8000
"""Characters of one value that are written."""
_DEPTH = 6
_NOISY = (
    "asyncio",
    "asyncpg",
    "pgqueuer",
    "uvicorn.error",
    "httpx",
    "libav",
    "pyvips",
    "urllib3",
    "opentelemetry",
    "casbin",
)
_set_before: list[str] = []
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
# A Cookie header holds several pairs; our API keys say what they are.
_COOKIES = re.compile(r"""(?i)(\bcookie["']?\s*[:=]\s*)["']?[^\r\n"']+["']?""")
_API_KEY = re.compile(r"\bhearth_[A-Za-z0-9_-]{20,}")
_OUR_COOKIE = re.compile(r"\b(hearth_(?:session|csrf)=)[^;\s\"',]+")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


def redact(text: str) -> str:
    """The text without the values of anything that looks like a secret."""
    text = _COOKIES.sub(rf"\1{HIDDEN}", text)
    text = _OUR_COOKIE.sub(rf"\1{HIDDEN}", text)
    text = _API_KEY.sub(HIDDEN, text)
    text = _PAIR.sub(lambda m: f"{m['name']}{HIDDEN}", text)
    text = _SCHEME.sub(lambda m: f"{m[1]} {HIDDEN}", text)
    text = _MEDIA_PATH.sub(rf"\1{HIDDEN}", text)
    text = _URL_PASSWORD.sub(rf"\1{HIDDEN}\2", text)
    return _JWT.sub(HIDDEN, text)


def redact_value(value: object, depth: int = 0) -> object:
    """`redact` for lists and mappings too; values under a secret's name go as a whole."""
    if isinstance(value, str):
        return _cut(redact(value[: 2 * LONGEST_VALUE]))
    if isinstance(value, bytes):
        return redact_value(value[: 2 * LONGEST_VALUE].decode("utf-8", "backslashreplace"), depth)
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
    return redact_value(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}... ({len(text)} characters)"


def _redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if not key.startswith("_"):
            event[key] = HIDDEN if _SECRET_KEY.fullmatch(key) else redact_value(value)
    return event


def configure(
    level: Level = "info",
    form: Literal["auto", "human", "json"] = "auto",
    *,
    process: str | None = None,
    levels: Mapping[str, Level] | None = None,
    files: Files | None = None,
) -> None:
    """Sets up logging for this process; lines go to standard error, and into `files` when given.

    `process` names it in each line ("web 1"). `levels` are other levels for rooms ("ingest") or libraries ("asyncpg").
    The last lines are kept in memory too (`kit.logs_recent`). Calling it again replaces what was set up before.
    """
    structlog = _load()
    human = form == "human" or (form == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _carried,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.StackInfoRenderer(),
    ]
    if process is not None:
        shared.append(_named(process))
    lines = _formatter(structlog, shared)
    shown = _formatter(structlog, shared, human=True) if human else lines
    root = logging.getLogger()
    for old in root.handlers:
        if isinstance(old, _OURS):
            old.close()
    root.handlers[:] = [_handler(Terminal(), shown), _handler(Recent(), lines)]
    if files is not None:
        root.handlers.append(_handler(Rotating(files, process or "hearth"), lines))
    set_levels(level, levels or {})
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class Terminal(logging.StreamHandler[Any]):
    """Standard error. A reader that went away or a disk that is full costs the line, never the work."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        LINES_LOST.inc()


_OURS = (Terminal, Recent, Rotating)


def _handler(handler: logging.Handler, formatter: logging.Formatter) -> logging.Handler:
    handler.setFormatter(formatter)
    return handler


def set_levels(level: Level, levels: Mapping[str, Level]) -> None:
    """Changes what is said from now on: the level of everything, and other ones as for `configure`."""
    root = logging.getLogger()
    for name in _set_before:
        logging.getLogger(name).setLevel(logging.NOTSET)
    _set_before.clear()
    root.setLevel(level.upper())
    # What libraries say at "info" helps nobody who runs a media server.
    wanted: dict[str, int] = dict.fromkeys(_NOISY, logging.WARNING if level != "debug" else logging.INFO)
    for name, own in levels.items():
        wanted[f"hearth.{name}" if name in ROOMS else name] = logging.getLevelNamesMapping()[own.upper()]
    for name, number in wanted.items():
        logging.getLogger(name).setLevel(number)
        _set_before.append(name)


def _formatter(structlog: Any, shared: list[Any], *, human: bool = False) -> logging.Formatter:
    """JSON with times in UTC, or lines for people with the time of day."""
    stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S" if human else "iso", utc=not human)
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, stamp]
    last.append(structlog.processors.format_exc_info)
    renderer: Any = structlog.dev.ConsoleRenderer(colors=human and sys.stderr.isatty(), exception_formatter=_plain)
    if not human:
        last.append(structlog.processors.EventRenamer("message"))
        renderer = structlog.processors.JSONRenderer(default=str)
    inner = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[*last, _redact_event, renderer]
    )  # fmt: skip
    return _Once(inner)


class _Once(logging.Formatter):
    """Puts a line into words once, however many handlers write it."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner
        self._mark = f"_hearth_line_{id(inner)}"

    def format(self, record: logging.LogRecord) -> str:
        line = record.__dict__.get(self._mark)
        if line is None:
            line = self._inner.format(record)
            record.__dict__[self._mark] = line
        return str(line)


def _carried(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The ids of the request, the user, the job and the trace that the line belongs to."""
    for name, value in (
        ("request", telemetry.request_id.get()),
        ("user", telemetry.user_id.get()),
        ("job", telemetry.job_id.get()),
    ):
        if value is not None:
            event.setdefault(name, value)
    if ids := telemetry.trace_ids():
        event["trace"], event["span"] = ids
    return event


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
