"""Who may call what: every route with every role and none, against the committed table `permissions.txt`.

A new route is not in the table, so that this fails until somebody has decided. `python -m tests.api.test_permissions`
prints the table as the code has it now.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from hearth.accounts import BUILT_IN, NEVER_BY_KEY, UNTIL_ENROLLED, Roles
from hearth.api.app import described
from hearth.db import Database
from tests.accounts.door import OURS, Door
from tests.api.whole import routes, whole_server

TABLE = Path(__file__).with_name("permissions.txt")
# Who asks beside the roles: whoever must have a second factor first, an API key, a role without any permission, nobody.
ASKERS = (*BUILT_IN, "half", "key", "nothing", "nobody")
_SAMPLES = {"str": "x", "path": "x", "int": "999999999"}
# Answered by the first that asks and refused from then on, or never ending.
_ENDS = {"POST /api/v1/auth/logout", "DELETE /api/v1/me/sessions", "GET /api/v1/events"}


def allowed(word: str) -> list[str]:
    """Who gets past the guard of a route."""
    if word == "public":
        return list(ASKERS)
    roles = Roles()
    found = [role for role in BUILT_IN if word in roles.granted(role)]
    found += ["half"] if word in UNTIL_ENROLLED else []
    return [*found, *(["key"] if word not in NEVER_BY_KEY else [])]


def table() -> list[str]:
    lines = {f"{method} {path} {word} {' '.join(allowed(word))}" for method, path, word in routes(described())}
    return sorted(lines, key=lambda line: line.split()[1::-1])


def test_every_route_is_decided_as_the_table_says() -> None:
    written = TABLE.read_text().splitlines()
    assert table() == written, (
        "decide, then: .venv/bin/python -m tests.api.test_permissions > tests/api/permissions.txt"
    )


@pytest.fixture
async def server(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    async with whole_server(database, tmp_path, monkeypatch) as door:
        yield door


async def _credentials(server: Door) -> dict[str, str | None]:
    """A token for each asker; each its own account, so that one cannot sign out another."""
    admin = (await server.set_up("admin")).json["access_token"]
    tokens: dict[str, str | None] = {"admin": admin, "nobody": None}
    made = await server.call("PUT", "/api/v1/roles/nothing", {"permissions": []}, token=admin)
    assert made.status == 200, made.body
    for role in ("moderator", "user", "guest", "nothing"):
        tokens[role] = (await server.person(admin, role, role))[1]
    half, tokens["half"] = await server.person(admin, "half", "admin")
    must = await server.call("PATCH", f"/api/v1/users/{half}", {"second_factor_required": True}, token=admin)
    assert must.status == 200, must.body
    tokens["key"] = (await server.call("POST", "/api/v1/me/api-keys", {"name": "all"}, token=admin)).json["key"]
    return tokens


async def test_every_route_refuses_and_lets_in_as_the_table_says(server: Door) -> None:
    tokens = await _credentials(server)
    lines = [line.split() for line in TABLE.read_text().splitlines()]
    wrong = []
    for method, path, word, *may in lines:
        if f"{method} {path}" in _ENDS or method == "ASGI":
            continue
        url = re.sub(r"\{\w+:?(\w*)\}", lambda match: _SAMPLES.get(match[1]) or str(uuid4()), path)
        for asker in ASKERS:
            body: dict[str, object] | None = {} if method not in ("GET", "HEAD") else None
            answer = await server.call(method, url, body, token=tokens[asker], headers=OURS)
            refused = answer.status == (401 if asker == "nobody" else 403)
            if word != "public" and (refused if asker in may else not refused):
                wrong.append(f"{method} {url} as {asker}: {answer.status} {answer.body[:120]!r}")
            assert answer.status < 500, f"{method} {url} as {asker}: {answer.status} {answer.body[:200]!r}"
    assert not wrong, "\n".join(wrong)


async def test_what_ends_or_lasts_is_refused_too(server: Door) -> None:
    tokens = await _credentials(server)
    for line in sorted(_ENDS):
        method, path = line.split()
        assert (await server.call(method, path)).status == 401
        assert (await server.call(method, path, token=tokens["nothing"])).status == 403
    assert (await server.call("GET", "/api/v1/events", token=tokens["half"])).status == 403
    assert (await server.call("DELETE", "/api/v1/me/sessions", token=tokens["guest"])).status == 403
    for asker in ("moderator", "user", "guest", "half"):
        assert (await server.call("POST", "/api/v1/auth/logout", token=tokens[asker])).status == 204
        assert (await server.call("GET", "/api/v1/me", token=tokens[asker], headers=OURS)).status == 401


if __name__ == "__main__":
    print("\n".join(table()))
