"""Passkeys over HTTP, with a device in software."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hearth.db import Database
from tests.accounts.authenticator import Authenticator
from tests.accounts.door import OURS, PASSWORD, Answer, Door, opened_door


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


async def _add(door: Door, token: str, device: Authenticator, **odd: Any) -> Answer:
    begun = await door.call("POST", "/api/v1/me/passkeys/options", {"password": PASSWORD}, token=token, headers=OURS)
    assert begun.status == 200, begun.body
    made = device.make(begun.json["options"], **odd)
    body = {"ceremony": begun.json["ceremony"], "name": "Phone", "credential": made}
    return await door.call("POST", "/api/v1/me/passkeys", body, token=token, headers=OURS)


async def _login(door: Door, device: Authenticator, **odd: Any) -> Answer:
    asked = (await door.call("POST", "/api/v1/auth/passkey/options", {}, headers=OURS)).json
    body = {"ceremony": asked["ceremony"], "credential": device.sign(asked["options"], **odd), "cookie": True}
    return await door.call("POST", "/api/v1/auth/passkey", body, headers=OURS)


async def test_a_passkey_is_made_and_signs_in(door: Door) -> None:
    token, device = (await door.set_up()).json["access_token"], Authenticator()
    made = await _add(door, token, device)
    assert made.status == 201, made.body
    assert (made.json["name"], made.json["rp_id"], made.json["used_at"]) == ("Phone", "hearth.test", None)
    for _ in range(2):
        signed_in = await _login(door, device)
        assert signed_in.status == 200, signed_in.body
        assert signed_in.json["user"]["username"] == "ada"
        assert "hearth_session" in signed_in.cookies
    (listed,) = (await door.call("GET", "/api/v1/me/passkeys", token=token)).json["items"]
    assert listed["used_at"] is not None
    assert (await _add(door, token, device)).status == 409
    assert (await door.call("DELETE", f"/api/v1/me/passkeys/{listed['id']}", token=token)).status == 204
    assert (await door.call("DELETE", f"/api/v1/me/passkeys/{listed['id']}", token=token)).status == 404
    assert (await _login(door, device)).status == 401


ODD: list[dict[str, Any]] = [
    {"origin": "https://evil.example"}, {"site": "evil.example"}, {"verified": False}, {"challenge": "AAAA"},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_what_does_not_hold_is_refused(door: Door, odd: dict[str, Any]) -> None:
    token, device = (await door.set_up()).json["access_token"], Authenticator()
    assert (await _add(door, token, device, **odd)).status == 400
    assert (await _add(door, token, device)).status == 201
    assert (await _login(door, device, **odd)).status == 401
    assert (await _login(door, device)).status == 200


async def test_a_copied_key_and_another_key_are_refused(door: Door) -> None:
    token, device = (await door.set_up()).json["access_token"], Authenticator()
    assert (await _add(door, token, device)).status == 201
    assert (await _login(door, device, step=5)).status == 200
    assert (await _login(door, device, step=-2)).status == 401, "its count goes back: there are two of it"
    other = Authenticator()
    other.id = device.id
    assert (await _login(door, other, step=99)).status == 401
    assert (await _login(door, Authenticator())).status == 401


async def test_a_ceremony_is_good_once_and_for_whom_it_began(door: Door) -> None:
    admin, device = (await door.set_up()).json["access_token"], Authenticator()
    _, kim = await door.person(admin, "kim")
    begun = await door.call("POST", "/api/v1/me/passkeys/options", {"password": PASSWORD}, token=admin, headers=OURS)
    body = {"ceremony": begun.json["ceremony"], "name": "x", "credential": device.make(begun.json["options"])}
    assert (await door.call("POST", "/api/v1/me/passkeys", body, token=kim, headers=OURS)).status == 400
    assert (await door.call("POST", "/api/v1/me/passkeys", body, token=admin, headers=OURS)).status == 400, "used up"
    assert (await _add(door, admin, device)).status == 201
    asked = (await door.call("POST", "/api/v1/auth/passkey/options", {}, headers=OURS)).json
    answer = {"ceremony": asked["ceremony"], "credential": device.sign(asked["options"])}
    assert (await door.call("POST", "/api/v1/auth/passkey", answer, headers=OURS)).status == 200
    assert (await door.call("POST", "/api/v1/auth/passkey", answer, headers=OURS)).status == 401, "replayed"
    for odd in (
        {},
        {"id": 5},
        {"id": "x"},
        {"id": asked["ceremony"], "response": []},
        {**answer["credential"], "id": ""},
    ):
        again = (await door.call("POST", "/api/v1/auth/passkey/options", {}, headers=OURS)).json
        body = {"ceremony": again["ceremony"], "credential": odd}
        assert (await door.call("POST", "/api/v1/auth/passkey", body, headers=OURS)).status == 401, odd


async def test_passkeys_are_for_our_own_pages_and_after_the_password(door: Door) -> None:
    token = (await door.set_up()).json["access_token"]
    begin = "/api/v1/me/passkeys/options"
    foreign = {"origin": "https://evil.example"}
    assert (await door.call("POST", begin, {"password": PASSWORD}, token=token, headers=foreign)).status == 403
    assert (await door.call("POST", begin, {"password": PASSWORD}, token=token)).status == 403
    assert (await door.call("POST", begin, {"password": "wrong one"}, token=token, headers=OURS)).status == 400
    assert (await door.call("POST", "/api/v1/auth/passkey/options", {}, headers=foreign)).status == 403
    number = {"origin": "http://192.0.2.1", "host": "192.0.2.1"}
    assert (await door.call("POST", "/api/v1/auth/passkey/options", {}, headers=number)).status == 400


async def test_a_passkey_is_a_second_factor(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    user_id, token = await door.person(admin, "kim")
    await door.call("PATCH", f"/api/v1/users/{user_id}", {"second_factor_required": True}, token=admin)
    device = Authenticator()
    assert (await _add(door, token, device)).status == 201
    assert (await door.call("GET", "/api/v1/me/sessions", token=token)).status == 200
    half = await door.login("kim")
    assert (half.status, half.json["second_factor"]["methods"]) == (401, ["passkey"])
    assert (await _login(door, device)).status == 200
    await door.call("PATCH", f"/api/v1/users/{user_id}", {"disabled": True}, token=admin)
    assert (await _login(door, device)).status == 403
