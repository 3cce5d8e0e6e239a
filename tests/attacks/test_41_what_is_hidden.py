"""Row 41: mass assignment and IDOR (ND CVE-2024-32963, Immich CVE-2026-108165): over every route, whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from hearth import libraries
from hearth.db import Database
from tests.accounts.door import Door
from tests.api.test_permissions import TABLE
from tests.api.whole import whole_server
from tests.browse.shelf import Shelf

SECRET = "zanzibar"


@pytest.fixture
async def server(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    async with whole_server(database, tmp_path, monkeypatch) as door:
        yield door


async def _hidden_things(server: Door, admin: str) -> dict[str, UUID]:
    """A film and a scan in a library that is closed, a film above the limit in one that is open, and a film for all."""
    async with server.database.transaction() as tx:
        shelf = Shelf(tx)
        closed, opened = await shelf.library(f"{SECRET} library"), await shelf.library("Films")
        scan = (await libraries.request_scan(tx, closed)).id
        film = await shelf.movie(closed, f"{SECRET} one", content_rating="G", genres=[f"{SECRET} genre"])
        grim = await shelf.movie(opened, f"{SECRET} two", content_rating="R", genres=[f"{SECRET} genre"])
        for id_ in (film, grim):
            await shelf.image(id_)
            await shelf.credit(id_, f"{SECRET} actor")
        await shelf.movie(opened, "Garden", content_rating="G")
    rule = {"everyone": False, "roles": ["moderator"]}
    assert (await server.call("PUT", f"/api/v1/libraries/{closed}/access", rule, token=admin)).status == 200
    return {"library": closed, "scan": scan, "film": film, "grim": grim, "opened": opened}


async def _child(server: Door, admin: str) -> tuple[UUID, str]:
    child, token = await server.person(admin, "kim")
    limit = {"max_age": 10}
    assert (await server.call("PATCH", f"/api/v1/users/{child}", limit, token=admin)).status == 200
    return child, token


async def test_every_reading_route_keeps_what_is_hidden_to_itself(server: Door) -> None:
    admin = (await server.set_up("admin")).json["access_token"]
    hidden = await _hidden_things(server, admin)
    child, token = await _child(server, admin)
    async with server.database.transaction() as tx:
        for id_ in (hidden["film"], hidden["grim"]):
            await tx.execute(
                "insert into activity.state (user_id, item_id, position_ms, favorite, last_played_at)"
                " values ($1, $2, 9, true, now())", child, id_,
            )  # fmt: skip
    paths = [line.split()[1] for line in TABLE.read_text().splitlines() if line.startswith("GET /api/v1/")]
    asked = [p for p in paths if not p.endswith(("/events", "/openapi.json", "/docs")) and "media/" not in p]
    told = {}
    for path in asked:
        for query in ("", "?q=zanz", "?limit=500", "?favorite=true"):
            for kind in ("film", "grim"):
                url = path.replace("{library_id:uuid}", str(hidden["library"])).replace(
                    "{scan_id:uuid}", str(hidden["scan"])
                )
                url = url.replace("{item_id:uuid}", str(hidden[kind])).replace("{image_type:str}", "poster")
                answer = await server.call("GET", url.split("{")[0] + query, token=token)
                body = answer.body.decode("utf-8", "replace")
                told[url + query] = SECRET in body.lower() or str(hidden["film"]) in body or str(hidden["grim"]) in body
    assert len(told) > 80
    assert [url for url, leak in told.items() if leak] == []
    seen = (await server.call("GET", "/api/v1/libraries", token=token)).json
    assert [(one["name"], one["counts"]) for one in seen["items"]] == [("Films", {"movie": 1})]
    assert (await server.call("GET", "/api/v1/items", token=token)).json["total"] == 1


async def test_every_acting_route_answers_as_if_it_did_not_exist(server: Door) -> None:
    admin = (await server.set_up("admin")).json["access_token"]
    hidden = await _hidden_things(server, admin)
    _, token = await _child(server, admin)
    client = {"containers": ["mp4"], "video": [], "audio": [], "subtitles": []}
    for kind in ("film", "grim"):
        item = f"/api/v1/items/{hidden[kind]}"
        for method, path, body in (
            ("GET", item, None), ("GET", f"{item}/children", None), ("GET", f"{item}/images/poster", None),
            ("PUT", f"{item}/watched", None), ("DELETE", f"{item}/watched", None), ("PUT", f"{item}/favorite", None),
            ("DELETE", f"{item}/favorite", None), ("PUT", f"{item}/rating", {"rating": 3}),
            ("PUT", f"{item}/progress", {"position_ms": 5}), ("DELETE", f"{item}/progress", None),
            ("POST", f"{item}/play", {"client": client}),
        ):  # fmt: skip
            answer = await server.call(method, path, body, token=token)
            assert answer.status == 404, (method, path, answer.body)
    await server.call("PUT", "/api/v1/roles/scanner", {"permissions": ["scans:run", "libraries:read"]}, token=admin)
    _, scanner = await server.person(admin, "scanner", "scanner")
    for method, path in (
        ("GET", f"/api/v1/libraries/{hidden['library']}"), ("GET", f"/api/v1/libraries/{hidden['library']}/scans"),
        ("POST", f"/api/v1/libraries/{hidden['library']}/scan"), ("GET", f"/api/v1/scans/{hidden['scan']}"),
        ("DELETE", f"/api/v1/scans/{hidden['scan']}"),
    ):  # fmt: skip
        assert (await server.call(method, path, token=scanner)).status == 404, (method, path)


async def test_access_is_felt_at_once_and_hidden_means_administrators_too(server: Door) -> None:
    admin = (await server.set_up("admin")).json
    hidden = await _hidden_things(server, admin["access_token"])
    _, moderator = await server.person(admin["access_token"], "mod", "moderator")
    access = f"/api/v1/libraries/{hidden['library']}/access"

    async def sees(token: str) -> bool:
        return (await server.call("GET", f"/api/v1/items/{hidden['film']}", token=token)).status == 200

    assert await sees(admin["access_token"])
    assert await sees(moderator)
    for rule, boss, other in (
        ({"everyone": False}, True, False), ({"everyone": True}, True, True), ({"hidden": True}, False, False),
        ({"hidden": True, "users": [admin["user"]["id"]]}, True, False), ({}, True, True),
    ):  # fmt: skip
        kept = await server.call("PUT", access, rule, token=admin["access_token"])
        assert kept.status == 200, kept.body
        assert (await server.call("GET", access, token=admin["access_token"])).json == kept.json
        assert (await sees(admin["access_token"]), await sees(moderator)) == (boss, other), rule
        managed = (await server.call("GET", "/api/v1/libraries", token=admin["access_token"])).json["items"]
        assert len(managed) == 2, "who manages libraries can bring a hidden one back"
    for bad, status in (({"roles": ["nobody"]}, 400), ({"users": [str(hidden["film"])]}, 400), ({"owner": 1}, 400)):
        assert (await server.call("PUT", access, bad, token=admin["access_token"])).status == status


async def test_nobody_assigns_themselves_what_is_not_theirs_to_give(server: Door) -> None:
    admin = (await server.set_up("admin")).json["access_token"]
    child, token = await _child(server, admin)
    for body in ({"role": "admin"}, {"max_age": None}, {"permissions": ["users:manage"]}, {"id": str(child)}):
        assert (await server.call("PATCH", "/api/v1/me", body, token=token)).status == 400, body
    for key in ({"name": "k", "account_id": str(child)}, {"name": "k", "permissions": ["me:write"]}):
        assert (await server.call("POST", "/api/v1/me/api-keys", key, token=token)).status == 400, key
    wide = await server.call("POST", "/api/v1/me/api-keys", {"name": "k", "permissions": ["users:manage"]}, token=token)
    assert (await server.call("GET", "/api/v1/users", token=wide.json["key"])).status == 403
