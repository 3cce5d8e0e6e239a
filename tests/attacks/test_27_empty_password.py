"""Row 27: a name that nobody has, or an account without a password, and an empty password (ND CVE-2025-27112).

There the hash of an empty password opened every name that was unknown. The door for Subsonic's clients is not built
yet: its addresses must give nothing at all, in every form that a client knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest

from hearth import accounts
from hearth.accounts.sessions import open_session
from hearth.db import Database
from tests.accounts.door import OURS, Answer, Door
from tests.api.whole import whole_server

EMPTY: list[object] = ["", " ", "\t", "\u00a0", "\u200b", "\x00", "null", "None", "undefined", "[]"]
NO_PASSWORD: list[dict[str, object]] = [
    {}, {"password": None}, {"password": 0}, {"password": False}, {"password": []}, {"password": {}},
    {"password_hash": ""}, {"password": "", "password_hash": None},
]  # fmt: skip
SALT = "c19b2d"
WAYS: list[dict[str, str]] = [
    {"t": hashlib.md5(SALT.encode(), usedforsecurity=False).hexdigest(), "s": SALT},
    {"t": hashlib.md5(b"", usedforsecurity=False).hexdigest(), "s": ""},
    {"p": ""},
    {"p": "enc:"},
    {"p": "enc:00"},
    {"apiKey": ""},
    {},
]


@pytest.fixture
async def server(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    """With an administrator, and with grace, whom a provider made and who has no password."""
    async with whole_server(database, tmp_path, monkeypatch) as door:
        await door.set_up("ada")
        async with database.transaction() as tx:
            await accounts.create_account(tx, "grace", None)
            await tx.execute("delete from accounts.session")
        yield door


async def _nothing_came_of_it(server: Door, answers: list[Answer]) -> None:
    for answer in answers:
        assert not answer.cookies
        assert b"token" not in answer.body
    async with server.database.transaction() as tx:
        assert await tx.fetchval("select count(*) from accounts.session") == 0


@pytest.mark.parametrize("name", ["grace", "nobody", "ada"])
async def test_no_empty_password_signs_anybody_in(server: Door, name: str) -> None:
    tried = [await server.login(name, str(blank)) for blank in EMPTY]  # one by one: twenty failures close an address
    for blank, answer in zip(EMPTY, tried, strict=True):
        assert answer.status == (401 if blank else 400), (name, blank, answer.body)
    for body in NO_PASSWORD:
        for cookie in (False, True):
            login = {"username": name, "cookie": cookie, **body}
            answer = await server.call("POST", "/api/v1/auth/login", login, headers=OURS)
            assert answer.status == 400, (name, body, answer.body)
            tried.append(answer)
    await _nothing_came_of_it(server, tried)


async def test_nobody_learns_which_name_has_no_password(server: Door) -> None:
    for blank in ("", " "):
        told = []
        for name in ("grace", "nobody", "ada"):
            answer = await server.login(name, blank)
            told.append((answer.status, {**answer.json, "instance": None}))
        assert told[0] == told[1] == told[2]


async def test_an_account_without_a_password_is_given_none_from_its_own_session(server: Door) -> None:
    """Whoever holds a stolen session of it must not make a password that outlives the session."""
    async with server.database.transaction() as tx:
        grace = await tx.fetchval("select id from accounts.account where username = 'grace'")
        opened = await open_session(tx, grace, accounts.Device("Phone", None, None))
    token = server.gate.tokens.sign(grace, opened.session_id, "user")
    for current in ("", " ", None):
        body = {"current": current, "new": "another long sentence"}
        assert (await server.call("POST", "/api/v1/me/password", body, token=token)).status == 400
    assert (await server.login("grace", "another long sentence")).status == 401


async def test_the_addresses_of_subsonic_give_nothing(server: Door) -> None:
    answers = []
    for name in ("ada", "grace", "nobody", ""):
        for way in WAYS:
            words = {"u": name, "v": "1.16.1", "c": "client", "f": "json", **way}
            for path in ("/rest/ping.view", "/rest/ping", "/rest/getIndexes.view", "/api/rest/ping.view"):
                answers += [
                    await server.call("GET", f"{path}?{urlencode(words)}"),
                    await server.call("POST", path, msgspec.to_builtins(words)),
                ]
    for answer in answers:
        page = answer.status == 200 and answer.body.lstrip().lower().startswith(b"<!doctype html")
        assert page or answer.status in {404, 405}, (answer.status, answer.body)
        assert b"subsonic-response" not in answer.body
    assert len({answer.body for answer in answers if answer.status == 200}) <= 1, "the page is the same for everybody"
    await _nothing_came_of_it(server, [answer for answer in answers if answer.status != 200])
