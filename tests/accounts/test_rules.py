"""Names, passwords and permissions: the rules that need no database."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from uuid import uuid4

import bcrypt
import pytest
from argon2 import PasswordHasher

from hearth.accounts.names import clean_username, username_key
from hearth.accounts.passwords import Passwords, check_policy
from hearth.accounts.permissions import (
    BUILT_IN,
    NEVER_BY_KEY,
    PERMISSIONS,
    UNTIL_ENROLLED,
    Roles,
    check_scope,
    check_words,
    compile_roles,
)
from hearth.accounts.viewer import Viewer
from hearth.kit.errors import Denied, Invalid, TooMany


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


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness of their own on Linux alone")
async def test_hashing_gives_way_to_requests() -> None:
    passwords = Passwords(workers=1)
    await passwords.make("ada", "quiet river 7 stones")
    (thread,) = [one.native_id for one in threading.enumerate() if one.name.startswith("passwords")]
    assert thread is not None
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, thread) == min(19, own + 5)
    passwords.close()


async def test_a_flood_of_guesses_gets_half_of_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(known: str, password: str) -> tuple[bool, None]:
        time.sleep(0.02)
        return False, None

    monkeypatch.setattr("hearth.accounts.passwords._verify", slow)
    passwords = Passwords(workers=1)

    async def offered(*, stranger: bool) -> float:
        begun = time.monotonic()
        await asyncio.gather(*(passwords.verify("x", "y", stranger=stranger) for _ in range(12)))
        return time.monotonic() - begun

    assert await offered(stranger=True) >= (4 + 8 * 2) * 0.02, "the first few are answered without a pause"
    assert await offered(stranger=False) >= 12 * 0.02
    rested: list[float] = []
    monkeypatch.setattr("hearth.accounts.passwords.time.sleep", rested.append)
    monkeypatch.setattr("hearth.accounts.passwords._verify", lambda *_: (False, None))
    await offered(stranger=True)
    await offered(stranger=False)
    assert len(rested) == 8, "whoever is at home does not wait for it"
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
    compiled = compile_roles({})
    assert tuple(compiled) == BUILT_IN == ("admin", "moderator", "user", "guest")
    admin, moderator, user, guest = compiled.values()
    assert guest < user < moderator < admin == PERMISSIONS
    assert "users:manage" not in moderator
    assert "activity:write" not in guest
    assert guest > UNTIL_ENROLLED
    assert Roles().granted("owner") == frozenset()


def test_roles_of_ones_own_are_what_they_were_given_and_cannot_be_built_in_ones() -> None:
    compiled = compile_roles({"desk": ["users:manage", "items:fly"], "guest": ["users:manage"], "none": []})
    assert compiled["desk"] == {"users:manage"}
    assert compiled["none"] == frozenset()
    assert compiled["guest"] == compile_roles({})["guest"]


def test_compiling_agrees_with_casbin_asked_one_by_one() -> None:
    import casbin

    from hearth.accounts import permissions

    model = casbin.Model()
    model.load_model_from_text(permissions._data("model.conf"))
    enforcer = casbin.Enforcer(model)
    enforcer.add_policies([*permissions._GIVEN, ["desk", "users", "manage"]])
    enforcer.add_grouping_policies(permissions._INHERITED)
    for role, words in compile_roles({"desk": ["users:manage"]}).items():
        assert words == {word for word in PERMISSIONS if enforcer.enforce(role, *word.split(":"))}


def test_a_key_may_do_what_its_owner_may_and_it_was_made_for() -> None:
    roles = Roles()
    assert roles.granted("user", ["items:read", "users:manage"], by_key=True) == {"items:read"}
    assert roles.granted("admin", by_key=True) == PERMISSIONS - NEVER_BY_KEY
    assert roles.granted("admin", by_key=True, enrols=True) == {"session:read"}
    assert check_scope(["items:read", "items:read", "items:play"]) == ["items:play", "items:read"]
    for refused in (["me:write"], ["items:fly"], []):
        with pytest.raises(Invalid):
            check_scope(refused)
    with pytest.raises(Invalid):
        check_words(["items:fly"])


def test_nobody_reaches_above_themselves() -> None:
    roles = Roles({"desk": ["users:manage", *compile_roles({})["user"]]})
    desk = Viewer(uuid4(), "kim", "desk", roles.granted("desk"), session_id=uuid4())
    roles.check_reach(desk, "user", "guest", "desk", "nobody")
    for role in ("moderator", "admin"):
        with pytest.raises(Denied):
            roles.check_reach(desk, role)
    key = Viewer(uuid4(), "ada", "admin", roles.granted("admin", ["users:manage"], by_key=True), key_id=uuid4())
    with pytest.raises(Denied):
        roles.check_reach(key, "user")
    roles.check_reach(Viewer(uuid4(), "ada", "admin", roles.granted("admin", by_key=True), key_id=uuid4()), "admin")
