"""Roles of one's own over HTTP: made, changed, felt everywhere, and never a way up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hearth.db import Database
from hearth.kit.cache import Cache
from tests.accounts.door import Door, opened_door

DESK = ["users:manage", "activity:write", "events:read", "items:play", "items:read", "libraries:read"]


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


async def _desk(door: Door, admin: str) -> str:
    """Somebody who manages users and has all that a user has."""
    user = next(r for r in (await door.call("GET", "/api/v1/roles", token=admin)).json["items"] if r["name"] == "user")
    words = [*user["permissions"], "users:manage"]
    assert (await door.call("PUT", "/api/v1/roles/desk", {"permissions": words}, token=admin)).status == 200
    return (await door.person(admin, "kim", "desk"))[1]


async def test_a_role_of_ones_own_is_made_changed_and_deleted(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    made = await door.call("PUT", "/api/v1/roles/kids", {"permissions": ["items:read", "items:play"]}, token=admin)
    assert made.status == 200
    assert made.json == {**made.json, "name": "kids", "built_in": False, "users": 0, "second_factor": False}
    _, token = await door.person(admin, "kim", "kids")
    assert (await door.call("GET", "/api/v1/me", token=token)).status == 403
    with_me = {"permissions": ["items:read", "session:read"]}
    assert (await door.call("PUT", "/api/v1/roles/kids", with_me, token=admin)).status == 200
    mine = await door.call("GET", "/api/v1/me", token=token)
    assert (mine.status, mine.json["permissions"]) == (200, ["items:read", "session:read"])
    assert (await door.call("DELETE", "/api/v1/roles/kids", token=admin)).status == 409, "somebody has it"
    listed = (await door.call("GET", "/api/v1/roles", token=admin)).json
    assert [(r["name"], r["users"]) for r in listed["items"]] == [
        ("admin", 1), ("moderator", 0), ("user", 0), ("guest", 0), ("kids", 1),
    ]  # fmt: skip
    kim = next(
        u for u in (await door.call("GET", "/api/v1/users", token=admin)).json["items"] if u["username"] == "kim"
    )
    assert (await door.call("PATCH", f"/api/v1/users/{kim['id']}", {"role": "user"}, token=admin)).status == 200
    assert (await door.call("DELETE", "/api/v1/roles/kids", token=admin)).status == 204
    assert (await door.call("PATCH", f"/api/v1/users/{kim['id']}", {"role": "kids"}, token=admin)).status == 400


async def test_bad_roles_are_refused(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    for name, body, status in (
        ("kids", {"permissions": ["items:fly"]}, 400),
        ("kids", {"second_factor": True}, 404),
        ("Kids", {"permissions": []}, 400),
        ("a" * 65, {"permissions": []}, 400),
        ("admin", {"permissions": ["items:read"]}, 409),
        ("kids", {"permissions": [], "built_in": True}, 400),
    ):
        assert (await door.call("PUT", f"/api/v1/roles/{name}", body, token=admin)).status == status, (name, body)
    for name, status in (("guest", 409), ("kids", 404)):
        assert (await door.call("DELETE", f"/api/v1/roles/{name}", token=admin)).status == status


async def test_another_process_compiles_its_roles_anew(door: Door, tmp_path: Path, cache: Cache) -> None:
    assert await cache.connect()
    admin = (await door.set_up()).json["access_token"]
    async with (
        opened_door(door.database, tmp_path, cache) as elsewhere,
        elsewhere.gate.following(door.database),
    ):
        await door.call("PUT", "/api/v1/roles/kids", {"permissions": ["session:read"]}, token=admin)
        _, token = await door.person(admin, "kim", "kids")
        assert await _felt(elsewhere, token, 200)
        await door.call("PUT", "/api/v1/roles/kids", {"permissions": []}, token=admin)
        assert await _felt(elsewhere, token, 403)


async def _felt(door: Door, token: str, status: int) -> bool:
    """Whether a request is answered so within five seconds."""
    for _ in range(100):
        if (await door.call("GET", "/api/v1/me", token=token)).status == status:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_who_manages_users_makes_nobody_greater_than_themselves(door: Door) -> None:
    admin = (await door.set_up()).json
    boss = admin["user"]["id"]
    desk = await _desk(door, admin["access_token"])
    new = {"username": "eve", "password": "quiet river 7 stones"}
    assert (await door.call("POST", "/api/v1/users", {**new, "role": "admin"}, token=desk)).status == 403
    made = await door.call("POST", "/api/v1/users", {**new, "role": "user"}, token=desk)
    assert made.status == 201
    eve = f"/api/v1/users/{made.json['id']}"
    assert (await door.call("PATCH", eve, {"role": "moderator"}, token=desk)).status == 403
    assert (await door.call("PATCH", eve, {"disabled": True}, token=desk)).status == 200
    for change in ({"password": "another long sentence"}, {"disabled": True}, {"role": "user"}, {"username": "x"}):
        assert (await door.call("PATCH", f"/api/v1/users/{boss}", change, token=desk)).status == 403, change
    assert (await door.call("DELETE", f"/api/v1/users/{boss}", token=desk)).status == 403
    for name in ("desk", "wide"):
        wide = {"permissions": ["settings:manage"]}
        assert (await door.call("PUT", f"/api/v1/roles/{name}", wide, token=desk)).status == 403
    assert (await door.login()).status == 200


async def test_who_manages_roles_gives_only_what_they_have(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    body = {"permissions": ["roles:manage", "items:read"]}
    assert (await door.call("PUT", "/api/v1/roles/roller", body, token=admin)).status == 200
    assert (await door.call("PUT", "/api/v1/roles/strong", {"permissions": ["jobs:manage"]}, token=admin)).status == 200
    _, roller = await door.person(admin, "kim", "roller")
    put = [("mine", ["items:read"], 200), ("mine", ["users:manage"], 403), ("strong", [], 403)]
    for name, words, status in put:
        answer = await door.call("PUT", f"/api/v1/roles/{name}", {"permissions": words}, token=roller)
        assert answer.status == status, (name, words)
    assert (await door.call("DELETE", "/api/v1/roles/strong", token=roller)).status == 403
