"""The record: who did what to whom, when and from where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hearth import accounts
from hearth.db import Database
from tests.accounts.door import ADDRESS, PASSWORD, Door, opened_door


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


async def test_what_is_done_is_written_down(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    user_id, _ = await door.person(admin, "kim")
    await door.call("PATCH", f"/api/v1/users/{user_id}", {"role": "guest", "password": "another one 9 x"}, token=admin)
    await door.login("kim", "a wrong password")
    await door.login("my secret password", "oops")
    await door.call("DELETE", f"/api/v1/users/{user_id}", token=admin)
    listed = (await door.call("GET", "/api/v1/audit", token=admin)).json
    told = [(e["action"], e["actor"], e["target"]) for e in listed["items"]]
    assert told == [
        ("user.deleted", "ada", "kim"),
        ("login.failed", "somebody", None),
        ("login.failed", "kim", "kim"),
        ("user.changed", "ada", "kim"),
        ("password.reset", "ada", "kim"),
        ("login", "kim", None),
        ("user.created", "ada", "kim"),
        ("setup", "ada", None),
    ]
    assert {e["address"] for e in listed["items"]} == {ADDRESS}
    assert listed["items"][3]["detail"] == {"role": "guest"}
    for secret in (PASSWORD, "another one", "my secret password", "oops"):
        assert secret not in str(listed)


async def test_it_is_listed_in_part_and_by_pages(door: Door) -> None:
    first = (await door.set_up()).json
    admin, me = first["access_token"], first["user"]["id"]
    for n in range(5):
        await door.person(admin, f"user{n}")

    async def ask(query: str) -> list[str]:
        answer = await door.call("GET", f"/api/v1/audit?{query}", token=admin)
        assert answer.status == 200, answer.body
        return [e["action"] for e in answer.json["items"]]

    assert await ask("action=user") == ["user.created"] * 5
    assert await ask("action=login") == ["login"] * 5
    assert await ask("action=user.created&limit=2") == ["user.created"] * 2
    assert await ask(f"actor={me}") == ["user.created"] * 5 + ["setup"]
    assert await ask("since=2999-01-01T00:00:00Z") == []
    assert len(await ask("until=2999-01-01T00:00:00Z")) == 11
    seen, after = [], ""
    while True:
        page = (await door.call("GET", f"/api/v1/audit?limit=4{after}", token=admin)).json
        seen += [e["id"] for e in page["items"]]
        assert page["total"] == 11
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == 11
    assert seen == sorted(set(seen), reverse=True)
    for bad in ("since=2026-01-01T00:00:00", "after=x", "limit=0", "limit=501", "after=WyJ4Il0"):
        assert (await door.call("GET", f"/api/v1/audit?{bad}", token=admin)).status == 400, bad


async def test_old_lines_go_and_a_line_outlives_its_account(door: Door) -> None:
    admin = (await door.set_up()).json["access_token"]
    user_id, _ = await door.person(admin, "kim")
    async with door.database.transaction() as tx:
        await accounts.delete_account(tx, user_id)
        found = await accounts.audit_list(tx, actor=UUID(str(user_id)))
        assert [(e.action, e.actor) for e in found.items] == [("login", "kim")]
        old = datetime.now(UTC) - timedelta(days=366)
        await tx.execute("update accounts.audit set at = $1 where actor = 'kim'", old)
        assert await accounts.prune_audit(tx) == 1
        assert (await accounts.audit_list(tx)).total == 2


async def test_a_word_that_does_not_exist_is_a_mistake(door: Door) -> None:
    async with door.database.transaction() as tx:
        with pytest.raises(ValueError, match="no action"):
            await accounts.note(tx, accounts.COMMAND_LINE, "user.flown")
