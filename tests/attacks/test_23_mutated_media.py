"""Row 23: some hundred files that were real media, each damaged in its own way, and readers that really die of a file.

The corpus is the same each time: whole files from the makers of the tests, changed by a seeded hand.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from hearth.kit import process
from hearth.media import AudioTags, MediaInfo, Prober, Problem
from tests import media_files as make

MUTATIONS = 320
# What formats count and measure by: nothing, one, the sign, the most, and just below.
EXTREMES = (b"\0\0\0\0", b"\0\0\0\1", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\xfe")

# A reader that dies as it opens a file of a certain name: by its own hand, in the kernel's way.
FATAL = """
import ctypes, os, signal, sys
from hearth.media import probe_worker
real = probe_worker.probe
def probe(path, timeout_s):
    if b"segv" in path:
        ctypes.string_at(0)
    if b"kill" in path:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(path, timeout_s)
probe_worker.probe = probe
probe_worker.main()
"""


def whole(folder: Path) -> list[Path]:
    """One real file of each container that libraries hold."""
    make.video(folder / "film.mp4")
    make.old_video(folder / "film.mkv")
    make.broadcast(folder / "film.ts")
    make.hdr10_plus_video(folder / "hdr.mkv")
    for suffix in (".flac", ".mp3", ".opus", ".m4a"):
        make.audio(folder / f"song{suffix}", cover=suffix == ".flac", title="Low Tide", artist="Mara Quill")
    return sorted(folder.iterdir())


def flipped(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """Bits that fell over: anywhere, or where the format describes itself."""
    upto = len(data) if chance.random() < 0.3 else min(len(data), 1024)
    for _at in range(chance.choice((1, 8, 64, 256))):
        data[chance.randrange(upto)] ^= 1 << chance.randrange(8)


def truncated(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """A copy that was cut off, or lost its beginning."""
    at = chance.randrange(len(data))
    if chance.random() < 0.8:
        del data[at:]
    else:
        del data[: at // 4]


def spliced(chance: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    """A piece of another file, of itself or of nothing in the middle of it, over what was there or between."""
    other = chance.choice((*others, bytes(data), chance.randbytes(2048), bytes(2048)))
    begin = chance.randrange(max(1, len(other) - 16))
    piece = other[begin : begin + chance.choice((16, 200, 4096))]
    at = chance.randrange(len(data))
    data[at : at + (len(piece) if chance.random() < 0.5 else 0)] = piece


def extreme(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """Fields of the header, one to six, that say the least or the most that they can."""
    for _at in range(chance.randrange(1, 7)):
        at = chance.randrange(max(1, min(len(data), 1024) - 4))
        data[at : at + 4] = chance.choice(EXTREMES)


def corpus(folder: Path) -> Iterator[Path]:
    """The mutations, written one by one."""
    sources = whole(folder / "whole")
    contents = [path.read_bytes() for path in sources]
    chance = random.Random(2323)
    changes = itertools.cycle((flipped, truncated, spliced, extreme))
    for number in range(MUTATIONS):
        at = number // 4 % len(sources)
        data = bytearray(contents[at])
        change = next(changes)
        change(chance, data, contents)
        path = folder / f"{number:03}-{change.__name__}{sources[at].suffix}"
        path.write_bytes(data)
        yield path


async def test_hundreds_of_damaged_files_are_each_labelled(tmp_path: Path) -> None:
    broken = list(corpus(tmp_path))
    good = [tmp_path / "whole" / name for name in ("film.mp4", "song.mp3")]
    # A whole file after every ten: whatever the damaged ones do to the reader, these are read.
    paths = [path for at in range(0, len(broken), 10) for path in (*broken[at : at + 10], good[at // 10 % 2])]
    async with Prober(timeout_s=3) as reader:
        found = await reader.mark_many([(os.fsencode(path), path.stat().st_size) for path in paths])
    assert len(found) == len(paths)
    refused = [one for one, _ in found if isinstance(one, Problem)]
    for path, (one, _) in zip(paths, found, strict=True):
        if path in good:
            assert isinstance(one, MediaInfo | AudioTags), (path.name, one)
        elif isinstance(one, Problem):
            assert one.reason.endswith(".") and len(one.reason) > 15, (path.name, one)
        else:
            assert one.size == path.stat().st_size, path.name
    assert len(refused) > MUTATIONS // 10, "hardly any was damaged: this corpus shows nothing"
    # Verdicts on the files: what may pass ("failed", "timeout") would be read again by every scan.
    assert {one.kind for one in refused} <= {"not_media", "damaged", "truncated", "empty", "crashed"}


@pytest.mark.parametrize("death", ["segv", "kill"])
async def test_a_reader_that_dies_of_a_file_takes_no_other_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    """By SIGSEGV as a decoder's bug ends, and by SIGKILL as the kernel does when memory is short."""
    paths = []
    for number in range(12):
        path = tmp_path / f"{number:02}{f'-{death}' if number in (4, 5, 9) else ''}.mp4"
        make.video(path)
        paths.append(path)
    start, codes = process.start, []

    async def started(argv: Sequence[str], **more: Any) -> Any:
        at = argv.index("-m")
        assert argv[at + 1] == "hearth.media.probe_worker"
        child = await start([sys.executable, "-P", "-c", FATAL, *argv[at + 2 :]], **more)
        codes.append(child)
        return child

    monkeypatch.setattr(process, "start", started)
    async with Prober() as reader:
        found = await reader.probe_many([os.fsencode(path) for path in paths])
        assert isinstance(await reader.probe(os.fsencode(paths[0])), MediaInfo)
    for path, one in zip(paths, found, strict=True):
        if death in path.name:
            assert isinstance(one, Problem) and one.kind == "crashed", path.name
        else:
            assert isinstance(one, MediaInfo), (path.name, one)
    expected = {"segv": -11, "kill": -9}[death]
    assert [child.returncode for child in codes[:3]] == [expected] * 3, "it did not really die so"
    assert len(codes) == 4
