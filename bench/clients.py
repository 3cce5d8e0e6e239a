"""Fifty people at a real server, each on a connection that stays open, from another process than the server's.

    .venv/bin/python -m bench.clients [--items 10000] [--clients 50] [--seconds 60] [--closed]

At a person's pace each opens a page, looks at it for half a second to a second and a half, and opens the next: lists,
one further down, a film, home, a search, and pictures it has already (304). `--closed` asks again as soon as the answer
is there, which tells how much the server can do and not how it feels. The goal is 0 errors and a 99th percentile of at
most ten times the 50th.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct
from tests.journeys.server import Client, Server

from bench.table import Row, show

GOAL = 10.0
_ANSWER_TIMEOUT_S = 30.0
_LOOKS_S = (0.5, 1.5)
_QUERIES = ("silent", "riv", "the gold", "midnigth", "king of", "anna")


class Told(Struct):
    """What the clients were told: seconds by kind of page, and what went wrong by its words."""

    seconds: dict[str, list[float]]
    errors: dict[str, int]


class Page(Struct, frozen=True):
    """A kind of page, its address, and the tag of the copy that is there already; it must be answered by `status`."""

    kind: str
    path: str
    tag: str | None = None
    status: int = 200


def pages(client: Client) -> list[Page]:
    """What is opened, as often as it stands here."""
    first = client.get("/items", kind="movie", limit=50)
    films = first["items"]
    deep = client.get("/items", kind="movie", limit=50, at=first["total"] // 2)
    found = [Page("list", "/items?kind=movie&limit=50"), Page("list", "/items?kind=movie&limit=50&sort=-added_at")]
    found += [Page("list", f"/items?kind=movie&limit=50&genre={quote('Drama')}"), Page("home", "/home")]
    if deep["next"]:
        found.append(Page("list", f"/items?kind=movie&limit=50&after={quote(deep['next'])}"))
    found += [Page("item", f"/items/{film['id']}") for film in films[:3]]
    found += [Page("search", f"/search?q={quote(word)}") for word in _QUERIES[:2]]
    for film in films:
        if poster := film["images"].get("poster"):
            version = poster["url"].partition("v=")[2]
            picture = poster["url"].removeprefix("/api/v1")
            found += [Page("picture it has", picture, f'"{version}-0"', 304)] * 4
            break
    return found


def ask(server: Server, wanted: list[Page], *, clients: int, seconds: float, closed: bool) -> Told:
    """Lets that many clients loose in a process of their own."""
    address = urlsplit(server.address)
    with Client(server) as one:
        one.log_in()
        token = one.authorization
    given: dict[str, Any] = {
        "host": address.hostname, "port": address.port, "token": token, "clients": clients, "seconds": seconds,
        "closed": closed, "pages": wanted,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bench.clients", "--drive"], input=msgspec.json.encode(given), capture_output=True,
        timeout=seconds + 120, check=True,
    )  # fmt: skip
    return msgspec.json.decode(done.stdout, type=Told)


class _Given(Struct):
    host: str
    port: int
    token: str
    clients: int
    seconds: float
    closed: bool
    pages: list[Page]


async def _drive(given: _Given) -> Told:
    told = Told({}, {})
    await asyncio.gather(*(_client(given, number, told) for number in range(given.clients)))
    return told


async def _client(given: _Given, number: int, told: Told) -> None:
    dice = random.Random(number)
    ends = time.monotonic() + given.seconds
    errors: Counter[str] = Counter()
    reader, writer = await asyncio.wait_for(asyncio.open_connection(given.host, given.port), _ANSWER_TIMEOUT_S)
    await asyncio.sleep(0 if given.closed else dice.uniform(0, _LOOKS_S[1]))
    while time.monotonic() < ends:
        page = dice.choice(given.pages)
        began = time.perf_counter()
        try:
            status = await asyncio.wait_for(_answer(given, page, reader, writer), _ANSWER_TIMEOUT_S)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            errors[f"{page.kind}: {type(error).__name__}"] += 1
            break
        if status != page.status:
            errors[f"{page.kind}: {status}"] += 1
        told.seconds.setdefault(page.kind, []).append(time.perf_counter() - began)
        if not given.closed:
            await asyncio.sleep(dice.uniform(*_LOOKS_S))
    writer.close()
    for words, count in errors.items():
        told.errors[words] = told.errors.get(words, 0) + count


async def _answer(given: _Given, page: Page, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    tag = f"If-None-Match: {page.tag}\r\n" if page.tag else ""
    writer.write(
        f"GET /api/v1{page.path} HTTP/1.1\r\nHost: {given.host}:{given.port}\r\n"
        f"Authorization: {given.token}\r\n{tag}\r\n".encode()
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    length = head.partition("content-length:")[2].split("\r\n", 1)[0].strip()
    if length and status != 304:
        await reader.readexactly(int(length))
    return status


def rows(told: Told) -> list[Row]:
    """The 50th and 99th percentile of every kind of page and of all, the latter against the former."""
    found = []
    everything = [one for some in told.seconds.values() for one in some]
    for kind, some in [*sorted(told.seconds.items()), ("all", everything)]:
        middle, late = statistics.median(some), statistics.quantiles(some, n=100)[98]
        found.append(
            Row(f"{kind} ({len(some):,}), p99", late * 1000, "ms", f"p50 {middle * 1000:.1f} ms", late / middle)
        )
    return [*found, Row("errors", sum(told.errors.values()), " ".join(told.errors) or "none")]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--closed", action="store_true", help="ask again at once")
    parser.add_argument("--drive", action="store_true", help=argparse.SUPPRESS)
    given: Any = parser.parse_args(arguments or [])
    if given.drive:
        told = asyncio.run(_drive(msgspec.json.decode(sys.stdin.buffer.read(), type=_Given)))
        sys.stdout.buffer.write(msgspec.json.encode(told))
        return
    server = Server()
    try:
        with Client(server) as first:
            first.set_up()
            fill(server, given.items)
            wanted = pages(first)
        told = ask(server, wanted, clients=given.clients, seconds=given.seconds, closed=given.closed)
        pace = "as fast as they can" if given.closed else "at a person's pace"
        load = f"load {os.getloadavg()[0]:.1f}"
        show(f"{given.clients} clients {pace}, {given.seconds:.0f} s, {given.items:,} items; {load}", rows(told))
    finally:
        server.remove()


def fill(server: Server, items: int) -> None:
    """A made-up catalogue, put in beside the running server."""
    seed = [sys.executable, "-m", "hearth", "dev", "seed", "--data", str(server.data), "--items", str(items)]
    subprocess.run(seed, check=True, capture_output=True, timeout=600)


if __name__ == "__main__":
    main(sys.argv[1:])
