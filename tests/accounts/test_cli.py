"""`hearth user` and its neighbours as they are typed, against a real database."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from hearth import accounts
from hearth.app.cli import hearth
from hearth.db import Database
from hearth.kit.errors import Conflict, HearthError, Invalid, NotFound
from tests.engines import Engines

PASSWORD = "quiet river 7 stones"


class Shell:
    def __init__(self, folder: Path, database_url: str, cache_url: str) -> None:
        self.folder = folder
        self.environment = {"HEARTH_DATABASE_URL": database_url, "HEARTH_CACHE_URL": cache_url}

    def run(self, *words: str, typed: str = "") -> Result:
        return self.call("user", *words, typed=typed)

    def call(self, *words: str, typed: str = "") -> Result:
        arguments = [*words, "--data", str(self.folder)]
        return CliRunner().invoke(hearth, arguments, input=typed, env=self.environment)

    def add(self, name: str, *more: str) -> Result:
        return self.run("add", name, "--password-stdin", *more, typed=f"{PASSWORD}\n")


@pytest.fixture
def shell(tmp_path: Path, database_url: str, engines: Engines) -> Shell:
    return Shell(tmp_path, database_url, engines.cache_url)


def test_the_first_user_is_an_administrator(shell: Shell) -> None:
    refused = shell.add("ada", "--role", "guest")
    assert isinstance(refused.exception, Invalid)
    assert shell.run("list").output == "There are no users yet. Add the first: hearth user add NAME\n"
    assert shell.add("ada").output == "Added ada, role admin.\n"
    assert shell.add("Bob").output == "Added Bob, role user.\n"
    assert shell.add("kim", "--role", "guest").output == "Added kim, role guest.\n"
    lines = shell.run("list").output.splitlines()
    assert [line.split()[:2] for line in lines] == [["ada", "admin"], ["Bob", "user"], ["kim", "guest"]]
    listed = msgspec.json.decode(shell.run("list", "--json").stdout)
    assert [(u["username"], u["role"], u["disabled"]) for u in listed][:2] == [
        ("ada", "admin", False),
        ("Bob", "user", False),
    ]
    assert PASSWORD not in str(listed)
    assert "password_hash" not in listed[0]


def test_passwords_are_asked_for_twice_and_not_shown(shell: Shell) -> None:
    asked = shell.run("add", "ada", typed=f"{PASSWORD}\nanother one 123\n{PASSWORD}\n{PASSWORD}\n")
    assert asked.exit_code == 0, asked.output
    assert "do not match" in asked.output
    assert PASSWORD not in asked.output


def test_what_cannot_be_done_says_so(shell: Shell) -> None:
    assert shell.add("EVE").exit_code == 0
    refused: list[tuple[list[str], str, type[HearthError]]] = [
        (["add", "ada", "--password-stdin"], "short\n", Invalid),
        (["add", "ada", "--password-stdin"], "password123\n", Invalid),
        (["add", "ada", "--password-stdin"], "", Invalid),
        (["add", "a\tb", "--password-stdin"], f"{PASSWORD}\n", Invalid),
        (["add", "eve", "--password-stdin"], f"{PASSWORD}\n", Conflict),
        (["reset-password", "nobody", "--password-stdin"], f"{PASSWORD}\n", NotFound),
        (["delete", "nobody", "--yes"], "", NotFound),
        (["delete", "Eve", "--yes"], "", Conflict),
    ]
    for words, typed, error in refused:
        assert isinstance(shell.run(*words, typed=typed).exception, error), words


async def test_a_reset_signs_out_everywhere(shell: Shell, database: Database, tmp_path: Path) -> None:
    import asyncio

    await asyncio.to_thread(shell.add, "ada")
    gate = accounts.Gate.open(tmp_path / "secrets")
    device = accounts.Device("Phone", None, "192.0.2.1")
    before = await accounts.login(database.transaction, gate, "ada", PASSWORD, device)
    typed = "a whole new sentence\n"
    done = await asyncio.to_thread(lambda: shell.run("reset-password", "ADA", "--password-stdin", typed=typed))
    assert done.output == "ADA has a new password. Sessions ended: 1.\n"
    async with database.transaction() as tx:
        assert await accounts.session_standing(tx, before.session_id) is None
    assert (
        await accounts.login(database.transaction, gate, "ada", "a whole new sentence", device)
    ).account.role == "admin"
    gate.close()


def test_deleting_asks_first(shell: Shell) -> None:
    shell.add("ada")
    shell.add("bob")
    assert shell.run("delete", "bob", typed="n\n").exit_code == 1
    assert "bob" in shell.run("list").output
    assert shell.run("delete", "bob", typed="y\n").output.endswith("Deleted bob.\n")
    assert "bob" not in shell.run("list").output


def test_roles_of_ones_own(shell: Shell) -> None:
    shell.add("ada")
    made = shell.call("role", "put", "kids", "items:read", "items:play", "--require-second-factor")
    assert made.output == "kids may: items:play items:read\n"
    assert shell.call("role", "put", "kids", "--no-second-factor").output == "kids may: items:play items:read\n"
    assert shell.add("kim", "--role", "kids").exit_code == 0
    listed = {one["name"]: one for one in msgspec.json.decode(shell.call("role", "list", "--json").stdout)}
    assert list(listed) == ["admin", "moderator", "user", "guest", "kids"]
    assert (listed["kids"]["accounts"], listed["kids"]["second_factor"]) == (1, False)
    assert "kids       users: 1\n    items:play items:read\n" in shell.call("role", "list").output
    assert isinstance(shell.call("role", "put", "kids", "brass:polish").exception, Invalid)
    assert isinstance(shell.call("role", "delete", "kids").exception, Conflict)
    assert shell.run("change", "kim", "--role", "guest", "--name", "Kimi").exit_code == 0
    assert "Kimi" in shell.run("list").output
    assert shell.call("role", "delete", "kids").output == "Deleted kids.\n"


async def test_sessions_are_listed_and_ended(shell: Shell, database: Database, tmp_path: Path) -> None:
    import asyncio

    def call(*words: str) -> str:
        return shell.call(*words).output

    await asyncio.to_thread(shell.add, "ada")
    gate = accounts.Gate.open(tmp_path / "secrets")
    for name in ("Phone", "Desk"):
        device = accounts.Device(name, None, "192.0.2.1")
        await accounts.login(database.transaction, gate, "ada", PASSWORD, device)
    gate.close()
    lines = (await asyncio.to_thread(call, "session", "list", "ada")).splitlines()
    assert [line.split("  ")[1:3] for line in lines] == [["Desk", "from 192.0.2.1"], ["Phone", "from 192.0.2.1"]]
    refused = await asyncio.to_thread(shell.call, "session", "end", "ada")
    assert isinstance(refused.exception, Invalid)
    assert await asyncio.to_thread(call, "session", "end", "ada", lines[0].split()[0]) == "Sessions ended: 1.\n"
    assert await asyncio.to_thread(call, "session", "end", "ada", "--all") == "Sessions ended: 1.\n"
    assert await asyncio.to_thread(call, "session", "list", "ada") == "ada is signed in nowhere.\n"
    assert await asyncio.to_thread(call, "user", "reset-second-factor", "ada") == "ada had no second factor.\n"
    told = (await asyncio.to_thread(call, "audit", "--action", "session", "--days", "1")).splitlines()
    assert [line.split("  ")[1:3] for line in told] == [["command line", "session.ended ada"]] * 2


async def test_keys_are_made_and_revoked(shell: Shell, database: Database, tmp_path: Path) -> None:
    import asyncio

    await asyncio.to_thread(shell.add, "ada")
    add = ("api-key", "add", "ada", "nightly", "--permission", "items:read", "--days", "7", "--json")
    made = msgspec.json.decode((await asyncio.to_thread(shell.call, *add)).stdout)
    gate = accounts.Gate.open(tmp_path / "secrets")
    viewer = await accounts.viewer_by_bearer(database.transaction, gate, made["key"], lambda: None)
    assert (viewer.username, set(viewer.permissions)) == ("ada", {"items:read"})
    gate.close()
    listed = (await asyncio.to_thread(shell.call, "api-key", "list", "ada")).output
    assert "nightly" in listed
    assert made["key"] not in listed
    assert (await asyncio.to_thread(shell.call, "api-key", "delete", "ada", made["id"])).output == "Revoked.\n"
    again = await asyncio.to_thread(shell.call, "api-key", "delete", "ada", made["id"])
    assert isinstance(again.exception, NotFound)
    wide = await asyncio.to_thread(shell.call, "api-key", "add", "ada", "x", "--permission", "me:write")
    assert isinstance(wide.exception, Invalid)
    record = msgspec.json.decode((await asyncio.to_thread(shell.call, "audit", "--json")).stdout)
    assert [line["action"] for line in record] == ["key.deleted", "key.created", "setup"]
    assert made["key"] not in str(record)


async def test_who_sees_a_library(shell: Shell, database: Database, tmp_path: Path) -> None:
    import asyncio

    from hearth import libraries

    await asyncio.to_thread(shell.add, "ada")
    await asyncio.to_thread(shell.add, "ben")
    (tmp_path / "films").mkdir()
    async with database.transaction() as tx:
        await libraries.create(tx, "Films", "movies", [str(tmp_path / "films").encode()])

    async def access(*words: str) -> Result:
        return await asyncio.to_thread(shell.call, "library", "access", "films", *words)

    assert (await access()).output == "Everybody sees films.\n"
    some = await access("--role", "guest", "--user", "BEN")
    assert some.output == "These see films: administrators, the role guest, ben.\n"
    assert (await access("--hidden", "--user", "ben")).output == "Hidden. Only these see films: ben.\n"
    for words in (("--hidden",), ("--everyone", "--user", "ben"), ("--hidden", "--role", "user", "--user", "ben")):
        assert isinstance((await access(*words)).exception, Invalid), words
    assert isinstance((await access("--role", "nothing")).exception, Invalid)
    assert isinstance((await access("--user", "nobody")).exception, NotFound)
    told = msgspec.json.decode((await access("--json")).stdout)
    assert told == {"everyone": False, "hidden": True, "roles": [], "users": ["ben"]}
    assert (await access("--everyone")).output == "Everybody sees films.\n"
