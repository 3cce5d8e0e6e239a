"""Where a request comes from, and which proxies are believed."""

from __future__ import annotations

from typing import Any

import pytest

from hearth.api.v1.peer import client_address, is_https, is_own_origin, trusted_networks

TRUSTED = trusted_networks(["10.0.0.0/8", "192.0.2.1", "fd00::/8"])


def _scope(peer: str | None, *headers: tuple[str, str], scheme: str = "http") -> Any:  # an ASGI scope, in part
    listed = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": "http", "client": (peer, 1) if peer else None, "headers": listed, "scheme": scheme}


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["192.168.1.2"], "203.0.113.5"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["1.1.1.1", "203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["203.0.113.5, 192.0.2.1, 10.3.3.3"], "203.0.113.5"),
        ("10.0.0.1", ["10.1.1.1"], "10.1.1.1"),
        ("10.0.0.1", ["203.0.113.5, rubbish"], "10.0.0.1"),
        ("10.0.0.1", ["rubbish, 203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", [", ".join(["10.0.0.9"] * 5000)], "10.0.0.9"),
        ("10.0.0.1", ["203.0.113.5:4711"], "203.0.113.5"),
        ("fd00::1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["::ffff:203.0.113.5"], "203.0.113.5"),
        (None, ["203.0.113.5"], None),
        ("testclient", ["203.0.113.5"], None),
    ],
)
def test_addresses_are_believed_from_proxies_alone(
    peer: str | None, forwarded: list[str], expected: str | None
) -> None:
    scope = _scope(peer, *(("x-forwarded-for", value) for value in forwarded))
    assert client_address(scope, TRUSTED) == expected
    if peer:
        assert client_address(scope, ()) == client_address(_scope(peer), ())


@pytest.mark.parametrize(
    ("peer", "scheme", "proto", "expected"),
    [
        ("203.0.113.5", "https", None, True),
        ("203.0.113.5", "http", "https", False),
        ("10.0.0.1", "http", "https", True),
        ("10.0.0.1", "http", "https, http", False),
        ("10.0.0.1", "http", None, False),
    ],
)
def test_tls_is_believed_from_proxies_alone(peer: str, scheme: str, proto: str | None, expected: bool) -> None:
    headers = [("x-forwarded-proto", proto)] if proto else []
    assert is_https(_scope(peer, *headers, scheme=scheme), TRUSTED) is expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"origin": "http://tv.lan:8096"}, True),
        ({"origin": "https://TV.lan:8096"}, True),
        ({"origin": "https://media.example.org"}, True),
        ({"origin": "https://media.example.org:443"}, True),
        ({"origin": "http://tv.lan"}, False),
        ({"origin": "http://tv.lan:8096.evil.example"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://tv.lan:8096"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "http://evil.example"}, False),
        ({"x-forwarded-host": "evil.example", "origin": "http://evil.example"}, False),
    ],
)
def test_a_page_of_ours_shows_its_origin(headers: dict[str, str], expected: bool) -> None:
    scope = _scope("203.0.113.5", ("host", "tv.lan:8096"), *headers.items())
    assert is_own_origin(scope, TRUSTED, "media.example.org") is expected


def test_a_trusted_proxy_names_the_host() -> None:
    headers = (("host", "backend"), ("x-forwarded-host", "tv.lan"), ("origin", "https://tv.lan"))
    assert is_own_origin(_scope("10.0.0.1", *headers), TRUSTED)
    assert not is_own_origin(_scope("203.0.113.5", *headers), TRUSTED)
