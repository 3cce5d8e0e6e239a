"""Facts found in the background: what measuring loudness costs beside bare decoding, and what they spare a play.

Processor time of the children is compared, which other work on the machine changes least; turn about, medians.
"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from tests.engines import make_folder

from bench.table import Row, show
from hearth.media import ffmpeg, loudness
from hearth.playback.keyframe_index import find_keyframes

_ROUNDS = 4
_SECONDS = 240
_NOISE = f"anoisesrc=d={_SECONDS}:r=44100:a=0.3:c=pink,pan=stereo|c0=c0|c1=c0"
_FILM = ["-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=120", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50"]


def main() -> None:
    folder = make_folder("hearth-bench-")
    try:
        show("Facts in the background", asyncio.run(_measure(folder)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(folder: Path) -> list[Row]:
    rows = []
    for name in ("track.flac", "track.mp3"):
        path = _made(folder / name, "-f", "lavfi", "-i", _NOISE, "-b:a", "192k")
        bare, measured = [], []
        for _ in range(_ROUNDS):
            before = _cpu_s()
            await asyncio.to_thread(_decode, path)
            bare.append(_cpu_s() - before)
            before = _cpu_s()
            await loudness.measure(ffmpeg.find(), os.fsencode(path))
            measured.append(_cpu_s() - before)
        took, floor = statistics.median(measured), statistics.median(bare)
        rows.append(Row(f"loudness of {name}, a minute", took / _SECONDS * 60, "s of a core", "decoding", took / floor))
    for name in ("film.mp4", "film.ts"):
        path = _made(folder / name, *_FILM)
        sought, kept = [], []
        for turn in range(_ROUNDS):
            for times in (sought, kept):
                began = time.perf_counter()
                await find_keyframes(os.fsencode(path), 0, folder / f"cache-{name}-{turn}")
                times.append(time.perf_counter() - began)
        took, floor = statistics.median(kept), statistics.median(sought)
        floor_words = f"looked for as a play does, {floor:.2f} s"
        rows.append(Row(f"kept keyframes of {name}", took * 1000, "ms", floor_words, took / floor))
    return rows


def _made(path: Path, *options: str) -> Path:
    subprocess.run([*ffmpeg.start_argv(ffmpeg.find()), *options, str(path)], check=True, timeout=600)
    return path


def _decode(path: Path) -> None:
    argv = [*ffmpeg.start_argv(ffmpeg.find()), "-threads", "1", "-i", str(path), "-map", "0:a:0", "-f", "null", "-"]
    subprocess.run(argv, check=True, timeout=600)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
