"""What makes a process visible: its log, its numbers, its traces, set up from the settings in one place."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import msgspec

import hearth.kit.metrics_process  # noqa: F401 - declares what the system knows of this process
from hearth import __version__
from hearth.config import Config
from hearth.kit import logs, logs_recent, metrics, telemetry, telemetry_peers
from hearth.kit.logs_file import Files

App = Callable[[Any, Any, Any], Awaitable[None]]
_FLUSH_S = 6.0


def configure_logs(config: Config, process: str) -> None:
    """The log of this process as the settings want it."""
    files = None
    if config.log_folder is not None:
        files = Files(
            config.data / config.log_folder,
            bytes=config.log_file_mb * 2**20,
            count=config.log_file_count,
            days=config.log_file_days,
        )
    telemetry.name_process(process)
    logs.configure(config.log_level, config.log_format, process=process, levels=config.log_levels, files=files)


@contextlib.asynccontextmanager
async def visible(config: Config, process: str, *, counts: Sequence[str] = ("",)) -> AsyncIterator[None]:
    """Answers the other processes' questions and sends traces, where they are wanted, for the length of the block.

    `counts` are the beginnings of the names of metrics that mean anything in this process.
    """
    answers = {"metrics": lambda _: _numbers(tuple(counts)), "logs": _lines}
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(telemetry_peers.answering(config.data, process, answers))
        if config.otlp_endpoint is not None:
            await stack.enter_async_context(_tracing(config, config.otlp_endpoint, process))
        yield


def visible_app(app: App, config: Config, process: str) -> App:
    """The application, with `visible` around its lifespan."""

    async def around(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        async with visible(config, process):
            await app(scope, receive, send)

    return around


@contextlib.asynccontextmanager
async def _tracing(config: Config, endpoint: str, process: str) -> AsyncIterator[None]:
    tracer = await asyncio.to_thread(_tracer, endpoint, config.otlp_sampling, process)
    telemetry.trace_with(tracer)
    try:
        yield
    finally:
        telemetry.trace_with(None)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(tracer.close), _FLUSH_S)


def _tracer(endpoint: str, sampling: float, process: str) -> Any:
    from hearth.kit.telemetry_otlp import OtlpTracer  # the SDK, which most servers never need

    return OtlpTracer(endpoint, sampling, process=f"{socket.gethostname()} {process}", version=__version__)


def _numbers(counts: tuple[str, ...]) -> bytes:
    return msgspec.msgpack.encode([family for family in metrics.snapshot() if family.name.startswith(counts)])


def _lines(argument: str) -> bytes:
    """`argument` is a level and a number: "info 200"."""
    level, _, number = argument.partition(" ")
    limit = int(number) if number.isdecimal() else logs_recent.KEPT
    return "\n".join(logs_recent.recent(level or "debug", limit)).encode()
