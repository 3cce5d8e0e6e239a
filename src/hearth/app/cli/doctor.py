"""`hearth doctor`: looks at the machine and the installation and says what to do about what is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Container
from pathlib import Path

import click
import msgspec

from hearth.app import health
from hearth.app.cli.options import as_json, print_json, run, with_settings
from hearth.config import Config, Loaded
from hearth.kit.errors import HearthError, Invalid

_LEAST_FREE_GB = 2
_FEWEST_WATCHES = 65_536


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at."""

    check: str
    ok: bool
    detail: str


@click.command()
@as_json
@with_settings("host", "port")
def doctor(loaded: Loaded, as_json: bool) -> None:
    """Check this machine and this installation; exit code 1 when something needs your hand."""
    findings = run(examine(loaded.config), loaded.config)
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            mark = click.style("ok  ", fg="green") if finding.ok else click.style("FIX ", fg="red", bold=True)
            click.echo(f"{mark} {finding.check}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise click.exceptions.Exit(1)


async def examine(config: Config, only: Container[str] | None = None) -> list[Finding]:
    """Every check, or those named, in order; one that fails in an unexpected way is a finding, not an end."""
    checks: list[tuple[str, Callable[[Config], Awaitable[str] | str]]] = [
        ("Python", _python),
        ("Data folder", _data_folder),
        ("Cache folder", health.cache_folder),
        ("Log files", health.log_folder),
        ("Secrets", health.secrets),
        ("Free space", _free_space),
        ("Limits", health.limits),
        ("Engines' account", _account),
        ("Database and cache", _engines),
        ("Address", _address),
        ("Reverse proxy", health.proxies),
        ("Traces", health.receiver),
        ("Running server", health.running_server),
        ("Libraries", health.libraries_readable),
        ("Jobs", health.failed_jobs),
        ("ffmpeg", _ffmpeg),
        ("Encoding", health.encoding),
        ("Web interface", _interface),
        ("Watching folders", _watches),
    ]
    findings = []
    for name, check in checks:
        if only is not None and name not in only:
            continue
        try:
            detail = check(config)
            findings.append(Finding(name, True, detail if isinstance(detail, str) else await detail))
        except HearthError as error:
            findings.append(Finding(name, health.is_no_finding(error), error.detail))
        except Exception as error:
            findings.append(Finding(name, False, f"{type(error).__name__}: {error}"))
    return findings


def _python(_config: Config) -> str:
    return f"{sys.version.split()[0]} at {sys.prefix}"


def _data_folder(config: Config) -> str:
    from hearth.app.engines import prepare_folders

    prepare_folders(config.data)
    with tempfile.TemporaryFile(dir=config.data) as probe:
        probe.write(b"x")
    return str(config.data)


def _free_space(config: Config) -> str:
    free = shutil.disk_usage(config.data).free / 2**30
    if free < _LEAST_FREE_GB:
        raise Invalid(f"Only {free:.1f} GB are free in {config.data}: make room, the database needs it to stay whole.")
    return f"{free:.0f} GB"


def _account(config: Config) -> str:
    from hearth.kit.engine import engine_account, require_way

    account = engine_account(config.engine_user)
    require_way(config.data, account)
    return f"{account.name} (we are root)" if account else "ourselves"


async def _engines(config: Config) -> str:
    from hearth.app.engines import running_engines
    from hearth.db import Database, migrate

    async with running_engines(config, migrated=False, command="doctor") as engines:
        database = await Database.connect(engines.dsn, max_size=1)
        try:
            async with database.transaction(readonly=True) as tx:
                version = str(await tx.fetchval("show server_version")).partition(" ")[0]
        finally:
            await database.close()
        waiting = [step for step in await migrate.status(engines.dsn) if step.applied_at is None]
        cache = await _cache(engines.cache_url)
    if int(version.partition(".")[0]) < 16:
        raise Invalid(f"PostgreSQL {version} is too old: Hearth needs 16 or newer.")
    steps = f", {len(waiting)} steps to apply (hearth serve does it)" if waiting else ""
    return f"PostgreSQL {version}{steps}; {cache}"


async def _cache(url: str) -> str:
    from hearth.kit.cache import Cache

    cache = Cache(url, prefix="hearth-doctor:")
    try:
        if not await cache.connect() or not await cache.set("probe", b"1", ttl_ms=1000):
            raise Invalid("The cache does not answer: check HEARTH_CACHE_URL. Hearth runs without it, more slowly.")
    finally:
        await cache.close()
    return "the cache answers"


def _address(config: Config) -> str:
    from hearth.app.engines import read_note
    from hearth.app.supervise import bind

    if note := read_note(config.data):
        return f"the server runs at {note.address}"
    bind(config.host, config.port).close()
    return f"{config.host} port {config.port} is free"


async def _ffmpeg(config: Config) -> str:
    import imageio_ffmpeg

    program = str(config.ffmpeg or imageio_ffmpeg.get_ffmpeg_exe())
    try:
        done = await asyncio.to_thread(
            subprocess.run,
            [program, "-hide_banner", "-version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Invalid(f"{program} does not run ({error}): set ffmpeg in hearth.toml to one that does.") from error
    return f"{done.stdout.splitlines()[0].removeprefix('ffmpeg version ').split()[0]} at {program}"


def _interface(_config: Config) -> str:
    import hearth.api.web

    index = Path(hearth.api.web.__file__).parent / "static" / "index.html"
    if not index.is_file():
        raise Invalid("The web interface was not built: run `make ui` in the source folder, or install the release.")
    return "built"


def _watches(_config: Config) -> str:
    with contextlib.suppress(OSError, ValueError):
        limit = int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
        if limit < _FEWEST_WATCHES:
            raise Invalid(
                f"This machine lets a user watch {limit} folders only; larger libraries are then found by scans alone. "
                "Raise fs.inotify.max_user_watches (sysctl) to 524288."
            )
        return f"up to {limit} folders"
    return "not on this system: libraries are kept current by scans" if os.name == "posix" else "not on this system"
