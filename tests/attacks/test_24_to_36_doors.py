"""Rows 24, 25, 26, 28, 29, 32, 36 and 43, and the headers of every answer, through the whole application."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hearth.api.app import described
from hearth.api.web import site
from hearth.db import Database
from tests.accounts.door import ADDRESS, OURS, PASSWORD, Door
from tests.api.whole import routes, whole_server

PROXY = "198.51.100.1"


@pytest.fixture
async def server(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    async with whole_server(database, tmp_path, monkeypatch, trusted_proxies=(f"{PROXY}/32",)) as door:
        yield door


async def test_row_24_a_forwarded_address_counts_from_a_trusted_proxy_alone(server: Door) -> None:
    await server.set_up("ada")

    async def noted(peer: str, **headers: str) -> str:
        body = {"username": "ada", "password": PASSWORD}
        answer = await server.call("POST", "/api/v1/auth/login", body, headers={**OURS, **headers}, address=peer)
        token = answer.json["access_token"]
        entries = (await server.call("GET", "/api/v1/audit?action=login&limit=1", token=token)).json["items"]
        return str(entries[0]["address"])

    for n, header in enumerate(("x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip")):
        for spoofed in (f"192.168.1.{n}", "127.0.0.1", "::1"):
            assert await noted("203.0.113.7", **{header: spoofed}) == "203.0.113.7", header
    assert await noted(PROXY, **{"x-forwarded-for": "127.0.0.1, 192.168.0.9, 203.0.113.9"}) == "203.0.113.9"
    assert await noted(PROXY, **{"x-forwarded-for": "203.0.113.9, nonsense"}) == PROXY
    assert await noted(PROXY, **{"x-real-ip": "127.0.0.1"}) == PROXY


@pytest.mark.parametrize(
    "hosts", [[], ["a", "b"], [""], ["a/b"], ["a b"], ["evil.example@hearth"], ["a\\b"], ["[::1"], ["a:b"], ["a" * 300]]
)
async def test_row_25_a_request_that_names_no_host_is_refused(server: Door, hosts: list[str]) -> None:
    sent: list[Any] = []
    headers = [(b"host", host.encode()) for host in hosts] + [(b"x-forwarded-host", b"evil.example")]
    for path in ("/api/v1/server", "/health/live", "/", "/api/v1/items"):
        scope: Any = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "extensions": {},
            "state": {}, "headers": headers, "client": (ADDRESS, 1), "server": ("hearth.test", 80),
        }  # fmt: skip

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                sent.append(message["status"])

        await server.app(scope, receive, send)
    assert sent == [400] * 4


ODD_PATHS = [
    "/api/v1/items?r=/api/v1/server", "/api/v1/items?r=/health/live", "/api/v1/items/?x=/assets/a.css",
    "/api/v1/items#/api/v1/server", "/api/v1/items;/api/v1/server", "/api/v1/users?/api/v1/auth/login",
]  # fmt: skip
HIDDEN_PATHS = [
    "/api/v1%2Fitems", "/api%2fv1/items", "//api/v1/items", "/api/v1//items", "/api/v1/./items", "/API/V1/ITEMS",
    "/api/v1/server/../items", "/api/v1/server/%2e%2e/items", "/api/v1/items/cover.css", "/api/v1/items%00.css",
]  # fmt: skip


async def test_row_26_no_spelling_of_a_path_gets_around_the_guard(server: Door) -> None:
    await server.set_up("ada")
    for path in ODD_PATHS[:3]:
        assert (await server.call("GET", path)).status == 401, path
    for path in (*ODD_PATHS[3:], *HIDDEN_PATHS):
        answer = await server.call("GET", path)
        assert answer.status in (401, 404) or b"<!doctype" in answer.body.lower(), (path, answer.body)
        assert b'"items"' not in answer.body


async def test_row_28_names_and_filters_do_not_reach_patterns_or_columns(server: Door) -> None:
    token = (await server.set_up("ada")).json["access_token"]
    for name in ("%", "_da", "a%", "%%", "ada\\", "*", "ad?"):
        assert (await server.login(name)).status == 401, name
    for query in ("password=A", "password_hash=x", "role=admin", "account.password_hash=x", "order=password"):
        assert (await server.call("GET", f"/api/v1/items?{query}", token=token)).status == 400, query
    for value in ("%25", "user.%25", "_", "login%25"):
        assert (await server.call("GET", f"/api/v1/audit?action={value}", token=token)).json["items"] == [], value


async def test_row_29_sql_does_not_get_through(server: Door) -> None:
    token = (await server.set_up("ada")).json["access_token"]
    for text in ("title;select pg_sleep(9)", "title' or 1=1--", "(select 1)", "title,password", "1) union select 1"):
        begun = time.monotonic()
        for path in (f"/api/v1/items?sort={text}", f"/api/v1/audit?actor={text}", f"/api/v1/users?after={text}"):
            answer = await server.call("GET", path.replace(" ", "%20").replace("'", "%27"), token=token)
            assert answer.status == 400, (path, answer.body)
        login = await server.call("POST", "/api/v1/auth/login", {"username": text[:64], "password": text})
        assert login.status in (401, 429)
        assert time.monotonic() - begun < 5


async def test_row_32_there_is_no_reset_from_outside_and_secrets_are_random(server: Door) -> None:
    public = {path for _, path, word in routes(described()) if word == "public"}
    assert not [path for path in public if "reset" in path or "forgot" in path or "password" in path]
    admin = (await server.set_up("admin")).json["access_token"]
    user_id, _ = await server.person(admin, "kim")
    _, other = await server.person(admin, "eve")
    reset = {"password": "another long sentence"}
    assert (await server.call("PATCH", f"/api/v1/users/{user_id}", reset)).status == 401
    assert (await server.call("PATCH", f"/api/v1/users/{user_id}", reset, token=other)).status == 403
    made = {(await server.login("kim")).json["refresh_token"] for _ in range(5)}
    assert len(made) == 5
    guesses = [secrets.token_urlsafe(32) for _ in range(100)]
    tried = [server.call("POST", "/api/v1/auth/refresh", {"refresh_token": guess}) for guess in guesses]
    assert {a.status for a in await asyncio.gather(*tried)} == {401}


async def test_row_36_events_are_for_who_is_signed_in_and_end_with_the_session(server: Door) -> None:
    first = await server.set_up("ada", cookie=True)
    token, cookie = first.json["access_token"], first.cookie("hearth_session")
    for headers in ({"authorization": "Bearer nonsense"}, {"cookie": "hearth_session=nonsense"}, {}):
        assert (await server.call("GET", "/api/v1/events", headers=headers)).status == 401
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/api/v1/events", "raw_path": b"/api/v1/events", "query_string": b"", "root_path": "",
        "extensions": {}, "state": {}, "client": (ADDRESS, 1), "server": ("hearth.test", 80),
        "headers": [(b"host", b"hearth.test"), (b"cookie", f"hearth_session={cookie}".encode())],
    }  # fmt: skip
    heard: asyncio.Queue[Any] = asyncio.Queue()
    closed = asyncio.Event()

    async def receive() -> Any:
        await closed.wait()
        return {"type": "http.disconnect"}

    listening = asyncio.ensure_future(server.app(scope, receive, heard.put))
    start = await asyncio.wait_for(heard.get(), 5)
    assert start["status"] == 200
    assert b"access-control-allow-origin" not in dict(start["headers"])
    assert (await server.call("POST", "/api/v1/auth/logout", token=token)).status == 204
    ended = time.monotonic()
    while (await asyncio.wait_for(heard.get(), 5)).get("more_body", False):
        pass
    assert time.monotonic() - ended < 5
    closed.set()  # the server hangs up once the answer is whole
    await asyncio.wait_for(listening, 5)


async def test_row_43_no_token_reaches_the_log(server: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = (await server.set_up("ada")).json["access_token"]
    canary = "CANARY" + secrets.token_hex(8)
    for path in (f"/api/v1/items?api_key={canary}", f"/api/v1/{canary}?token={canary}", f"/api/v1/media/{canary}/file"):
        await server.call("GET", path)
        await server.call("GET", path, token=token)
    await server.call("GET", "/api/v1/me", token=canary)
    await server.call("GET", "/api/v1/me", headers={"cookie": f"hearth_session={canary}"})
    await server.call("POST", "/api/v1/auth/login", {"username": "ada", "password": canary})
    await server.call("POST", "/api/v1/auth/refresh", {"refresh_token": canary})
    told = "\n".join(record.getMessage() + str(record.exc_text) for record in caplog.records)
    assert canary not in told
    assert token not in told


async def test_every_answer_carries_its_headers(server: Door) -> None:
    token = (await server.set_up("ada")).json["access_token"]
    for path, given in (
        ("/api/v1/server", None), ("/api/v1/items", token), ("/api/v1/items", None), ("/health/live", None),
        ("/", None), ("/api/v1/audit?after=x", token),
    ):  # fmt: skip
        headers = dict((await server.call("GET", path, token=given)).headers)
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["referrer-policy"] == "same-origin", path
        assert "strict-transport-security" not in headers, path
    secure = await server.call("GET", "/api/v1/server", scheme="https")
    assert "strict-transport-security" in dict(secure.headers)


def test_the_pages_policy_is_strict() -> None:
    rules = {rule.split()[0]: rule.split()[1:] for rule in site.CSP.split(";")}
    assert rules["default-src"] == ["'self'"]
    assert rules["script-src"] == ["'self'"], "no inline scripts, no eval, no other hosts"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == ["'none'"]
    assert not any("*" in value or value.startswith("http") for values in rules.values() for value in values)
