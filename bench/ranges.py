"""The range responder against a floor in the same run: nginx where it is installed, else ASGI that sends one buffer.

One client reads a cached file whole and in ranges of 1 MB; what comes is compared with the file, byte for byte.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.table import Row, show

_RANGE = 2**20
_SIZE_MB = 256
_ROUNDS = 5
_SERVE = """
import os, sys, uvicorn
from hearth.playback import serve_file
path = os.fsencode(sys.argv[1])

async def app(scope, receive, send):
    await serve_file(scope, receive, send, path, "video/mp4")

uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", lifespan="off", access_log=False)
"""
# What any ASGI server could reach at best: the same chunks, out of memory, with nothing read and nothing checked.
_FLOOR = """
import os, sys, uvicorn
size, chunk = os.path.getsize(sys.argv[1]), bytes(262144)

async def app(scope, receive, send):
    asked = dict(scope["headers"]).get(b"range")
    start, end = 0, size
    if asked:
        first, _, last = asked[6:].partition(b"-")
        start, end = int(first), int(last) + 1
    headers = [(b"content-length", str(end - start).encode()), (b"content-type", b"video/mp4")]
    await send({"type": "http.response.start", "status": 206 if asked else 200, "headers": headers})
    left = end - start
    while left:
        part = chunk if left >= len(chunk) else chunk[:left]
        left -= len(part)
        await send({"type": "http.response.body", "body": part, "more_body": left > 0})

uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", lifespan="off", access_log=False)
"""
_NGINX = """
{user} worker_processes 1; daemon off; pid {folder}/pid; error_log stderr error;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; tcp_nopush on;
  server {{ listen 127.0.0.1:{port}; location / {{ alias {folder}/; }} }} }}
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "film.mp4"
        path.write_bytes(os.urandom(2**20) * _SIZE_MB)
        floor = "nginx" if shutil.which("nginx") else "ASGI, no file"
        rows = []
        with _server(floor, path) as floor_port, _server("ours", path) as port:
            for what, read in (("whole file", _whole), ("ranges of 1 MB", _ranges)):
                theirs, ours = [], []
                # In turns, so that whatever else the machine does meets both.
                for _ in range(_ROUNDS):
                    theirs.append(read(floor_port, path, check=floor == "nginx"))
                    ours.append(read(port, path, check=True))
                rate, least = statistics.median(ours), statistics.median(theirs)
                rows.append(Row(what, rate, "MB/s", f"{floor}: {least:,.0f} MB/s", rate / least))
    show("Sending a file", rows)


@contextlib.contextmanager
def _server(kind: str, path: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    if kind == "nginx":
        config = path.parent / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""  # the file is ours alone
        config.write_text(_NGINX.format(folder=path.parent, port=port, user=user))
        argv = ["nginx", "-c", str(config), "-p", str(path.parent)]
    else:
        argv = [sys.executable, "-c", _SERVE if kind == "ours" else _FLOOR, str(path), str(port)]
    child = subprocess.Popen(argv)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield port
    finally:
        child.terminate()
        child.wait(10)


def _whole(port: int, path: Path, *, check: bool) -> float:
    size = path.stat().st_size
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        began = time.perf_counter()
        got = _fetch(connection, "/film.mp4", None, size)
        seconds = time.perf_counter() - began
    if check and got != path.read_bytes():
        raise SystemExit("the bytes differ")
    return size / 2**20 / seconds


def _ranges(port: int, path: Path, *, check: bool) -> float:
    size, chance = path.stat().st_size, random.Random(7)
    count = 150
    with socket.create_connection(("127.0.0.1", port), 10) as connection, path.open("rb") as file:
        spent = 0.0
        for _ in range(count):
            start = chance.randrange(size - _RANGE)
            began = time.perf_counter()
            got = _fetch(connection, "/film.mp4", (start, start + _RANGE - 1), _RANGE)
            spent += time.perf_counter() - began
            if check and got != os.pread(file.fileno(), _RANGE, start):
                raise SystemExit("the bytes differ")
    return count * _RANGE / 2**20 / spent


def _fetch(connection: socket.socket, target: str, span: tuple[int, int] | None, size: int) -> bytearray:
    asked = f"Range: bytes={span[0]}-{span[1]}\r\n" if span else ""
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: bench\r\n{asked}\r\n".encode())
    head = bytearray()
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    body = head[head.index(b"\r\n\r\n") + 4 :]
    got = bytearray(size)
    got[: len(body)] = body
    view, at = memoryview(got), len(body)
    while at < size:
        read = connection.recv_into(view[at:], min(2**20, size - at))
        if not read:
            raise SystemExit("the connection ended early")
        at += read
    return got


if __name__ == "__main__":
    main()
