"""Signing in and out over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import bcrypt
import pytest

from hearth import accounts
from hearth.api.v1.access import undecided
from hearth.db import Database
from hearth.kit.cache import Cache
from tests.accounts.door import OURS, PASSWORD, Door, opened_door, undecided_route


@pytest.fixture
async def door(database: Database, tmp_path: Path, cache: Cache) -> AsyncIterator[Door]:
    assert await cache.connect()
    async with opened_door(database, tmp_path, cache) as opened:
        yield opened


async def test_set_up_signs_in_an_administrator_once(door: Door) -> None:
    first = await door.set_up("Ada", device="Kitchen")
    assert first.status == 201
    assert first.json["expires_in"] == 600
    assert first.json["user"]["role"] == "admin"
    assert "users:manage" in first.json["user"]["permissions"]
    assert first.cookies == {}
    assert dict(first.headers)["cache-control"] == "no-store"
    mine = await door.call("GET", "/api/v1/me", token=first.json["access_token"])
    assert (mine.status, mine.json) == (200, first.json["user"])
    again = await door.set_up("bob")
    assert again.status == 409


async def test_two_setups_at_once_make_one_user(door: Door) -> None:
    answers = await asyncio.gather(*(door.set_up(f"admin{n}") for n in range(8)))
    assert sorted(a.status for a in answers) == [201] + [409] * 7
    async with door.database.transaction() as tx:
        assert await tx.fetchval("select count(*) from accounts.account") == 1


async def test_login_tells_nothing_about_what_was_wrong(door: Door) -> None:
    await door.set_up("Ada")
    assert (await door.login("ADA")).status == 200
    wrong, unknown, odd = await door.login("ada", "not this one"), await door.login("eve"), await door.login("a\0b")
    assert wrong.status == unknown.status == odd.status == 401
    assert wrong.body == unknown.body == odd.body


async def test_hashes_of_another_server_are_taken_by_all_who_come_at_once_and_replaced(door: Door) -> None:
    await door.set_up()
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    async with door.database.transaction() as tx:
        await accounts.create_account(tx, "bob", old)
    assert (await door.login("bob", "not this one")).status == 401
    answers = await asyncio.gather(*(door.login("bob") for _ in range(6)))
    assert [a.status for a in answers] == [200] * 6
    async with door.database.transaction() as tx:
        kept = await tx.fetchval("select password_hash from accounts.account where username = 'bob'")
    assert kept.startswith("$argon2id$")


async def test_a_session_that_ends_takes_its_tokens_along(door: Door) -> None:
    tokens = (await door.set_up()).json
    other = (await door.login(device="Phone")).json
    listed = (await door.call("GET", "/api/v1/me/sessions", token=other["access_token"])).json
    assert [(s["device"], s["client"], s["current"]) for s in listed["items"]] == [
        ("Phone", "TestBrowser/1.0", True),
        (None, "TestBrowser/1.0", False),
    ]
    gone = await door.call("DELETE", f"/api/v1/me/sessions/{listed['items'][0]['id']}", token=tokens["access_token"])
    assert gone.status == 204
    assert (await door.call("GET", "/api/v1/me", token=other["access_token"])).status == 401
    assert (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": other["refresh_token"]})).status == 401
    assert (await door.call("GET", "/api/v1/me", token=tokens["access_token"])).status == 200


async def test_logout_ends_the_session_that_asks(door: Door) -> None:
    tokens = (await door.set_up()).json
    assert (await door.call("POST", "/api/v1/auth/logout", token=tokens["access_token"])).status == 204
    assert (await door.call("GET", "/api/v1/me", token=tokens["access_token"])).status == 401
    assert (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})).status == 401
    assert (await door.call("POST", "/api/v1/auth/logout")).status == 401


async def test_another_process_feels_the_end_of_a_session_within_five_seconds(
    door: Door, tmp_path: Path, cache: Cache
) -> None:
    async with opened_door(door.database, tmp_path, cache) as elsewhere:
        tokens = (await door.set_up()).json
        assert (await elsewhere.call("GET", "/api/v1/me", token=tokens["access_token"])).status == 200
        await door.call("POST", "/api/v1/auth/logout", token=tokens["access_token"])
        loop = asyncio.get_running_loop()
        ended = loop.time()
        while (await elsewhere.call("GET", "/api/v1/me", token=tokens["access_token"])).status == 200:
            assert loop.time() - ended < 5
            await asyncio.sleep(0.1)


async def test_refresh_gives_tokens_that_work(door: Door) -> None:
    tokens = (await door.set_up()).json
    fresh = await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert fresh.status == 200
    assert fresh.json["refresh_token"] != tokens["refresh_token"]
    assert fresh.json["user"] == tokens["user"]
    assert (await door.call("GET", "/api/v1/me", token=fresh.json["access_token"])).status == 200
    assert (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": "x" * 43})).status == 401


async def test_a_new_password_ends_the_other_sessions(door: Door) -> None:
    here, there = (await door.set_up()).json, (await door.login()).json
    change = {"current": PASSWORD, "new": "another long sentence"}
    wrong = await door.call("POST", "/api/v1/me/password", {**change, "current": "no"}, token=here["access_token"])
    assert wrong.status == 400
    assert (await door.call("POST", "/api/v1/me/password", change, token=here["access_token"])).status == 204
    assert (await door.call("GET", "/api/v1/me", token=here["access_token"])).status == 200
    assert (await door.call("GET", "/api/v1/me", token=there["access_token"])).status == 401
    assert (await door.login()).status == 401
    assert (await door.login(password="another long sentence")).status == 200


async def test_an_address_in_a_header_counts_only_from_a_trusted_proxy(
    door: Door, tmp_path: Path, cache: Cache
) -> None:
    async def seen(at: Door, peer: str) -> str:
        body = {"username": "ada", "password": PASSWORD}
        header = {**OURS, "x-forwarded-for": "10.9.9.9, 203.0.113.7"}
        token = (await at.call("POST", "/api/v1/auth/login", body, headers=header, address=peer)).json["access_token"]
        listed = (await at.call("GET", "/api/v1/me/sessions", token=token)).json["items"]
        return str(next(s["address"] for s in listed if s["current"]))

    await door.set_up()
    assert await seen(door, "192.0.2.44") == "192.0.2.44"
    async with opened_door(door.database, tmp_path, cache, trusted_proxies=("192.0.2.0/24",)) as proxied:
        assert await seen(proxied, "192.0.2.44") == "203.0.113.7"
        assert await seen(proxied, "198.51.100.1") == "198.51.100.1"


async def test_a_route_without_a_decision_is_refused_to_everybody(database: Database, tmp_path: Path) -> None:
    async with opened_door(database, tmp_path, more=[undecided_route]) as door:
        assert undecided(door.app) == ["GET /test/undecided"]
        token = (await door.set_up()).json["access_token"]
        assert (await door.call("GET", "/test/undecided", token=token)).status == 403
        assert (await door.call("GET", "/test/undecided")).status == 401
        assert (await door.call("OPTIONS", "/api/v1/me", token=token)).status == 403


async def test_every_route_of_accounts_is_decided(door: Door) -> None:
    assert undecided(door.app) == []
