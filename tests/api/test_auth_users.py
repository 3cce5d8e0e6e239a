"""One's own account and other people's, over HTTP: who may do what, and what it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from hearth.db import Database
from tests.accounts.door import PASSWORD, Door, opened_door


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


async def _admin(door: Door) -> str:
    return str((await door.set_up()).json["access_token"])


# Each role against each kind of route; "-" is nobody. A new role or permission shows up here.
ALLOWED = {
    ("GET", "/api/v1/me"): "guest user moderator admin",
    ("GET", "/api/v1/me/sessions"): "guest user moderator admin",
    ("DELETE", "/api/v1/me/sessions"): "user moderator admin",
    ("GET", "/api/v1/me/api-keys"): "guest user moderator admin",
    ("POST", "/api/v1/me/api-keys"): "user moderator admin",
    ("POST", "/api/v1/me/password"): "user moderator admin",
    ("PATCH", "/api/v1/me"): "user moderator admin",
    ("GET", "/api/v1/users"): "admin",
    ("POST", "/api/v1/users"): "admin",
    ("GET", "/api/v1/users/{other}"): "admin",
    ("PATCH", "/api/v1/users/{other}"): "admin",
    ("DELETE", "/api/v1/users/{other}"): "admin",
    ("GET", "/test/scans"): "moderator admin",
    ("POST", "/test/notes"): "user moderator admin",
    ("GET", "/test/open"): "- guest user moderator admin",
}


async def test_each_role_on_each_route(door: Door) -> None:
    admin = await _admin(door)
    tokens: dict[str, str | None] = {"-": None, "admin": admin}
    for role in ("guest", "user", "moderator"):
        tokens[role] = (await door.person(admin, f"the {role}", role))[1]
    found = {}
    for method, path in ALLOWED:
        allowed = []
        for role, token in tokens.items():
            target = path.format(other=uuid4())
            status = (await door.call(method, target, {} if method != "GET" else None, token=token)).status
            assert status in ({401} if token is None else {403}) or status < 500, (method, path, role, status)
            if status not in {401, 403}:
                allowed.append(role)
        found[method, path] = set(allowed)
    assert found == {route: set(roles.split()) for route, roles in ALLOWED.items()}


async def test_users_are_made_listed_changed_and_deleted(door: Door) -> None:
    admin = await _admin(door)
    bob, token = await door.person(admin, "Bob")
    twice = {"username": "BOB", "password": PASSWORD}
    assert (await door.call("POST", "/api/v1/users", twice, token=admin)).status == 409
    listed = (await door.call("GET", "/api/v1/users?limit=1", token=admin)).json
    assert ([u["username"] for u in listed["items"]], listed["total"]) == (["ada"], 2)
    listed = (await door.call("GET", f"/api/v1/users?limit=1&after={listed['next']}", token=admin)).json
    assert ([u["username"] for u in listed["items"]], listed["next"]) == (["Bob"], None)
    changed = await door.call("PATCH", f"/api/v1/users/{bob}", {"role": "moderator"}, token=admin)
    assert (changed.status, changed.json["role"]) == (200, "moderator")
    assert (await door.call("GET", "/test/scans", token=token)).status == 200, "felt at once in this process"
    assert (await door.call("DELETE", f"/api/v1/users/{bob}", token=admin)).status == 204
    assert (await door.call("GET", "/api/v1/me", token=token)).status == 401
    assert (await door.call("GET", f"/api/v1/users/{bob}", token=admin)).status == 404


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": "a whole new sentence"}])
async def test_an_admin_act_ends_the_sessions(door: Door, change: dict[str, object]) -> None:
    admin = await _admin(door)
    bob, token = await door.person(admin, "bob")
    key = (await door.call("POST", "/api/v1/me/api-keys", {"name": "k"}, token=token)).json["key"]
    assert (await door.call("GET", "/api/v1/me", token=key)).status == 200
    assert (await door.call("PATCH", f"/api/v1/users/{bob}", change, token=admin)).status == 200
    assert (await door.call("GET", "/api/v1/me", token=token)).status == 401
    if "disabled" in change:
        assert (await door.login("bob")).status == 403
        assert (await door.login("bob", "wrong one")).status == 401
        assert (await door.call("GET", "/api/v1/me", token=key)).status == 401
    else:
        assert (await door.login("bob")).status == 401
        assert (await door.login("bob", "a whole new sentence")).status == 200


async def test_the_last_administrator_cannot_go(door: Door) -> None:
    admin = await _admin(door)
    mine = (await door.call("GET", "/api/v1/me", token=admin)).json["id"]
    for change in ({"role": "user"}, {"disabled": True}):
        assert (await door.call("PATCH", f"/api/v1/users/{mine}", change, token=admin)).status == 409
    assert (await door.call("DELETE", f"/api/v1/users/{mine}", token=admin)).status == 409


async def test_odd_users_are_refused(door: Door) -> None:
    admin = await _admin(door)
    odd: list[object] = [
        {"username": "eve"},
        {"username": "eve", "password": "short"},
        {"username": "eve", "password": "password123"},
        {"username": "eve", "password": PASSWORD, "role": "owner"},
        {"username": "e\0ve", "password": PASSWORD},
        {"username": "eve", "password": PASSWORD, "id": str(uuid4())},
        {"username": "eve", "password": PASSWORD, "permissions": ["users:manage"]},
        [],
        "eve",
    ]
    for body in odd:
        assert (await door.call("POST", "/api/v1/users", body, token=admin)).status == 400, body
    assert (await door.call("GET", "/api/v1/users", token=admin)).json["total"] == 1


async def test_nobody_raises_themselves(door: Door) -> None:
    admin = await _admin(door)
    _, token = await door.person(admin, "bob")
    for body in ({"role": "admin"}, {"username": "bob", "role": "admin"}, {"permissions": ["users:manage"]}):
        assert (await door.call("PATCH", "/api/v1/me", body, token=token)).status == 400
    renamed = await door.call("PATCH", "/api/v1/me", {"username": "Robert"}, token=token)
    assert (renamed.status, renamed.json["username"], renamed.json["role"]) == (200, "Robert", "user")
    assert (await door.call("GET", "/test/scans", token=token)).status == 403


async def test_an_api_key_does_what_it_was_made_for(door: Door) -> None:
    admin = await _admin(door)
    made = await door.call("POST", "/api/v1/me/api-keys", {"name": "scan", "permissions": ["scans:run"]}, token=admin)
    assert made.status == 201
    key = made.json["key"]
    assert (await door.call("GET", "/test/scans", token=key)).body == b"ada"
    for method, path in (("GET", "/api/v1/me"), ("GET", "/api/v1/users"), ("POST", "/api/v1/me/api-keys")):
        assert (await door.call(method, path, {"name": "x"}, token=key)).status == 403
    wide = (await door.call("POST", "/api/v1/me/api-keys", {"name": "all"}, token=admin)).json["key"]
    mine = (await door.call("GET", "/api/v1/me", token=wide)).json
    assert "users:manage" in mine["permissions"]
    assert "me:write" not in mine["permissions"]
    assert (await door.call("POST", "/api/v1/auth/logout", token=wide)).status == 403
    listed = (await door.call("GET", "/api/v1/me/api-keys", token=admin)).json["items"]
    assert [(k["name"], k["permissions"]) for k in listed] == [("all", None), ("scan", ["scans:run"])]
    assert "key" not in listed[0]
    assert (await door.call("DELETE", f"/api/v1/me/api-keys/{listed[1]['id']}", token=admin)).status == 204
    assert (await door.call("GET", "/test/scans", token=key)).status == 401


async def test_another_ones_session_or_key_is_not_there(door: Door) -> None:
    admin = await _admin(door)
    _, token = await door.person(admin, "bob")
    key = (await door.call("POST", "/api/v1/me/api-keys", {"name": "k"}, token=admin)).json["id"]
    session = (await door.call("GET", "/api/v1/me/sessions", token=admin)).json["items"][0]["id"]
    assert (await door.call("DELETE", f"/api/v1/me/api-keys/{key}", token=token)).status == 404
    assert (await door.call("DELETE", f"/api/v1/me/sessions/{session}", token=token)).status == 404
    assert (await door.call("GET", "/api/v1/me", token=admin)).status == 200


async def test_all_other_sessions_end_at_once(door: Door) -> None:
    admin = await _admin(door)
    others = [(await door.login()).json["access_token"] for _ in range(3)]
    assert (await door.call("DELETE", "/api/v1/me/sessions", token=admin)).status == 204
    assert [(await door.call("GET", "/api/v1/me", token=t)).status for t in (admin, *others)] == [200, 401, 401, 401]
