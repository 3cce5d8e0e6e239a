"""A server made of the real supervisor and engines around small stand-ins for the web and worker processes.

`python -m tests.app.house serve DATA PORT WEB [GRACE_S]` supervises; WEB names how the web process behaves:
`fine`, `stubborn` (ignores SIGTERM) or `broken` (ends at once). The stand-ins are the other commands below.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time

import msgspec

from hearth.app.supervise import Role, Supervisor
from hearth.config import load
from hearth.kit import logs
from hearth.kit.errors import HearthError


def serve(data: str, port: str, behaviour: str, grace_s: str = "5") -> None:
    config = load({"data": data, "port": port, "shutdown_grace_s": grace_s}, environment={}).config
    python = (sys.executable, "-m", "tests.app.house")
    roles = [Role(f"web {n}", (*python, "web", behaviour), True) for n in (1, 2)]
    roles.append(Role("worker 1", (*python, "worker")))

    async def work() -> None:
        supervisor = Supervisor(config, processes=roles, on_ready=lambda address: print("READY", address, flush=True))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, supervisor.stop)
        await supervisor.run()

    logs.configure("info", "human", process="serve")
    try:
        asyncio.run(work())
    except HearthError as error:
        print(f"Error: {error.detail}", file=sys.stderr)
        sys.exit(1)


def web(behaviour: str, _fd: str, descriptor: str) -> None:
    """Answers every request with 200 and its process id."""
    if behaviour == "broken":
        sys.exit(3)
    if behaviour == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    settings = msgspec.json.decode(sys.stdin.buffer.readline())
    assert not [name for name in os.environ if name.startswith("HEARTH_") and name != "HEARTH_PROCESS"]
    assert settings["database_url"].startswith("postgresql://")
    assert settings["cache_url"].startswith("unix://")
    listener = socket.socket(fileno=int(descriptor))
    body = str(os.getpid())
    while True:
        connection, _ = listener.accept()
        connection.recv(4096)
        connection.sendall(
            f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
        )
        connection.close()


def worker() -> None:
    assert msgspec.json.decode(sys.stdin.buffer.readline())["database_url"]
    time.sleep(3600)


if __name__ == "__main__":
    {"serve": serve, "web": web, "worker": worker}[sys.argv[1]](*sys.argv[2:])  # type: ignore[operator] # by name
