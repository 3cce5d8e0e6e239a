"""An HTTP client that does not reach inwards (SSRF), does not follow, does not wait and does not swallow everything.

The name is looked up once, every address it has is judged, and the connection goes to one that was judged: a name that
answers differently the next time gains nothing. TLS is checked against the name as always.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Mapping
from typing import Any

import httpcore2
import httpx2
import msgspec

from hearth.kit.errors import Invalid, Unavailable

_TIMEOUT_S = 10.0
_MOST_BYTES = 1024 * 1024
_AGENT = "Hearth"


def is_public(address: str) -> bool:
    """Whether an address is one of the internet: not of this machine, its network, or one that stands for such."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if parsed in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(parsed.packed[12:])))
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


class _Judged(httpcore2.AsyncNetworkBackend):
    """Connects to public addresses alone, or to any when `inward`."""

    def __init__(self, inward: bool) -> None:
        self._inward = inward
        self._plain = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout or _TIMEOUT_S):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError) as error:
            raise httpcore2.ConnectError(f"{host} cannot be found") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses or not (self._inward or all(is_public(address) for address in addresses)):
            raise httpcore2.ConnectError(f"{host} is not an address on the internet")
        return await self._plain.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.AsyncNetworkStream:
        raise httpcore2.ConnectError("sockets of this machine are not reached from here")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def outside(*, inward: bool = False) -> httpx2.AsyncClient:
    """A client for `async with`. `inward` lets it reach this machine and its network: a setting of whoever owns the
    machine, never of a request. Redirects are not followed, proxies and credentials of the environment not used."""
    transport = httpx2.AsyncHTTPTransport(trust_env=False)
    transport._pool = httpcore2.AsyncConnectionPool(
        ssl_context=httpx2.create_ssl_context(trust_env=False),
        max_connections=10,
        network_backend=_Judged(inward),
    )
    return httpx2.AsyncClient(
        transport=transport,
        timeout=_TIMEOUT_S,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": _AGENT, "Accept": "application/json"},
    )


async def fetch_json(
    client: httpx2.AsyncClient, url: str, *, form: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at an address, by GET or by POST of a form; Unavailable when there is none, within ten seconds
    and a megabyte. Invalid for what is no address of the web."""
    if not url.startswith(("https://", "http://")) or len(url) > 2048:
        raise Invalid("That is not an address of the web: it begins with https://.")
    host = httpx2.URL(url).host
    try:
        async with (
            asyncio.timeout(_TIMEOUT_S),
            client.stream("POST" if form is not None else "GET", url, data=form, auth=auth) as answer,
        ):
            body = bytearray()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > _MOST_BYTES:
                    raise Unavailable(f"{host} answers with more than it should.")
        if answer.status_code != httpx2.codes.OK:
            raise Unavailable(f"{host} answers with {answer.status_code}.")
        found = msgspec.json.decode(bytes(body), type=dict[str, Any])
    except (httpx2.HTTPError, TimeoutError, OSError) as error:
        raise Unavailable(f"{host} does not answer: {type(error).__name__}.") from error
    except msgspec.MsgspecError as error:
        raise Unavailable(f"{host} does not answer with JSON.") from error
    return found
