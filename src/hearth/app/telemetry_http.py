"""The port of a worker that runs on its own: /metrics for Prometheus, /health/live and /health/ready for whoever keeps
it running. A few lines instead of a web framework, which a worker does not load.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from hearth.kit import metrics, telemetry

_TIMEOUT_S = 5.0
_LONGEST = 8192
_REASONS = {200: "OK", 403: "Forbidden", 404: "Not Found", 503: "Service Unavailable"}

Ready = Callable[[], Awaitable[bool]]


@contextlib.asynccontextmanager
async def metrics_port(host: str, port: int, allow: Sequence[str], ready: Ready) -> AsyncIterator[int]:
    """Answers on `port` (0 takes any) for the length of the block, /metrics to the networks in `allow` alone; gives the
    port. OSError when it is taken."""
    networks = [ipaddress.ip_network(one, strict=False) for one in allow]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            async with asyncio.timeout(_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                words = head.split(b" ", 2)
                path = words[1].partition(b"?")[0] if words[0] in (b"GET", b"HEAD") and len(words) == 3 else b""
                status, body = await _answer(path, _allowed(writer, networks), ready)
                lines = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: text/plain; version=0.0.4\r\n"
                lines += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                writer.write(lines.encode() + (body if words[0] == b"GET" else b""))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, host, port, limit=_LONGEST)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def _answer(path: bytes, allowed: bool, ready: Ready) -> tuple[int, bytes]:
    match path:
        case b"/health/live":
            return 200, b"ok\n"
        case b"/health/ready":
            return (200, b"ok\n") if await ready() else (503, b"down: the database does not answer\n")
        case b"/metrics":
            return (200, await asyncio.to_thread(_written)) if allowed else (403, b"see metrics_allow\n")
    return 404, b"/metrics, /health/live, /health/ready\n"


def _written() -> bytes:
    from hearth.kit.metrics_text import write

    return write({telemetry.process_name(): metrics.snapshot()})


def _allowed(writer: asyncio.StreamWriter, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    address = ipaddress.ip_address(writer.get_extra_info("peername")[0].partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address.version == network.version and address in network for network in networks)
