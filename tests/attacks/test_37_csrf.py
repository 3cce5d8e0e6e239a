"""Row 37: another site makes the browser send a request with the cookie (Subsonic CVE-2017-9413)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hearth.db import Database
from tests.accounts.door import PASSWORD, Answer, Door, opened_door

OWN = {"origin": "http://hearth.test", "sec-fetch-site": "same-origin"}
TICKET = "t" * 43
# What signs a browser in when it asks for cookies; the rest of what is public sets none.
SIGN_INS: dict[str, dict[str, object]] = {
    "/api/v1/setup": {"username": "ada", "password": PASSWORD},
    "/api/v1/auth/login": {"username": "ada", "password": PASSWORD},
    "/api/v1/auth/second-factor": {"ticket": TICKET, "code": "123456"},
    "/api/v1/auth/passkey": {"ceremony": TICKET, "credential": {"id": "x"}},
    "/api/v1/auth/quick-connect/token": {"secret": TICKET},
}
ID = "01890000-0000-7000-8000-000000000000"
FOREIGN = {"origin": "http://evil.test", "sec-fetch-site": "cross-site"}


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


async def _browser(door: Door) -> tuple[dict[str, str], str]:
    """The cookie header of a signed-in browser, and its CSRF token."""
    signed_in = await door.set_up(cookie=True)
    session, csrf = signed_in.cookie("hearth_session"), signed_in.cookie("hearth_csrf")
    return {"cookie": f"theme=dark; hearth_session={session}; hearth_csrf={csrf}"}, csrf


MATRIX = [
    # (what the browser tells of the origin, which CSRF token, method) -> status
    (OWN, "own", "POST", 201),
    ({"origin": "http://hearth.test"}, "own", "POST", 201),
    ({"sec-fetch-site": "same-origin"}, "own", "POST", 201),
    (OWN, None, "POST", 403),
    (OWN, "", "POST", 403),
    (OWN, "other", "POST", 403),
    (FOREIGN, "own", "POST", 403),
    (FOREIGN, None, "POST", 403),
    ({}, "own", "POST", 403),
    ({}, None, "POST", 403),
    ({"origin": "null"}, "own", "POST", 403),
    ({"origin": "http://hearth.test.evil.test"}, "own", "POST", 403),
    ({"origin": "http://hearth.test:8097"}, "own", "POST", 403),
    ({"sec-fetch-site": "same-site"}, "own", "POST", 403),
    ({"sec-fetch-site": "none"}, "own", "POST", 403),
    ({"referer": "http://hearth.test/"}, "own", "POST", 403),
    (FOREIGN, None, "GET", 200),
    ({}, None, "GET", 200),
    (OWN, None, "GET", 200),
]


async def test_writes_with_the_cookie_show_that_a_page_of_ours_made_them(door: Door) -> None:
    cookie, csrf = await _browser(door)
    _, other = (await _second(door)).cookie("hearth_session"), (await _second(door)).cookie("hearth_csrf")
    found = []
    for origin, which, method, _ in MATRIX:
        headers = {**cookie, **origin}
        if which is not None:
            headers["x-csrf-token"] = {"own": csrf, "other": other, "": ""}[which]
        body = {"name": "a key"} if method == "POST" else None
        found.append((await door.call(method, "/api/v1/me/api-keys", body, headers=headers)).status)
    assert found == [status for *_, status in MATRIX]


async def _second(door: Door) -> Answer:
    body = {"username": "ada", "password": PASSWORD, "cookie": True}
    return await door.call("POST", "/api/v1/auth/login", body, headers=OWN)


async def test_every_writing_route_refuses_another_site(door: Door) -> None:
    cookie, csrf = await _browser(door)
    writes = [
        (method, route.path)
        for route in door.app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods - {"GET", "HEAD", "OPTIONS"}
        if handler.opt.get("public") is not True
    ]
    assert len(writes) >= 10
    for method, path in writes:
        target = re.sub(r"\{\w+:(\w+)\}", lambda match: ID if match[1] == "uuid" else "x", path)
        for headers in (FOREIGN, {**FOREIGN, "x-csrf-token": csrf}, {**FOREIGN, "content-type": "text/plain"}):
            assert (await door.call(method, target, {}, headers={**cookie, **headers})).status == 403, (method, path)
    assert (await door.call("GET", "/api/v1/me", headers=cookie)).status == 200, "still signed in"


async def test_bearer_requests_need_no_csrf_token(door: Door) -> None:
    token = (await door.set_up()).json["access_token"]
    answer = await door.call("POST", "/api/v1/me/api-keys", {"name": "k"}, token=token, headers=FOREIGN)
    assert answer.status == 201


async def test_another_site_cannot_sign_the_browser_in(door: Door) -> None:
    asking = {
        route.path
        for route in door.app.routes
        for handler in getattr(route, "route_handlers", ())
        if handler.opt.get("public") is True and "cookie" in _fields(handler)
    }
    assert asking == set(SIGN_INS)
    for path, body in SIGN_INS.items():
        for headers in (FOREIGN, {}, {"origin": "null"}):
            answer = await door.call("POST", path, {**body, "cookie": True}, headers=headers)
            assert (answer.status, answer.cookies) == (403, {}), (path, headers, answer.body)
        if path == "/api/v1/setup":
            await door.set_up()


def _fields(handler: Any) -> tuple[str, ...]:
    """The names of what a route's body may hold."""
    data = handler.parsed_fn_signature.parameters.get("data")
    return getattr(data.annotation, "__struct_fields__", ()) if data is not None else ()


async def test_the_cookies_are_what_browsers_guard(door: Door) -> None:
    plain = await door.set_up(cookie=True)
    session, csrf = plain.cookies["hearth_session"].lower(), plain.cookies["hearth_csrf"].lower()
    assert "httponly" in session
    assert "httponly" not in csrf
    for line in (session, csrf):
        assert "samesite=lax" in line
        assert "path=/" in line
        assert "domain" not in line
        assert "secure" not in line
    body = {"username": "ada", "password": PASSWORD, "cookie": True}
    tls = await door.call("POST", "/api/v1/auth/login", body, headers=OWN, scheme="https")
    assert all("secure" in line.lower() for line in tls.cookies.values())
    assert len(tls.cookies) == 2


async def test_signing_out_takes_the_cookies_away(door: Door) -> None:
    cookie, csrf = await _browser(door)
    gone = await door.call("POST", "/api/v1/auth/logout", headers={**cookie, **OWN, "x-csrf-token": csrf})
    assert gone.status == 204
    assert all("max-age=0" in line.lower() for line in gone.cookies.values())
    assert set(gone.cookies) == {"hearth_session", "hearth_csrf"}
    assert (await door.call("GET", "/api/v1/me", headers=cookie)).status == 401
