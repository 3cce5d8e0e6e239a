"""Two readers for a scan: in order, a second process only where it is worth one, and gone with the scan."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from hearth.media import AudioTags, MediaInfo, Prober, Probers, Problem
from tests.media.conftest import Samples
from tests.media.processes import gone


def _with_size(path: Path) -> tuple[bytes, int]:
    return os.fsencode(path), path.stat().st_size


async def test_films_are_shared_and_come_back_in_order(samples: Samples, tmp_path: Path) -> None:
    film, song = _with_size(samples("film.mp4")), _with_size(samples("song.flac"))
    films = []
    for number in range(3):
        copy = tmp_path / f"{number}.mkv"
        shutil.copyfile(samples("plain.mkv"), copy)
        copy.write_bytes(copy.read_bytes() + bytes([number]))
        films.append(_with_size(copy))
    missing = os.fsencode(tmp_path / "none.mkv"), 1
    asked = [film, song, missing, *films] * 15 + [song]
    async with Prober() as first:
        alone = [await first.mark_many([one]) for one in asked[:7]]
        async with Probers(first) as both:
            found = await both.mark_many(asked)
            second = both._both[1].pid
            assert second not in (None, first.pid)
        assert found == [alone[at % 6][0] for at in range(90)] + alone[1]
        assert isinstance(found[0][0], MediaInfo) and isinstance(found[1][0], AudioTags)
        assert isinstance(found[2][0], Problem) and found[2][0].kind == "missing"
        assert len({mark for _, mark in found[3:6]}) == 3
        assert second is not None
        assert await asyncio.to_thread(gone, second)
        assert first.pid is not None


@pytest.mark.parametrize(("name", "many"), [("film.mp4", 10), ("song.mp3", 200)])
async def test_one_reader_is_enough_for_few_films_and_for_tags(samples: Samples, name: str, many: int) -> None:
    async with Prober() as first, Probers(first) as both:
        found = await both.mark_many([_with_size(samples(name))] * many)
        assert len(found) == many and not any(isinstance(one, Problem) for one, _ in found)
        assert both._both[1].pid is None


async def test_whoever_leaves_leaves_no_reader_behind(samples: Samples) -> None:
    films = [_with_size(samples("film.mp4"))] * 200
    async with Prober() as first:
        async with Probers(first) as both:
            await both.mark_many(films[:60])
            second = both._both[1].pid
            assert second is not None
            os.kill(second, signal.SIGSTOP)
            asking = asyncio.create_task(both.mark_many(films))
            await asyncio.sleep(0.1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(asking, 5)
        assert await asyncio.to_thread(gone, second)
        assert isinstance((await first.mark_many(films[:1]))[0][0], MediaInfo)
