"""`hearth user` as it is typed, against a real database."""

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
        arguments = ["user", *words, "--data", str(self.folder)]
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
