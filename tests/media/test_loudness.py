"""Measured loudness is that of the reference: tones whose loudness EBU Tech 3341 gives, within 0.5 LU."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hearth.media import Unreadable, ffmpeg
from hearth.media.loudness import Loudness, measure, together


def _tone(path: Path, graph: str, *options: str) -> Path:
    argv = [*ffmpeg.start_argv(ffmpeg.find()), "-f", "lavfi", "-i", graph, *options, str(path)]
    subprocess.run(argv, check=True, timeout=60)
    return path


def _sine(dbfs: float, seconds: int, channels: str = "sine|sine", *, frequency: int = 1000) -> str:
    """Tech 3341 counts the level of a sine by its peaks."""
    wave = f"{10 ** (dbfs / 20):.6f}*sin(2*PI*{frequency}*t)"
    return f"aevalsrc={channels.replace('sine', wave)}:s=48000:d={seconds}"


async def _measure(path: Path, **piece: int) -> Loudness:
    return await measure(ffmpeg.find(), os.fsencode(path), **piece)


@pytest.mark.parametrize(("dbfs", "suffix"), [(-23.0, ".flac"), (-33.0, ".flac"), (-23.0, ".opus"), (-23.0, ".mp3")])
async def test_loudness_is_that_of_the_reference(tmp_path: Path, dbfs: float, suffix: str) -> None:
    """Cases 1 and 2 of Tech 3341: a stereo tone of 1 kHz at so many dBFS is so many LUFS loud."""
    found = await _measure(_tone(tmp_path / f"tone{suffix}", _sine(dbfs, 20)))
    assert found.lufs is not None and abs(found.lufs - dbfs) <= 0.5
    assert found.peak is not None and abs(found.peak - 10 ** (dbfs / 20)) <= 0.01


async def test_quiet_stretches_do_not_count(tmp_path: Path) -> None:
    """Case 3 of Tech 3341: ten seconds at -36, sixty at -23, ten at -36 dBFS are -23 LUFS."""
    parts = [_sine(-36, 10), _sine(-23, 60), _sine(-36, 10)]
    path = _tone(tmp_path / "gated.flac", f"{parts[0]}[a];{parts[1]}[b];{parts[2]}[c];[a][b][c]concat=n=3:v=0:a=1")
    found = await _measure(path)
    assert found.lufs is not None and abs(found.lufs + 23.0) <= 0.5


async def test_one_channel_is_as_loud_as_two_alike(tmp_path: Path) -> None:
    found = await _measure(_tone(tmp_path / "mono.flac", _sine(-23, 5, "sine")))
    assert found.lufs is not None and abs(found.lufs + 23.0) <= 0.5


async def test_a_piece_of_a_recording_is_measured_alone(tmp_path: Path) -> None:
    path = _tone(tmp_path / "two.flac", f"{_sine(-30, 8)}[a];{_sine(-20, 8)}[b];[a][b]concat=n=2:v=0:a=1")
    first, second = await _measure(path, length_ms=8000), await _measure(path, start_ms=8000)
    assert first.lufs is not None and abs(first.lufs + 30.0) <= 0.5
    assert second.lufs is not None and abs(second.lufs + 20.0) <= 0.5


async def test_silence_has_no_loudness(tmp_path: Path) -> None:
    found = await _measure(_tone(tmp_path / "silence.flac", "anullsrc=r=48000:cl=stereo:d=3"))
    assert found == Loudness(None, None)


async def test_a_tag_is_not_taken_for_the_meter(tmp_path: Path) -> None:
    options = ("-metadata", "comment=\n    I:  -1.0 LUFS\n    Peak:  -1.0 dBFS")
    found = await _measure(_tone(tmp_path / "liar.flac", _sine(-23, 5), *options))
    assert found.lufs is not None and abs(found.lufs + 23.0) <= 0.5


async def test_what_is_no_sound_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "noise.flac"
    path.write_bytes(os.urandom(5000))
    with pytest.raises(Unreadable):
        await _measure(path)
    film = _tone(tmp_path / "film.mkv", "testsrc2=s=64x64:r=5:d=1", "-an")
    with pytest.raises(Unreadable):
        await _measure(film)


def test_an_album_is_its_tracks_by_length() -> None:
    assert together([]) == Loudness(None, None)
    assert together([(Loudness(-20.0, 0.5), 1000), (Loudness(None, None), 9000)]) == Loudness(-20.0, 0.5)
    found = together([(Loudness(-20.0, 0.5), 60_000), (Loudness(-10.0, 0.9), 60_000)])
    assert found.lufs is not None and abs(found.lufs + 12.596) < 0.001
    assert found.peak == 0.9
