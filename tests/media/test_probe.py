"""Probing: what is told of whole files, and what of broken ones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from hearth.media import Chapter, MediaInfo, Unreadable, probe
from tests.media.conftest import Samples


def _probe(path: Path | bytes) -> MediaInfo:
    return probe(os.fsencode(path))


def test_mp4(samples: Samples) -> None:
    path = samples("film.mp4")
    info = _probe(path)
    assert (info.container, info.size) == ("mp4", path.stat().st_size)
    assert info.duration_ms == pytest.approx(6000, abs=50)
    assert info.bitrate == pytest.approx(info.size * 8 / 6, rel=0.05)
    (video,) = info.video
    assert (video.codec, video.width, video.height, video.fps) == ("h264", 320, 180, 24.0)
    assert (video.profile, video.pixel_format, video.bit_depth) == ("High", "yuv420p", 8)
    assert (video.hdr, video.interlaced, video.rotation, video.default) == ("sdr", False, 0, True)
    assert video.level and video.bitrate
    (audio,) = info.audio
    assert (audio.index, audio.codec, audio.channels, audio.layout, audio.sample_rate) == (1, "aac", 2, "stereo", 44100)
    assert info.warnings == () and not info.has_cover


def test_mkv_with_everything(samples: Samples) -> None:
    info = _probe(samples("rich.mkv"))
    assert info.container == "mkv"
    assert [(a.language, a.default, a.commentary, a.title) for a in info.audio] == [
        ("eng", True, False, None),
        ("deu", False, True, "Commentary"),
    ]
    assert [(s.codec, s.text, s.language, s.forced, s.hearing_impaired) for s in info.subtitles] == [
        ("subrip", True, "eng", True, False),
        ("ass", True, "fra", False, True),
    ]
    assert info.chapters == (Chapter(0, 2500, "Dawn"), Chapter(2500, 6000, "Day"))
    assert info.tags["title"] == "A Film"
    # The name inside the file was ../../x.so (row 10): only names made here leave this floor.
    (attachment,) = info.attachments
    assert (attachment.name, attachment.mimetype) == ("attachment-1.ttf", "font/ttf")


def test_facts_survive_json(samples: Samples) -> None:
    info = _probe(samples("rich.mkv"))
    assert msgspec.json.decode(msgspec.json.encode(info), type=MediaInfo) == info


def test_webm_is_told_from_mkv(samples: Samples) -> None:
    info = _probe(samples("film.webm"))
    assert (info.container, info.video[0].codec, info.audio[0].codec) == ("webm", "vp9", "opus")


@pytest.mark.parametrize(("name", "kind"), [("hdr10.mp4", "hdr10"), ("hlg.mkv", "hlg")])
def test_hdr(samples: Samples, name: str, kind: str) -> None:
    (video,) = _probe(samples(name)).video
    assert (video.codec, video.hdr, video.bit_depth, video.hdr10_plus) == ("hevc", kind, 10, False)


@pytest.mark.parametrize("name", ["hdr10plus.mp4", "hdr10plus.mkv", "hdr10plus.ts"])
def test_hdr10_plus(samples: Samples, name: str) -> None:
    (video,) = _probe(samples(name)).video
    assert (video.hdr, video.hdr10_plus) == ("hdr10", True)


def test_hdr10_plus_beside_dolby_vision(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "both.mp4"
    path.write_bytes(_with_box(samples("hdr10plus.mp4").read_bytes(), b"hvc1", b"dvvC", _DOVI_8_1))
    (video,) = _probe(path).video
    assert (video.hdr, video.dovi_base, video.hdr10_plus) == ("dovi", "hdr10", True)


def test_other_messages_are_no_hdr10_plus(samples: Samples, tmp_path: Path) -> None:
    data = samples("hdr10plus.mkv").read_bytes()
    path = tmp_path / "other.mkv"
    path.write_bytes(data.replace(b"\xb5\x00\x3c\x00\x01\x04", b"\xb5\x00\x3c\x00\x01\x05"))
    (video,) = _probe(path).video
    assert (video.hdr, video.hdr10_plus) == ("hdr10", False)


# Profile 8, level 6, RPU and base layer present, compatibility id 1: plays as HDR10 elsewhere.
_DOVI_8_1 = bytes([1, 0, 8 << 1 | 0, 6 << 3 | 0b101, 1 << 4]) + bytes(19)


def test_dolby_vision(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "dovi.mp4"
    path.write_bytes(_with_box(samples("hdr10.mp4").read_bytes(), b"hvc1", b"dvvC", _DOVI_8_1))
    (video,) = _probe(path).video
    assert (video.hdr, video.dovi_profile, video.dovi_base) == ("dovi", 8, "hdr10")


def _with_box(data: bytes, entry: bytes, name: bytes, body: bytes) -> bytes:
    """Appends a box to a sample entry of an MP4 whose index lies at the end, growing all boxes around it."""
    box = (8 + len(body)).to_bytes(4, "big") + name + body
    at = data.rindex(entry) - 4
    end = at + int.from_bytes(data[at : at + 4], "big")
    out = bytearray(data)
    for around in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", entry):
        place = data.rindex(around, 0, at + 8) - 4
        out[place : place + 4] = (int.from_bytes(out[place : place + 4], "big") + len(box)).to_bytes(4, "big")
    return bytes(out[:end] + box + out[end:])


def test_rotation_is_clockwise(samples: Samples) -> None:
    assert _probe(samples("turned.mp4")).video[0].rotation == 90


def test_interlaced(samples: Samples) -> None:
    assert _probe(samples("interlaced.mkv")).video[0].interlaced


@pytest.mark.parametrize(
    "name",
    [
        b"Am\xe9lie \xff\xfe.mp4",  # Latin-1 bytes, as old disks have them
        b"n" * 251 + b".mp4",
        b"concat:a|b.mp4",
        b"-y.mp4",
        b"two\nlines %d *?[x].mp4",
        "Ямато \U0001f37f.mp4".encode(),
    ],
    ids=["not-utf8", "255-bytes", "protocol", "option", "pattern", "unicode"],
)
def test_any_name(samples: Samples, tmp_path: Path, name: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)
    shutil.copyfile(samples("film.mp4"), path)
    assert len(_probe(path).video) == 1
    monkeypatch.chdir(tmp_path)
    assert len(_probe(name).video) == 1


def _reason(path: Path) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        _probe(path)
    return caught.value.kind, caught.value.reason


def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.mkv"
    path.touch()
    assert _reason(path) == ("empty", "The file is empty.")


def test_missing(tmp_path: Path) -> None:
    assert _reason(tmp_path / "gone.mkv")[0] == "missing"


def test_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mkv")
    assert _reason(tmp_path / "pipe.mkv")[0] == "not_media"
    assert _reason(tmp_path)[0] == "not_media"


def test_mp4_without_its_index_is_truncated(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "half.mp4"
    data = samples("film.mp4").read_bytes()
    path.write_bytes(data[: len(data) // 2])
    kind, reason = _reason(path)
    assert kind == "truncated"
    assert "truncated" in reason


@pytest.mark.parametrize("name", ["plain.mkv", "film.avi"])
def test_truncated_but_playable_is_a_warning(samples: Samples, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    data = samples(name).read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    assert "truncated" in _probe(path).warnings[0]
    assert _probe(samples(name)).warnings == ()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "PNG"),
        (b"PK\x03\x04" + bytes(200), "ZIP"),
        (bytes(50_000), "zeros"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"Downloaded from example.org, enjoy the film!\n", "text"),
    ],
)
def test_other_things_named_mkv(tmp_path: Path, data: bytes, word: str) -> None:
    path = tmp_path / "movie.mkv"
    path.write_bytes(data)
    kind, reason = _reason(path)
    assert kind == "not_media"
    assert word in reason


def test_picture_named_mkv(samples: Samples, tmp_path: Path) -> None:
    shutil.copyfile(samples("cover.jpg"), tmp_path / "movie.mkv")
    assert _reason(tmp_path / "movie.mkv") == ("not_media", "This is not a media file but a JPEG picture.")


def test_misnamed_container_is_read_as_what_it_is(samples: Samples, tmp_path: Path) -> None:
    shutil.copyfile(samples("film.mp4"), tmp_path / "movie.mkv")
    assert _probe(tmp_path / "movie.mkv").container == "mp4"


def test_noise(tmp_path: Path) -> None:
    path = tmp_path / "noise.mkv"
    path.write_bytes(bytes((at * 7919 + at // 3) % 251 for at in range(40_000)))
    assert _reason(path)[0] in ("damaged", "not_media")


def test_hostile_text_is_cleaned(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "tags.mkv"
    data = samples("rich.mkv").read_bytes()
    assert data.count(b"A Film") == 1
    path.write_bytes(data.replace(b"A Film", b"\xff\x01\x1b\xed\xa0\x80"))
    title = _probe(path).tags.get("title", "")
    title.encode("utf-8")
    assert not any(c in title for c in "\x00\x01\x1b")
