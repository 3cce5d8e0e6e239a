"""The whole server as a person starts it, `hearth serve`, and a client that speaks to it over the wire."""

import atexit
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import httpx

from tests import plain
from tests.engines import make_folder

USERNAME, PASSWORD = "anna", "seven green lanterns"
_READY_S = 60.0


class Server:
    """`hearth serve` on a data folder of its own and a free port, until `stop`.

    `settings` are HEARTH_* variables by their keys; `prefix` is what runs it, a `setpriv` for another user. Where no
    folder is given, it is one in which a server was started before, and nothing done: that spares the start half of its
    processor time. Who wants to see the first start gives an empty folder.
    """

    def __init__(
        self, data: Path | None = None, *, settings: Mapping[str, str] | None = None, prefix: Sequence[str] = ()
    ) -> None:
        self.data = data or _started_before()
        self._settings = {f"HEARTH_{key.upper()}": value for key, value in (settings or {}).items()}
        self._prefix = prefix
        self.address = ""
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] = self._start()

    def _start(self) -> subprocess.Popen[str]:
        # What whole servers run is not counted as covered: counting costs them half as much again.
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("HEARTH_", "COV"))}
        process = subprocess.Popen(
            [
                *self._prefix, sys.executable, "-m", "hearth",
                "serve", "--data", str(self.data), "--port", "0", "--log-level", "info",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
            env={**environment, **self._settings, "COLUMNS": "200", "PYTHONWARNINGS": "default"},
        )  # fmt: skip
        threading.Thread(target=self._read, args=(process,), daemon=True).start()
        deadline = time.monotonic() + _READY_S
        while not self.address:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise AssertionError("the server did not get ready:\n" + "".join(self.lines))
            time.sleep(0.02)
        return process

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.lines.append(line)
                if not self.address and (match := re.search(r"Open\s+(http://\S+)", line)):
                    self.address = match[1]

    def children(self) -> dict[str, int]:
        """The server's own processes by name ("web 1", "worker 1", "postgres", "valkey"), as /proc tells."""
        found: dict[str, int] = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except (OSError, IndexError):
                continue
            if parent == self.process.pid:
                role = next((word for word in (b"web", b"worker") if word in words), os.path.basename(words[0]))
                found[role.decode()] = int(entry.name)
        return found

    def mistakes(self, begin: int = 0) -> list[str]:
        """The lines of the log, from `begin` on, that tell of something unforeseen."""
        return [line for line in self.lines[begin:] if "Traceback" in line or "request failed" in line]

    def restart(self) -> None:
        """Start again on the same data."""
        self.address = ""
        self.process = self._start()

    def kill(self) -> None:
        """As a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        """As Ctrl-C does; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)

    def remove(self) -> None:
        """Stop and forget the data."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)


def _started_before() -> Path:
    folder = make_folder("hearth-serve-")
    subprocess.run(["cp", "-a", f"{_template()}/.", folder], check=True, timeout=60)
    return folder


@functools.cache
def _template() -> Path:
    """What a server leaves that was started in an empty folder and stopped, until this process ends."""
    folder = make_folder("hearth-template-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Server(folder).stop()
    shutil.rmtree(folder / "logs")
    return folder


class Addressed(Protocol):
    """Whatever serves at an address, started in one way or another."""

    @property
    def address(self) -> str: ...


class _Tokens(httpx.Auth):
    """The access token of a session, renewed before it runs out as every client has to; a header of a request's own
    goes before it."""

    def __init__(self, answer: httpx.Response) -> None:
        self._keep(answer)

    def _keep(self, answer: httpx.Response) -> None:
        told = answer.json()
        self.header = f"Bearer {told['access_token']}"
        self._refresh = told["refresh_token"]
        self._until = time.monotonic() + told["expires_in"] - 60

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if "Authorization" not in request.headers:
            if time.monotonic() > self._until:
                renewed = yield httpx.Request(
                    "POST", request.url.join("/api/v1/auth/refresh"), json={"refresh_token": self._refresh}
                )
                renewed.read()  # this answer alone: others may be streams that do not end
                assert renewed.status_code == 200, renewed.text
                self._keep(renewed)
            request.headers["Authorization"] = self.header
        yield request


class Client:
    """A signed-in person at /api/v1."""

    def __init__(self, server: Addressed) -> None:
        self.http = plain.Client(base_url=server.address, timeout=30)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    @property
    def authorization(self) -> str:
        """What the header of a request says who is signed in."""
        assert isinstance(self.http.auth, _Tokens), "nobody is signed in"
        return self.http.auth.header

    def set_up(self) -> None:
        """Make the first account and use it."""
        made = self.http.post("/api/v1/setup", json={"username": USERNAME, "password": PASSWORD})
        assert made.status_code == 201, made.text
        self.http.auth = _Tokens(made)

    def log_in(self) -> None:
        """Sign in with the first account."""
        done = self.http.post("/api/v1/auth/login", json={"username": USERNAME, "password": PASSWORD})
        assert done.status_code == 200, done.text
        self.http.auth = _Tokens(done)

    def get(self, route: str, /, **params: Any) -> Any:
        """The JSON of a 200."""
        answer = self.http.get(f"/api/v1{route}", params=params)
        assert answer.status_code == 200, f"{route}: {answer.status_code} {answer.text}"
        return answer.json()

    def send(self, method: str, path: str, body: object = None, *, status: int = 200) -> Any:
        """The JSON of an expected answer, None when it is empty."""
        answer = self.http.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def add_library(self, name: str, kind: str, path: Path) -> str:
        """Make a library and wait for its first scan; its id."""
        made = self.send("POST", "/libraries", {"name": name, "kind": kind, "paths": [str(path)]}, status=201)
        self.scanned(made["scan"]["id"])
        return str(made["id"])

    def scan(self, library_id: str) -> Any:
        """Scan a library and wait for the end."""
        return self.scanned(self.send("POST", f"/libraries/{library_id}/scan", status=202)["id"])

    def scanned(self, scan_id: str, timeout_s: float = 60) -> Any:
        """The scan once it is over."""
        return eventually(
            lambda: scan if (scan := self.get(f"/scans/{scan_id}"))["state"] not in ("queued", "running") else None,
            timeout_s,
        )


def eventually(look: Callable[[], Any], timeout_s: float = 20.0) -> Any:
    """What `look` finds, once it finds something; an AssertionError when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError("waited in vain")
        time.sleep(0.05)
    return found
