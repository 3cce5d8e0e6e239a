"""The command line, as people and scripts call it: beside a running server and without one."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hearth import __version__
from hearth.db import migrate
from tests import media_files as make
from tests.engines import alive, make_folder


def hearth(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hearth", *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "200", **environment},
    )


class Server:
    """`hearth serve`, whole."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log = data / "serve.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hearth", "serve", "--data", str(data), "--port", "0", "--log-format", "json"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + 90
        while "is ready" not in self.said or "Ctrl-C" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)
        found = re.search(r"http://\S+", self.said)
        assert found is not None, self.said
        self.address = found.group()

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server(make_folder())
    yield running
    running.process.kill()
    running.process.wait(10)
    shutil.rmtree(running.data, ignore_errors=True)


def test_version_and_help() -> None:
    assert hearth("--version").stdout == f"hearth {__version__}\n"
    done = hearth("--help")
    assert done.returncode == 0
    for command in ("serve", "web", "worker", "user", "library", "migrate", "config", "doctor", "openapi", "demo"):
        assert re.search(rf"^  {command} ", done.stdout, re.MULTILINE), command


@pytest.mark.parametrize(
    "command", ["serve", "web", "worker", "migrate", "config", "doctor", "openapi", "demo", "library"]
)
def test_every_command_explains_itself(command: str) -> None:
    done = hearth(command, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: hearth {command}")


def test_a_wrong_call_is_two() -> None:
    assert hearth("sevre").returncode == 2
    assert hearth("serve", "--prot", "1").returncode == 2


def test_config_show(data_dir: Path) -> None:
    (data_dir / "hearth.toml").write_text('log_level = "debug"\ndatabase_url = "postgresql://h:CANARY@db/hearth"\n')
    done = hearth("config", "show", "--json", "--data", str(data_dir), "--port", "9000", HEARTH_HOST="::1")
    shown = json.loads(done.stdout)
    assert shown["port"] == {"value": 9000, "source": "--port"}
    assert shown["host"] == {"value": "::1", "source": "HEARTH_HOST"}
    assert shown["log_level"] == {"value": "debug", "source": "hearth.toml line 1"}
    assert shown["cache"] == {"value": f"{data_dir}/cache", "source": "default"}
    text = hearth("config", "show", "--data", str(data_dir))
    assert re.search(r"log_level\s+debug\s+hearth.toml line 1", text.stdout)
    assert "CANARY" not in done.stdout + text.stdout


def test_a_wrong_setting_is_one_sentence_and_no_traceback(data_dir: Path) -> None:
    (data_dir / "hearth.toml").write_text("\nprot = 1\n")
    for command in (("serve",), ("config", "show"), ("migrate", "status"), ("doctor",)):
        done = hearth(*command, "--data", str(data_dir))
        assert done.returncode == 1
        wanted = f'Error: {data_dir}/hearth.toml, line 2: "prot" is no setting. Did you mean "port"?\n'
        assert done.stderr == wanted
    assert not (data_dir / "hearth.lock").exists()
    debug = hearth("config", "show", "--data", str(data_dir), HEARTH_DEBUG="1")
    assert "Traceback" in debug.stderr


def test_a_data_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = hearth("migrate", "status", "--data", str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "--data" in done.stderr


def test_parts_of_a_cluster_need_addresses(data_dir: Path) -> None:
    for command in ("web", "worker"):
        done = hearth(command, HEARTH_DATA=str(data_dir))
        assert done.returncode == 1
        assert "HEARTH_DATABASE_URL" in done.stderr
        assert "hearth serve" in done.stderr


def test_a_database_that_is_not_there(data_dir: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"postgresql://h:CANARY@127.0.0.1:{port}/hearth"
    done = hearth("serve", "--data", str(data_dir), "--port", "0", HEARTH_DATABASE_URL=address)
    assert done.returncode == 1
    assert "The database cannot be reached" in done.stderr
    assert "CANARY" not in done.stderr + done.stdout


def test_openapi_is_yaml_and_json() -> None:
    import yaml

    done = hearth("openapi")
    document = yaml.load(done.stdout, yaml.CSafeLoader)  # a tenth of the time
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/items" in document["paths"]
    assert json.loads(hearth("openapi", "--json").stdout) == document


def test_migrations_without_a_server(data_dir: Path) -> None:
    """The engines are started for the length of the command and are gone after it."""
    count = len(migrate.read())
    data = ("--data", str(data_dir))
    waiting = json.loads(hearth("migrate", "status", "--json", *data).stdout)
    assert [step["applied_at"] for step in waiting] == [None] * count
    assert hearth("migrate", "up", *data).stdout == f"{count} steps applied.\n"
    assert hearth("migrate", "up", *data).stdout == "The database is up to date.\n"
    refused = hearth("migrate", "down", "0", *data)
    assert refused.returncode == 130
    assert hearth("migrate", "down", "0", "--yes", *data).stdout == f"{count} steps taken back.\n"
    assert "not applied" in hearth("migrate", "status", *data).stdout
    assert not (data_dir / "postgres" / "18" / "postmaster.pid").exists()


def test_beside_a_running_server(server: Server) -> None:
    data = ("--data", str(server.data))
    with urllib.request.urlopen(f"{server.address}/health/ready", timeout=20) as answer:  # noqa: S310 - http
        assert json.load(answer)["parts"]["database"] == "ok"
    steps = json.loads(hearth("migrate", "status", "--json", *data).stdout)
    assert all(step["applied_at"] for step in steps)
    checks = {found["check"]: found for found in json.loads(hearth("doctor", "--json", *data).stdout)}
    assert checks["Database and cache"]["ok"], checks
    assert checks["Address"]["detail"] == f"the server runs at {server.address}"
    assert checks["ffmpeg"]["ok"]
    second = hearth("serve", *data, "--port", "0")
    assert second.returncode == 1
    assert f"(process {server.process.pid})" in second.stderr


def test_the_log_is_json_and_knows_its_processes(server: Server) -> None:
    lines = [json.loads(line) for line in server.said.splitlines() if line.startswith("{")]
    assert {"serve"} <= {line["process"] for line in lines}
    assert not [line for line in lines if line["level"] == "error"]


def test_the_end_leaves_nothing_behind(server: Server) -> None:
    """The last test of the module: SIGTERM while a client holds an open stream."""
    from tests.app.test_supervise import descendants

    children = descendants(server.process.pid)
    assert any("hearth.app.process web" in command for command in children.values())
    host, _, port = server.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as held:
        held.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in held.recv(4096)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0, server.said
    assert not [command for pid, command in children.items() if alive(pid)]
    assert not [line for line in server.said.splitlines() if "Traceback" in line], server.said


@pytest.mark.timeout(300)
def test_scans_without_the_web(server: Server) -> None:
    """One folder is scanned, the history tells of it, and there is nothing to cancel afterwards."""
    data = ("--data", str(server.data))
    media = make_folder("hearth-media-")
    make.video(media / "Paper Moons (2021)" / "Paper Moons (2021).mp4")
    try:
        added = hearth("library", "add", "Films", str(media), "--kind", "movies", *data)
        assert "1 new" in added.stdout, added.stderr
        make.video(media / "Paper Moons (2021)" / "Paper Moons (2021) - 480p.mp4")
        make.video(media / "Long Road (2001).mp4")
        done = hearth("library", "scan", "Films", "--folder", str(media / "Paper Moons (2021)"), *data)
        assert "Films: done. " in done.stdout, done.stderr
        assert "done. 2 files:" in done.stdout, "what lies outside of the folder is left alone"
        told = json.loads(hearth("library", "history", "Films", "--json", *data).stdout)
        # The server watches the folder, too: scans of its own may lie between and behind.
        assert {tuple(one["folders"] or ()) for one in told} >= {(), (str(media / "Paper Moons (2021)"),)}
        assert (told[-1]["folders"], told[-1]["counts"]["new"]) == (None, 1)
        late = hearth("library", "cancel", "Films", *data)
        assert "No scan of Films is under way." in late.stderr or late.stdout == "It stops within moments.\n"
    finally:
        shutil.rmtree(media, ignore_errors=True)
