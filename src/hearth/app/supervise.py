"""`hearth serve`: everything that makes a server, started, watched, restarted and ended as one.

The order is such that a mistake shows before anything runs (the port, the data folder), and that the slow parts go side
by side: web processes load their code and put together what they can while the engines start, with settings that come
through a pipe, and go on when a second line says that the database is ready; workers, for whom nobody waits, start when
the server answers. What crashes is started again with growing pauses. All of it dies with this process, even when it is
killed (see `kit.process`): the listening socket is made here and handed down, so a restarted web process loses no
connection that waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import msgspec

from hearth.app.engines import (
    DataLock,
    Embedded,
    Engines,
    Note,
    disk_full,
    load_queue,
    note_path,
    prepare_schema,
    write_note,
)
from hearth.config import Config
from hearth.kit.engine import Engine
from hearth.kit.errors import HearthError, Invalid, Unavailable, out_of_room
from hearth.kit.process import give_memory_back

log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 30.0
_LONGEST_ENGINE_PAUSE_S = 5.0
"""Whatever kept an engine from starting (a full disk, a drive that was away) may be over any moment: do not dawdle."""
_STEADY_S = 20.0
"""Who lived this long starts anew with the first pause."""
_EARLY_FAILURES = 3
_READY_TIMEOUT_S = 90.0


class Role(msgspec.Struct, frozen=True):
    """A kind of process to keep running: its name in the logs, its command line, whether it gets the socket."""

    name: str
    argv: tuple[str, ...]
    listens: bool = False


class _Watched(Protocol):
    async def wait(self) -> int: ...


def roles(config: Config) -> list[Role]:
    """The processes that the settings ask for."""
    process = (sys.executable, "-m", "hearth.app.process")
    web = [Role(f"web {n + 1}", (*process, "web"), True) for n in range(config.web_processes)]
    work = [Role(f"worker {n + 1}", (*process, "worker")) for n in range(config.worker_processes)]
    return web + work


def bind(host: str, port: int) -> socket.socket:
    """The listening socket; Invalid, saying what to do, when the address cannot be had."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise Invalid(f"The address {host} does not exist on this machine: give another with --host.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and host == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise Invalid(_bind_problem(host, port, error)) from error
    return listener


def _bind_problem(host: str, port: int, error: OSError) -> str:
    import errno

    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use by another program: stop that one, "
            f"or give Hearth another port with --port (for example --port {port + 1})."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has: use a port from 1024 up, or a reverse proxy."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"The address {host} does not exist on this machine: give another with --host."
    return f"Hearth cannot listen on {host} port {port}: {error.strerror or error}."


def address_of(config: Config, listener: socket.socket) -> str:
    """What to type into a browser: the public address, else one that the listening socket answers on."""
    if config.public_url:
        return config.public_url
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = _own_address()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _own_address() -> str:
    """The address this machine has in its network; nothing is sent to find it out."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


class Supervisor:
    """One running server. `run` returns when it has stopped; `stop` may be called from a signal handler."""

    def __init__(
        self,
        config: Config,
        *,
        processes: Sequence[Role] | None = None,
        on_ready: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._config = config
        self._roles = roles(config) if processes is None else processes
        self._on_ready = on_ready
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._running: dict[str, Engine] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._settings: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._engines = asyncio.Event()
        self._open = asyncio.Event()
        self._failure: HearthError | None = None

    def stop(self) -> None:
        """Ends the server: in peace the first time, at once the second."""
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    async def run(self) -> None:
        """Starts, watches and ends everything. HearthError with what to do when it cannot start or stay up."""
        config = self._config
        lock = DataLock(config.data, "serve")
        with contextlib.ExitStack() as after:
            after.callback(lock.release)
            listener = after.enter_context(bind(config.host, config.port))
            embedded = Embedded(config)
            try:
                for role in self._roles:
                    self._watch(role.name, self._keep_role(role, listener), self._keepers)
                self._watch("start-up", self._start_up(embedded, listener), self._watchers)
                await self._stopping.wait()
            finally:
                await self._drain()
                await embedded.stop()
                note_path(config.data).unlink(missing_ok=True)
        if self._failure is not None:
            raise self._failure

    def _watch(self, name: str, work: Awaitable[None], tasks: list[asyncio.Task[None]]) -> None:
        async def watched() -> None:
            try:
                await work
            except HearthError as error:
                self._fail(error)
            except Exception as error:
                if out_of_room(error):
                    self._fail(disk_full(self._config.data))
                    return
                log.exception("%s failed", name)
                self._fail(Unavailable(f"{name} failed: {error}"))

        tasks.append(asyncio.create_task(watched(), name=name))

    def _fail(self, error: HearthError) -> None:
        self._failure = self._failure or error
        self._stopping.set()

    async def _start_up(self, embedded: Embedded, listener: socket.socket) -> None:
        config = self._config
        self._settings.set_result(_for_children(config, await asyncio.to_thread(embedded.place), listener))
        loading = asyncio.to_thread(load_queue) if embedded.first_start else asyncio.sleep(0)
        engines, _ = await asyncio.gather(embedded.start(), loading)
        applied = await prepare_schema(engines.dsn, config)
        if applied:
            log.info("the database was brought up to date: %d steps", applied)
        address = address_of(config, listener)
        write_note(config.data, Note(os.getpid(), engines.dsn, engines.cache_url, address))
        self._engines.set()
        for name, engine in (("PostgreSQL", embedded.postgres), ("Valkey", embedded.valkey)):
            if engine is not None:
                self._watch(name, self._keep_engine(name, engine, engine.start), self._watchers)
        if any(role.listens for role in self._roles):
            await _answering(listener, _READY_TIMEOUT_S)
        self._open.set()
        self._on_ready(address)
        give_memory_back()

    async def _keep_engine(self, name: str, engine: _Watched, start: Callable[[], Awaitable[str]]) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            code = await engine.wait()
            if self._stopping.is_set():
                return
            pause = min(_next_pause(pause, time.monotonic() - began), _LONGEST_ENGINE_PAUSE_S)
            log.error("%s ended unexpectedly (%s): starting it again in %.1f s", name, _ending(code), pause)
            await asyncio.sleep(pause)
            await self._start_again(name, start)

    async def _start_again(self, name: str, start: Callable[[], Awaitable[str]]) -> None:
        pause = 1.0
        while not self._stopping.is_set():
            try:
                await start()
                return
            except Exception as error:
                # Everything, OSError of a full disk too: this one part being away must not end the rest.
                said = error.detail if isinstance(error, HearthError) else f"{type(error).__name__}: {error}"
                log.error("%s does not start, next try in %.0f s: %s", name, pause, said)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_ENGINE_PAUSE_S)

    async def _keep_role(self, role: Role, listener: socket.socket) -> None:
        pause, failures = _FIRST_PAUSE_S, 0
        if not role.listens:
            await self._open.wait()
        while not self._stopping.is_set():
            began = time.monotonic()
            process = self._spawn(role, listener)
            self._running[role.name] = process
            try:
                await self._feed(process)
                code = await process.wait()
            finally:
                if process.stdin is not None:
                    with contextlib.suppress(BrokenPipeError):
                        process.stdin.close()
            if self._stopping.is_set():
                return
            failures += 1
            if not self._open.is_set() and failures >= _EARLY_FAILURES:
                raise Unavailable(
                    f"The {role.name} process does not start ({_ending(code)}): its messages stand above."
                )
            pause = _next_pause(pause, time.monotonic() - began)
            log.error("the %s process ended (%s): starting it again in %.1f s", role.name, _ending(code), pause)
            await asyncio.sleep(pause)

    def _spawn(self, role: Role, listener: socket.socket) -> Engine:
        argv, descriptors = list(role.argv), []
        if role.listens:
            argv += ["--fd", str(listener.fileno())]
            descriptors = [listener.fileno()]
        # The settings come by pipe: an address with its password is not to be inherited by ffmpeg and its like.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HEARTH_")}
        environment["HEARTH_PROCESS"] = role.name
        return Engine.start(role.name, argv, env=environment, stdin=subprocess.PIPE, pass_fds=descriptors)

    async def _feed(self, process: Engine) -> None:
        """Gives the process its settings once there are some, and a line more when the engines are ready; one that ends
        before needs none."""
        self._tell(process, await asyncio.shield(self._settings))
        await self._engines.wait()
        self._tell(process, b"ready\n")

    def _tell(self, process: Engine, line: bytes) -> None:
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(line)
                process.stdin.flush()

    async def _drain(self) -> None:
        """Ends the processes: asked first, all at once; killed when the time is over or somebody hurries."""
        await _cancel(self._watchers)
        grace_s = self._config.shutdown_grace_s
        asked = [asyncio.create_task(p.stop((signal.SIGTERM, grace_s))) for p in self._running.values() if p.alive]
        hurry = asyncio.create_task(self._hurry.wait())
        while not all(task.done() for task in asked) and not hurry.done():
            await asyncio.wait([*asked, hurry], return_when=asyncio.FIRST_COMPLETED)
        for process in self._running.values():
            process.kill()
        await asyncio.gather(*asked, return_exceptions=True)
        await _cancel([hurry, *self._keepers])


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _for_children(config: Config, engines: Engines, listener: socket.socket) -> bytes:
    """The settings with the engines' addresses in them, one line."""
    complete = msgspec.structs.replace(
        config, database_url=engines.dsn, cache_url=engines.cache_url, port=listener.getsockname()[1]
    )
    return msgspec.json.encode(complete, enc_hook=str) + b"\n"


def _next_pause(pause: float, lived_s: float) -> float:
    return _FIRST_PAUSE_S if lived_s > _STEADY_S else min(pause * 2, _LONGEST_PAUSE_S)


def _ending(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


async def _answering(listener: socket.socket, timeout_s: float) -> None:
    """Returns when /health/ready answers 200; Unavailable when it does not in time.

    The socket listens already, so one request waits in its queue until a web process takes it.
    """
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    request = f"GET /health/ready HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode()
    status = b""
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                with contextlib.suppress(OSError):
                    reader, writer = await asyncio.open_connection(host, port)
                    try:
                        writer.write(request)
                        status = await reader.readline()
                    finally:
                        writer.close()
                    if b" 200 " in status:
                        return
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        said = status.decode("latin-1").strip() or "no answer"
        raise Unavailable(
            f"The server is not ready after {timeout_s:.0f} s ({said}): look at the log above."
        ) from error
