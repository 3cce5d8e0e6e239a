"""An authenticator app: enrolled, asked for, never good twice; and half signed in, which is good for nothing."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from hearth.accounts.totp import STEP_S
from hearth.db import Database
from tests.accounts.door import OURS, PASSWORD, Answer, Door, opened_door


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


class Clock:
    """Steps on by whole steps, so that no test waits half a minute."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0
        start = time.time
        monkeypatch.setattr("hearth.accounts.totp.time.time", lambda: start() + self.ahead)

    def next(self) -> None:
        self.ahead += STEP_S

    def code(self, secret: str, back: int = 0) -> str:
        return pyotp.TOTP(secret).at(int(time.time()) - back * STEP_S)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def _enrol(door: Door, token: str, clock: Clock) -> tuple[str, list[str]]:
    begun = await door.call("POST", "/api/v1/me/totp", {"password": PASSWORD}, token=token)
    assert begun.status == 201, begun.body
    secret = begun.json["secret"]
    code = clock.code(secret)
    done = await door.call("PUT", "/api/v1/me/totp", {"code": code}, token=token)
    assert done.status == 200, done.body
    clock.next()
    return secret, done.json["recovery_codes"]


async def _second(door: Door, ticket: str, code: str, **more: Any) -> Answer:
    body = {"ticket": ticket, "code": code, **more}
    return await door.call("POST", "/api/v1/auth/second-factor", body, headers=OURS)


async def test_an_app_is_enrolled_with_a_picture_and_counts_only_once_it_works(door: Door, clock: Clock) -> None:
    token = (await door.set_up()).json["access_token"]
    assert (await door.call("POST", "/api/v1/me/totp", {"password": "wrong one"}, token=token)).status == 400
    begun = (await door.call("POST", "/api/v1/me/totp", {"password": PASSWORD}, token=token)).json
    assert begun["uri"] == f"otpauth://totp/Hearth:ada?secret={begun['secret']}&issuer=Hearth"
    assert begun["qr_svg"].startswith("<svg")
    assert "script" not in begun["qr_svg"]
    assert (await door.login()).status == 200, "not asked for yet"
    wrong = "000000" if clock.code(begun["secret"]) != "000000" else "000001"
    assert (await door.call("PUT", "/api/v1/me/totp", {"code": wrong}, token=token)).status == 400
    code = clock.code(begun["secret"])
    done = await door.call("PUT", "/api/v1/me/totp", {"code": code}, token=token)
    assert len(set(done.json["recovery_codes"])) == 10
    assert all(re.fullmatch(r"[2-9A-Z]{5}-[2-9A-Z]{5}", code) for code in done.json["recovery_codes"])
    assert (await door.call("POST", "/api/v1/me/totp", {"password": PASSWORD}, token=token)).status == 409
    now = (await door.call("GET", "/api/v1/me/totp", token=token)).json
    assert (now["totp"], now["recovery_codes"], now["required"]) == (True, 10, False)
    async with door.database.transaction() as tx:
        kept = await tx.fetchval("select secret from accounts.totp")
    assert begun["secret"].encode() not in kept, "encrypted"


async def test_the_code_is_asked_for_and_is_never_good_twice(door: Door, clock: Clock) -> None:
    secret, _ = await _enrol(door, (await door.set_up()).json["access_token"], clock)
    half = await door.login()
    assert half.status == 401
    assert half.json["second_factor"]["methods"] == ["totp", "recovery_code"]
    ticket = half.json["second_factor"]["ticket"]
    code = clock.code(secret)
    signed_in = await _second(door, ticket, code, cookie=True)
    assert signed_in.status == 200
    assert "hearth_session" in signed_in.cookies
    assert (await _second(door, ticket, code)).status == 401, "a ticket is good for one sign-in"
    again = (await door.login()).json["second_factor"]["ticket"]
    assert (await _second(door, again, code)).status == 401, "replayed"
    assert (await _second(door, again, clock.code(secret, back=1))).status == 401, "older than the one used last"
    clock.next()
    assert (await _second(door, again, f"{clock.code(secret)[:3]} {clock.code(secret)[3:]}")).status == 200
    clock.next()
    at_once = await door.login(totp=clock.code(secret))
    assert at_once.status == 200
    clock.next()
    assert (await door.login(password="wrong one", totp=clock.code(secret))).json == {
        "detail": "The user name or the password is wrong."
    }


async def test_recovery_codes_let_in_once_and_are_replaced_as_a_whole(door: Door, clock: Clock) -> None:
    token = (await door.set_up()).json["access_token"]
    _, codes = await _enrol(door, token, clock)
    assert (await door.login(totp=codes[0].lower().replace("-", ""))).status == 200
    assert (await door.login(totp=codes[0])).status == 401
    assert (await door.call("GET", "/api/v1/me/totp", token=token)).json["recovery_codes"] == 9
    fresh = await door.call("POST", "/api/v1/me/totp/recovery-codes", {"password": PASSWORD}, token=token)
    assert (await door.login(totp=codes[1])).status == 401
    assert (await door.login(totp=fresh.json["recovery_codes"][1])).status == 200
    assert (await door.call("DELETE", "/api/v1/me/totp", {"password": PASSWORD}, token=token)).status == 204
    assert (await door.login()).status == 200


async def test_half_signed_in_is_good_for_nothing_else(door: Door, clock: Clock) -> None:
    secret, _ = await _enrol(door, (await door.set_up()).json["access_token"], clock)
    ticket = (await door.login()).json["second_factor"]["ticket"]
    assert (await door.call("GET", "/api/v1/me", token=ticket)).status == 401
    assert (await door.call("GET", "/api/v1/me", headers={"cookie": f"hearth_session={ticket}"})).status == 401
    assert (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": ticket})).status == 401
    async with door.database.transaction() as tx:
        assert await tx.fetchval("select count(*) from accounts.session") == 1, "there is no session yet"
        await tx.execute("update accounts.ceremony set expires_at = now()")
    assert (await _second(door, ticket, clock.code(secret))).status == 401
    assert (await _second(door, "x" * 43, clock.code(secret))).status == 401


async def test_codes_cannot_be_guessed(door: Door, clock: Clock) -> None:
    secret, _ = await _enrol(door, (await door.set_up()).json["access_token"], clock)
    ticket = (await door.login()).json["second_factor"]["ticket"]
    right = clock.code(secret)
    guesses = [f"{n:06d}" for n in range(40) if f"{n:06d}" != right]
    answers = Counter([(await _second(door, ticket, guess)).status for guess in guesses])
    assert answers[401] <= 8
    assert (await _second(door, ticket, right)).status == 429


async def test_who_must_have_one_can_do_nothing_until_they_do(door: Door, clock: Clock) -> None:
    admin = (await door.set_up()).json["access_token"]
    user_id, token = await door.person(admin, "kim")
    await door.call("POST", "/api/v1/me/api-keys", {"name": "before"}, token=token)
    key = (await door.call("POST", "/api/v1/me/api-keys", {"name": "k"}, token=token)).json["key"]
    must = {"second_factor_required": True}
    assert (await door.call("PATCH", f"/api/v1/users/{user_id}", must, token=admin)).status == 200
    signed_in = (await door.login("kim")).json
    assert signed_in["user"]["permissions"] == ["me:enrol", "session:end", "session:read"]
    for one in (token, signed_in["access_token"]):
        assert (await door.call("GET", "/api/v1/me", token=one)).status == 200
        assert (await door.call("GET", "/api/v1/me/sessions", token=one)).status == 403
        assert (await door.call("POST", "/api/v1/me/api-keys", {"name": "x"}, token=one)).status == 403
    assert (await door.call("POST", "/test/notes", token=key)).status == 403, "a key from before is no way around"
    await _enrol(door, signed_in["access_token"], clock)
    assert (await door.call("GET", "/api/v1/me/sessions", token=signed_in["access_token"])).status == 200
    assert (await door.call("POST", "/test/notes", token=key)).status == 201
    role = {"second_factor": True}
    assert (await door.call("PUT", "/api/v1/roles/guest", role, token=admin)).status == 200
    _, guest = await door.person(admin, "eve", "guest")
    assert (await door.call("GET", "/api/v1/me/sessions", token=guest)).status == 403
