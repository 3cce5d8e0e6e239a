"""The prober: in order, off the loop, and alive whatever happens to its child."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hearth.media import AudioTags, MediaInfo, Prober, Problem, Unreadable
from tests.media.conftest import Samples
from tests.media.processes import alive, environment, gone


async def test_mixed_batch_in_order(samples: Samples, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mkv"
    empty.touch()
    odd = os.path.join(os.fsencode(tmp_path), b"\xff\xe9 song.mp3")
    shutil.copyfile(samples("song.mp3"), odd)
    film, song = os.fsencode(samples("film.mp4")), os.fsencode(samples("song.flac"))
    async with Prober() as prober:
        found = await prober.probe_many([film, os.fsencode(empty), song, odd] * 30)
        assert len(found) == 120
        for at in range(0, 120, 4):
            assert isinstance(found[at], MediaInfo)
            assert found[at + 1] == Problem("empty", "The file is empty.")
            assert isinstance(found[at + 2], AudioTags) and isinstance(found[at + 3], AudioTags)
        assert isinstance(await prober.probe(song, "media"), MediaInfo)
        assert isinstance(await prober.probe(os.fsencode(samples("song.mka")), "tags"), AudioTags)
        assert await prober.probe_many([]) == []


async def test_keyframes_and_covers(samples: Samples, tmp_path: Path) -> None:
    async with Prober() as prober:
        assert await prober.keyframes(os.fsencode(samples("open-gop.mp4"))) == [0, 2000, 4000]
        assert await prober.cover(os.fsencode(samples("covered.flac"))) == samples("cover.jpg").read_bytes()
        assert await prober.cover(os.fsencode(samples("song.mp3"))) is None
        for call in (prober.keyframes, prober.cover):
            with pytest.raises(Unreadable) as caught:
                await call(os.fsencode(tmp_path / "none.mkv"))
            assert caught.value.kind == "missing"


async def test_a_killed_child_costs_one_file(samples: Samples) -> None:
    """The child is stopped while it reads, killed, and all but the file it was at are read by the next one."""
    path = os.fsencode(samples("film.mp4"))
    async with Prober() as prober:
        await prober.probe(path)
        first = prober.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        task = asyncio.create_task(prober.probe_many([path] * 40))
        await asyncio.sleep(0.2)
        assert not task.done()
        # Let it answer some, then end it in the midst of the batch.
        os.kill(first, signal.SIGCONT)
        await asyncio.sleep(0.015)
        os.kill(first, signal.SIGKILL)
        found = await asyncio.wait_for(task, 20)
        assert len(found) == 40
        assert sum(isinstance(one, Problem) and one.kind == "crashed" for one in found) <= 1
        assert sum(isinstance(one, MediaInfo) for one in found) >= 39
        assert isinstance(await prober.probe(path), MediaInfo)
        assert prober.pid not in (None, first)


async def test_answers_to_whoever_left_are_nobodys(samples: Samples) -> None:
    """A scan that is cancelled goes away in the middle of its questions; the next one hears its own answers alone."""
    film, song = os.fsencode(samples("film.mp4")), os.fsencode(samples("song.flac"))
    async with Prober() as prober:
        await prober.warm()
        for pause_s in (0.0, 0.002, 0.01, 0.03):
            asking = asyncio.create_task(prober.probe_many([film] * 200))
            await asyncio.sleep(pause_s)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            found = await prober.probe_many([song, song])
            assert [type(one) for one in found] == [AudioTags, AudioTags]


async def test_three_deaths_in_a_row(samples: Samples) -> None:
    """Children that die one after another: at most a file each is lost, and the batch comes to its end."""
    good = os.fsencode(samples("film.mp4"))
    async with Prober(timeout_s=1) as prober:
        await prober.probe(good)
        killed: set[int] = set()

        async def assassin() -> None:
            while True:
                if prober.pid and prober.pid not in killed and len(killed) < 3:
                    killed.add(prober.pid)
                    os.kill(prober.pid, signal.SIGKILL)
                await asyncio.sleep(0.001)

        task = asyncio.create_task(assassin())
        found = await asyncio.wait_for(prober.probe_many([good] * 10), 30)
        task.cancel()
    assert len(found) == 10
    assert len(killed) == 3
    assert isinstance(found[-1], MediaInfo)


async def test_a_silent_child_is_given_up(samples: Samples) -> None:
    good = os.fsencode(samples("film.mp4"))
    async with Prober(timeout_s=0.5) as prober:
        await prober.probe(good)
        assert prober.pid
        os.kill(prober.pid, signal.SIGSTOP)
        began = time.monotonic()
        found = await prober.probe_many([good, good])
        assert time.monotonic() - began < 10
        assert isinstance(found[0], Problem) and found[0].kind == "timeout"
        assert isinstance(found[1], MediaInfo)


async def test_an_idle_death_costs_nothing(samples: Samples) -> None:
    good = os.fsencode(samples("film.mp4"))
    async with Prober() as prober:
        await prober.probe(good)
        assert prober.pid
        os.kill(prober.pid, signal.SIGKILL)
        assert isinstance(await prober.probe(good), MediaInfo)


async def test_the_loop_stays_free(samples: Samples) -> None:
    paths = [os.fsencode(samples("film.mp4"))] * 150
    longest = 0.0
    async with Prober() as prober:
        await prober.probe(paths[0])
        task = asyncio.create_task(prober.probe_many(paths))
        while not task.done():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before)
        await task
    assert longest < 0.25


async def test_the_child_is_confined(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTH_DATABASE_URL", "postgresql://secret")
    async with Prober(memory=2**30) as prober:
        await prober.probe(os.fsencode(samples("film.mp4")))
        assert prober.pid
        assert resource.prlimit(prober.pid, resource.RLIMIT_AS) == (2**30, 2**30)
        assert resource.prlimit(prober.pid, resource.RLIMIT_FSIZE) == (0, 0)
        assert not [name for name in environment(prober.pid) if name.startswith("HEARTH_")]


async def test_close_ends_the_child(samples: Samples) -> None:
    prober = Prober()
    await prober.probe(os.fsencode(samples("film.mp4")))
    pid = prober.pid
    await prober.close()
    assert pid is not None and not alive(pid)


def test_the_child_dies_with_a_killed_parent(samples: Samples) -> None:
    code = (
        "import asyncio, sys\nfrom hearth.media import Prober\n"
        "async def main():\n prober = Prober()\n await prober.probe(sys.argv[1].encode())\n"
        " print(prober.pid, flush=True)\n await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(samples("film.mp4"))], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    assert gone(child)
