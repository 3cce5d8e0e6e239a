"""Row 43: a secret that clients and the server itself use stands in no line of the log and no child's arguments.

Every room and library speaks at debug; tokens come in every place where a client may put one. What the server wrote to
its terminal, its files, the API and the traces is searched for each of them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.server import Client, Server, eventually
from tests.journeys.test_a_play import find, play
from tests.telemetry.conftest import loud, person, receiver  # noqa: F401 - fixtures
from tests.telemetry.receiver import Receiver

CANARY = "CANARYcanaryCANARYcanaryCANARY0123456789"
PLACES: list[tuple[str, str, dict[str, str]]] = [
    ("GET", f"/api/v1/items?api_key={CANARY}", {}),
    ("GET", f"/api/v1/items?ApiKey={CANARY}&X-Plex-Token={CANARY}", {}),
    ("GET", f"/api/v1/events?access_token={CANARY}", {}),
    ("GET", f"/api/v1/nowhere?api%5Fkey={CANARY}&t={CANARY}", {}),
    ("GET", f"/api/v1/media/{CANARY}/master.m3u8?token={CANARY}", {}),
    ("GET", f"/api/v1/media/{CANARY}/subtitles/0.vtt", {}),
    ("GET", f"/login?next=/&token={CANARY}", {}),
    ("GET", "/api/v1/me", {"Authorization": f"Bearer {CANARY}"}),
    ("GET", "/api/v1/me", {"Authorization": f"Basic {CANARY}"}),
    ("GET", "/api/v1/me", {"Cookie": f"a=b; hearth_session={CANARY}; c=d"}),
    ("GET", "/api/v1/me", {"X-Emby-Token": CANARY, "X-Api-Key": CANARY}),
    ("GET", "/api/v1/me", {"Authorization": f'MediaBrowser Client="x", Token="{CANARY}"'}),
    ("GET", "/metrics", {"Authorization": f"Bearer {CANARY}"}),
    ("POST", "/api/v1/auth/login", {"Referer": f"http://x/?password={CANARY}"}),
    ("BREW", f"/api/v1/items?api_key={CANARY}", {}),
    ("GET", f"/api/v1/items?limit=nonsense&api_key={CANARY}", {"traceparent": CANARY}),
]


class Watch:
    """Notes the arguments of every child of the server, again and again, while it is entered."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.seen: set[bytes] = set()

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.01):
            self.seen |= set(_arguments(self._server.process.pid))


def _arguments(top: int) -> Iterator[bytes]:
    parents: dict[int, int] = {}
    words: dict[int, bytes] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words[int(entry.name)] = (entry / "cmdline").read_bytes() + b"\0" + _environment(entry)
            except (OSError, IndexError):
                continue
    for process, said in words.items():
        above = process
        while above not in (top, 0, 1):
            above = parents.get(above, 0)
        if above == top and process != top:
            yield said


def _environment(entry: Path) -> bytes:
    try:
        return (entry / "environ").read_bytes()
    except OSError:
        return b""


def written(server: Server, person: Client, receiver: Receiver) -> dict[str, str]:  # noqa: F811
    """Everything that the server said, by where."""
    files = [path for path in server.data.rglob("*.log") if path.is_file() and os.access(path, os.R_OK)]
    assert len(files) >= 4, "ours and PostgreSQL's"
    return {
        "terminal": "".join(server.lines),
        **{str(path.relative_to(server.data)): path.read_text(errors="replace") for path in files},
        "the API": person.http.get("/api/v1/logs?level=debug&limit=1000").text,
        "metrics": person.http.get("/metrics").text,
        "traces": b"".join(receiver.raw).decode("latin-1"),
    }


@pytest.mark.usefixtures("loud")
def test_no_secret_is_written_anywhere(loud: Server, person: Client, receiver: Receiver) -> None:  # noqa: F811
    key = person.send("POST", "/me/api-keys", {"name": "a program", "permissions": ["settings:read"]}, status=201)
    signed_in = person.send(
        "POST", "/auth/login", {"username": "anna", "password": "seven green lanterns", "device": "x"}
    )
    secrets = [CANARY, "seven green lanterns", signed_in["access_token"], signed_in["refresh_token"]]
    secrets.append(max((value for value in key.values() if isinstance(value, str)), key=len))
    assert secrets[-1].startswith("hearth_")
    with Watch(loud) as watch:
        for method, path, headers in PLACES:
            person.http.request(method, path, headers={"Authorization": "", **headers}, json={"password": CANARY})
        assert person.http.get("/metrics", headers={"Authorization": f"Bearer {secrets[-1]}"}).status_code == 200
        person.http.post("/api/v1/auth/refresh", json={"refresh_token": CANARY})
        person.http.post("/api/v1/auth/login", json={"username": CANARY, "password": CANARY})
        session = play(person, find(person, "movie", "Ember Season"))
        media_pass = session["url"].split("/")[-2]
        assert len(media_pass) > 20
        secrets.append(media_pass)
        person.http.get(session["url"]).raise_for_status()
        person.http.get(session["url"].replace("master.m3u8", "0.m4s")).raise_for_status()
        person.http.get(session["url"].replace("master.m3u8", "99999.m4s"))
        eventually(lambda: any(b"ffmpeg" in words for words in watch.seen))
        person.send("DELETE", f"/play/{session['session']}", status=204)
    time.sleep(2.5)  # spans leave within two seconds
    said = written(loud, person, receiver)
    assert '"/api/v1/media/{word}/{name}"' in said["terminal"], "requests were logged"
    assert "api_key" in said["terminal"], "the names of parameters are"
    for secret in secrets:
        for where, text in said.items():
            assert secret not in text, f"{secret[:6]}... stands in {where}"
        assert not any(secret.encode() in words for words in watch.seen), "a child was handed a secret"
