"""The queue over the door: listed, looked at, tried again, called off, and written down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hearth import jobs
from hearth.db import Database
from tests.accounts.door import Door
from tests.api.whole import whole_server
from tests.jobs.work import NOTE, SLOW, Item


@pytest.fixture
async def server(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    async with whole_server(database, tmp_path, monkeypatch) as door:
        yield door


@pytest.fixture
async def admin(server: Door) -> str:
    return str((await server.set_up()).json["access_token"])


@pytest.fixture
async def waiting(database: Database) -> list[int]:
    """Five jobs of one kind and one of another, which nobody runs."""
    async with database.transaction() as tx:
        ids = await jobs.enqueue_many(tx, NOTE, [Item(f"n{n}") for n in range(5)])
        return [*ids, await jobs.enqueue(tx, SLOW, Item("s", 0.1))]


async def test_they_are_listed_by_pages_and_in_part(server: Door, admin: str, waiting: list[int]) -> None:
    first = (await server.call("GET", f"/api/v1/jobs?task={NOTE.name}&limit=3", token=admin)).json
    assert (first["total"], [one["id"] for one in first["items"]]) == (5, waiting[4:1:-1])
    rest = (await server.call("GET", f"/api/v1/jobs?task={NOTE.name}&limit=3&after={first['next']}", token=admin)).json
    assert ([one["id"] for one in rest["items"]], rest["next"]) == (waiting[1::-1], None)
    assert {one["queue"]: one["waiting"] for one in first["queues"]}[NOTE.queue] >= 5
    assert (await server.call("GET", "/api/v1/jobs?state=running", token=admin)).json["items"] == []
    assert (await server.call("GET", "/api/v1/jobs?queue=nobody", token=admin)).json["total"] == 0
    one = (await server.call("GET", f"/api/v1/jobs/{waiting[0]}", token=admin)).json
    assert (one["task"], one["state"], one["args"]["name"]) == (NOTE.name, "waiting", "n0")
    for wrong in ("state=asleep", "limit=0", "limit=501", "after=nonsense"):
        assert (await server.call("GET", f"/api/v1/jobs?{wrong}", token=admin)).status == 400, wrong


async def test_one_is_called_off_and_tried_again(
    server: Door, admin: str, waiting: list[int], database: Database
) -> None:
    gone = await server.call("DELETE", f"/api/v1/jobs/{waiting[0]}", token=admin)
    assert (gone.status, gone.json["state"]) == (200, "cancelled")
    twice = await server.call("DELETE", f"/api/v1/jobs/{waiting[0]}", token=admin)
    assert twice.status == 409
    again = await server.call("POST", f"/api/v1/jobs/{waiting[0]}/retry", token=admin)
    assert (again.status, again.json["state"], again.json["attempts"]) == (200, "waiting", 0)
    async with database.transaction() as tx:
        await tx.execute("update jobs.job set state = 'done', finished_at = now() where id = $1", waiting[1])
    assert (await server.call("POST", f"/api/v1/jobs/{waiting[1]}/retry", token=admin)).status == 409
    record = (await server.call("GET", "/api/v1/audit?action=job", token=admin)).json["items"]
    assert [(e["action"], e["target_id"]) for e in record] == [
        ("job.retried", str(waiting[0])),
        ("job.cancelled", str(waiting[0])),
    ]


async def test_moderators_look_and_only_administrators_touch(server: Door, admin: str, waiting: list[int]) -> None:
    _, moderator = await server.person(admin, "mo", "moderator")
    _, user = await server.person(admin, "kim")
    assert (await server.call("GET", "/api/v1/jobs", token=moderator)).status == 200
    assert (await server.call("DELETE", f"/api/v1/jobs/{waiting[0]}", token=moderator)).status == 403
    assert (await server.call("GET", "/api/v1/jobs", token=user)).status == 403
    for number in ("0", "-1", "999999999", str(2**63 - 1), str(2**63), str(10**30)):
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/retry")):
            assert (await server.call(method, f"/api/v1/jobs/{number}{path}", token=admin)).status == 404, number
