"""Row 31: a forged refresh token, or one kind of token used as another (Kavita CVE-2026-47202, Plex CVE-2025-69414)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hearth.db import Database
from tests.accounts.door import OURS, Door, opened_door


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


async def test_no_kind_of_token_passes_for_another(door: Door) -> None:
    signed_in = await door.set_up(cookie=True)
    tokens, cookie = signed_in.json, signed_in.cookie("hearth_session")
    session = (await door.call("GET", "/api/v1/me/sessions", token=tokens["access_token"])).json["items"][0]["id"]
    key = (await door.call("POST", "/api/v1/me/api-keys", {"name": "k"}, token=tokens["access_token"])).json["key"]
    csrf = signed_in.cookie("hearth_csrf")

    for bearer in (tokens["refresh_token"], cookie, csrf, session, f"hearth_{tokens['refresh_token']}", key[:-1]):
        assert (await door.call("GET", "/api/v1/me", token=bearer)).status == 401, bearer
    for refresh in (tokens["access_token"], cookie, csrf, session, key):
        answer = await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": refresh})
        assert answer.status == 401, refresh
    for other in (tokens["refresh_token"], tokens["access_token"], key, session):
        answer = await door.call("GET", "/api/v1/me", headers={"cookie": f"hearth_session={other}"})
        assert answer.status == 401, other
    # All of them still are what they are: none of the attempts ended the session.
    assert (await door.call("GET", "/api/v1/me", headers={"cookie": f"hearth_session={cookie}"})).status == 200
    assert (await door.call("GET", "/api/v1/me", token=key)).status == 200
    assert (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})).status == 200


async def test_a_forged_refresh_token_or_cookie_is_refused(door: Door) -> None:
    cookie = (await door.set_up(cookie=True)).cookie("hearth_session")
    for _ in range(50):
        forged = secrets.token_urlsafe(32)
        assert (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": forged})).status == 401
    session = base64.urlsafe_b64decode(cookie)[:16]
    for secret in (bytes(32), session * 2, secrets.token_bytes(32)):
        forged = base64.urlsafe_b64encode(session + secret).decode()
        assert (await door.call("GET", "/api/v1/me", headers={"cookie": f"hearth_session={forged}"})).status == 401


async def test_a_stolen_refresh_token_dies_with_its_family(door: Door) -> None:
    stolen = (await door.set_up()).json["refresh_token"]
    mine = (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": stolen})).json
    async with door.database.transaction() as tx:
        await tx.execute("update accounts.refresh_token set used_at = used_at - interval '11 seconds'")
    assert (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": stolen})).status == 401
    assert (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": mine["refresh_token"]})).status == 401
    async with door.database.transaction() as tx:
        assert await tx.fetchval("select count(*) from accounts.session where ended_at is null") == 0


async def test_odd_authorization_headers_are_refused_even_with_a_good_cookie(door: Door) -> None:
    cookie = (await door.set_up(cookie=True)).cookie("hearth_session")
    odd = ["", "Bearer", "Bearer ", "Basic YWRhOmFkYQ==", "bearer\tx", "Token x", "Bearer " + "x" * 5000, "\xff"]
    for header in odd:
        sent = {**OURS, "authorization": header, "cookie": f"hearth_session={cookie}"}
        assert (await door.call("GET", "/api/v1/me", headers=sent)).status == 401, header
