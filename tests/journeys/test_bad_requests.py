"""What is sent and makes no sense: each has a clear answer, and the server goes on."""

import httpx
import pytest

from tests.journeys.server import Client, Server

_NOTHING = "00000000-0000-7000-8000-000000000000"
_HUGE = "9" * 30
_BODIES: dict[str, bytes] = {
    "nothing": b"",
    "garbage": b"garbage",
    "half": b'{"name": ',
    "a list": b"[]",
    "null": b"null",
    "a word": b'"word"',
    "a number": b"7",
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "unknown fields": b'{"nope": 1, "more": {}}',
    "wrong types": b'{"name": 1, "kind": [], "paths": "x", "username": 5, "password": {}, "client": 1, "current": 1,'
    b' "new": [], "refresh_token": 1, "position_ms": "1", "rating": "5", "accept_missing": "yes"}',
    "NUL": b'{"name": "a\\u0000b", "kind": "movies", "paths": ["/a\\u0000b"]}',
    "half a pair": b'{"name": "\\ud800", "kind": "movies", "paths": ["/a"]}',
    "deep": b"[" * 100_000,
    "deeper in": b'{"name": ' + b'{"a":' * 2000,
    "a huge number": b'{"position_ms": ' + b"9" * 5000 + b', "rating": 1e999}',
}
_PLACES = (
    ("POST", "/libraries"),
    ("POST", "/users"),
    ("POST", "/me/api-keys"),
    ("POST", "/me/password"),
    ("POST", "/auth/refresh"),
    ("PATCH", "/libraries/{library}"),
    ("POST", "/items/{film}/play"),
    ("PUT", "/items/{film}/rating"),
    ("PUT", "/items/{film}/progress"),
    ("PUT", f"/play/{_NOTHING}"),
)


def problem(answer: httpx.Response, *statuses: int) -> str:
    """The sentence of a problem document that has one of these statuses."""
    asked = f"{answer.request.method} {str(answer.request.url)[:200]}"
    assert answer.status_code in statuses, f"{asked}: {answer.status_code} {answer.text[:300]}"
    assert answer.headers["content-type"] == "application/problem+json", asked
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["type"].startswith("urn:hearth:problem:")
    assert told["title"]
    assert "Traceback" not in answer.text
    return str(told.get("detail", ""))


@pytest.fixture
def films(client: Client) -> str:
    """The id of the library of films."""
    return next(str(library["id"]) for library in client.get("/libraries")["items"] if library["name"] == "Films")


@pytest.mark.parametrize("body", _BODIES)
def test_bodies_that_make_no_sense_are_refused(server: Server, client: Client, films: str, body: str) -> None:
    film = client.get("/items", kind="movie")["items"][0]["id"]
    lines = len(server.lines)
    for method, place in _PLACES:
        path = "/api/v1" + place.format(library=films, film=film)
        json_headers = {"Content-Type": "application/json"}
        problem(client.http.request(method, path, content=_BODIES[body], headers=json_headers), 400, 404)
    for path in ("/api/v1/auth/login", "/api/v1/setup"):
        answer = client.http.post(path, content=_BODIES[body], headers={"Content-Type": "application/json"})
        problem(answer, 400, 409)
    assert not server.mistakes(lines)
    assert client.get("/items", kind="movie", limit=1)["total"] == 3


def test_bodies_without_end_are_refused(server: Server, client: Client, films: str) -> None:
    lines = len(server.lines)
    name = "x" * 10_000_000
    film = client.get("/items", kind="movie")["items"][0]["id"]
    for method, place in (*_PLACES, ("POST", "/auth/login"), ("POST", "/setup")):
        path = "/api/v1" + place.format(library=films, film=film)
        body = {"name": name, "username": name, "password": name, "kind": "movies", "paths": ["/x"]}
        problem(client.http.request(method, path, json=body), 413)
        # Without a Content-Length nothing is known before it has come.
        chunks = iter([b'{"name": "', *[b"x" * 65_536] * 40, b'"}'])
        problem(client.http.request(method, path, content=chunks, headers={"Content-Type": "application/json"}), 413)
    long = {"name": "x" * 500_000, "kind": "movies", "paths": ["/x"]}
    problem(client.http.post("/api/v1/libraries", json=long), 400)
    assert not server.mistakes(lines)


def test_other_kinds_of_bodies_are_refused(client: Client) -> None:
    for kind in ("text/xml", "multipart/form-data", "application/x-www-form-urlencoded", "no kind at all", "a/b; c"):
        answer = client.http.post("/api/v1/libraries", content=b"<a/>", headers={"Content-Type": kind})
        problem(answer, 400, 415)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("limit", ["0", "-1", "501", _HUGE, "-" + _HUGE, "ten", "", "1.5", "1e3", "١٢x"]),
        ("at", ["-1", _HUGE, "9" * 400, "x", "10000001"]),
        ("after", ["x", "x" * 3000, "WzFd", "W10", "bnVsbA", "é", "%00", "\0", "WyJhIiwiYiIsImMiLCJkIiwiZSJd"]),
        ("year", [_HUGE, "-1", "19x"]),
        ("seed", [_HUGE, str(2**31), "-1"]),
        ("watched", ["maybe", "2"]),
        ("library", ["x", "0", _HUGE]),
        ("parent", ["x", "\0"]),
        ("sort", ["nope", "title;drop table", "\0", "x" * 33]),
        ("kind", ["nope", "\0", "movie," * 2000]),
        ("genre", ["x" * 201]),
        ("q", ["x" * 201]),
        ("nope", ["1"]),
    ],
)
def test_questions_that_make_no_sense_are_refused(server: Server, client: Client, name: str, values: list[str]) -> None:
    lines = len(server.lines)
    for value in values:
        problem(client.http.get("/api/v1/items", params={name: value}), 400)
    assert not server.mistakes(lines)


def test_text_that_no_database_keeps_finds_nothing_or_is_refused(server: Server, client: Client) -> None:
    lines = len(server.lines)
    for path in ("/items?q=%00", "/items?genre=%00", "/items?person=%00", "/search?q=%00", "/search?q=%ff%fe"):
        answer = client.http.get(f"/api/v1{path}")
        assert answer.status_code in (200, 400), path
        if answer.status_code == 400:
            problem(answer, 400)
    assert not server.mistakes(lines)


def test_places_that_are_not_there_are_problems_too(server: Server, client: Client, films: str) -> None:
    lines = len(server.lines)
    film = client.get("/items", kind="movie")["items"][0]["id"]
    for path in (
        "/nope", "/items/nope", f"/items/{_NOTHING}", f"/items/{_NOTHING}/children", f"/items/{film}/images/nope",
        f"/libraries/{_NOTHING}", f"/scans/{_NOTHING}", f"/libraries/{_NOTHING}/scans", "/scans/1", "/media/a/file",
        "/media/a/b/c/d", "/media/a/subtitles/1.vtt", "/items/%00", "/items/%ff", "/items/..%2f..%2fetc",
    ):  # fmt: skip
        problem(client.http.get(f"/api/v1{path}"), 400, 404)
    for path in (f"/items/{film}/images/poster?width=0", f"/items/{film}/images/poster?width=x", "/search"):
        problem(client.http.get(f"/api/v1{path}"), 400)
    for path in ("/filesystem?path=nope", "/filesystem?path=/%00", "/filesystem?path=" + "/a" * 3000):
        problem(client.http.get(f"/api/v1{path}"), 400)
    for method, path in (("DELETE", "/items"), ("PUT", "/libraries"), ("TRACE", "/items"), ("PATCH", "/scans")):
        problem(client.http.request(method, f"/api/v1{path}"), 404, 405)
    for headers in ({"Authorization": "Basic x"}, {"Authorization": "Bearer " + "x" * 5000}, {"Authorization": ""}):
        problem(client.http.get("/api/v1/items", headers=headers), 401)
    problem(client.http.get("/health/nope"), 404)
    assert not server.mistakes(lines)


def test_what_is_wrong_is_named(client: Client) -> None:
    asked = {
        "q: Expected `str` of length <= 200": client.http.get(f"/api/v1/search?q={'x' * 201}"),
        "limit: Expected `int` <= 500": client.http.get("/api/v1/items?limit=501"),
        "kind": client.http.post("/api/v1/libraries", json={"name": "A", "kind": "plants", "paths": ["/a"]}),
    }
    for words, answer in asked.items():
        assert problem(answer, 400).startswith(words)
        (field,) = answer.json()["extra"]["fields"]
        assert field["source"] in ("query", "body")
