"""Refresh tokens, sessions, API keys and accounts against the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from hearth import accounts
from hearth.accounts import Account, Device, Roles
from hearth.accounts.keys import MAX_KEYS, key_standing
from hearth.accounts.sessions import MAX_SESSIONS, Opened, open_session, renew
from hearth.accounts.tokens import hash_secret
from hearth.db import Database, Tx
from hearth.kit.errors import Conflict, Invalid, NotFound

KEY = b"k" * 32


async def _person(tx: Tx, name: str = "ada", role: str = "admin") -> Account:
    return await accounts.create_account(tx, name, "$argon2id$none", role)


async def _opened(tx: Tx, *, cookie: bool = False) -> tuple[Account, Opened]:
    person = await _person(tx)
    return person, await open_session(tx, person.id, Device("Phone", "Test/1", "192.0.2.1"), cookie=cookie)


async def _ago(tx: Tx, token: str, seconds: int) -> None:
    await tx.execute(
        "update accounts.refresh_token set used_at = used_at - make_interval(secs => $2) where hash = $1",
        hash_secret(token),
        float(seconds),
    )


async def test_a_refresh_token_gives_the_next_one(tx: Tx) -> None:
    person, opened = await _opened(tx)
    token, seen = opened.refresh_token, {opened.refresh_token}
    for _ in range(5):
        renewed = await renew(tx, token, KEY)
        assert renewed is not None
        assert (renewed.session_id, renewed.account_id, renewed.role) == (opened.session_id, person.id, "admin")
        token = renewed.refresh_token
        seen.add(token)
    assert len(seen) == 6
    kept = await tx.fetch("select hash from accounts.refresh_token")
    assert {row["hash"] for row in kept} == {hash_secret(t) for t in seen}


async def test_a_lost_answer_is_given_again_for_ten_seconds(tx: Tx) -> None:
    _, opened = await _opened(tx)
    first = await renew(tx, opened.refresh_token, KEY)
    await _ago(tx, opened.refresh_token, 9)
    assert await renew(tx, opened.refresh_token, KEY) == first


@pytest.mark.parametrize("steps", [1, 3])
async def test_a_token_used_again_later_ends_the_session(tx: Tx, steps: int) -> None:
    _, opened = await _opened(tx)
    token = opened.refresh_token
    for _ in range(steps):
        renewed = await renew(tx, token, KEY)
        assert renewed is not None
        token = renewed.refresh_token
    await _ago(tx, opened.refresh_token, 11)
    assert await renew(tx, opened.refresh_token, KEY) is None
    assert await renew(tx, token, KEY) is None, "the newest token of the family is dead too"
    assert await accounts.session_standing(tx, opened.session_id) is None


@pytest.mark.parametrize(
    "over",
    [
        "update accounts.session set ended_at = now()",
        "update accounts.session set expires_at = now() - interval '1 second'",
        "update accounts.session set seen_at = now() - interval '91 days'",
        "update accounts.account set disabled = true",
        "delete from accounts.account",
    ],
)
async def test_what_is_over_neither_refreshes_nor_stands(tx: Tx, over: str) -> None:
    _, opened = await _opened(tx)
    assert await accounts.session_standing(tx, opened.session_id) is not None
    await tx.execute(over)
    assert await renew(tx, opened.refresh_token, KEY) is None
    assert await accounts.session_standing(tx, opened.session_id) is None


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\u00e9", "a\0b"])
async def test_a_made_up_refresh_token_is_nothing(tx: Tx, token: str) -> None:
    await _opened(tx)
    assert await renew(tx, token, KEY) is None
    assert await tx.fetchval("select count(*) from accounts.session where ended_at is null") == 1


async def test_many_at_once_get_one_successor(database: Database) -> None:
    async with database.transaction() as tx:
        _, opened = await _opened(tx)

    async def use() -> str | None:
        async with database.transaction() as tx:
            renewed = await renew(tx, opened.refresh_token, KEY)
            return renewed.refresh_token if renewed else None

    answers = await asyncio.gather(*(use() for _ in range(20)))
    assert len(set(answers)) == 1
    assert answers[0] is not None
    async with database.transaction() as tx:
        assert await tx.fetchval("select count(*) from accounts.refresh_token") == 2


async def test_only_hashes_are_kept(tx: Tx) -> None:
    _, opened = await _opened(tx, cookie=True)
    key, secret = await accounts.create_api_key(tx, (await accounts.account_named(tx, "ada")).id, "script")
    assert opened.cookie is not None
    for table in ("session", "refresh_token", "api_key"):
        rows = str(await tx.fetch(f"select t::text from accounts.{table} t"))  # noqa: S608 - names of this file
        for value in (opened.refresh_token, opened.cookie, opened.csrf, secret):
            assert str(value) not in rows
    assert secret.startswith(key.prefix)


async def test_the_oldest_sessions_end_beyond_the_limit(tx: Tx) -> None:
    person, first = await _opened(tx)
    newest = [await open_session(tx, person.id, Device()) for _ in range(MAX_SESSIONS)]
    alive = {s.id for s in await accounts.sessions_list(tx, person.id)}
    assert len(alive) == MAX_SESSIONS
    assert newest[-1].session_id in alive
    await tx.execute(
        "update accounts.session set seen_at = now() - interval '1 hour' where id = $1", newest[7].session_id
    )
    await open_session(tx, person.id, Device())
    alive = {s.id for s in await accounts.sessions_list(tx, person.id)}
    assert newest[7].session_id not in alive
    assert len(alive) == MAX_SESSIONS
    assert first.session_id is not None


async def test_being_seen_is_noted_once_a_minute(tx: Tx) -> None:
    person, opened = await _opened(tx)
    await tx.execute("update accounts.session set seen_at = now() - interval '2 minutes'")
    await accounts.session_standing(tx, opened.session_id, "198.51.100.7")
    seen = (await accounts.sessions_list(tx, person.id))[0]
    assert seen.address == "198.51.100.7"
    assert datetime.now(UTC) - seen.seen_at < timedelta(minutes=1)
    await accounts.session_standing(tx, opened.session_id, "198.51.100.8")
    assert (await accounts.sessions_list(tx, person.id))[0].address == "198.51.100.7"


async def test_sessions_are_ended_by_their_owner_alone(tx: Tx) -> None:
    person, opened = await _opened(tx)
    other = await _person(tx, "bob", "user")
    with pytest.raises(NotFound):
        await accounts.end_session(tx, other.id, opened.session_id)
    more = await open_session(tx, person.id, Device("a\0b\u202e", "\x1b[31m", None))
    assert await accounts.end_sessions(tx, person.id, keep=more.session_id) == [opened.session_id]
    assert [(s.id, s.device, s.client) for s in await accounts.sessions_list(tx, person.id)] == [
        (more.session_id, "ab", "[31m")
    ]


async def test_what_is_long_over_is_pruned(tx: Tx) -> None:
    person, opened = await _opened(tx)
    ended = await open_session(tx, person.id, Device())
    await tx.execute(
        "update accounts.session set ended_at = now() - interval '31 days' where id = $1", ended.session_id
    )
    assert await accounts.prune_sessions(tx) == 1
    assert await tx.fetchval("select array_agg(id) from accounts.session") == [opened.session_id]


async def test_an_api_key_is_limited_and_expires(tx: Tx) -> None:
    person = await _person(tx)
    soon = datetime.now(UTC) + timedelta(hours=1)
    key, secret = await accounts.create_api_key(tx, person.id, " backup ", ["items:read"], soon)
    assert (key.name, key.permissions, key.expires_at, key.used_at) == ("backup", ["items:read"], soon, None)
    standing = await key_standing(tx, hash_secret(secret))
    assert standing is not None
    assert standing.viewer(Roles()).permissions == {"items:read"}
    assert (standing.viewer(Roles()).key_id, standing.viewer(Roles()).session_id) == (key.id, None)
    assert (await accounts.api_keys_list(tx, person.id))[0].used_at is not None
    await accounts.change_account(tx, (await _person(tx, "eve")).id, username="mallory")
    await accounts.change_account(tx, person.id, role="guest")
    demoted = await key_standing(tx, hash_secret(secret))
    assert demoted is not None
    assert demoted.role == "guest"
    await tx.execute("update accounts.api_key set expires_at = now()")
    assert await key_standing(tx, hash_secret(secret)) is None


@pytest.mark.parametrize(
    ("name", "permissions", "expires_at"),
    [
        ("", None, None),
        ("\0\n", None, None),
        ("x", ["me:write"], None),
        ("x", [], None),
        ("x", None, datetime(2020, 1, 1, tzinfo=UTC)),
        ("x", None, datetime(2999, 1, 1)),  # noqa: DTZ001 - the missing zone is what is refused
    ],
)
async def test_odd_api_keys_are_refused(
    tx: Tx, name: str, permissions: list[str] | None, expires_at: datetime | None
) -> None:
    with pytest.raises(Invalid):
        await accounts.create_api_key(tx, (await _person(tx)).id, name, permissions, expires_at)


async def test_keys_are_few_and_their_owners(tx: Tx) -> None:
    person, other = await _person(tx), await _person(tx, "bob")
    keys = [(await accounts.create_api_key(tx, person.id, f"key {n}"))[0] for n in range(MAX_KEYS)]
    with pytest.raises(Conflict):
        await accounts.create_api_key(tx, person.id, "one more")
    with pytest.raises(NotFound):
        await accounts.delete_api_key(tx, other.id, keys[0].id)
    await accounts.delete_api_key(tx, person.id, keys[0].id)
    assert len(await accounts.api_keys_list(tx, person.id)) == MAX_KEYS - 1


async def test_names_are_taken_however_they_are_written(tx: Tx) -> None:
    person = await _person(tx, "Straße")
    with pytest.raises(Conflict):
        await _person(tx, "STRASSE")
    other = await _person(tx, "bob")
    with pytest.raises(Conflict):
        await accounts.change_account(tx, other.id, username="strasse")
    assert (await accounts.change_account(tx, person.id, username="STRASSE")).username == "STRASSE"
    assert (await accounts.account_named(tx, "straße")).id == person.id


async def test_accounts_page_by_name(tx: Tx) -> None:
    names = ["ada", "Bob", "çelik", "Dora", "eve"]
    for name in reversed(names):
        await _person(tx, name)
    found: list[str] = []
    after = None
    while True:
        page = await accounts.accounts_list(tx, 2, after)
        assert page.total == 5
        found += [a.username for a in page.items]
        after = page.next
        if after is None:
            break
    assert found == sorted(names, key=str.casefold)


@pytest.mark.parametrize("how", ["demote", "disable", "delete"])
async def test_the_last_administrator_stays(tx: Tx, how: str) -> None:
    person = await _person(tx)
    disabled = await _person(tx, "bob")
    await accounts.change_account(tx, disabled.id, disabled=True)
    with pytest.raises(Conflict, match="last administrator"):
        await _remove(tx, person.id, how)
    await accounts.change_account(tx, disabled.id, disabled=False)
    await _remove(tx, person.id, how)


async def test_two_administrators_who_remove_each_other_leave_one(database: Database) -> None:
    async with database.transaction() as tx:
        people = [(await _person(tx, name)).id for name in ("ada", "bob")]

    async def leave(account_id: UUID, how: str) -> bool:
        try:
            async with database.transaction() as tx:
                await _remove(tx, account_id, how)
        except Conflict:
            return False
        return True

    assert sorted(await asyncio.gather(leave(people[0], "demote"), leave(people[1], "delete"))) == [False, True]


async def _remove(tx: Tx, account_id: UUID, how: str) -> None:
    if how == "delete":
        await accounts.delete_account(tx, account_id)
    elif how == "demote":
        await accounts.change_account(tx, account_id, role="user")
    else:
        await accounts.change_account(tx, account_id, disabled=True)


async def test_what_is_not_there_is_not_found(tx: Tx) -> None:
    await _person(tx)
    for missing in (
        accounts.account(tx, uuid4()),
        accounts.account_named(tx, "nobody"),
        accounts.change_account(tx, uuid4(), username="eve"),
        accounts.set_password(tx, uuid4(), "x"),
        accounts.delete_account(tx, uuid4()),
        accounts.create_api_key(tx, uuid4(), "x"),
    ):
        with pytest.raises(NotFound):
            await missing
