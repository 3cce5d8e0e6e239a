"""The processes of a server: one that answers requests, one that runs jobs.

`hearth serve` starts them as `python -m hearth.app.process web --fd N` and `... worker`. They load their code at once
and then wait for their settings, one line on standard input, which comes when the engines are ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from hearth.app.telemetry import configure_logs, visible, visible_app
from hearth.config import Config
from hearth.kit import logs
from hearth.kit.errors import Invalid

# Less than the supervisor's patience, so that open streams are cut by us and not by a kill.
_BEFORE_THE_KILL_S = 3


def serve_web(config: Config, listener: socket.socket, name: str = "web") -> None:
    """Answers requests on the socket until SIGTERM or SIGINT; then running ones may finish."""
    configure_logs(config, name)
    import uvicorn

    from hearth.app.web import create_app

    settings = uvicorn.Config(
        visible_app(create_app(config), config, name),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # The door reads X-Forwarded-* itself (api.v1.peer): only from trusted peers, and the host as well.
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, int(config.shutdown_grace_s) - _BEFORE_THE_KILL_S),
    )
    uvicorn.Server(settings).run(sockets=[listener])


def run_worker(
    config: Config, queues: Sequence[str] | None = None, name: str = "worker", *, alone: bool = False
) -> None:
    """Runs jobs until SIGTERM or SIGINT; then running ones may finish, or go back to the queue.

    `alone` is a worker without a supervisor, which answers on `metrics_port` itself.
    """
    configure_logs(config, name)
    import uvloop

    from hearth.app.worker import run

    async def until_stopped() -> None:
        task = asyncio.ensure_future(run(config, queues))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        async with visible(config, name), _own_port(config, alone):
            with contextlib.suppress(asyncio.CancelledError):
                await task

    uvloop.run(until_stopped())


@contextlib.asynccontextmanager
async def _own_port(config: Config, alone: bool) -> AsyncIterator[None]:
    if not alone or config.metrics_port is None:
        yield
        return
    from hearth.app.telemetry_http import metrics_port

    async def ready() -> bool:
        import asyncpg

        try:
            connection = await asyncpg.connect(config.database_url, timeout=2)
            await connection.close(timeout=2)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    try:
        async with metrics_port(config.host, config.metrics_port, config.metrics_allow, ready):
            yield
    except OSError as error:
        raise Invalid(f"Port {config.metrics_port} cannot be had for metrics_port: {error.strerror}.") from error


def main(arguments: Sequence[str]) -> None:
    role, name = arguments[0], os.environ.pop("HEARTH_PROCESS", arguments[0])
    logs.configure(process=name)
    if role == "web":
        import uvicorn  # noqa: F401 - loaded while the engines start

        import hearth.app.web

        config = _given_settings()
        listener = socket.socket(fileno=int(arguments[arguments.index("--fd") + 1]))
        listener.setblocking(False)
        serve_web(config, listener, name)
    else:
        import hearth.app.worker  # noqa: F401 - likewise

        run_worker(_given_settings(), None, name)


def _given_settings() -> Config:
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)  # the supervisor ended before it was ready, and said why
    return msgspec.json.decode(line, type=Config, dec_hook=lambda kind, value: Path(value) if kind is Path else value)


if __name__ == "__main__":
    main(sys.argv[1:])
