"""Running ffmpeg: what it is asked, what it answers, and that it ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path

import pytest

from hearth.kit.errors import Unavailable
from hearth.media import Unreadable, ffmpeg, images
from tests.media.conftest import Samples
from tests.media.processes import children


async def test_find_and_version(tmp_path: Path) -> None:
    program = ffmpeg.find()
    assert (await ffmpeg.version(program))[0].isdigit()
    assert ffmpeg.find(program) == program
    with pytest.raises(Unavailable):
        ffmpeg.find(tmp_path / "none")
    with pytest.raises(Unavailable):
        await ffmpeg.version(str(tmp_path / "none"))


def test_argv_is_made_of_fixed_words_numbers_and_one_path() -> None:
    argv = ffmpeg.input_argv(b"/films/-y \xff.mkv", at_ms=61_005, length_ms=2_000)
    assert argv[-2:] == ["-i", "file:/films/-y \udcff.mkv"]
    assert argv[argv.index("-ss") + 1] == "61.005"
    assert argv[argv.index("-t") + 1] == "2.000"
    assert argv[argv.index("-protocol_whitelist") + 1] == "file"
    allowed = argv[argv.index("-format_whitelist") + 1].split(",")
    assert "matroska" in allowed
    assert not {"hls", "dash", "concat", "image2", "sdp", "rtsp", "lavfi", "tedcaptions", "vapoursynth"} & set(allowed)
    assert "-nostdin" in ffmpeg.start_argv("ffmpeg")


async def test_frame(samples: Samples) -> None:
    path = os.fsencode(samples("film.mp4"))
    jpeg = await ffmpeg.frame(samples.ffmpeg, path, 1000)
    assert jpeg.startswith(b"\xff\xd8\xff")
    assert (images.describe(jpeg).width, images.describe(jpeg).height) == (320, 180)
    webp = await ffmpeg.frame(samples.ffmpeg, path, duration_ms=6000, width=160, picture="webp")
    assert images.describe(webp).width == 160


async def test_frame_of_a_turned_film_is_upright(samples: Samples) -> None:
    picture = images.describe(await ffmpeg.frame(samples.ffmpeg, os.fsencode(samples("turned.mp4")), 0))
    assert picture.height > picture.width


async def test_frame_skips_black(samples: Samples) -> None:
    path = os.fsencode(samples("black.mp4"))
    assert images.brightness(await ffmpeg.frame(samples.ffmpeg, path, 500)) < 10
    assert images.brightness(await ffmpeg.frame(samples.ffmpeg, path, duration_ms=6000)) > 50


async def test_frame_of_hdr(samples: Samples) -> None:
    data = await ffmpeg.frame(samples.ffmpeg, os.fsencode(samples("hdr10.mp4")), 0, hdr="hdr10")
    assert images.describe(data).width == 320


async def test_frame_of_what_has_none(samples: Samples) -> None:
    for name in ("song.flac", "cover.jpg"):
        with pytest.raises(Unreadable):
            await ffmpeg.frame(samples.ffmpeg, os.fsencode(samples(name)), duration_ms=6000)


async def test_subtitles_become_webvtt(samples: Samples, tmp_path: Path) -> None:
    odd = os.path.join(os.fsencode(tmp_path), b"\xff.mkv")
    shutil.copyfile(samples("rich.mkv"), odd)
    for index in (3, 4):
        text = await ffmpeg.extract_subtitle(samples.ffmpeg, odd, index)
        assert text.startswith("WEBVTT")
        assert "00:01.000 --> 00:02.000" in text and "Hello" in text
    with pytest.raises(Unreadable):
        await ffmpeg.extract_subtitle(samples.ffmpeg, odd, 0)


async def test_subtitle_text_becomes_webvtt(samples: Samples) -> None:
    text = await ffmpeg.convert_subtitle(samples.ffmpeg, "1\n00:00:01,000 --> 00:00:02,500\nGrüße\n", "srt")
    assert text.startswith("WEBVTT") and "00:01.000 --> 00:02.500\nGrüße" in text
    # The kind is ours to say: text that is a playlist stays text, and nothing is opened for it.
    playlist = "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    assert (await ffmpeg.convert_subtitle(samples.ffmpeg, playlist, "webvtt")).strip() == "WEBVTT"


async def test_time_is_bounded(samples: Samples) -> None:
    endless = [samples.ffmpeg, "-nostdin", "-re", "-f", "lavfi", "-i", "testsrc", "-f", "null", "-"]
    before, began = children(), time.monotonic()
    with pytest.raises(TimeoutError):
        await ffmpeg.run(endless, timeout_s=0.5)
    assert time.monotonic() - began < 5
    assert children() <= before


async def test_output_is_bounded(samples: Samples) -> None:
    before = children()
    flood = [samples.ffmpeg, "-nostdin", "-f", "lavfi", "-i", "testsrc=s=1280x720", "-f", "rawvideo", "pipe:1"]
    with pytest.raises(ffmpeg.Failed, match="more than"):
        await ffmpeg.run(flood, timeout_s=20, max_output=10**6)
    assert children() <= before


async def test_cancelling_ends_it(samples: Samples) -> None:
    before = children()
    endless = [samples.ffmpeg, "-nostdin", "-re", "-f", "lavfi", "-i", "testsrc", "-f", "null", "-"]
    task = asyncio.create_task(ffmpeg.run(endless, timeout_s=60))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() <= before
