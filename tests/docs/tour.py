"""A walk through the whole API as a person would take it, on a real server: the source of the reference's examples."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.journeys.server import PASSWORD, USERNAME, Client, eventually

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs/examples/api.json"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
_HASH = re.compile(r"(?<=[?&=])[0-9a-f]{16,}|\b[0-9a-f]{32,}\b")
_PASS = re.compile(r"(?<=/media/)[A-Za-z0-9_=-]{20,}")
_SECRETS = ("access_token", "refresh_token", "key", "secret", "code", "thumbhash", "next", "prefix")
_LONGEST_LIST = 2


@dataclass(frozen=True)
class Example:
    """One request and its answer, as the reference shows them."""

    method: str
    route: str
    path: str
    signed_in: bool
    body: object
    status: int
    response: object


class Tour:
    """Records what it asks. Stand-ins replace ids, times and secrets, so that examples do not change by chance."""

    def __init__(self, client: Client, media: Path) -> None:
        self.client = client
        self.media = media
        self.examples: list[Example] = []
        self._ids: dict[str, str] = {}

    def ask(
        self, method: str, route: str, body: object = None, *, status: int = 200, signed_in: bool = True,
        query: str = "", **parameters: str,
    ) -> Any:  # fmt: skip
        """One request to `route`, a path of the description; the answer's JSON. It must have the status."""
        path = route
        for name, value in parameters.items():
            path = path.replace("{" + name + "}", value)
        headers = {} if signed_in else {"Authorization": ""}
        answer = self.client.http.request(method, path + query, json=body, headers=headers or None)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        said = answer.json() if "json" in answer.headers.get("content-type", "") and answer.content else None
        self.examples.append(
            Example(method, route, self._tidy(path + query), signed_in, self._tidy(body), status, self._tidy(said))
        )
        return said

    def hear(self, route: str) -> None:
        """The first lines of a stream of events."""
        with self.client.http.stream("GET", route, timeout=httpx.Timeout(10, read=10)) as answer:
            assert answer.status_code == 200
            first = next(line for line in answer.iter_lines() if line)
        assert first.startswith("retry:")
        self.examples.append(Example("GET", route, route, True, None, 200, None))

    def _tidy(self, value: Any, key: str = "") -> Any:
        if isinstance(value, Mapping):
            return {name: self._tidy(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._tidy(inner, key) for inner in value[:_LONGEST_LIST]]
        if isinstance(value, str):
            if key in _SECRETS:
                return "..."
            for folder in (str(self.media), str(self.media.resolve())):
                value = value.replace(folder, "/srv")
            value = _UUID.sub(lambda match: self._id(match[0]), value)
            value = _TIME.sub("2026-01-01T12:00:00Z", value)
            return _PASS.sub("...", _HASH.sub("...", value))
        return value

    def _id(self, real: str) -> str:
        return self._ids.setdefault(real, f"01980000-0000-7000-8000-{len(self._ids) + 1:012d}")


def walk(tour: Tour) -> None:
    """Everything that a household does, in an order that makes sense."""
    v1 = "/api/v1"
    ask = tour.ask
    for word in ("live", "ready", "startup"):
        ask("GET", f"/health/{word}", signed_in=False)
    ask("GET", f"{v1}/server", signed_in=False)
    made = ask("POST", f"{v1}/setup", {"username": USERNAME, "password": PASSWORD}, status=201, signed_in=False)
    signed = ask(
        "POST", f"{v1}/auth/login", {"username": USERNAME, "password": PASSWORD, "device": "Kitchen"}, signed_in=False
    )
    ask("POST", f"{v1}/auth/login", {"username": USERNAME, "password": "wrong"}, status=401, signed_in=False)
    tour.client.http.headers["Authorization"] = f"Bearer {made['access_token']}"
    ask("POST", f"{v1}/auth/refresh", {"refresh_token": signed["refresh_token"]}, signed_in=False)
    with _as(tour, signed["access_token"]):
        ask("POST", f"{v1}/auth/logout", status=204)
    _libraries(tour, v1)
    _items(tour, v1)
    _lists(tour, v1)
    _people(tour, v1)


@contextlib.contextmanager
def _as(tour: Tour, token: str) -> Iterator[None]:
    before = tour.client.http.headers["Authorization"]
    tour.client.http.headers["Authorization"] = f"Bearer {token}"
    yield
    tour.client.http.headers["Authorization"] = before


def _libraries(tour: Tour, v1: str) -> None:
    ask = tour.ask
    ask("GET", f"{v1}/filesystem", query=f"?path={tour.media}")
    films = ask(
        "POST",
        f"{v1}/libraries",
        {"name": "Films", "kind": "movies", "paths": [str(tour.media / "Films")]},
        status=201,
    )
    tour.client.scanned(films["scan"]["id"])
    tour.client.add_library("Shows", "shows", tour.media / "Shows")
    tour.client.add_library("Music", "music", tour.media / "Music")
    spare = tour.media / "Spare"
    spare.mkdir(exist_ok=True)
    gone = tour.client.add_library("Spare", "movies", spare)
    ask("GET", f"{v1}/libraries")
    ask("GET", f"{v1}/libraries/{{library_id}}", library_id=films["id"])
    ask("PATCH", f"{v1}/libraries/{{library_id}}", {"name": "Our films"}, library_id=films["id"])
    scan = ask("POST", f"{v1}/libraries/{{library_id}}/scan", status=202, library_id=films["id"])
    ask("DELETE", f"{v1}/scans/{{scan_id}}", status=202, scan_id=scan["id"])
    tour.client.scanned(scan["id"])
    ask("GET", f"{v1}/scans/{{scan_id}}", scan_id=films["scan"]["id"])
    ask("GET", f"{v1}/libraries/{{library_id}}/scans", library_id=films["id"])
    ask("DELETE", f"{v1}/libraries/{{library_id}}", status=204, library_id=gone)
    tour.hear(f"{v1}/events")


def _items(tour: Tour, v1: str) -> None:
    ask = tour.ask
    # Jobs make the pictures that the examples show, in their own time.
    eventually(lambda: not any(q["waiting"] + q["running"] for q in tour.client.get("/jobs")["queues"]), 60)
    found = ask("GET", f"{v1}/items", query="?kind=movie&sort=title&limit=2")
    film = next(
        item["id"]
        for item in tour.client.get("/items", kind="movie", sort="title")["items"]
        if "Moons" in item["title"]
    )
    shown = tour.client.get("/items", kind="series")["items"][0]["id"]
    assert found["total"] == 3
    ask("GET", f"{v1}/items/{{item_id}}", item_id=film)
    ask("GET", f"{v1}/items/{{item_id}}", status=404, item_id="01980000-0000-7000-8000-00000000dead")
    ask("GET", f"{v1}/items/{{item_id}}/children", item_id=shown)
    ask("GET", f"{v1}/home")
    ask("GET", f"{v1}/search", query="?q=paper")
    ask("GET", f"{v1}/items/{{item_id}}/images/{{image_type}}", item_id=film, image_type="poster", query="?width=320")
    for method in ("PUT", "DELETE"):
        ask(method, f"{v1}/items/{{item_id}}/watch-later", status=204, item_id=film)
    for word in ("watched", "favorite"):
        ask("PUT", f"{v1}/items/{{item_id}}/{word}", item_id=film)
        ask("DELETE", f"{v1}/items/{{item_id}}/{word}", item_id=film)
    ask("PUT", f"{v1}/items/{{item_id}}/rating", {"rating": 8}, item_id=film)
    ask("PUT", f"{v1}/items/{{item_id}}/progress", {"position_ms": 6000}, item_id=film)
    ask("DELETE", f"{v1}/items/{{item_id}}/progress", status=204, item_id=film)
    able = {"containers": ["mp4"], "video": ["h264"], "audio": ["aac"], "subtitles": ["webvtt"]}
    play = ask("POST", f"{v1}/items/{{item_id}}/play", {"client": able}, status=201, item_id=film)
    ask(
        "PUT",
        f"{v1}/play/{{session_id}}",
        {"position_ms": 3000, "paused": False},
        status=204,
        session_id=play["session"],
    )
    ask("DELETE", f"{v1}/play/{{session_id}}", status=204, session_id=play["session"])


def _lists(tour: Tour, v1: str) -> None:
    ask = tour.ask
    films = [item["id"] for item in tour.client.get("/items", kind="movie", sort="title")["items"]]
    library = tour.client.get("/libraries")["items"][0]["id"]
    for kind in ("playlists", "collections"):
        base = f"{v1}/{kind}"
        made = ask("POST", base, {"name": "Rainy evenings"}, status=201)["id"]
        ask("GET", base)
        put = ask("POST", f"{base}/{{list_id}}/entries", {"item_ids": films[:2]}, status=201, list_id=made)
        ask("GET", f"{base}/{{list_id}}/entries", list_id=made)
        last = put["ids"][-1]
        place = f"{base}/{{list_id}}/entries/{{entry_id}}"
        ask("PUT", f"{place}/place", {"after": None}, status=204, list_id=made, entry_id=last)
        ask("DELETE", place, status=204, list_id=made, entry_id=last)
        ask("GET", f"{base}/{{list_id}}", list_id=made)
        ask("PATCH", f"{base}/{{list_id}}", {"name": "Rain"}, list_id=made)
        ask("DELETE", f"{base}/{{list_id}}", status=204, list_id=made)
    ask("GET", f"{v1}/facets", query="?kind=movie")
    ask("GET", f"{v1}/items/{{item_id}}/similar", item_id=films[0])
    for word in ("letters", "genres", "access"):
        ask("GET", f"{v1}/libraries/{{library_id}}/{word}", library_id=library)
    ask("PUT", f"{v1}/libraries/{{library_id}}/access", {"everyone": True}, library_id=library)


def _people(tour: Tour, v1: str) -> None:
    ask = tour.ask
    ask("GET", f"{v1}/roles")
    ask("PUT", f"{v1}/roles/{{name}}", {"permissions": ["items:read", "items:play"]}, name="kids")
    ask("DELETE", f"{v1}/roles/{{name}}", status=204, name="kids")
    ask("GET", f"{v1}/audit", query="?limit=2")
    ask("GET", f"{v1}/logs", query="?limit=2")
    ask("GET", f"{v1}/me")
    ask("PATCH", f"{v1}/me", {"username": USERNAME})
    ask("GET", f"{v1}/me/sessions")
    again = {"username": USERNAME, "password": PASSWORD, "device": "Bedroom"}
    assert tour.client.http.post(f"{v1}/auth/login", json=again, headers={"Authorization": ""}).status_code == 200
    other = next(one["id"] for one in tour.client.get("/me/sessions")["items"] if not one["current"])
    ask("DELETE", f"{v1}/me/sessions/{{session_id}}", status=204, session_id=other)
    ask("DELETE", f"{v1}/me/sessions", status=204)
    key = ask("POST", f"{v1}/me/api-keys", {"name": "scripts", "permissions": ["items:read"]}, status=201)
    ask("GET", f"{v1}/me/api-keys")
    ask("DELETE", f"{v1}/me/api-keys/{{key_id}}", status=204, key_id=key["id"])
    new = {"username": "ben", "password": "eleven slow rivers", "role": "user"}
    ben = ask("POST", f"{v1}/users", new, status=201)
    ask("GET", f"{v1}/users")
    ask("GET", f"{v1}/users/{{user_id}}", user_id=ben["id"])
    ask("PATCH", f"{v1}/users/{{user_id}}", {"role": "guest"}, user_id=ben["id"])
    for word in ("sessions", "second-factor"):
        ask("DELETE", f"{v1}/users/{{user_id}}/{word}", status=204, user_id=ben["id"])
    ask("GET", f"{v1}/users/{{user_id}}/sessions", user_id=ben["id"])
    shown = ask("POST", f"{v1}/auth/quick-connect", {"device": "Television"}, status=201, signed_in=False)
    code = {"code": shown["code"]}
    ask("POST", f"{v1}/auth/quick-connect/token", {"secret": shown["secret"]}, status=202, signed_in=False)
    ask("POST", f"{v1}/me/quick-connect/find", code)
    ask("POST", f"{v1}/me/quick-connect/refuse", code, status=204)
    ask("DELETE", f"{v1}/users/{{user_id}}", status=204, user_id=ben["id"])
    ask("POST", f"{v1}/me/password", {"current": PASSWORD, "new": PASSWORD + "!"}, status=204)


# What a line of the log says beside its message depends on the line, and which line comes last on the moment.
_OPEN = {"more"}


def shape(value: Any) -> Any:
    """What kind of thing an answer is: the names and types of its fields, without their values."""
    if isinstance(value, Mapping):
        return {name: type(inner).__name__ if name in _OPEN else shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


def read() -> list[dict[str, Any]]:
    """The committed examples."""
    found = json.loads(EXAMPLES.read_text("utf-8"))
    assert isinstance(found, list)
    return found


def write(tour: Tour) -> None:
    """Commits what the tour saw."""
    EXAMPLES.parent.mkdir(parents=True, exist_ok=True)
    seen = [asdict(example) for example in tour.examples]
    EXAMPLES.write_text(json.dumps(seen, indent=1, ensure_ascii=False) + "\n", "utf-8")
