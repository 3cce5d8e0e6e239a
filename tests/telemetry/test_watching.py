"""Who may read the numbers, what health says when parts are away, and the port of a worker on its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from hearth.app.engines import note_path
from tests import plain
from tests.engines import make_folder
from tests.journeys.server import Client, Server, eventually


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server(settings={"web_processes": "2"})
    yield running
    running.remove()


@pytest.fixture(scope="module")
def owner(server: Server) -> Iterator[Client]:
    with Client(server) as client:
        client.set_up()
        yield client


def test_numbers_of_all_processes_whoever_answers(owner: Client) -> None:
    def heard() -> set[str]:
        text = owner.http.get("/metrics", headers={"Authorization": "", "Connection": "close"}).text
        return set(re.findall(r'process_resident_memory_bytes\{process="([^"]+)"\}', text))

    # A worker that is still loading its code answers late: from then on everybody is heard each time.
    eventually(lambda: all(heard() == {"serve", "web 1", "web 2", "worker 1"} for _ in range(6)))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "192.0.2.1"},
        {"Forwarded": "for=192.0.2.1"},
        {"X-Real-IP": "192.0.2.1"},
        {"Host": "rebound.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_what_was_forwarded_is_not_from_here(owner: Client, headers: dict[str, str]) -> None:
    assert plain.get(f"{owner.http.base_url}/metrics", headers=headers).status_code == 403
    assert plain.get(f"{owner.http.base_url}/metrics").status_code == 200


def test_a_trusted_proxy_says_who_asks(person: Client) -> None:
    for client, status in (("192.0.2.1", 403), ("127.0.0.5", 200)):
        answer = person.http.get("/metrics", headers={"Authorization": "", "X-Forwarded-For": client})
        assert answer.status_code == status


def test_a_key_reads_them_from_anywhere(owner: Client) -> None:
    made = owner.send("POST", "/me/api-keys", {"name": "Prometheus", "permissions": ["settings:read"]}, status=201)
    secret = max((value for value in made.values() if isinstance(value, str)), key=len)
    answer = plain.get(
        f"{owner.http.base_url}/metrics", headers={"Authorization": f"Bearer {secret}", "X-Forwarded-For": "192.0.2.1"}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    less = owner.send("POST", "/me/api-keys", {"name": "less", "permissions": ["items:read"]}, status=201)
    secret = max((value for value in less.values() if isinstance(value, str)), key=len)
    answer = plain.get(f"{owner.http.base_url}/metrics", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 403


def test_a_restart_of_a_process_is_seen_as_one(server: Server, owner: Client) -> None:
    def started() -> str:
        text = plain.get(f"{owner.http.base_url}/metrics").text
        found = re.search(r'process_start_time_seconds\{process="worker 1"\} (\S+)', text)
        return found[1] if found else ""

    before = started()
    os.kill(server.children()["worker"], signal.SIGKILL)
    eventually(lambda: started() not in ("", before))


def test_health_in_words_for_administrators(owner: Client, server: Server) -> None:
    gone = make_folder("hearth-gone-")
    (gone / "Film (2020).mp4").write_bytes(b"no film")
    owner.add_library("Gone", "movies", gone)
    shutil.rmtree(gone)
    anybody = eventually(lambda: one if (one := _ready(owner)).json()["parts"]["libraries"] == "degraded" else None)
    assert anybody.status_code == 200, "degraded is not dead"
    assert anybody.json()["status"] == "degraded"
    assert str(gone) not in anybody.text, "no folder is named to strangers"
    told = eventually(lambda: one if str(gone) in str((one := owner.get("/health"))["parts"]["libraries"]) else None)
    assert (told["status"], told["parts"]["libraries"]["state"]) == ("degraded", "degraded")
    assert told["parts"]["database"] == {"state": "ok", "detail": None}
    assert plain.get(f"{owner.http.base_url}/api/v1/health").status_code == 401
    assert plain.get(f"{owner.http.base_url}/health/startup").json()["parts"]["schema"] == "ok"


def _ready(owner: Client) -> httpx.Response:
    return plain.get(f"{owner.http.base_url}/health/ready", timeout=10)


def test_the_cache_down_is_degraded_and_the_database_down_is_down(server: Server, owner: Client) -> None:
    children = server.children()
    owner.http.get("/api/v1/home").raise_for_status()
    cache = next(pid for name, pid in children.items() if "valkey" in name)
    os.kill(cache, signal.SIGSTOP)
    try:
        answer = eventually(lambda: one if (one := _ready(owner)).json()["parts"]["cache"] != "ok" else None)
        assert (answer.status_code, answer.json()["parts"]["cache"]) == (200, "degraded"), answer.json()
    finally:
        os.kill(cache, signal.SIGCONT)
    eventually(lambda: _ready(owner).json()["parts"]["cache"] == "ok", 40)
    postgres = next(pid for name, pid in children.items() if "postgres" in name)
    os.kill(postgres, signal.SIGSTOP)
    _stop_backends(postgres, signal.SIGSTOP)
    try:
        answer = eventually(lambda: one if (one := _ready(owner)).status_code == 503 else None)
        assert (answer.json()["status"], answer.json()["parts"]["database"]) == ("down", "down")
        assert plain.get(f"{owner.http.base_url}/health/live").status_code == 200
        eventually(lambda: 'hearth_health{part="database"} 0.0' in _metrics_in_time(owner))
    finally:
        _stop_backends(postgres, signal.SIGCONT)
        os.kill(postgres, signal.SIGCONT)
    eventually(lambda: _ready(owner).status_code == 200, 40)


def _metrics_in_time(owner: Client) -> str:
    """From either process; the other one may have looked at the database a few seconds before it stopped."""
    began = time.monotonic()
    text = plain.get(f"{owner.http.base_url}/metrics", timeout=15).text
    assert time.monotonic() - began < 10
    return text


def _stop_backends(postgres: int, number: signal.Signals) -> None:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == postgres:
                    os.kill(int(entry.name), number)
            except (OSError, IndexError):  # it ended meanwhile
                continue


def test_a_worker_on_its_own_has_a_port(server: Server) -> None:
    note = msgspec.json.decode(note_path(server.data).read_bytes())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = make_folder("hearth-worker-")
    child = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "hearth",
            "worker",
            "--data",
            str(data),
            "--queues",
            "tidy",
            "--metrics-port",
            str(port),
        ],
        env={**os.environ, "HEARTH_DATABASE_URL": note["dsn"], "HEARTH_CACHE_URL": note["cache_url"]},
    )
    try:
        base = f"http://127.0.0.1:{port}"
        eventually(lambda: _answers(f"{base}/health/live"), 40)
        assert plain.get(f"{base}/health/ready", timeout=30).status_code == 200
        series = 'hearth_job_runs_total{outcome="done",process="worker",task="app.tidy"}'
        eventually(lambda: series in plain.get(f"{base}/metrics", timeout=30).text)
        assert plain.get(f"{base}/etc/passwd", timeout=30).status_code == 404
    finally:
        child.terminate()
        assert child.wait(40) == 0


def _answers(url: str) -> bool:
    try:
        return plain.get(url, timeout=30).status_code == 200
    except httpx.TransportError:
        return False
