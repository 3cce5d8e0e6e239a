"""Logs of a whole server: levels by room, ids that are carried through, files that are turned over, the last lines."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from hearth.kit import logs, logs_recent, telemetry
from hearth.kit.logs_file import LINES_LOST, Files
from tests.journeys.server import Client, Server, eventually


def test_the_last_lines_of_all_processes(person: Client, loud: Server) -> None:
    said = person.get("/logs", level="debug", limit=1000)
    assert set(said["processes"]) == {"serve", "web 1", "worker 1"}
    assert {line["process"] for line in said["items"]} >= {"web 1"}
    times = [line["timestamp"] for line in said["items"]]
    assert times == sorted(times)
    assert {line["level"] for line in person.get("/logs", level="warning")["items"]} <= {"warning", "error", "critical"}
    assert len(person.get("/logs", level="debug", limit=3)["items"]) == 3
    assert person.http.get("/api/v1/logs?level=loud").status_code == 400


def test_ids_go_with_the_work_into_the_worker(person: Client, loud: Server) -> None:
    library = person.get("/libraries")["items"][0]["id"]
    answer = person.http.post(f"/api/v1/libraries/{library}/scan", headers={"X-Request-Id": "scan-for-the-log"})
    assert answer.status_code == 202
    user = person.get("/me")["id"]
    eventually(lambda: {"web 1", "worker 1"} <= {line["process"] for line in _of(person, "scan-for-the-log")})
    lines = _of(person, "scan-for-the-log")
    door = next(line for line in lines if line["logger"] == "hearth.api.requests")
    assert (door["user"], door["more"]["method"], door["more"]["status"]) == (user, "POST", 202)
    work = [line for line in lines if line["process"] == "worker 1"]
    assert all(isinstance(line["job"], int) for line in work)
    assert person.get("/logs", level="debug", job=work[0]["job"])["items"] == [
        line for line in lines if line["job"] == work[0]["job"]
    ]


def _of(person: Client, request: str) -> list[Any]:
    found: list[Any] = person.get("/logs", level="debug", limit=1000, request=request)["items"]
    return found


def test_only_administrators_read_it(person: Client, loud: Server) -> None:
    person.send("POST", "/users", {"username": "ben", "password": "nine paper boats"}, status=201)
    token = person.send("POST", "/auth/login", {"username": "ben", "password": "nine paper boats"})["access_token"]
    for route in ("/api/v1/logs", "/api/v1/health", "/metrics"):
        denied = person.http.get(route, headers={"Authorization": f"Bearer {token}"})
        assert denied.status_code == 403, route
        assert person.http.get(route).status_code == 200, route
    assert person.http.get("/api/v1/logs", headers={"Authorization": ""}).status_code == 401


def test_each_process_writes_its_own_file(person: Client, loud: Server) -> None:
    folder = loud.data / "logs" / "own"
    assert {path.name for path in folder.glob("*.log")} == {"serve.log", "web-1.log", "worker-1.log"}
    lines = [json.loads(line) for line in (folder / "web-1.log").read_text().splitlines()]
    assert any(line["logger"] == "hearth.api.requests" for line in lines)
    assert (folder / "web-1.log").stat().st_mode & 0o007 == 0


@pytest.fixture
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs_recent.forget()
    yield
    logs.configure("warning")  # closes files, forgets the levels of rooms
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    logs_recent.forget()


@pytest.mark.usefixtures("_restored")
def test_a_level_for_each_room(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning", "json", levels={"ingest": "debug", "accounts": "error", "asyncpg": "debug"})
    for name in ("hearth.ingest.scan", "hearth.accounts.gate", "hearth.playback", "asyncpg"):
        structlog.get_logger(name).debug("fine print")
        logging.getLogger(name).warning("hear me")
    said = [(one["logger"], one["level"]) for one in map(json.loads, capsys.readouterr().err.splitlines())]
    assert said == [
        ("hearth.ingest.scan", "debug"), ("hearth.ingest.scan", "warning"),
        ("hearth.playback", "warning"), ("asyncpg", "debug"), ("asyncpg", "warning"),
    ]  # fmt: skip
    logs.configure("warning", "json")
    logging.getLogger("hearth.ingest.scan").debug("not any more")
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("_restored")
def test_ids_stand_on_each_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json", process="web 1")
    with telemetry.carrying(request="abc", job=7, user="ada"):
        logging.getLogger("hearth.x").info("inside")
    logging.getLogger("hearth.x").info("outside")
    inside, outside = map(json.loads, capsys.readouterr().err.splitlines())
    assert (inside["request"], inside["job"], inside["user"]) == ("abc", 7, "ada")
    assert not {"request", "job", "user"} & outside.keys()
    assert [json.loads(line)["message"] for line in logs_recent.recent()] == ["inside", "outside"]


@pytest.mark.usefixtures("_restored")
def test_files_are_turned_over_by_size_number_and_age(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    ancient = folder / "worker-9-20200101T000000000.log"
    ancient.write_text("old\n")
    os.utime(ancient, (time.time() - 40 * 86_400,) * 2)
    logs.configure("info", "json", process="web 1", files=Files(folder, bytes=4000, count=3, days=14))
    for number in range(120):
        logging.getLogger("hearth.x").info("line %d", number)
        time.sleep(0.001)
    assert not ancient.exists()
    files = sorted(folder.glob("web-1*.log"))
    assert len(files) == 4
    assert all(path.stat().st_size <= 4000 for path in files)
    assert files[-1].name == "web-1.log"
    text = "".join(path.read_text() for path in files)
    numbers = [int(json.loads(line)["message"].split()[1]) for line in text.splitlines()]
    assert numbers == list(range(numbers[0], 120)), "only the oldest are gone, and none in between"


@pytest.mark.usefixtures("_restored")
def test_yesterdays_file_is_turned_over(tmp_path: Path) -> None:
    (tmp_path / "web-1.log").write_text('{"message": "yesterday"}\n')
    os.utime(tmp_path / "web-1.log", (time.time() - 86_400,) * 2)
    logs.configure("info", "json", process="web 1", files=Files(tmp_path))
    logging.getLogger("hearth.x").info("today")
    logging.getLogger("hearth.x").info("still today")
    assert len((tmp_path / "web-1.log").read_text().splitlines()) == 2
    assert [path.read_text() for path in tmp_path.glob("web-1-*.log")] == ['{"message": "yesterday"}\n']


@pytest.mark.usefixtures("_restored")
def test_a_disk_that_takes_nothing_costs_lines_and_no_work() -> None:
    before = LINES_LOST.value()
    logs.configure("info", "json", process="web 1", files=Files(Path("/proc/no/logs/here")))
    logging.getLogger("hearth.x").info("said all the same")
    assert LINES_LOST.value() == before + 1
    assert len(logs_recent.recent()) == 1


@pytest.mark.usefixtures("_restored")
def test_the_ring_is_bounded() -> None:
    logs.configure("info", "json")
    for number in range(logs_recent.KEPT + 10):
        logging.getLogger("hearth.x").info("line %d", number)
    logging.getLogger("hearth.x").info("x" * 500_000)
    kept = logs_recent.recent()
    assert len(kept) == logs_recent.KEPT
    assert max(map(len, kept)) < 10_000
    assert logs_recent.recent("warning") == []
