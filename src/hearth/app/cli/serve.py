"""`hearth serve`, and its parts for a cluster: `hearth web` and `hearth worker`."""

from __future__ import annotations

import asyncio
import signal
import sys
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
    from hearth.app.telemetry import configure_logs, visible

    configure_logs(config, "serve")
    supervisor = Supervisor(config, on_ready=lambda address: _announce(config, address))
    _stop_on_signals(supervisor)
    # Nothing here is traced, and the supervisor is to stay small.
    async with visible(
        msgspec.structs.replace(config, otlp_endpoint=None), "serve", counts=("process_", "hearth_log_")
    ):
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
@with_settings("host", "port", "log_level", "log_format")
def web(loaded: Loaded) -> None:
    """Run one web process, for a cluster: give it a database, a cache and shared storage."""
    from hearth.app.process import serve_web
    from hearth.app.supervise import bind

    _require_urls(loaded.config, "web")
    serve_web(loaded.config, bind(loaded.config.host, loaded.config.port))


@click.command()
@click.option("--queues", metavar="A,B", help="The queues to work on; all of them when not given.")
@with_settings("host", "metrics_port", "log_level", "log_format")
def worker(loaded: Loaded, queues: str | None) -> None:
    """Run one worker process, for a cluster: give it a database, a cache and the media."""
    from hearth.app.process import run_worker

    _require_urls(loaded.config, "worker")
    wanted = [name.strip() for name in queues.split(",") if name.strip()] if queues else None
    run_worker(loaded.config, wanted, alone=True)


def _require_urls(config: Config, command: str) -> None:
    if config.database_url is None or config.cache_url is None:
        raise Invalid(
            f"hearth {command} is one part of a cluster and needs HEARTH_DATABASE_URL and HEARTH_CACHE_URL. "
            "To run everything on this machine, use: hearth serve"
        )
