"""What every command shares: the options that find the settings, and JSON for scripts."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from hearth.config import Config, Loaded, load

P = ParamSpec("P")
T = TypeVar("T")


def with_settings(*extra: str) -> Callable[[Callable[Concatenate[Loaded, P], T]], Callable[..., T]]:
    """Adds --data and --config, and an option for each key named, and hands the command the loaded settings first.

    `@with_settings("host", "port")` adds --host and --port.
    """

    def decorate(command: Callable[Concatenate[Loaded, P], T]) -> Callable[..., T]:
        @functools.wraps(command)
        def run(*args: Any, **kwargs: Any) -> T:
            options = {key: kwargs.pop(key) for key in ("data", *extra)}
            file = kwargs.pop("config_file")
            return command(load(options, file=file), *args, **kwargs)

        wrapped: Callable[..., T] = run
        for key in reversed(extra):
            wrapped = click.option(f"--{key.replace('_', '-')}", key, metavar="VALUE", help=_EXTRA.get(key, ""))(
                wrapped
            )
        wrapped = click.option(
            "--config", "config_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
            help="The settings file, instead of hearth.toml in the data folder.",
        )(wrapped)  # fmt: skip
        return click.option("--data", metavar="DIR", help="The data folder: database, artwork, logs.")(wrapped)

    return decorate


_EXTRA = {
    "host": "The address to listen on (127.0.0.1; 0.0.0.0 for the whole network).",
    "port": "The port to listen on (8096).",
    "log_level": "debug, info, warning or error.",
    "log_format": "human, json or auto.",
    "metrics_port": "Answer /metrics and /health on this port.",
    "web_processes": "How many web processes.",
    "worker_processes": "How many worker processes.",
}

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
"""The option for commands whose output a script would read; the command takes `as_json: bool`."""


def print_json(value: object) -> None:
    """Any msgspec-encodable value as indented JSON on standard output; paths as text."""
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode() + "\n")


def run(work: Coroutine[Any, Any, T], config: Config | None = None) -> T:
    """Runs a command's coroutine; with `config`, logs go to standard error at warning and above."""
    if config is not None:
        from hearth.kit import logs

        logs.configure("debug" if config.log_level == "debug" else "warning", config.log_format)
    return asyncio.run(work)
