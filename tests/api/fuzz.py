"""Whatever the description allows and some of what it forbids, asked of the whole application and judged by it.

Schemathesis makes the requests; they go into the application without a socket, on an event loop that only runs while
one is answered, so that a run with the same number of examples asks the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote
from uuid import UUID

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from litestar import Litestar
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi import checks as judged

from hearth.accounts import Roles
from hearth.api.app import openapi_document
from hearth.db import Database
from tests.accounts.door import OURS, Door
from tests.api.whole import whole_server
from tests.browse.shelf import Shelf

_HOST = "http://hearth.test"
_ANSWER_TIMEOUT_S = 20
_CHECKS = [
    schemathesis.checks.not_a_server_error,
    judged.status_code_conformance,
    judged.content_type_conformance,
    judged.response_headers_conformance,
    judged.response_schema_conformance,
    judged.negative_data_rejection,
]


class Seed:
    """Ids of what is there, by the names that paths have for them."""

    def __init__(self) -> None:
        self.by_name: dict[str, list[UUID]] = {}

    def add(self, name: str, *ids: UUID) -> None:
        self.by_name.setdefault(name, []).extend(ids)

    def all(self) -> list[str]:
        return [str(one) for ids in self.by_name.values() for one in ids]


class Fuzzed:
    """The application, and one who asks."""

    def __init__(self, runner: asyncio.Runner, door: Door, app: Litestar, role: str) -> None:
        self.runner = runner
        self.door = door
        self.app = app
        self.role = role
        self.token = ""
        self.seed = Seed()
        self.asked = 0

    def sign_in(self) -> None:
        self.asked += 1
        answer = self.runner.run(
            self.door.login(self.role, address=f"198.51.{self.asked // 250 % 250}.{self.asked % 250}")
        )
        self.token = answer.json["access_token"]

    def send(self, case: Any) -> Response:
        """The answer to one request; asked again with a new sign-in when an earlier request ended the old."""
        answer = self._send(case)
        if answer.status_code == 401 and not self._signed_in():
            self.sign_in()
            answer = self._send(case)
        return answer

    def _signed_in(self) -> bool:
        return self.runner.run(self.door.call("GET", "/api/v1/me", token=self.token)).status == 200

    def _send(self, case: Any) -> Response:
        kwargs = case.as_transport_kwargs(base_url=_HOST)
        prepared = requests.Request(**{k: v for k, v in kwargs.items() if k in _REQUEST}).prepare()
        prepared.headers.update(OURS)
        if case.operation.definition.raw["x-permission"] is not None:
            prepared.headers["Authorization"] = f"Bearer {self.token}"
        return self.runner.run(asyncio.wait_for(self._call(prepared), _ANSWER_TIMEOUT_S))

    async def _call(self, prepared: requests.PreparedRequest) -> Response:
        began = time.monotonic()
        self.asked += 1
        path, _, query = str(prepared.url).removeprefix(_HOST).partition("?")
        body = prepared.body or b""
        content = body.encode() if isinstance(body, str) else body
        headers = [(b"host", b"hearth.test")]
        headers += [(_bytes(k).lower(), _bytes(v)) for k, v in prepared.headers.items()]
        scope: Any = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
            "method": prepared.method, "scheme": "http", "path": unquote(path),
            "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "extensions": {}, "state": {},
            "headers": headers, "client": (f"203.0.{self.asked // 250 % 250}.{self.asked % 250}", 50000),
            "server": ("hearth.test", 80),
        }  # fmt: skip
        told: list[Any] = []
        given_up = asyncio.Event()
        unread = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> Any:
            if unread:
                return unread.pop()
            await given_up.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            told.append(message)
            # A stream of events does not end by itself: its first words are enough.
            if len(told) > 1 and dict(told[0]["headers"]).get(b"content-type", b"").startswith(b"text/event-stream"):
                given_up.set()

        await self.app(scope, receive, send)
        names: dict[str, list[str]] = {}
        for name, value in told[0]["headers"]:
            names.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        content = b"".join(message.get("body", b"") for message in told[1:])
        return Response(
            told[0]["status"], names, content, prepared, time.monotonic() - began, verify=False, encoding="utf-8"
        )


_REQUEST = {"method", "url", "headers", "files", "data", "json", "params", "cookies"}


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1", "replace")


async def _seeded(seed: Seed, door: Door, owner: str, asker: str) -> None:
    """Some of each kind of thing, so that requests get past "not found"."""
    async with door.database.transaction() as tx:
        shelf = Shelf(tx)
        films, shows, music = [await shelf.library(kind.title(), kind) for kind in ("movies", "shows", "music")]
        film = await shelf.movie(films, "Paper Moons", year=2021, genres=["Drama"], studios=["Hill"], rating=7.5)
        other = await shelf.movie(films, "Paper Suns", year=2023, genres=["Drama"], film_series="Paper")
        show, album = await shelf.show(shows, "Signal Hill"), await shelf.album(music, "Tides", "Mara Quill")
        person = await shelf.credit(film, "Ida Brook", "director")
        await shelf.image(film)
        await shelf.version(film, films, ["film.mkv"])
        file = await tx.fetchval("select id from libraries.file limit 1")
    seed.add("library_id", films, shows, music)
    seed.add(
        "item_id", film, other, show.id, show.seasons[0], show.episodes[0][0], album.id, album.artist, album.tracks[0]
    )
    seed.add("person_id", person)
    seed.add("file_id", file)
    for path, token in (("playlists", asker), ("collections", owner)):
        made = await door.call("POST", f"/api/v1/{path}", {"name": path}, token=token)
        assert made.status == 201, made.body
        seed.add("list_id", UUID(made.json["id"]))
        filled = {"item_ids": [str(film), str(other)]}
        put = await door.call("POST", f"/api/v1/{path}/{made.json['id']}/entries", filled, token=token)
        assert put.status == 201, put.body
        seed.add("entry_id", *map(UUID, put.json["ids"]))


@contextlib.contextmanager
def fuzzed(role: str, dsn: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fuzzed]:
    """The whole application over the database, with some of each kind in it, for one who has the role."""
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()

        async def start() -> Door:
            database = await Database.connect(dsn, max_size=5)
            stack.push_async_callback(database.close)
            return await stack.enter_async_context(whole_server(database, folder, monkeypatch))

        door = runner.run(start())
        try:
            asking = Fuzzed(runner, door, door.app, role)
            owner = runner.run(door.set_up("owner")).json
            made = runner.run(door.person(owner["access_token"], role, role))
            asking.seed.add("user_id", UUID(owner["user"]["id"]), made[0])
            runner.run(_seeded(asking.seed, door, owner["access_token"], made[1]))
            asking.sign_in()
            yield asking
        finally:
            runner.run(stack.aclose())


@functools.cache
def operations() -> list[Any]:
    """Every operation of the description, in its order."""
    schema = schemathesis.openapi.from_dict(openapi_document(), config=schemathesis.Config())
    return [cast("Any", found).ok() for found in schema.get_all_operations()]


def faults(asking: Fuzzed, operation: Any, examples: int) -> list[str]:
    """What is wrong with the answers to so many requests that are as described, and to as many that are not. Where the
    right is missing, a single one is enough."""
    right = operation.definition.raw["x-permission"]
    allowed = right is None or right in Roles().granted(asking.role)
    found: dict[str, str] = {}
    _ask(asking, operation, GenerationMode.POSITIVE, examples if allowed else 1, found)
    if allowed:
        _ask(asking, operation, GenerationMode.NEGATIVE, examples, found)
    return list(found.values())


def _ask(asking: Fuzzed, operation: Any, mode: GenerationMode, examples: int, found: dict[str, str]) -> None:
    known = {name: st.sampled_from([str(one) for one in ids]) for name, ids in asking.seed.by_name.items()}

    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        if mode is GenerationMode.POSITIVE:
            for name in sorted(set(case.path_parameters or ()) & set(known)):
                case.path_parameters[name] = data.draw(known[name])
        answer = asking.send(case)
        try:
            case.validate_response(answer, checks=_CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                line = f"{operation.label} as {asking.role}: {answer.status_code} {type(failure).__name__}"
                shown = f"{line}: {failure}\n    {case.as_curl_command()}\n    {answer.content[:300]!r}"
                found.setdefault(line, shown)

    # An operation that takes nothing has nothing to get wrong.
    with contextlib.suppress(Unsatisfiable):
        ask()
