"""A running server backs itself up: by its clock, and before it is brought up to date; a newer one takes that up."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from pathlib import Path

import asyncpg
import pytest

from hearth.db import migrate
from tests.backup.test_by_itself import hearth
from tests.engines import make_folder
from tests.journeys.server import Client, Server, eventually


@pytest.mark.timeout(600)
def test_by_the_clock_before_an_upgrade_and_into_a_newer_server() -> None:
    server, newer = Server(), make_folder()
    try:
        with Client(server) as person:
            person.set_up()
        _turn_the_clock(server)
        by_clock = eventually(lambda: _made(server.data, "hearth-*.tar.gz"), 60)
        assert [hearth("restore", "--check", path, "--data", newer).returncode for path in by_clock] == [0]
        assert not _made(server.data, "before-upgrade-*"), "there was nothing to bring up to date"

        server.stop()
        before = migrate.read()[-2].version
        back = hearth("migrate", "down", str(before), "--yes", "--data", server.data)
        assert back.returncode == 0, back.stderr
        server.restart()
        (before_upgrade,) = _made(server.data, "before-upgrade-*")
        with Client(server) as person:
            person.log_in()
        server.stop()
        server.restart()
        assert _made(server.data, "before-upgrade-*") == [before_upgrade], "once for each upgrade"

        told = hearth("restore", "--check", before_upgrade, "--data", newer, "--json")
        assert json.loads(told.stdout)["schema"] == before, "it is of the time before"
        restored = hearth("restore", before_upgrade, "--data", newer)
        assert restored.returncode == 0, restored.stderr
        other = Server(newer)
        try:
            with Client(other) as person:
                person.log_in()
        finally:
            other.stop()
        status = hearth("migrate", "status", "--json", "--data", newer)
        assert all(step["applied_at"] for step in json.loads(status.stdout)), "brought up to date as it came in"
    finally:
        server.remove()
        shutil.rmtree(newer, ignore_errors=True)


_TURN = "update jobs.schedule set next_at = now() where name = 'backup'"


def _turn_the_clock(server: Server) -> None:
    """Makes the hourly look due, once the worker, which starts after the server answers, has written it down; a worker
    looks at its schedule when it starts."""
    dsn = json.loads((server.data / "run" / "engines.json").read_bytes())["dsn"]

    async def turned() -> bool:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            done = await connection.execute(_TURN, timeout=10)
        finally:
            await connection.close(timeout=5)
        return bool(done == "UPDATE 1")

    eventually(lambda: asyncio.run(turned()))
    os.kill(server.children()["worker"], signal.SIGKILL)


def _made(data: Path, pattern: str) -> list[Path]:
    return sorted((data / "backups").glob(pattern))
