"""Time to the first HLS segment, from the click to its last byte, against a bare ffmpeg that makes the same seconds.

The click is the whole way: the play is asked for, the job runs in a worker, the playlists, the init section and the
segment are fetched over HTTP. Both are measured turn about; what counts is the ratio.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog
from tests.engines import make_folder
from tests.playback.conftest import FFMPEG, World, make, put_account
from tests.playback.house import NOTHING, House, open_house

from bench.table import Row, show
from hearth.app.engines import prepare_schema
from hearth.db import Database, Postgres
from hearth.playback import Client, Source, decide
from hearth.playback.argv import encoder_argv
from hearth.playback.cuts import even_cuts

_ROUNDS = 5
_START_MS = 31_000
_COPIES = {"containers": ["webm"], "video": ["h264"], "audio": ["aac"]}


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    show("From the click to the first segment", asyncio.run(_measure()))


async def _measure() -> list[Row]:
    folder = make_folder("hearth-bench-")
    postgres = Postgres(folder, settings={"fsync": "off"})
    try:
        dsn = await postgres.start()
        await prepare_schema(dsn)
        database = await Database.connect(dsn, max_size=8)
        (folder / "cache").mkdir()
        world = World(database, folder / "cache", await put_account(database))
        async with open_house(world, folder) as house:
            path = await asyncio.to_thread(_film, folder)
            source = await world.put(path)
            rows = [
                await _row(house, source, f"{what}, from {at_ms // 1000} s", client, at_ms)
                for what, client in (("transcode 1080p", NOTHING), ("remux 1080p", _COPIES))
                for at_ms in (0, _START_MS)
            ]
        await database.close()
        return rows
    finally:
        await postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _film(folder: Path) -> Path:
    picture = ("-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=24:d=45")
    sound = ("-f", "lavfi", "-i", "sine=440:d=45:r=48000")
    coding = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "48", "-b:v", "6M", "-pix_fmt", "yuv420p", "-c:a", "aac")
    return make(folder / "film.mkv", *picture, *sound, *coding)


async def _row(house: House, source: Source, what: str, client: Mapping[str, Sequence[str]], at_ms: int) -> Row:
    ours, bare = [], []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        play = await house.play(source.item_id, client, start_ms=at_ms)
        base = play["url"].removesuffix("master.m3u8")
        for name in ("master.m3u8", "main.m3u8", "init.mp4"):
            reply = await house.client.get(base + name)
        number = _number((await house.client.get(base + "main.m3u8")).body.decode(), at_ms)
        reply = await house.client.get(f"{base}{number}.m4s")
        ours.append(time.perf_counter() - began)
        assert reply.status == 200, reply.body
        await house.call("DELETE", f"/play/{play['session']}")
        await asyncio.sleep(1)  # its ffmpeg ends
        bare.append(await asyncio.to_thread(_bare, source, client, at_ms))
    mine, theirs = statistics.median(ours), statistics.median(bare)
    return Row(what, mine * 1000, "ms", f"bare ffmpeg {theirs * 1000:,.0f} ms", mine / theirs)


def _number(playlist: str, at_ms: int) -> int:
    begins, number = 0.0, 0
    for line in playlist.splitlines():
        if line.startswith("#EXTINF:"):
            begins += float(line[8:-1]) * 1000
            if begins > at_ms:
                break
            number += 1
    return number


def _bare(source: Source, client: Mapping[str, Sequence[str]], at_ms: int) -> float:
    """The same command, told to end after one segment."""
    told = Client(tuple(client["containers"]), tuple(client["video"]), tuple(client["audio"]))
    decision = decide(source.media, told)
    length_s = 3 if decision.encodes_video else 4
    cuts = even_cuts(source.duration_ms, length_s * 1000)
    number = at_ms // (length_s * 1000)
    argv = encoder_argv(FFMPEG, source.path, decision, cuts, number)
    argv[-1:] = ["-to", str(cuts[number + 1] / 1000), "-y", os.devnull]
    began = time.perf_counter()
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(argv, check=True, timeout=60, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
