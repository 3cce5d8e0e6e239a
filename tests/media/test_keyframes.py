"""Keyframe times against the truth: every packet of the file read one by one."""

from __future__ import annotations

import os
import sys

import av
import pytest

from hearth.media import Unreadable, keyframes
from tests.media.conftest import Samples


def _truth(path: str) -> list[int]:
    with av.open(path) as container:
        start = (container.start_time or 0) / 1000
        video = container.streams.video[0]
        unit = float(video.time_base or 0) * 1000
        packets = container.demux(video)
        return sorted(max(0, round(p.pts * unit - start)) for p in packets if p.is_keyframe and p.pts is not None)


@pytest.mark.parametrize(
    "name",
    ["film.mp4", "open-gop.mp4", "fragmented.mp4", "delayed.mp4", "turned.mp4", "plain.mkv", "film.ts", "film.webm"],
)
def test_equal_to_reading_every_packet(samples: Samples, name: str) -> None:
    path = str(samples(name))
    found = keyframes(os.fsencode(path))
    assert found == _truth(path)
    assert found[0] < 100  # sound may begin a little before the first picture


def test_regular_ones(samples: Samples) -> None:
    assert keyframes(os.fsencode(samples("open-gop.mp4"))) == [0, 2000, 4000]


@pytest.mark.parametrize("name", ["film.mp4", "plain.mkv"])
def test_the_index_answers_without_reading_the_film(
    samples: Samples, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> list[float]:
        raise AssertionError("the packets were read")

    monkeypatch.setattr(sys.modules["hearth.media.keyframes"], "_from_packets", forbidden)
    assert len(keyframes(os.fsencode(samples(name)))) >= 3


def test_no_such_stream(samples: Samples) -> None:
    with pytest.raises(Unreadable):
        keyframes(os.fsencode(samples("film.mp4")), stream=1)


def test_a_film_without_an_index_is_read_no_further_than_allowed(samples: Samples) -> None:
    path = os.fsencode(samples("film.ts"))
    with pytest.raises(Unreadable, match="too large"):
        keyframes(path, max_bytes=20_000)
    assert keyframes(path, max_bytes=os.path.getsize(path)) == keyframes(path)
