"""Settings that change while the server runs, over the door and as other processes feel them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hearth import jobs
from hearth.config import Config
from hearth.db import Database
from tests.accounts.door import Door
from tests.api.whole import whole_server
from tests.engines import until


@pytest.fixture(autouse=True)
def levels() -> Iterator[None]:
    """The log's level is one of the settings, and the whole process's."""
    before = logging.getLogger().level
    yield
    logging.getLogger().setLevel(before)


@pytest.fixture
async def server(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    async with whole_server(database, tmp_path, monkeypatch, encode_limit=7) as door:
        yield door


@pytest.fixture
async def admin(server: Door) -> str:
    return str((await server.set_up()).json["access_token"])


async def _all(server: Door, admin: str) -> dict[str, Any]:
    answer = await server.call("GET", "/api/v1/settings", token=admin)
    assert answer.status == 200, answer.body
    return {one["key"]: one for one in answer.json["items"]}


async def test_a_change_is_felt_by_every_process_and_written_down(server: Door, admin: str, database: Database) -> None:
    other = jobs.Settings(Config(data=Path("/d"), cache=Path("/c"), log_level="error"))
    told: list[int] = []
    other.tell(lambda now: told.append(now.backup_keep))
    async with other.following(database):
        body = {"server_name": "Cellar", "backup_keep": 9, "log_level": "warning", "encode_limit_per_user": 1}
        answer = await server.call("PATCH", "/api/v1/settings", body, token=admin)
        assert answer.status == 200, answer.body
        await until(lambda: other.config.backup_keep == 9)
        assert told == [9]
        assert other.config.server_name == "Cellar"
        assert other.config.log_level == "error", "what its own owner fixed stays"
        await until(lambda: logging.getLogger().level == logging.WARNING)
        assert (await server.call("GET", "/api/v1/server")).json["name"] == "Cellar"
        back = await server.call("PATCH", "/api/v1/settings", {"backup_keep": None}, token=admin)
        assert {one["key"]: one["value"] for one in back.json["items"]}["backup_keep"] == 3
        await until(lambda: other.config.backup_keep == 3)
    record = (await server.call("GET", "/api/v1/audit?action=settings", token=admin)).json["items"]
    assert [entry["detail"] for entry in record] == [{"backup_keep": "default"}, body]
    again = jobs.Settings(Config(data=Path("/d"), cache=Path("/c")))
    async with again.following(database):
        assert (again.config.server_name, again.config.backup_keep) == ("Cellar", 3), "a new process has them at once"


_UNFIT: list[tuple[dict[str, Any], int]] = [
    ({"backup_keep": 0}, 400),
    ({"backup_keep": 300}, 400),
    ({"backup_keep": "many"}, 400),
    ({"log_level": "loud"}, 400),
    ({"server_name": ""}, 400),
    ({"server_name": "x" * 65}, 400),
    ({"scan_every_h": -1}, 400),
    ({"encode_limit": 2}, 409),
    ({"encode_limit": None, "backup_keep": 2}, 409),
]


async def test_each_says_what_it_takes_and_what_does_not_fit_changes_nothing(server: Door, admin: str) -> None:
    found = await _all(server, admin)
    assert found["backup_keep"] == {
        "key": "backup_keep", "about": "Backups by the clock that are kept.", "kind": "number", "value": 3,
        "default": 3, "fixed": False, "minimum": 1, "maximum": 256, "choices": None,
    }  # fmt: skip
    assert found["log_level"]["choices"] == ["debug", "error", "info", "warning"]
    assert (found["server_name"]["kind"], found["server_name"]["value"]) == ("text", "Hearth")
    assert (found["scan_every_h"]["minimum"], found["scan_every_h"]["maximum"]) == (0, 8760)
    assert found["encode_limit"]["fixed"] is True, "it was given to the server"
    for body, status in _UNFIT:
        answer = await server.call("PATCH", "/api/v1/settings", body, token=admin)
        assert (answer.status, await _all(server, admin)) == (status, found), (body, answer.body)
        if status == 409:
            assert "hearth.toml" in answer.json["detail"], "it says where to change it"
