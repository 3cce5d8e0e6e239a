"""Where a request comes from. X-Forwarded-* counts only when the connection itself comes from a configured proxy."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from litestar.types import Scope

from hearth.kit.errors import Invalid

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_MAX_HOPS = 32
_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def trusted_networks(proxies: Iterable[str]) -> tuple[Network, ...]:
    """`config.trusted_proxies` (addresses and networks) made ready for comparing."""
    return tuple(ipaddress.ip_network(proxy, strict=False) for proxy in proxies)


def client_address(scope: Scope, trusted: Sequence[Network]) -> str | None:
    """The client's network address, None on a Unix socket.

    Behind trusted proxies it is the last address in X-Forwarded-For that is not such a proxy itself: what stands before
    it was written by the client and may be anything.
    """
    client = scope.get("client")
    peer = _parse(client[0]) if client else None
    if peer is None or not _within(peer, trusted):
        return str(peer) if peer else None
    hops = ",".join(value.decode("latin-1") for value in header_values(scope, b"x-forwarded-for")).split(",")
    for hop in reversed(hops[-_MAX_HOPS:]):
        address = _parse(hop.strip())
        if address is None:
            break
        peer = address
        if not _within(address, trusted):
            break
    return str(peer)


def comes_from(scope: Scope, networks: Sequence[Network]) -> bool:
    """Whether the connection itself, not what was forwarded over it, comes from one of the networks."""
    client = scope.get("client")
    peer = _parse(client[0]) if client else None
    return peer is not None and _within(peer, networks)


def within(address: str | None, networks: Sequence[Network]) -> bool:
    """Whether an address, as `client_address` gives it, lies in one of the networks."""
    known = _parse(address) if address else None
    return known is not None and _within(known, networks)


def is_https(scope: Scope, trusted: Sequence[Network]) -> bool:
    """Whether the browser speaks TLS, to us or to a trusted proxy in front."""
    if scope.get("scheme") in {"https", "wss"}:
        return True
    return _forwarded(scope, trusted, b"x-forwarded-proto") == "https"


def is_own_origin(scope: Scope, trusted: Sequence[Network], public_host: str | None = None) -> bool:
    """Whether a browser says that a page of ours sends this: Origin and Sec-Fetch-Site, of which one must be there.

    The origin's host is compared, not its scheme: a proxy may end TLS in front of us without saying so.
    """
    sites = header_values(scope, b"sec-fetch-site")
    if any(site != b"same-origin" for site in sites):
        return False
    origins = header_values(scope, b"origin")
    if not origins:
        return bool(sites)
    hosts = {public_host, _forwarded(scope, trusted, b"x-forwarded-host")}
    hosts |= {host.decode("latin-1") for host in header_values(scope, b"host")}
    ours = {plain_host(host) for host in hosts if host}
    return all(plain_host(origin.decode("latin-1").partition("://")[2]) in ours for origin in origins)


def check_host(scope: Scope) -> None:
    """Invalid unless the request says once, and plainly, which host it is for (RFC 9112, section 3.2).

    Whatever X-Forwarded-Host claims does not stand in for it. HTTP/1.0, as simple health checks speak it, may leave it
    out when it claims nothing else.
    """
    hosts = header_values(scope, b"host")
    old = scope.get("http_version") == "1.0" and not header_values(scope, b"x-forwarded-host")
    if (not hosts and old) or (len(hosts) == 1 and _HOST.fullmatch(hosts[0])):
        return
    raise Invalid("The request does not say, or not plainly, which host it is for.")


def header_values(scope: Scope, name: bytes) -> list[bytes]:
    """All values of a header; `name` in lower case, as ASGI has them."""
    return [value for key, value in scope["headers"] if key == name]


def plain_host(host: str) -> str:
    """A host and port to compare: in lower case, without the ports that are left out anyway."""
    return host.strip().lower().removesuffix(":443").removesuffix(":80")


def _forwarded(scope: Scope, trusted: Sequence[Network], name: bytes) -> str | None:
    """What the nearest proxy wrote, when it is one of ours."""
    client = scope.get("client")
    peer = _parse(client[0]) if client and trusted else None
    values = header_values(scope, name) if peer and _within(peer, trusted) else []
    return values[-1].decode("latin-1").rpartition(",")[2].strip().lower() if values else None


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _parse(text: str) -> Address | None:
    """An address as it stands in headers: bare, with a port, or in brackets; IPv4 in IPv6 clothes is IPv4."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address
