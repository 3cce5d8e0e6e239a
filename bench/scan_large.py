"""A large library of music in a whole server (`hearth serve`): what a file costs, what the worker holds, how lists fare
meanwhile, and what looking again costs. HEARTH_BENCH_FILES is how many files; ten lie in a folder."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests import media_files as make
from tests.journeys.server import Client, Server, eventually

from bench.table import Row
from hearth.ingest.walk import touched, walk

FILES = int(os.environ.get("HEARTH_BENCH_FILES", "20000"))
_SMALL = 2000
_LIST = {"kind": "track", "limit": 50, "sort": "title"}
_PAUSE_S = 0.02


def large(folder: Path) -> list[Row]:
    """The rows of the table; makes its files below `folder`."""
    small, big = folder / "few", folder / "many"
    make_tracks(small, _SMALL)
    make_tracks(big, FILES)
    # Idle is idle: nothing is decoded between the scans to learn how loud it is.
    server = Server(settings={"music_loudness": "tags"})
    try:
        with Client(server) as client:
            client.set_up()
            few, _, _ = _scan(client, server, "few", small)
            idle = _lists(client)
            many, peak, busy = _scan(client, server, "many", big)
            library = client.get("/libraries")["items"][-1]["id"]
            # A root is compared once when watching it begins, after its first scan: that is not what is measured here.
            eventually(lambda: client.get(f"/libraries/{library}")["roots"][0]["watch"] == "watched", 120)
            again = client.scan(library)
            later = _lists(client)
            if again["counts"]["to_file"] or again["counts"]["new"]:
                raise SystemExit("an unchanged library was filed again")
            looked = _seconds(again)
    finally:
        server.remove()
    found = _find(big)
    times = {one.path: one.mtime_ns for one in walk(os.fsencode(big)) if not isinstance(one, tuple)}
    glance = _timed(lambda: touched(os.fsencode(big), times))
    return [
        Row(
            f"{FILES:,} files: first scan",
            FILES / many,
            "files/s",
            f"{_SMALL:,} files, cost of one",
            (many / FILES) / (few / _SMALL),
        ),
        Row("worker and its children, at most", peak, "MB"),
        Row("list meanwhile, p95", _p95(busy), "ms", f"idle with {_SMALL:,}, p95", _p95(busy) / _p95(idle)),
        Row("list meanwhile, median", _p50(busy), "ms", f"idle with {_SMALL:,}", _p50(busy) / _p50(idle)),
        Row("the same list afterwards, p95", _p95(later), "ms", "list meanwhile, p95", _p95(busy) / _p95(later)),
        Row(f"{_SMALL:,} files on a fresh server, asked for lists meanwhile", _SMALL / few, "files/s"),
        Row(f"{FILES:,} files: unchanged scan", looked * 1000, "ms", "find -printf", looked / found),
        Row(f"{FILES // 10:,} folders by their times", glance * 1000, "ms", "find -printf", glance / found),
    ]


def make_tracks(root: Path, files: int) -> None:
    """Tagged MP3 files, alike but for their titles, albums and artists."""
    template = root.parent / "template.mp3"
    make.audio(
        template, title="T0000000", artist="A0000000", album="B0000000", tracknumber="1", date="1990", genre="Folk"
    )
    data = template.read_bytes()
    for number in range(files):
        album = number // 10
        path = root / f"Artist {album // 10}" / f"Album {album}" / f"{number % 10 + 1:02d}.mp3"
        path.parent.mkdir(parents=True, exist_ok=True)
        words = ((b"T", number), (b"B", album), (b"A", album // 10))
        one = data
        for letter, value in words:
            one = one.replace(letter + b"0000000", letter + b"%07d" % value)
        path.write_bytes(one + b"\0" * 4 + number.to_bytes(4, "big"))


def _scan(client: Client, server: Server, name: str, root: Path) -> tuple[float, float, list[float]]:
    """Seconds of a first scan, the most that the worker held in MB, and what lists took in ms meanwhile."""
    made = client.send("POST", "/libraries", {"name": name, "kind": "music", "paths": [str(root)]}, status=201)
    worker = server.children()["worker"]
    peak, took, next_look = 0.0, [], 0.0
    while True:
        if time.monotonic() > next_look:
            scan = client.get(f"/scans/{made['scan']['id']}")
            if scan["state"] not in ("queued", "running"):
                break
            next_look = time.monotonic() + 0.5
            peak = max(peak, _memory(worker))
        took.append(_list(client))
        time.sleep(_PAUSE_S)
    if scan["state"] != "done" or scan["counts"]["refused"]:
        raise SystemExit(f"the scan of {name} ended as {scan['state']}: {scan['message']}")
    return _seconds(scan), peak, took


def _seconds(scan: dict[str, str]) -> float:
    from datetime import datetime

    return (datetime.fromisoformat(scan["finished_at"]) - datetime.fromisoformat(scan["created_at"])).total_seconds()


def _list(client: Client) -> float:
    return _timed(lambda: client.get("/items", **_LIST)) * 1000


def _lists(client: Client) -> list[float]:
    """What lists take, in ms, asked for as often as beside a scan: what follows at once finds everything warm."""
    took = []
    for _ in range(200):
        took.append(_list(client))
        time.sleep(_PAUSE_S)
    return took


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _p50(values: list[float]) -> float:
    return statistics.median(values)


def _memory(worker: int) -> float:
    """What a process and all below it hold (resident, what they share counted for each) in MB."""
    below, held = [worker], 0
    while below:
        process = Path("/proc") / str(below.pop())
        try:
            status = (process / "status").read_text()
            below += [
                int(child) for task in (process / "task").iterdir() for child in (task / "children").read_text().split()
            ]
        except OSError:
            continue
        held += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
    return held / 1024


def _find(root: Path) -> float:
    argv = ["find", str(root), "-printf", "%p %s %T@ %i\n"]
    return _timed(lambda: subprocess.run(argv, stdout=subprocess.DEVNULL, check=True, timeout=300))
