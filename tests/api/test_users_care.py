"""What an administrator does for people: signing them out, a lost phone; and what people keep tidy themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pyotp
import pytest

from hearth.db import Database
from tests.accounts.authenticator import Authenticator
from tests.accounts.door import OURS, PASSWORD, Door, opened_door


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


async def _actions(door: Door, token: str) -> list[str]:
    found = (await door.call("GET", "/api/v1/audit?limit=3", token=token)).json["items"]
    return [entry["action"] for entry in found]


async def _enrol(door: Door, token: str) -> None:
    """Gives whoever holds the token an app and a passkey."""
    begun = await door.call("POST", "/api/v1/me/totp", {"password": PASSWORD}, token=token)
    code = {"code": pyotp.TOTP(begun.json["secret"]).now()}
    assert (await door.call("PUT", "/api/v1/me/totp", code, token=token)).status == 200
    asked = await door.call("POST", "/api/v1/me/passkeys/options", {"password": PASSWORD}, token=token, headers=OURS)
    made = {
        "ceremony": asked.json["ceremony"],
        "name": "Phone",
        "credential": Authenticator().make(asked.json["options"]),
    }
    assert (await door.call("POST", "/api/v1/me/passkeys", made, token=token, headers=OURS)).status == 201


async def test_an_administrator_signs_somebody_out(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    ben, token = await door.person(admin, "ben")
    await door.login("ben", device="Television")
    listed = (await door.call("GET", f"/api/v1/users/{ben}/sessions", token=admin)).json
    assert [(s["device"], s["current"]) for s in listed["items"]] == [("Television", False), (None, False)]
    shown = (await door.call("GET", f"/api/v1/users/{ben}", token=admin)).json
    assert (shown["sessions"], shown["second_factor"]) == (2, False)
    assert shown["seen_at"] is not None
    assert (await door.call("DELETE", f"/api/v1/users/{ben}/sessions", token=admin)).status == 204
    assert (await door.call("GET", "/api/v1/me", token=token)).status == 401
    shown = (await door.call("GET", f"/api/v1/users/{ben}", token=admin)).json
    assert (shown["sessions"], shown["seen_at"]) == (0, None)
    assert (await _actions(door, admin))[0] == "session.ended"
    own = (await door.call("GET", "/api/v1/me", token=admin)).json["id"]
    assert (await door.call("DELETE", f"/api/v1/users/{own}/sessions", token=admin)).status == 204
    assert (await door.call("GET", "/api/v1/me", token=admin)).status == 200, "whoever asks stays"
    for method in ("GET", "DELETE"):
        assert (await door.call(method, f"/api/v1/users/{uuid4()}/sessions", token=admin)).status == 404


async def test_a_lost_phone_is_forgotten(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    ben, token = await door.person(admin, "ben")
    await _enrol(door, token)
    assert (await door.call("GET", f"/api/v1/users/{ben}", token=admin)).json["second_factor"] is True
    assert (await door.login("ben")).status == 401
    assert (await door.call("DELETE", f"/api/v1/users/{ben}/second-factor", token=admin)).status == 204
    assert (await door.call("GET", "/api/v1/me", token=token)).status == 401, "signed out too"
    again = await door.login("ben")
    assert again.status == 200, again.body
    assert (await door.call("GET", "/api/v1/me/passkeys", token=again.json["access_token"])).json["items"] == []
    assert "second_factor.reset" in await _actions(door, admin)
    own = (await door.call("GET", "/api/v1/me", token=admin)).json["id"]
    assert (await door.call("DELETE", f"/api/v1/users/{own}/second-factor", token=admin)).status == 409


async def test_who_manages_users_alone_does_not_reach_an_administrator(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    made = await door.call("PUT", "/api/v1/roles/helper", {"permissions": ["users:manage"]}, token=admin)
    assert made.status == 200, made.body
    _, helper = await door.person(admin, "kim", "helper")
    own = (await door.call("GET", "/api/v1/me", token=admin)).json["id"]
    for what in ("sessions", "second-factor"):
        assert (await door.call("DELETE", f"/api/v1/users/{own}/{what}", token=helper)).status == 403
    assert (await door.call("GET", "/api/v1/me", token=admin)).status == 200


async def test_a_passkey_is_renamed_by_its_owner(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    await _enrol(door, admin)
    (key,) = (await door.call("GET", "/api/v1/me/passkeys", token=admin)).json["items"]
    place = f"/api/v1/me/passkeys/{key['id']}"
    renamed = await door.call("PATCH", place, {"name": " Blue\u202e phone "}, token=admin)
    assert (renamed.status, renamed.json["name"]) == (200, "Blue phone")
    assert (await door.call("PATCH", place, {"name": " "}, token=admin)).status == 400
    _, ben = await door.person(admin, "ben")
    assert (await door.call("PATCH", place, {"name": "Mine"}, token=ben)).status == 404


async def test_a_code_that_is_not_ones_own_is_refused(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    shown = (await door.call("POST", "/api/v1/auth/quick-connect", {"device": "Elsewhere"})).json
    refused = await door.call("POST", "/api/v1/me/quick-connect/refuse", {"code": shown["code"]}, token=admin)
    assert refused.status == 204, refused.body
    ask = await door.call("POST", "/api/v1/auth/quick-connect/token", {"secret": shown["secret"]})
    assert ask.status == 401
    again = await door.call("POST", "/api/v1/me/quick-connect/approve", {"code": shown["code"]}, token=admin)
    assert again.status == 404
    assert (await _actions(door, admin))[0] == "quick_connect.refused"
