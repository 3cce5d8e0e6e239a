"""`hearth serve`, and its parts for a cluster: `hearth web` and `hearth worker`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from hearth.app.cli.options import with_settings
from hearth.config import Config, Loaded
from hearth.kit.errors import Invalid

if TYPE_CHECKING:
    from hearth.app.supervise import Supervisor


@click.command()
@with_settings("host", "port", "web_processes", "worker_processes", "log_level", "log_format")
def serve(loaded: Loaded) -> None:
    """Run the whole server: database and cache (unless you give your own), web processes and workers.

    Stop it with Ctrl-C; what runs may finish first. Twice Ctrl-C stops at once.
    """
    asyncio.run(serve_until_stopped(loaded.config))


async def serve_until_stopped(config: Config) -> None:
    """Runs the server until a signal ends it, and says where to open it once it is ready."""
    from hearth.app.supervise import Supervisor
    from hearth.kit import logs

    logs.configure(config.log_level, config.log_format, process="serve")
    supervisor = Supervisor(config, on_ready=lambda address: _announce(config, address))
    _stop_on_signals(supervisor)
    await supervisor.run()


def _stop_on_signals(supervisor: Supervisor) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.stop)


def _announce(config: Config, address: str) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from hearth import __version__

    rows = Table.grid(padding=(0, 3))
    rows.add_row(Text("Open", style="dim"), Text(address, style="bold cyan underline", overflow="fold"))
    rows.add_row(Text("Data", style="dim"), Text(str(config.data), overflow="fold"))
    rows.add_row(Text("Stop", style="dim"), Text("Ctrl-C"))
    console = Console()
    console.print()
    console.print(Padding(Text.assemble(("Hearth ", "bold"), f"{__version__} is ready"), (0, 2)))
    console.print(Padding(rows, (1, 2)))
    sys.stdout.flush()


@click.command()
@click.option("--supervised", is_flag=True, hidden=True)
@click.option("--fd", type=int, hidden=True)
@with_settings("host", "port", "log_level", "log_format")
def web(loaded: Loaded, supervised: bool, fd: int | None) -> None:
    """Run one web process, for a cluster: give it a database, a cache and shared storage."""
    import uvicorn

    from hearth.app.web import create_app
    from hearth.kit import logs

    if supervised:
        config = _given_settings()
        listener = socket.socket(fileno=fd)
        listener.setblocking(False)
    else:
        from hearth.app.supervise import bind

        config = loaded.config
        _require_urls(config, "web")
        listener = bind(config.host, config.port)
    logs.configure(config.log_level, config.log_format, process=os.environ.get("HEARTH_PROCESS", "web"))
    settings = uvicorn.Config(
        create_app(config),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(config.trusted_proxies),
        forwarded_allow_ips=list(config.trusted_proxies),
        # Less than the supervisor's patience, so that open streams are cut by us and not by a kill.
        timeout_graceful_shutdown=max(1, int(config.shutdown_grace_s) - 3),
    )
    uvicorn.Server(settings).run(sockets=[listener])


@click.command()
@click.option("--queues", metavar="A,B", help="The queues to work on; all of them when not given.")
@click.option("--supervised", is_flag=True, hidden=True)
@with_settings("log_level", "log_format")
def worker(loaded: Loaded, queues: str | None, supervised: bool) -> None:
    """Run one worker process, for a cluster: give it a database, a cache and the media."""
    import uvloop

    from hearth.app.worker import run
    from hearth.kit import logs

    config = _given_settings() if supervised else loaded.config
    if not supervised:
        _require_urls(config, "worker")
    logs.configure(config.log_level, config.log_format, process=os.environ.get("HEARTH_PROCESS", "worker"))
    names = [name.strip() for name in queues.split(",") if name.strip()] if queues else None

    async def until_stopped() -> None:
        task = asyncio.ensure_future(run(config, names))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    uvloop.run(until_stopped())


def _given_settings() -> Config:
    """The settings from `hearth serve`, by pipe: until its engines are ready we wait here, with our code loaded."""
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)  # it ended before it was ready, and said why
    return msgspec.json.decode(line, type=Config, dec_hook=lambda kind, value: Path(value) if kind is Path else value)


def _require_urls(config: Config, command: str) -> None:
    if config.database_url is None or config.cache_url is None:
        raise Invalid(
            f"hearth {command} is one part of a cluster and needs HEARTH_DATABASE_URL and HEARTH_CACHE_URL. "
            "To run everything on this machine, use: hearth serve"
        )
