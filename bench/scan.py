"""A first scan and a second one, beside the bare tools on the same files.

Floors, in the same run: tinytag and PyAV in this process without a database, `find -printf` for the walk. Peers, on the
same music: mpd, minidlna and beets, where they are installed. Then a large library, see `scan_large`.
"""

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop
from tests import media_files as make

from bench import processor
from bench.peers import ALL as PEERS
from bench.scan_large import large
from bench.table import Row, show
from hearth import jobs, libraries
from hearth.app.engines import Embedded, prepare_schema
from hearth.app.reactions import REACTIONS
from hearth.config import Config
from hearth.db import Database
from hearth.ingest import ILLUSTRATE, SCAN, IllustrateArgs, ScanArgs, Scanner
from hearth.kit import process
from hearth.kit.ids import new_id
from hearth.media import probe
from hearth.media.prober import Prober

TRACKS, FILMS = 2000, 300
_Case = tuple[str, libraries.Kind, Path, int, Callable[[Path], tuple[float, str]]]


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="hearth-bench-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        show("scan", uvloop.run(_run(folder)))
        show("scan of a large library", large(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(folder: Path) -> list[Row]:
    music, films, more = folder / "music", folder / "films", folder / "more"
    _make_music(music)
    shutil.copytree(music, more)
    for number in range(FILMS):
        make.video(films / f"Film {number} ({1950 + number % 70}).mp4")
    rows = []
    async with _ready(folder) as (database, prober, postmaster):
        cases: tuple[_Case, ...] = (
            ("music", "music", music, TRACKS, _tinytag),
            ("films", "movies", films, FILMS, _pyav),
        )
        for name, kind, root, files, floor in cases:
            bare, tool = floor(root)
            before = _used(prober, postmaster)
            first = await _scan(database, prober, name, kind, root)
            used = [after - had for after, had in zip(_used(prober, postmaster), before, strict=True)]
            rows.append(Row(f"{name}: first scan, files/s", files / first, "files/s", f"bare {tool}", bare / first))
            rows += [
                Row(f"{name}: processor time of a file, {who}", one / files * 1e6, "us")
                for who, one in zip(("worker", "its child", "PostgreSQL"), used, strict=True)
            ]
            second = first
            if kind == "music":
                # The server knows its tables now, and its reader of files runs.
                second = await _scan(database, prober, "more", kind, more)
                rows.append(Row("music: a second library", files / second, "files/s", f"bare {tool}", bare / second))
            again = await _scan(database, prober, name, kind, root)
            walked = _find(root)
            rows.append(Row(f"{name}: unchanged scan", again * 1000, "ms", "find -printf", again / walked))
            for peer, catalogue in PEERS if kind == "music" else ():
                ended = processor.of_ended()
                took = await asyncio.to_thread(catalogue, root, files, folder)
                ended = processor.of_ended() - ended
                if took is None:
                    rows.append(Row(f"{name}: {peer} is not installed here", 0, ""))
                else:
                    rows += [
                        Row(f"{name}: {peer}", files / took, "files/s", f"{which} is this many times it", took / ours)
                        for which, ours in (("Hearth's first scan", first), ("its second library", second))
                    ]
                    rows.append(
                        Row(
                            f"{name}: {peer}, processor time of a file", ended / files * 1e6, "us",
                            "Hearth takes this many times it", sum(used) / ended,
                        )
                    )  # fmt: skip
    return rows


def _make_music(root: Path) -> None:
    for number in range(TRACKS):
        album = number // 10
        make.audio(
            root / f"Artist {album % 50}" / f"Album {album}" / f"{number % 10 + 1:02d}.mp3",
            title=f"Song {number}",
            artist=f"Artist {album % 50}",
            album=f"Album {album}",
            tracknumber=str(number % 10 + 1),
            date=str(1960 + album % 60),
            genre="Folk",
        )


@asynccontextmanager
async def _ready(folder: Path) -> AsyncIterator[tuple[Database, Prober, int]]:
    data = folder / "data"
    data.mkdir(mode=0o711)
    embedded = Embedded(Config(data=data, cache=data / "cache"))
    engines = await embedded.start()
    try:
        await prepare_schema(engines.dsn)
        database = await Database.connect(engines.dsn)
        async with Prober(niceness=0) as prober:  # all give way alike, as they do in a server
            await prober.warm()
            process.end_start()  # both as the worker does
            (told,) = (data / "postgres").glob("*/postmaster.pid")
            yield database, prober, int(told.read_text().split()[0])
        await database.close()
    finally:
        await embedded.stop()


async def _scan(database: Database, prober: Prober, name: str, kind: libraries.Kind, root: Path) -> float:
    """Seconds from asking for a scan to its end, pictures left out."""
    ended = asyncio.Event()
    scanner = Scanner(database, prober)

    async def scan(args: ScanArgs, run: jobs.Run) -> None:
        await scanner.scan(args, run)
        ended.set()

    async def skip(_: object, __: jobs.Run) -> None:
        return

    handlers: dict[jobs.Task[Any], jobs.Handler] = {SCAN: scan, ILLUSTRATE: skip}
    async with database.transaction() as tx:
        known = [one for one in await libraries.libraries(tx) if one.name == name]
        library = known[0] if known else await libraries.create(tx, name, kind, [os.fsencode(root)])
    with jobs.reacting_with(REACTIONS):
        async with jobs.Worker(database, handlers, {"scan": 1, "artwork": 1}).running():
            await _at_work(database)
            began = time.perf_counter()
            async with database.transaction() as tx:
                asked = await libraries.request_scan(tx, library.id)
            await asyncio.wait_for(ended.wait(), 600)
            seconds = time.perf_counter() - began
            async with database.transaction(readonly=True) as tx:
                done = await libraries.scan(tx, asked.id)
    if done.state != "done" or done.counts.refused:
        raise SystemExit(f"the scan of {name} ended as {done.state}: {done.message}, {done.counts.refused} refused")
    return seconds


async def _at_work(database: Database) -> None:
    """The worker runs already when it is asked, as the peers do, and has had a job before."""
    async with database.transaction() as tx:
        before = await jobs.enqueue(tx, ILLUSTRATE, IllustrateArgs(new_id(), ()))
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        async with database.transaction(readonly=True) as tx:
            if (await jobs.job(tx, before)).state == "done":
                return
        await asyncio.sleep(0.05)
    raise SystemExit("the worker did not come to work")


def _used(prober: Prober, postmaster: int) -> tuple[float, float, float]:
    """Processor seconds so far: this process, which is the worker here, its readers, PostgreSQL."""
    # The second reader of a scan of films ends with it.
    child = (processor.of_tree(prober.pid) if prober.pid else 0.0) + processor.of_ended()
    return processor.of_this(), child, processor.of_tree(postmaster)


def _tinytag(root: Path) -> tuple[float, str]:
    from tinytag import TinyTag

    began = time.perf_counter()
    for path in root.rglob("*.mp3"):
        TinyTag.get(path)
    return time.perf_counter() - began, "tinytag"


def _pyav(root: Path) -> tuple[float, str]:
    paths = [os.fsencode(path) for path in root.rglob("*.mp4")]
    began = time.perf_counter()
    for path in paths:
        probe(path)
    return time.perf_counter() - began, "PyAV"


def _find(root: Path) -> float:
    began = time.perf_counter()
    subprocess.run(["find", root, "-printf", "%p %s %T@ %i\n"], stdout=subprocess.DEVNULL, check=True, timeout=60)
    return time.perf_counter() - began
