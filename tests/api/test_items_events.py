"""Server-sent events: who hears what, from where on, and until when."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from litestar.types import Message

from hearth import activity, catalog, jobs, libraries
from hearth.accounts import Viewer
from hearth.api.v1 import events as door_of_events
from hearth.api.v1 import views
from hearth.db import Database
from tests.browse.house import House, open_house


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(database, tmp_path) as opened:
        yield opened


class Listener:
    """An open stream."""

    def __init__(self) -> None:
        self.status = 0
        self.text = ""
        self.ended = asyncio.Event()
        self.gone = asyncio.Event()
        self.changed = asyncio.Event()

    def heard(self) -> list[tuple[str, str, Any]]:
        """(event, id, data) of all that came whole."""
        found = []
        for block in self.text.split("\n\n")[:-1]:
            lines = dict(
                line.split(": ", 1) for line in block.split("\n") if line and not line.startswith((":", "retry"))
            )
            if "event" in lines:
                found.append((lines["event"], lines.get("id", ""), msgspec.json.decode(lines["data"])))
        return found

    async def until(self, count: int) -> list[tuple[str, str, Any]]:
        async with asyncio.timeout(20):
            while len(self.heard()) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.heard()


@contextlib.asynccontextmanager
async def listening(house: House, token: str | None = None, **headers: str) -> AsyncIterator[Listener]:
    listener = Listener()
    sent = {"host": "hearth.test", "authorization": f"Bearer {token or house.token}"} | headers
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": "/api/v1/events", "raw_path": b"/api/v1/events", "query_string": b"", "root_path": "",
        "extensions": {}, "state": {}, "client": ("192.0.2.10", 5), "server": ("hearth.test", 80),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()],
    }  # fmt: skip
    begun = False

    async def receive() -> Any:
        nonlocal begun
        if not begun:
            begun = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await listener.gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            listener.status = message["status"]
        elif message["type"] == "http.response.body":
            listener.text += message.get("body", b"").decode()
            if not message.get("more_body"):
                listener.ended.set()
        listener.changed.set()

    task = asyncio.create_task(house.door.app(scope, receive, send))
    try:
        async with asyncio.timeout(20):
            while ": listening" not in listener.text and not listener.ended.is_set():
                listener.changed.clear()
                await listener.changed.wait()
        yield listener
    finally:
        listener.gone.set()
        async with asyncio.timeout(10):
            await task


async def announce(house: House, event: jobs.Event, audience: str | None = None) -> None:
    async with house.database.transaction() as tx:
        await jobs.announce(tx, event, audience=audience)


async def test_listeners_hear_what_concerns_them(house: House) -> None:
    async with house.shelf() as shelf:
        library = await shelf.library()
        film = await shelf.movie(library)
    other, other_token = await house.door.person(house.token, "bob")
    async with listening(house) as ada, listening(house, other_token) as bob:
        assert ada.text.startswith("retry: 3000\n")
        await announce(house, catalog.ItemsChanged(library))
        await house.change("PUT", f"/items/{film}/favorite")
        await announce(house, activity.ActivityChanged(account_id=other, item_ids=()), "admin")
        async with house.database.transaction() as tx:
            await libraries.request_scan(tx, library)
        heard = await ada.until(3)
        assert [name for name, _, _ in heard] == ["items", "activity", "scan"]
        assert heard[0][2] == {"library_id": str(library)}
        assert heard[1][2] == {"item_ids": [str(film)]}
        assert msgspec.convert(heard[2][2], views.Scan).library_id == library
        assert [name for name, _, _ in await bob.until(2)] == ["items", "scan"]
        ids = [int(id_) for _, id_, _ in heard]
        assert ids == sorted(ids)
    assert not door_of_events._open


async def test_nothing_is_lost_between_two_connections(house: House) -> None:
    library = uuid4()
    async with listening(house) as first:
        await announce(house, catalog.ItemsChanged(library))
        _, last, _ = (await first.until(1))[0]
    missed = [uuid4() for _ in range(3)]
    for id_ in missed:
        await announce(house, catalog.ItemsChanged(id_))
    async with listening(house, last_event_id=last) as second:
        heard = await second.until(3)
        assert [UUID(data["library_id"]) for _, _, data in heard[:3]] == missed
    async with listening(house, last_event_id="999999") as third:
        assert (await third.until(1))[0][::2] == ("missed", {"reason": "gone"})


async def test_attack_36_a_stream_ends_with_its_session(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = await house.door.person(house.token, "bob")
    async with listening(house, token) as bob:
        answer = await house.door.call("POST", "/api/v1/auth/logout", token=token)
        assert answer.status < 300, answer.body
        since = time.monotonic()
        async with asyncio.timeout(15):
            while not bob.ended.is_set():
                await announce(house, catalog.ItemsChanged(uuid4()))
                await asyncio.sleep(0.2)
        assert time.monotonic() - since < 5


async def test_attack_36_strangers_do_not_listen(house: House) -> None:
    for headers in ({}, {"authorization": "Bearer nonsense"}, {"cookie": "hearth_session=nonsense"}):
        answer = await house.door.call("GET", "/api/v1/events", headers=headers)
        assert answer.status == 401
    for wrong in ("x", "-1", "1e3", "9" * 30, "٣"):
        answer = await house.door.call(
            "GET", "/api/v1/events", token=house.token, headers={"last-event-id": wrong.encode().decode("latin-1")}
        )
        assert answer.status == 400, wrong


async def test_streams_are_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_of_events, "_PER_ACCOUNT", 2)
    async with listening(house), listening(house):
        answer = await house.door.call("GET", "/api/v1/events", token=house.token)
        assert answer.status == 429
    async with listening(house) as again:
        assert again.status == 200


async def test_quiet_streams_say_that_they_live(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_of_events, "_HEARTBEAT_S", 0.5)
    async with listening(house) as ada, asyncio.timeout(10):
        while ": still here" not in ada.text:
            ada.changed.clear()
            await ada.changed.wait()
        assert ada.heard() == []


def test_libraries_that_are_not_given_are_not_heard_of() -> None:
    seen, hidden = uuid4(), uuid4()
    viewer = Viewer(uuid4(), "bob", "user", frozenset(), libraries=(seen,))

    def words(event: jobs.Event, audience: str | None = None) -> bytes | None:
        data = msgspec.Raw(msgspec.json.encode(event))
        kind = str(type(event).__struct_config__.tag)
        return door_of_events._words(jobs.Announced(1, kind, data, audience, datetime.now(UTC)), viewer)

    assert words(catalog.ItemsChanged(hidden)) is None
    told = words(catalog.ItemsChanged(seen))
    assert told is not None
    assert told.startswith(b"event: items\nid: 1\ndata: {")
    assert words(catalog.ItemsChanged(seen), "admin") is None
    assert words(libraries.ScanRequested(seen)) is None
    mine = activity.ActivityChanged(account_id=viewer.account_id, item_ids=())
    assert words(mine, f"user:{viewer.account_id}") == b'event: activity\nid: 1\ndata: {"item_ids":[]}\n\n'
    assert words(mine, f"user:{uuid4()}") is None


@pytest.mark.timeout(180)
async def test_a_thousand_listeners_hear_one_process(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_of_events, "_PER_ACCOUNT", 2000)
    async with house.shelf() as shelf:
        library = await shelf.library()
    async with contextlib.AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(listening(house)) for _ in range(1000)]
        await announce(house, catalog.ItemsChanged(library))
        async with asyncio.timeout(60):
            await asyncio.gather(*(ear.until(1) for ear in ears))
        assert {ear.heard()[0][0] for ear in ears} == {"items"}
