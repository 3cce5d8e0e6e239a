"""What `hearth doctor` looks at beyond the engines: limits, folders, libraries, work that failed, the way to receivers.

Each check answers with what it found, or raises HearthError saying what to do.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
import stat
import subprocess
import tempfile
import time
from urllib.parse import urlsplit

from hearth.config import Config
from hearth.kit.errors import HearthError, Invalid, Unavailable

_FEWEST_FILES = 1024
_LEAST_MEMORY = 512 * 2**20
_ENCODE_TIMEOUT_S = 30
_CONNECT_TIMEOUT_S = 3
_SHOWN = 3


def limits(_config: Config) -> str:
    """Open files and memory."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _FEWEST_FILES:
        raise Invalid(
            f"Only {hard} files may be open at once: raise the limit (ulimit -n, or LimitNOFILE= in the unit)."
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if memory < _LEAST_MEMORY:
        raise Invalid(f"This machine has {memory / 2**20:.0f} MB of memory: Hearth and its engines need 512 MB.")
    return f"{soft} open files, {memory / 2**30:.1f} GB of memory, {os.cpu_count()} processors"


def cache_folder(config: Config) -> str:
    """That segments can be written."""
    try:
        config.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=config.cache) as probe:
            probe.write(b"x")
    except OSError as error:
        raise Invalid(
            f"The cache folder {config.cache} cannot be written ({error.strerror}): set cache to another one."
        ) from error
    return str(config.cache)


def log_folder(config: Config) -> str:
    """That log files can be written, when they are wanted."""
    if config.log_folder is None:
        return "no files: the log goes to standard error (log_folder turns files on)"
    folder = config.data / config.log_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except OSError as error:
        raise Invalid(f"The log folder {folder} cannot be written ({error.strerror}): set log_folder anew.") from error
    return str(folder)


def secrets(config: Config) -> str:
    """That nobody else reads the keys."""
    folder = config.data / "secrets"
    if not folder.is_dir():
        return "none yet: the first start makes them"
    open_to_others = [path for path in (folder, *folder.iterdir()) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        raise Invalid(f"{open_to_others[0]} is open to other users: chmod -R go-rwx {folder}")
    return "readable for us alone"


def encoding(config: Config) -> str:
    """A real encode of a second of picture and sound, as players get it."""
    from hearth.media import ffmpeg

    program = ffmpeg.find(config.ffmpeg)
    argv = [*ffmpeg.start_argv(program), "-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=1", "-f", "lavfi", "-i"]
    argv += ["sine=d=1", "-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-f", "mp4"]
    argv += ["-movflags", "frag_keyframe+empty_moov", "pipe:1"]
    began = time.monotonic()
    try:
        done = subprocess.run(argv, capture_output=True, timeout=_ENCODE_TIMEOUT_S, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise Invalid(f"{program} does not encode ({error}): set ffmpeg in hearth.toml to one that does.") from error
    if done.returncode != 0 or len(done.stdout) < 1000:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Invalid(
            f"{program} cannot encode H.264 with AAC ({words[-1][:200] if words else 'no words'}): "
            "set ffmpeg in hearth.toml to one that can, or leave it out for the one that comes with Hearth."
        )
    return f"one second of H.264 and AAC in {time.monotonic() - began:.1f} s"


async def libraries_readable(config: Config) -> str:
    """That every library's folder is there and can be read by us."""
    from hearth import libraries
    from hearth.db import Database

    dsn = await _dsn(config)
    database = await Database.connect(dsn, max_size=1)
    try:
        async with database.transaction(readonly=True) as tx:
            if not await tx.fetchval("select to_regclass('libraries.library') is not null"):
                return "none yet"
            known = await libraries.libraries(tx)
    finally:
        await database.close()
    paths = [root.path for library in known for root in library.roots]
    problems = await asyncio.to_thread(lambda: [words for path in paths if (words := libraries.access_problem(path))])
    if problems:
        raise Invalid(" ".join(problems[:_SHOWN]))
    return f"{len(known)} libraries in {len(paths)} folders" if known else "none yet"


async def failed_jobs(config: Config) -> str:
    """Whether work was given up, or waits and nobody does it."""
    from hearth import jobs
    from hearth.db import Database

    database = await Database.connect(await _dsn(config), max_size=1)
    try:
        async with database.transaction(readonly=True) as tx:
            if not await tx.fetchval("select to_regclass('jobs.pgqueuer') is not null"):
                return "none yet"
            queues = await jobs.counts(tx)
            newest = await jobs.list_jobs(tx, state="parked", limit=1)
    finally:
        await database.close()
    failed = sum(queue.failed for queue in queues)
    if failed:
        last = f" The last one: {newest.items[0].task}: {newest.items[0].error}" if newest.items else ""
        raise Invalid(f"{failed} jobs failed for good.{last[:300]} Look at the log of that time, then try them again.")
    return f"{sum(queue.waiting for queue in queues)} wait, {sum(queue.running for queue in queues)} run, none failed"


async def running_server(config: Config) -> str:
    """What a running server says of itself."""
    import http.client

    import msgspec

    from hearth.app.engines import read_note

    note = read_note(config.data)
    if note is None:
        return "none runs here"
    place = urlsplit(note.address if config.public_url is None else f"http://{config.host}:{config.port}")

    def ask() -> bytes:
        connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/health/ready")
            return connection.getresponse().read(100_000)

    try:
        told = msgspec.json.decode(await asyncio.to_thread(ask))
        bad = {name: state for name, state in told["parts"].items() if state != "ok"}
    except (OSError, msgspec.DecodeError, KeyError, TypeError) as error:
        raise Unavailable(f"The server at {place.netloc} does not answer ({error}): look at its log.") from error
    if bad:
        words = ", ".join(f"{name} is {state}" for name, state in bad.items())
        raise Invalid(f"The server runs, but {words}: GET /api/v1/health (as an administrator) says why.")
    return "every part is well"


def proxies(config: Config) -> str:
    """That a public address and the proxy in front fit together."""
    if config.public_url is None:
        return "none: people come to us directly"
    if not config.trusted_proxies:
        raise Invalid(
            "public_url names a proxy, but trusted_proxies is empty: everybody seems to come from the proxy's address. "
            "Set trusted_proxies to it (127.0.0.1 when it runs on this machine)."
        )
    if not config.public_url.startswith("https://"):
        raise Invalid("public_url is not https: passwords and films cross the network in the clear.")
    return f"{config.public_url} by way of {', '.join(config.trusted_proxies)}"


def receiver(config: Config) -> str:
    """That traces have somewhere to go, when they are wanted."""
    if config.otlp_endpoint is None:
        return "off"
    place = urlsplit(config.otlp_endpoint)
    port = place.port or (443 if place.scheme == "https" else 80)
    try:
        socket.create_connection((place.hostname or "", port), timeout=_CONNECT_TIMEOUT_S).close()
    except OSError as error:
        raise Invalid(
            f"Nothing answers at {place.hostname} port {port} ({error}): start the receiver or unset otlp_endpoint."
        ) from error
    return f"to {place.hostname} port {port}, {config.otlp_sampling:.0%} of requests"


async def _dsn(config: Config) -> str:
    from hearth.app.engines import read_note

    if config.database_url is not None:
        return config.database_url
    note = read_note(config.data)
    if note is None:
        raise _NotRunning("not looked at: the server does not run")
    return note.dsn


class _NotRunning(Unavailable):
    """There is nothing to look at, which is no mistake."""


def is_no_finding(error: HearthError) -> bool:
    """Whether a check had nothing to look at."""
    return isinstance(error, _NotRunning)
