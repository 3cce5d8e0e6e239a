"""The processes of a server: one that answers requests, one that runs jobs.

`hearth serve` starts them as `python -m hearth.app.process web --fd N` and `... worker`. They load their code at once;
their settings come as a line on standard input, and another line once the engines are ready. In between a web process
puts together what needs no engine.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from types import FrameType

import msgspec

from hearth.app.telemetry import configure_logs, visible, visible_app
from hearth.config import Config
from hearth.kit import logs
from hearth.kit.errors import HearthError, Invalid

log = logging.getLogger(__name__)

# Less than the supervisor's patience, so that open streams are cut by us and not by a kill.
_BEFORE_THE_KILL_S = 3


def serve_web(
    config: Config, listener: socket.socket, name: str = "web", *, wait: Callable[[], None] = lambda: None
) -> None:
    """Answers requests on the socket until SIGTERM or SIGINT; then running ones may finish.

    `wait` returns when the engines are ready.
    """
    configure_logs(config, name)
    import uvicorn

    from hearth.api.v1.events import end_streams
    from hearth.app.web import create_app

    class Server(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            self._told = asyncio.Event()
            self._loop: asyncio.AbstractEventLoop | None = None

        async def main_loop(self) -> None:
            """Looks once a second, and when a signal says so; its own loop looks ten times, which an idle server feels
            (a third of what its process costs)."""
            self._loop = asyncio.get_running_loop()
            counter = 0
            while not await self.on_tick(counter):
                counter = (counter + 10) % 864_000
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._told.wait(), 1.0)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            super().handle_exit(sig, frame)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._told.set)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            end_streams()  # which would be waited for until the grace is over
            await super().shutdown(sockets)

    app = create_app(config)
    wait()
    settings = uvicorn.Config(
        visible_app(app, config, name),
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
    Server(settings).run(sockets=[listener])


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
    gc.disable()  # nothing that a start makes is garbage, and looking through it is a tenth of the start
    logs.configure(process=name)
    try:
        if role == "web":
            import uvicorn  # noqa: F401 - loaded while the engines start

            import hearth.app.web

            config = _given_settings()
            listener = socket.socket(fileno=int(arguments[arguments.index("--fd") + 1]))
            listener.setblocking(False)
            serve_web(config, listener, name, wait=_engines_ready)
        else:
            import hearth.app.worker  # noqa: F401 - likewise

            config = _given_settings()
            _engines_ready()
            run_worker(config, None, name)
    except HearthError as error:
        log.error("%s", error.detail)
        sys.exit(1)


def _line() -> bytes:
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)  # the supervisor ended before it was ready, and said why
    return line


def _engines_ready() -> None:
    _line()


def _given_settings() -> Config:
    line = _line()
    return msgspec.json.decode(line, type=Config, dec_hook=lambda kind, value: Path(value) if kind is Path else value)


if __name__ == "__main__":
    main(sys.argv[1:])
