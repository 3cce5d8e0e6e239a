"""How long what lets people in lasts, through the front door: sessions, refresh tokens, API keys, signing keys; and
that it all goes on when the cache is down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from hearth.accounts.sessions import ABSOLUTE_DAYS, GRACE_S, IDLE_DAYS, MAX_SESSIONS
from hearth.app.cli import hearth
from hearth.db import Database
from hearth.kit.cache import Cache
from tests.accounts.door import Door, opened_door
from tests.engines import Engines


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


async def _change(door: Door, statement: str, *values: object) -> None:
    """Lets time pass in the database, and in what this process remembers of it."""
    async with door.database.transaction() as tx:
        await tx.execute(statement, *values)
    door.gate.standings.forget_here()


_AGED = {
    "seen_at": "update accounts.session set seen_at = seen_at - make_interval(days => $1)",
    "expires_at": "update accounts.session set expires_at = expires_at - make_interval(days => $1)",
}


@pytest.mark.parametrize(
    ("column", "days", "over"),
    [
        ("seen_at", IDLE_DAYS - 1, False),
        ("seen_at", IDLE_DAYS + 1, True),
        ("expires_at", ABSOLUTE_DAYS - 1, False),
        ("expires_at", ABSOLUTE_DAYS + 1, True),
    ],
)
async def test_a_session_ends_by_itself_for_every_credential_that_it_gave(
    door: Door, column: str, days: int, over: bool
) -> None:
    made = await door.set_up(cookie=True)
    tokens, cookie = made.json, {"cookie": f"hearth_session={made.cookie('hearth_session')}"}
    await _change(door, _AGED[column], days)
    status = 401 if over else 200
    assert (await door.call("GET", "/api/v1/me", token=tokens["access_token"])).status == status
    assert (await door.call("GET", "/api/v1/me", headers=cookie)).status == status
    refreshed = await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert refreshed.status == status


async def test_the_session_seen_longest_ago_ends_when_there_are_too_many(door: Door) -> None:
    first = (await door.set_up()).json["access_token"]
    for _ in range(MAX_SESSIONS):
        last = (await door.login()).json["access_token"]
    door.gate.standings.forget_here()
    assert (await door.call("GET", "/api/v1/me", token=first)).status == 401
    listed = (await door.call("GET", "/api/v1/me/sessions", token=last)).json
    assert listed["total"] == len(listed["items"]) == MAX_SESSIONS


async def test_a_refresh_token_is_good_once_but_for_a_lost_answer(door: Door) -> None:
    first = (await door.set_up()).json["refresh_token"]
    used = {"refresh_token": first}
    second = (await door.call("POST", "/api/v1/auth/refresh", used)).json
    again = await door.call("POST", "/api/v1/auth/refresh", used)
    assert (again.status, again.json["refresh_token"]) == (200, second["refresh_token"]), "the answer was lost"
    passed = "update accounts.refresh_token set used_at = used_at - make_interval(secs => $1)"
    await _change(door, passed, GRACE_S + 1)
    assert (await door.call("POST", "/api/v1/auth/refresh", used)).status == 401
    door.gate.standings.forget_here()
    assert (await door.call("GET", "/api/v1/me", token=second["access_token"])).status == 401, "somebody holds a copy"
    newest = {"refresh_token": second["refresh_token"]}
    assert (await door.call("POST", "/api/v1/auth/refresh", newest)).status == 401


async def test_an_api_key_tells_when_it_was_used_and_ends_when_it_was_said(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    past = {"name": "late", "expires_at": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
    assert (await door.call("POST", "/api/v1/me/api-keys", past, token=admin)).status == 400
    soon = {"name": "scan", "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    made = (await door.call("POST", "/api/v1/me/api-keys", soon, token=admin)).json
    assert made["key"].startswith(made["prefix"])
    assert len(made["prefix"]) < len(made["key"]) / 2
    assert made["used_at"] is None
    assert (await door.call("GET", "/test/scans", token=made["key"])).status == 200
    (listed,) = (await door.call("GET", "/api/v1/me/api-keys", token=admin)).json["items"]
    assert datetime.now(UTC) - datetime.fromisoformat(listed["used_at"]) < timedelta(minutes=1)
    await _change(door, "update accounts.api_key set expires_at = now() - interval '1 second'")
    assert (await door.call("GET", "/test/scans", token=made["key"])).status == 401


async def test_everything_goes_on_without_the_cache(database: Database, tmp_path: Path, cache: Cache) -> None:
    """Two processes whose cache goes away: who is signed in stays, others sign in, and an end is felt by both."""
    assert await cache.connect()
    async with opened_door(database, tmp_path, cache) as one, opened_door(database, tmp_path, cache) as other:
        before = (await one.set_up()).json
        assert (await other.call("GET", "/api/v1/me", token=before["access_token"])).status == 200
        await cache.close()
        assert (await other.call("GET", "/api/v1/me", token=before["access_token"])).status == 200
        after = (await other.login()).json
        assert (await one.call("GET", "/api/v1/me", token=after["access_token"])).status == 200
        refreshed = await one.call("POST", "/api/v1/auth/refresh", {"refresh_token": before["refresh_token"]})
        assert refreshed.status == 200
        assert (await one.call("POST", "/api/v1/auth/logout", token=after["access_token"])).status == 204
        loop = asyncio.get_running_loop()
        ended = loop.time()
        while (await other.call("GET", "/api/v1/me", token=after["access_token"])).status == 200:
            assert loop.time() - ended < 5
            await asyncio.sleep(0.1)
        assert (await one.call("GET", "/api/v1/me", token=after["access_token"])).status == 401


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_key_rotated_by_command_is_taken_up_by_a_server_that_runs(
    door: Door, tmp_path: Path, database_url: str, engines: Engines, at_once: bool
) -> None:
    tokens = (await door.set_up()).json
    async with door.gate.following(door.database):
        environment = {"HEARTH_DATABASE_URL": database_url, "HEARTH_CACHE_URL": engines.cache_url}
        words = ["keys", "rotate", *(["--at-once"] if at_once else []), "--data", str(tmp_path)]
        told = await asyncio.to_thread(CliRunner().invoke, hearth, words, None, environment)
        assert told.exit_code == 0, told.output
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while True:
            fresh = (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})).json
            if _key_of(fresh["access_token"]) != _key_of(tokens["access_token"]):
                break
            assert loop.time() - begun < 5
            await asyncio.sleep(0.1)
        old = await door.call("GET", "/api/v1/me", token=tokens["access_token"])
        assert old.status == (401 if at_once else 200), "the old key is honoured for its ten minutes"
        assert (await door.call("GET", "/api/v1/me", token=fresh["access_token"])).status == 200


def _key_of(token: str) -> str:
    """A token's header names the key that signed it."""
    return token.partition(".")[0]
