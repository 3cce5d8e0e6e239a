"""Row 35: guessing quick-connect codes, and using one twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hearth.db import Database
from tests.accounts.door import OURS, Answer, Door, opened_door

TV = "192.0.2.77"


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


async def _show(door: Door, address: str = TV) -> Answer:
    return await door.call(
        "POST", "/api/v1/auth/quick-connect", {"device": "Television"}, headers=OURS, address=address
    )


async def _ask(door: Door, secret: str) -> Answer:
    return await door.call("POST", "/api/v1/auth/quick-connect/token", {"secret": secret}, address=TV)


async def _type(door: Door, what: str, code: str, token: str) -> Answer:
    return await door.call("POST", f"/api/v1/me/quick-connect/{what}", {"code": code}, token=token)


async def test_a_code_is_approved_once_and_signs_in_once(door: Door) -> None:
    token = (await door.set_up()).json["access_token"]
    shown = (await _show(door)).json
    assert (await _ask(door, shown["secret"])).status == 202
    found = await _type(door, "find", f" {shown['code'][:3].lower()}-{shown['code'][3:]}", token)
    assert (found.json["device"], found.json["address"]) == ("Television", TV)
    assert (await _type(door, "approve", shown["code"], token)).status == 200
    assert (await _type(door, "approve", shown["code"], token)).status == 404, "approved already"
    answers = await asyncio.gather(*(_ask(door, shown["secret"]) for _ in range(5)))
    assert Counter(a.status for a in answers) == {200: 1, 401: 4}
    tokens = next(a.json for a in answers if a.status == 200)
    assert (await door.call("GET", "/api/v1/me", token=tokens["access_token"])).json["username"] == "ada"
    sessions = (await door.call("GET", "/api/v1/me/sessions", token=token)).json["items"]
    assert {s["device"] for s in sessions} == {"Television", None}
    assert (await _ask(door, shown["code"])).status == 401, "the code alone is nothing"


async def test_a_code_lasts_five_minutes(door: Door) -> None:
    token = (await door.set_up()).json["access_token"]
    shown, approved = (await _show(door)).json, (await _show(door)).json
    assert shown["expires_in"] == 300
    assert (await _type(door, "approve", approved["code"], token)).status == 200
    async with door.database.transaction() as tx:
        left = await tx.fetchval("select max(extract(epoch from expires_at - now())) from accounts.quick_connect")
        assert 290 < left <= 300
        await tx.execute("update accounts.quick_connect set expires_at = now()")
    assert (await _type(door, "approve", shown["code"], token)).status == 404
    for secret in (shown["secret"], approved["secret"]):
        assert (await _ask(door, secret)).status == 401


async def test_ten_thousand_codes_are_nearly_all_refused(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    _, token = await door.person(admin, "eve")
    await _show(door)
    answers: Counter[int] = Counter()
    for burst in range(100):
        asked = [_type(door, "approve", f"{burst * 100 + n:06d}", token) for n in range(100)]
        answers.update(a.status for a in await asyncio.gather(*asked))
    assert answers[404] <= 10
    assert answers[429] == 10_000 - answers[404]
    assert (await _type(door, "find", "AAAAAA", admin)).status == 404, "others may still type theirs"


async def test_an_address_cannot_fill_the_table_and_secrets_cannot_be_guessed(door: Door) -> None:
    await door.set_up()
    answers = Counter([(await _show(door)).status for _ in range(80)])
    assert answers == {201: 60, 429: 20}
    assert (await _show(door, "198.51.100.9")).status == 201
    guesses = Counter([(await _ask(door, f"{n:043d}")).status for n in range(40)])
    assert guesses == {401: 20, 429: 20}


async def test_another_site_cannot_take_the_cookie_and_half_an_account_approves_nothing(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    user_id, token = await door.person(admin, "kim")
    shown = (await _show(door)).json
    await door.call("PATCH", f"/api/v1/users/{user_id}", {"second_factor_required": True}, token=admin)
    assert (await _type(door, "approve", shown["code"], token)).status == 403
    key = (await door.call("POST", "/api/v1/me/api-keys", {"name": "k"}, token=admin)).json["key"]
    assert (await _type(door, "approve", shown["code"], key)).status == 403
    body = {"secret": shown["secret"], "cookie": True}
    foreign = {"origin": "https://evil.example"}
    assert (await door.call("POST", "/api/v1/auth/quick-connect/token", body, headers=foreign)).status == 403
