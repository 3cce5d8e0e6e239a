"""Names, passwords and permissions: the rules that need no database."""

from __future__ import annotations

import asyncio
import threading
import time

import bcrypt
import pytest
from argon2 import PasswordHasher

from hearth.accounts.names import clean_username, username_key
from hearth.accounts.passwords import Passwords, check_policy
from hearth.accounts.permissions import (
    ADMIN,
    GUEST,
    MODERATOR,
    NEVER_BY_KEY,
    PERMISSIONS,
    ROLES,
    USER,
    check_role,
    check_scope,
    granted,
)  # fmt: skip
from hearth.kit.errors import Invalid, TooMany


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada", "aDA"), ("Straße", "STRASSE"), ("ﬁlm", "Film"), ("Ａda", "ada"), ("a  b", " A B "), ("é", "e\u0301")],
)
def test_names_that_look_alike_are_one(one: str, other: str) -> None:
    assert username_key(one) == username_key(other)


@pytest.mark.parametrize("name", ["", "   ", "a\0b", "a\nb", "a\u200bb", "\u202eada", "a\ud800", "x" * 65, "\ue000"])
def test_names_that_cannot_be_read_are_refused(name: str) -> None:
    with pytest.raises(Invalid):
        clean_username(name)


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "ada@example.org", "Ægir", "李小龍", "a", "x" * 64, "%"])
def test_names_of_people_are_kept(name: str) -> None:
    assert clean_username(f" {name} ") == name


@pytest.mark.parametrize(
    "password", ["short12", "x" * 1025, "password", "PASSWORD1", "12345678", "aaaaaaaaaa", "Ada Lovelace"]
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Invalid):
        check_policy("ada lovelace", password)


@pytest.mark.parametrize("password", ["quiet river 7 stones", "x8#kLq2v", "日本語のパスワード", "a" * 1023 + "b"])
def test_other_passwords_are_fine(password: str) -> None:
    check_policy("ada", password)


async def test_hashes_are_argon2id_as_owasp_says() -> None:
    passwords = Passwords()
    made = await passwords.make("ada", "quiet river 7 stones")
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(made, "quiet river 7 stones") == (True, None)
    assert await passwords.verify(made, "quiet river 7 stone") == (False, None)
    assert await passwords.verify(None, "quiet river 7 stones") == (False, None)
    assert passwords._nobody.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    passwords.close()


async def test_one_password_typed_in_two_ways_is_one() -> None:
    passwords = Passwords()
    made = await passwords.make("ada", "café de la gare")
    assert (await passwords.verify(made, "cafe\u0301 de la gare")).right
    passwords.close()


@pytest.mark.parametrize("password", ["quiet river", "ü" * 50, "x" * 100])
async def test_hashes_of_other_servers_are_taken_and_replaced(password: str) -> None:
    passwords = Passwords()
    old = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    right, upgraded = await passwords.verify(old, password)
    assert right
    assert upgraded is not None
    assert await passwords.verify(upgraded, password) == (True, None)
    assert await passwords.verify(old, "something else") == (False, None)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)
    assert (await passwords.verify(weak, password)).upgraded is not None
    passwords.close()


@pytest.mark.parametrize(
    "known", ["", "x", "$2b$", "$2b$31$" + "a" * 53, "$2b$xx$" + "a" * 53, "$argon2id$v=19$broken"]
)
async def test_a_hash_that_is_none_matches_nothing(known: str) -> None:
    passwords = Passwords()
    begun = time.monotonic()
    assert not (await passwords.verify(known, "quiet river")).right
    assert time.monotonic() - begun < 5
    passwords.close()


async def test_the_pool_says_too_many_and_recovers(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = threading.Event()

    def slow(known: str, password: str) -> tuple[bool, None]:
        opened.wait(10)
        return False, None

    monkeypatch.setattr("hearth.accounts.passwords._verify", slow)
    passwords = Passwords(workers=1, waiting=3)
    waiting = [asyncio.create_task(passwords.verify("x", "y")) for _ in range(3)]
    await asyncio.sleep(0.01)
    with pytest.raises(TooMany):
        await passwords.verify("x", "y")
    for task in waiting[:2]:
        task.cancel()
    await asyncio.sleep(0.01)
    opened.set()
    await asyncio.wait_for(waiting[2], 10)
    await asyncio.sleep(0.05)
    assert (await passwords.verify("x", "y"))[0] is False
    passwords.close()


def test_each_role_may_do_what_the_one_below_may_and_more() -> None:
    assert GUEST < USER < MODERATOR < ADMIN == PERMISSIONS
    assert set(ROLES) == {"admin", "moderator", "user", "guest"}
    assert "users:manage" not in MODERATOR
    assert "activity:write" not in GUEST
    assert granted("owner") == frozenset()


def test_a_key_may_do_what_its_owner_may_and_it_was_made_for() -> None:
    assert granted("user", ["items:read", "users:manage"], by_key=True) == {"items:read"}
    assert granted("admin", by_key=True) == ADMIN - NEVER_BY_KEY
    assert check_scope(["items:read", "items:read", "items:play"]) == ["items:play", "items:read"]
    for refused in (["me:write"], ["items:fly"], []):
        with pytest.raises(Invalid):
            check_scope(refused)
    with pytest.raises(Invalid):
        check_role("owner")
