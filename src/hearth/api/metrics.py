"""GET /metrics: what all processes of this server count, and how the house stands, as Prometheus reads it.

Open to API keys (and people) with `settings:read`, and to the addresses in `metrics_allow`: the machine itself unless
configured otherwise. An address counts only when the connection comes from it and nothing says that it was forwarded:
behind a proxy on the same machine everybody would come from there.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import shutil
from collections.abc import Iterable, Mapping, Sequence

from litestar import Response, get
from litestar.di import NamedDependency as Given
from msgspec import DecodeError

from hearth import __version__, jobs, libraries, playback
from hearth.api.health_parts import Health
from hearth.api.v1.access import PUBLIC, SESSION_COOKIE, Access, Asked
from hearth.api.v1.peer import comes_from, header_values, trusted_networks, within
from hearth.config import Config
from hearth.db import Database
from hearth.kit import metrics, telemetry, telemetry_peers
from hearth.kit.errors import Denied, HearthError
from hearth.kit.metrics import Family, Gauge, Sample

_PATIENCE_S = 3.0
_FORWARDED = (b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via")
Gauge("hearth_info", "Always 1; the version stands in the label.", ("version",), [(__version__,)]).set(1, __version__)


@get("/metrics", opt=PUBLIC, tags=["health"], media_type="text/plain")
async def metrics_text(
    request: Asked,
    access: Given[Access],
    config: Given[Config],
    database: Given[Database],
    health: Given[Health],
) -> Response[bytes]:
    """Numbers for Prometheus: with an API key that has `settings:read`, or from an address in `metrics_allow`."""
    await _admit(request, access, config)
    return Response(await collect(config, health, database), media_type="text/plain; version=0.0.4; charset=utf-8")


async def collect(config: Config, health: Health, database: Database) -> bytes:
    """Everything, in Prometheus' text form. Parts that do not answer in time are left out; `hearth_health` says so."""
    told, whole = await asyncio.gather(telemetry_peers.ask(config.data, "metrics"), _whole(config, health, database))
    return await asyncio.to_thread(_written, told, whole)


def _written(told: Iterable[telemetry_peers.Told], whole: list[Family]) -> bytes:
    from hearth.kit import metrics_text as text  # loads Prometheus' library, when somebody asks for the first time

    processes = {telemetry.process_name(): metrics.snapshot()}
    for one in told:
        try:
            name = one.process if one.process not in processes else f"{one.process} ({len(processes)})"
            processes[name] = text.decode(one.data)
        except DecodeError:  # of another version, while a server is updated
            continue
    return text.write(processes, whole)


async def _admit(request: Asked, access: Access, config: Config) -> None:
    scope = request.scope
    cookies = header_values(scope, b"cookie")
    if any(header_values(scope, b"authorization")) or any(SESSION_COOKIE.encode() in value for value in cookies):
        viewer, _ = await access.recognise(scope)
        if not viewer.may("settings:read"):
            raise Denied("Metrics take the permission settings:read.")
        return
    networks = trusted_networks(config.metrics_allow)
    if any(name in _FORWARDED for name, _ in scope["headers"]):
        # A proxy that is trusted says who asks; of any other we do not know.
        allowed = comes_from(scope, access.trusted) and within(access.address(scope), networks)
    else:
        allowed = comes_from(scope, networks) and _plain_host(request)
    if not allowed:
        raise Denied("Metrics are open to API keys with settings:read and to the addresses in metrics_allow.")


def _plain_host(request: Asked) -> bool:
    """A web page may make a browser on an allowed machine ask for us under its own name: then the name tells."""
    if not header_values(request.scope, b"sec-fetch-site") and not header_values(request.scope, b"origin"):
        return True
    host = (request.headers.get("host") or "").rpartition(":")[0].strip("[]") or request.headers.get("host", "")
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _whole(config: Config, health: Health, database: Database) -> list[Family]:
    """What is true of the house, whichever process says it."""
    parts = await health.parts()
    words = {"ok": 1.0, "degraded": 0.5, "down": 0.0}
    families = [
        _gauge(
            "hearth_health", "1 is well, 0.5 is degraded, 0 is down.",
            [({"part": name}, words[part.state]) for name, part in parts.items()],
        ),
        *await asyncio.to_thread(_disks, config),
    ]  # fmt: skip
    try:
        async with asyncio.timeout(_PATIENCE_S), database.transaction(readonly=True) as tx:
            return [
                *families,
                *_jobs(await jobs.counts(tx)),
                _by("hearth_scans_open", "Scans that wait and run.", "state", await libraries.open_scans(tx)),
                _by("hearth_plays", "Plays under way, by method.", "method", await playback.open_plays(tx)),
            ]
    except (HearthError, TimeoutError):
        return families


def _gauge(name: str, about: str, values: Iterable[tuple[dict[str, str], float]]) -> Family:
    return Family(name, "gauge", about, [Sample(name, labels, value) for labels, value in values])


def _by(name: str, about: str, label: str, values: Mapping[str, int]) -> Family:
    return _gauge(name, about, [({label: word}, number) for word, number in values.items()])


def _jobs(counts: Sequence[jobs.QueueCount]) -> list[Family]:
    """Queues that hold nothing are there as well: what was never seen cannot be watched."""
    empty = [jobs.QueueCount(name, 0, 0, 0, 0) for name in jobs.queues() if all(one.queue != name for one in counts)]
    counts = [*counts, *empty]
    states = [
        ({"queue": one.queue, "state": state}, float(number))
        for one in counts
        for state, number in (("waiting", one.waiting), ("running", one.running), ("failed", one.failed))
    ]
    oldest = [({"queue": one.queue}, one.oldest_ms / 1000) for one in counts]
    return [
        _gauge("hearth_jobs", "Jobs that wait, run, and failed for good.", states),
        _gauge("hearth_jobs_oldest_seconds", "How long the oldest job that is due has waited.", oldest),
    ]


def _disks(config: Config) -> list[Family]:
    free, size = [], []
    for name, folder in (("data", config.data), ("cache", config.cache)):
        with contextlib.suppress(OSError):
            usage = shutil.disk_usage(folder if folder.exists() else config.data)
            free.append(({"folder": name}, float(usage.free)))
            size.append(({"folder": name}, float(usage.total)))
    return [
        _gauge("hearth_disk_free_bytes", "What is free on the disk of a folder.", free),
        _gauge("hearth_disk_size_bytes", "The size of the disk of a folder.", size),
    ]


handlers = [metrics_text]
