"""Ten thousand logins offered over the network while one person browses a list: does the list stay as quick?

Four parties, each a process of its own: the real server with its engines, whoever offers the logins (at a fixed rate,
answered or not, over kept connections), whoever browses, and this one, which only starts them. The logins come from a
thousand addresses, told by a proxy on loopback that the server trusts, and try fifty names, one of them real. None
fails often enough to be refused, so every name has passwords weighed: the dearest flood there is. What is left when the
same rate of the cheapest public request is offered is the floor: that much any server pays for being asked.

    .venv/bin/python -m bench.flood [--logins 10000] [--seconds 60] [--rows 20000]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TextIO
from urllib.parse import urlsplit

import msgspec
import uvloop
from tests.journeys.server import USERNAME, Client, Server

from bench.lists import fill
from bench.table import Row, show
from hearth.app.engines import Note, note_path
from hearth.db import Database

_NAMES, _ADDRESSES = 50, 1_000
_CONNECTIONS = 128
_ALONE_S = 20.0
_BREATH_S = 0.05
_PAGE = 50


class Flood(msgspec.Struct, frozen=True):
    """What came of the offered logins: answers by their status; how late they were begun and answered, p95 in ms."""

    answers: dict[int, int]
    taken_s: float
    late_ms: float
    refused_ms: float
    weighed_ms: float


class _Wire:
    """One kept connection; HTTP/1.1, answers with a length."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, address: str) -> _Wire:
        parts = urlsplit(address)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def ask(self, request: bytes) -> int:
        """The status of the answer, which is read to its end."""
        self._writer.write(request)
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 60)
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await asyncio.wait_for(self._reader.readexactly(length), 60)
        return int(head[9:12])

    def close(self) -> None:
        self._writer.close()


def _nothing(n: int) -> bytes:
    """A request that costs nothing but being one."""
    there = f"198.18.{n % _ADDRESSES // 250}.{n % 250 + 1}"
    return f"GET /api/v1/server HTTP/1.1\r\nHost: hearth.test\r\nX-Forwarded-For: {there}\r\n\r\n".encode()


def _login(n: int) -> bytes:
    """The n-th login: which name, and from where."""
    name = USERNAME if n % _NAMES == 0 else f"user{n % _NAMES}"
    body = msgspec.json.encode({"username": name, "password": f"guess number {n}"})
    there = f"198.18.{n % _ADDRESSES // 250}.{n % 250 + 1}"
    return (
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: hearth.test\r\nContent-Type: application/json\r\n"
        + f"X-Forwarded-For: {there}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


async def _offer(address: str, request: Callable[[int], bytes], count: int, seconds: float) -> Flood:
    wires: asyncio.Queue[_Wire] = asyncio.Queue()  # in turn: the server closes those that idle
    for _ in range(_CONNECTIONS):
        wires.put_nowait(await _Wire.open(address))
    answers: Counter[int] = Counter()
    late: list[float] = []
    times: dict[int, list[float]] = {401: [], 429: []}
    begun = time.perf_counter()

    async def one(n: int) -> None:
        due = begun + n * seconds / count
        await asyncio.sleep(due - time.perf_counter())
        wire = await wires.get()
        sent = time.perf_counter()
        late.append(sent - due)
        status = await wire.ask(request(n))
        wires.put_nowait(wire)
        answers[status] += 1
        times.setdefault(status, []).append(time.perf_counter() - sent)

    await asyncio.gather(*(one(n) for n in range(count)))
    taken = time.perf_counter() - begun
    while not wires.empty():
        wires.get_nowait().close()
    return Flood(dict(answers), taken, _p95(late) * 1e3, _p95(times[429]) * 1e3, _p95(times[401]) * 1e3)


async def _browse(address: str, token: str, rows: int) -> None:
    """Asks for page after page, a breath between, until the input ends; writes when each began and its ms."""
    wire = await _Wire.open(address)
    pages = rows // _PAGE
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    n = 0
    while not over.done():
        n += 1
        request = (
            f"GET /api/v1/items?kind=movie&limit={_PAGE}&at={n * 37 % pages * _PAGE} HTTP/1.1\r\nHost: hearth.test\r\n"
            f"Authorization: Bearer {token}\r\n\r\n"
        )
        begun = time.perf_counter()
        status = await wire.ask(request.encode())
        assert status == 200, f"a page was answered with {status}"
        print(f"{begun} {(time.perf_counter() - begun) * 1e3}")
        await asyncio.sleep(_BREATH_S)
    wire.close()


def _p95(times: Sequence[float]) -> float:
    """The 95th percentile, in the unit of what is given; 0 of nothing."""
    return statistics.quantiles(times, n=20)[18] if len(times) > 1 else 0.0


def _child(*words: str, stdin: int | TextIO) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.flood", *words], stdin=stdin, stdout=subprocess.PIPE, text=True
    )


async def _fill(server: Server, rows: int) -> None:
    note = msgspec.json.decode(note_path(server.data).read_bytes(), type=Note)
    database = await Database.connect(note.dsn, max_size=1)
    async with database.transaction() as tx:
        await fill(tx, rows)
    async with database.connection() as connection:
        await connection.execute("vacuum analyze")
    await database.close()


def measure(logins: int, seconds: float, rows: int) -> list[Row]:
    """Lists alone, before and after, and while the logins are offered."""
    server = Server(settings={"trusted_proxies": "127.0.0.1"})
    try:
        with Client(server) as person:
            person.set_up()
            token = person.authorization.removeprefix("Bearer ")
        asyncio.run(_fill(server, rows))
        browsing = _child("browse", server.address, token, str(rows), stdin=subprocess.PIPE)
        time.sleep(_ALONE_S / 4)  # what is warmed by it is not counted
        warm = time.perf_counter()
        time.sleep(_ALONE_S)
        spans = [_offered(server, what, logins, seconds) for what in ("nothing", "logins")]
        ended = time.perf_counter()
        time.sleep(_ALONE_S)
        pages = [tuple(map(float, line.split())) for line in browsing.communicate("")[0].splitlines()]
    finally:
        server.remove()
    bare, busy = ([taken for at, taken in pages if span.begun <= at < span.ended] for span in spans)
    alone = [taken for at, taken in pages if warm <= at < spans[0].begun or at >= ended]
    return _rows(spans, alone, bare, busy)


class _Span(msgspec.Struct, frozen=True):
    """A stretch of time in which something was offered, and the processor time that the server took in it."""

    flood: Flood
    begun: float
    ended: float
    used_s: dict[str, float]


def _offered(server: Server, what: str, count: int, seconds: float) -> _Span:
    begun, before = time.perf_counter(), _used_s(server)
    offering = _child("offer", what, server.address, str(count), str(seconds), stdin=subprocess.DEVNULL)
    told, _ = offering.communicate(timeout=seconds * 10 + 60)
    used = {name: taken - before[name] for name, taken in _used_s(server).items()}
    return _Span(msgspec.json.decode(told, type=Flood), begun, time.perf_counter(), used)


def _rows(spans: list[_Span], alone: list[float], bare: list[float], busy: list[float]) -> list[Row]:
    flood = spans[1].flood
    offered = sum(flood.answers.values())
    others = offered - flood.answers.get(429, 0) - flood.answers.get(401, 0)
    middle, high = statistics.median(alone), _p95(alone)
    return [
        Row(f"logins offered and answered in {flood.taken_s:.0f} s", offered, "logins"),
        Row("  refused unweighed (429)", flood.answers.get(429, 0), "logins"),
        Row("  weighed and wrong (401)", flood.answers.get(401, 0), "logins"),
        Row("  anything else", others, "logins"),
        Row("  sent later than meant, p95", flood.late_ms, "ms"),
        Row("  a refusal, p95", flood.refused_ms, "ms"),
        Row("  a weighing, p95", flood.weighed_ms, "ms"),
        Row(f"a page of a list, median of {len(alone)}, nobody else there", middle, "ms"),
        Row(f"  of {len(bare)}, under as many requests for nothing", statistics.median(bare), "ms",
            "nobody else there", statistics.median(bare) / middle),
        Row(f"  of {len(busy)}, under the logins", statistics.median(busy), "ms",
            "nobody else there", statistics.median(busy) / middle),
        Row("a page of a list, p95, nobody else there", high, "ms"),
        Row("  under as many requests for nothing", _p95(bare), "ms", "nobody else there", _p95(bare) / high),
        Row("  under the logins", _p95(busy), "ms", "nobody else there", _p95(busy) / high),
        *(
            Row(f"processor time of {name}, under the logins", taken, "s",
                f"for nothing {spans[0].used_s[name]:.1f} s", taken / spans[0].used_s[name])
            for name, taken in spans[1].used_s.items()
        ),
    ]  # fmt: skip


def _used_s(server: Server) -> dict[str, float]:
    """Processor time so far of the web process, and of PostgreSQL with all its backends."""
    from tests.app.test_supervise import descendants

    hertz = os.sysconf("SC_CLK_TCK")
    used = {"the web process": 0.0, "PostgreSQL": 0.0}
    for pid, line in descendants(server.process.pid).items():
        name = "the web process" if " web " in line else "PostgreSQL" if "postgres" in line else None
        if name:
            try:
                with open(f"/proc/{pid}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            used[name] += (int(fields[11]) + int(fields[12])) / hertz
    return used


def main(arguments: Sequence[str] = ()) -> None:
    match list(arguments):
        case ["offer", what, address, count, seconds]:
            request = _login if what == "logins" else _nothing
            flood = uvloop.run(_offer(address, request, int(count), float(seconds)))
            print(msgspec.json.encode(flood).decode())
            return
        case ["browse", address, token, rows]:
            uvloop.run(_browse(address, token, int(rows)))
            return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logins", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="in which they are offered, evenly")
    parser.add_argument("--rows", type=int, default=20_000)
    given = parser.parse_args(list(arguments))
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    show("Lists while logins are offered", measure(given.logins, given.seconds, given.rows))


if __name__ == "__main__":
    main(sys.argv[1:])
