"""The supervisor with real processes: crashes, kills, drains, and refusals before anything starts."""

from __future__ import annotations

import contextlib
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

import msgspec
import pytest

from tests.engines import alive, ends_within, listening_ports, make_folder

REPOSITORY = Path(__file__).resolve().parents[2]


class House:
    """A supervised server in a process of its own."""

    def __init__(self, data: Path, web: str = "fine", grace_s: float = 5, prefix: tuple[str, ...] = ()) -> None:
        self.data = data
        self.port = free_port()
        self.log = data.parent / f"{data.name}-{self.port}.log"
        environment = {
            **os.environ,
            "HEARTH_CACHE_URL": "unix:///CANARY",
            "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'src'}",
        }
        start = prefix or (sys.executable,)
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*start, "-m", "tests.app.house", "serve", str(data), str(self.port), web, str(grace_s)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=REPOSITORY,
            )

    @property
    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def ready(self, timeout_s: float = 90) -> House:
        deadline = time.monotonic() + timeout_s
        while "READY" not in self.said:
            assert self.process.poll() is None, self.said
            if time.monotonic() > deadline:
                self.process.kill()  # or it would keep the data folder from those that come after
                self.process.wait(10)
                raise AssertionError(self.said)
            time.sleep(0.02)
        return self

    def children(self) -> dict[int, str]:
        """Every process below the server, with its command line."""
        return {pid: command for pid, command in descendants(self.process.pid).items() if alive(pid)}

    def pid_of(self, pattern: str) -> int:
        return next(pid for pid, command in self.children().items() if re.search(pattern, command))

    def web_pid(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=20) as answer:
            return int(answer.read())

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self.log.unlink(missing_ok=True)


def descendants(root: int) -> dict[int, str]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found: dict[int, str] = {}
    waiting = [root]
    while waiting:
        for pid in parents.get(waiting.pop(), []):
            try:
                found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            waiting.append(pid)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def lived_in() -> Iterator[Path]:
    """A data folder that these tests use one after the other, so that the database is made once."""
    folder = make_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def house(lived_in: Path) -> Iterator[House]:
    running = House(lived_in).ready()
    yield running
    running.end()


def answering(house: House, count: int) -> set[int]:
    """The web processes that answer requests, once there are so many."""
    found: set[int] = set()
    deadline = time.monotonic() + 20
    while len(found) < count:
        assert time.monotonic() < deadline, house.said
        with contextlib.suppress(ConnectionError):  # it was the killed one's, who had just taken it
            found.add(house.web_pid())
    return found


def test_one_life(house: House) -> None:
    """Ready, crashes mended, refusals, then a drain that leaves nothing behind."""
    note = msgspec.json.decode((house.data / "run" / "engines.json").read_bytes())
    assert note["pid"] == house.process.pid
    assert note["address"] == f"http://127.0.0.1:{house.port}"
    assert (house.data / "run" / "engines.json").stat().st_mode & 0o777 == 0o600

    # Nobody but the web process can be reached by network.
    ports = {pid: listening_ports(pid) for pid in [house.process.pid, *house.children()]}
    assert {port for found in ports.values() for port in found} == {house.port}
    assert ports[house.pid_of(r"bin/postgres -D")] == ports[house.pid_of("valkey-server")] == []

    # A second server on the same data is refused and says who holds it; the first does not mind.
    second = House(house.data)
    assert second.process.wait(20) == 1
    assert f"in use by hearth serve (process {house.process.pid})" in second.said
    second.end()

    # Both web processes answer on the one socket; killed, both come back, and requests that waited are answered.
    pids = answering(house, 2)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert not answering(house, 2) & pids

    # So do the engines and the worker.
    for pattern in (r"bin/postgres -D", "valkey-server", "tests.app.house worker"):
        killed = house.pid_of(pattern)
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 15
        while killed in house.children() or not any(re.search(pattern, c) for c in house.children().values()):
            assert time.monotonic() < deadline, house.said
            time.sleep(0.05)
    assert "PostgreSQL ended unexpectedly (killed by SIGKILL)" in house.said

    children = house.children()
    began = time.monotonic()
    house.process.send_signal(signal.SIGTERM)
    assert house.process.wait(30) == 0, house.said
    assert time.monotonic() - began < 10
    assert not [command for pid, command in children.items() if alive(pid)]
    assert not (house.data / "run" / "engines.json").exists()


def test_killed_without_warning_leaves_no_child_and_starts_again(lived_in: Path) -> None:
    house = House(lived_in).ready()
    children = house.children()
    assert len(children) > 6
    house.process.kill()
    house.process.wait(5)
    left = {command for pid, command in children.items() if not ends_within(pid, 5)}
    assert not left
    house.end()
    again = House(lived_in).ready()
    again.end()


def test_a_web_process_that_will_not_end_is_killed(lived_in: Path) -> None:
    house = House(lived_in, "stubborn", grace_s=1).ready()
    children = house.children()
    began = time.monotonic()
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(20) == 0
    assert 0.9 < time.monotonic() - began < 8
    assert not [command for pid, command in children.items() if alive(pid)]
    house.end()


def test_a_second_ctrl_c_hurries(lived_in: Path) -> None:
    house = House(lived_in, "stubborn", grace_s=60).ready()
    house.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert house.process.poll() is None
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(10) == 0
    house.end()


def test_a_web_process_that_never_starts_ends_the_server(lived_in: Path) -> None:
    house = House(lived_in, "broken")
    assert house.process.wait(30) == 1
    assert re.search(r"Error: The web \d process does not start \(exit code 3\)", house.said)
    assert not house.children()
    house.end()


def test_a_port_in_use_is_refused_before_anything_starts(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = hearth("serve", "--data", str(data_dir), "--port", str(port))
    assert done.returncode == 1
    assert f"Error: Port {port} on 127.0.0.1 is in use by another program" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert not (data_dir / "postgres").exists()


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (("--host", "203.0.113.7"), "does not exist on this machine"),
        (("--host", "no such host"), "does not exist on this machine"),
        (("--port", "70000"), "--port: port is wrong"),
    ],
)
def test_an_address_that_cannot_be(data_dir: Path, options: tuple[str, ...], wanted: str) -> None:
    done = hearth("serve", "--data", str(data_dir), *options)
    assert done.returncode == 1
    assert wanted in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try out what happens to root")
def test_root_with_data_that_the_engines_cannot_reach() -> None:
    closed = make_folder("hearth-closed-")
    try:
        closed.chmod(0o700)
        data = closed / "data"
        done = hearth("serve", "--data", str(data), "--port", "0")
        assert done.returncode == 1
        assert f"may not enter {closed}" in done.stderr
        assert f"chmod o+x {closed}" in done.stderr
    finally:
        shutil.rmtree(closed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_as_an_unprivileged_user(data_dir: Path) -> None:
    """The whole house as nobody, with a Python that nobody may run."""
    become = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    packages = next(Path(p) for p in sys.path if p.endswith("site-packages"))
    for python in (sys.executable, "/usr/bin/python3"):
        run = (
            *become,
            "env",
            f"PYTHONPATH={REPOSITORY}:{REPOSITORY / 'src'}:{packages}",
            "HOME=/nonexistent",
            python,
            "-B",
        )
        probe = subprocess.run([*run, "-c", "import asyncpg"], capture_output=True, timeout=30, check=False, cwd="/")
        if probe.returncode == 0:
            break
    else:
        pytest.skip("no Python of this version that the user nobody may run")
    shutil.chown(data_dir, "nobody", "nogroup")
    data_dir.chmod(0o700)
    house = House(data_dir, prefix=run).ready()
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in house.children()}
    assert owners == {data_dir.stat().st_uid}
    assert house.web_pid() in house.children()
    house.end()
    assert house.process.returncode == 0


def hearth(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hearth", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )
