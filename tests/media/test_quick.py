"""What is read out of two pieces of a music file is what the general readers say of the whole of it."""

from __future__ import annotations

import importlib
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import mutagen
import pytest

from hearth.media import AudioTags, tags
from hearth.media.facts import Marked
from hearth.media.fingerprint import fingerprint
from hearth.media.quick import quick
from tests.media.conftest import Samples

id3 = importlib.import_module("mutagen.id3")  # it has no types
flac = importlib.import_module("mutagen.flac")
RELEASE = "6f1ac3d4-2a35-4a3f-8b7a-0123456789ab"
PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 700


def _quick(path: Path) -> Marked | None:
    return quick(os.fsencode(path), path.stat().st_size)


def _same(path: Path) -> AudioTags:
    """What both readers say, which has to be the same; so have the fingerprints."""
    found = _quick(path)
    assert found is not None, "left to the general readers"
    assert found.found == tags(os.fsencode(path))
    assert found.mark == fingerprint(os.fsencode(path), path.stat().st_size)
    assert isinstance(found.found, AudioTags)
    return found.found


def _frames(*frames: Any, version: int = 4, v1: int = 0) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        tag = id3.ID3()
        for frame in frames:
            tag.add(frame)
        tag.save(path, v2_version=version, v1=v1)

    return write


def _text(name: str, *values: str, encoding: int = 3) -> Any:
    return getattr(id3, name)(encoding=encoding, text=list(values))


def _custom(name: str, *values: str, encoding: int = 3) -> Any:
    return id3.TXXX(encoding=encoding, desc=name, text=list(values))


_PLAIN = (
    _text("TIT2", "Low Tide"), _text("TPE1", "Ann Arbor feat. Bo Diddley"), _text("TALB", "Salt"),
    _text("TPE2", "Ann Arbor"), _text("TRCK", "3/12"), _text("TPOS", "1/2"), _text("TDRC", "2004-07-09"),
    _text("TCON", "Rock", "Indie Pop"), _text("TCOM", "C. Composer; D. Other"),
)  # fmt: skip
_RICH = (
    *_PLAIN, _text("TDOR", "1999"), _text("TSRC", "GBAYE0000351"), _text("TBPM", "120"), _text("TSOP", "Arbor, Ann"),
    _text("TCMP", "1"), _text("TSST", "The second half"), _custom("ARTISTS", "Ann Arbor", "Bo Diddley"),
    _custom("MusicBrainz Album Id", RELEASE), _custom("replaygain_track_gain", "-7.03 dB"),
    id3.UFID(owner="http://musicbrainz.org", data=RELEASE.encode()),
    id3.COMM(encoding=3, lang="eng", desc="", text="A note"),
    id3.COMM(encoding=3, lang="eng", desc="iTunNORM", text="00000A 00000B"),
    id3.USLT(encoding=3, lang="eng", desc="", text="[00:01.50]Hello\n[00:03.00]again"),
    id3.APIC(encoding=0, mime="image/jpeg", type=3, desc="", data=PICTURE),
    id3.PRIV(owner="somebody", data=b"\0\1\2"), id3.POPM(email="a", rating=128),
)  # fmt: skip
_ID3: Mapping[str, Callable[[Path], None]] = {
    "plain": _frames(*_PLAIN),
    "rich": _frames(*_RICH),
    "rich, version 2.3": _frames(*_RICH, version=3),
    "with version 1": _frames(*_PLAIN, _text("COMM", "x"), v1=2),
    "version 1 fills up": _frames(_text("TIT2", "Low Tide"), _text("TCON", "Rock"), v1=2),
    "latin": _frames(_text("TIT2", "Ébène", encoding=0), _text("TPE1", "Zoë", encoding=0)),
    "wide": _frames(_text("TIT2", "潮", encoding=1), _text("TPE1", "Łukasz", "Zoë", encoding=1),
                    _custom("Artists", "Łukasz", encoding=1)),
    "wide, big end first": _frames(_text("TIT2", "潮", encoding=2), _custom("Artists", "Łukasz", "Zoë", encoding=2)),
    "comment in wide letters": _frames(id3.COMM(encoding=1, lang="deu", desc="", text="Über"), *_PLAIN),
    "nothing of use": _frames(_text("TSSE", "an encoder")),
    "empty values": _frames(_text("TIT2", ""), _text("TPE1", "", "Zoë")),
    "odd numbers": _frames(_text("TRCK", "03"), _text("TPOS", "one/two"), _text("TIT2", "x")),
}  # fmt: skip


@pytest.mark.parametrize("name", _ID3)
def test_id3(samples: Samples, tmp_path: Path, name: str) -> None:
    path = Path(shutil.copy(samples("song.mp3"), tmp_path / "song.mp3"))
    mutagen.File(path).delete()
    _ID3[name](path)
    _same(path)


def test_what_was_written_is_found(samples: Samples, tmp_path: Path) -> None:
    path = Path(shutil.copy(samples("song.mp3"), tmp_path / "song.mp3"))
    mutagen.File(path).delete()
    _frames(*_RICH)(path)
    found = _same(path)
    assert (found.title, found.album, found.track, found.track_total, found.disc) == ("Low Tide", "Salt", 3, 12, 1)
    assert (found.artists, found.album_artists) == (("Ann Arbor", "Bo Diddley"), ("Ann Arbor",))
    assert (found.year, found.original_year, found.genres) == (2004, 1999, ("Rock", "Indie Pop"))
    assert (found.comment, found.isrc, found.bpm) == ("A note", "GBAYE0000351", 120)
    assert found.lyrics is not None and [line.start_ms for line in found.lyrics.lines] == [1500, 3000]
    assert found.musicbrainz.release == RELEASE and found.replaygain.track_gain == -7.03
    assert found.has_cover and found.compilation and found.disc_title == "The second half"


def test_several_wide_values_of_one_frame(samples: Samples, tmp_path: Path) -> None:
    path = Path(shutil.copy(samples("song.mp3"), tmp_path / "song.mp3"))
    mutagen.File(path).delete()
    _frames(_text("TIT2", "潮"), _custom("Artists", "Łukasz", "Zoë", encoding=1))(path)
    found = _quick(path)  # the general reader takes the second byte order mark for a part of the name
    assert found is not None and isinstance(found.found, AudioTags)
    assert found.found.artists == ("Łukasz", "Zoë")


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("a genre by number", _text("TCON", "(17)")),
        ("timed lyrics", id3.SYLT(encoding=3, lang="eng", format=2, type=1, desc="", text=[("Hello", 1500)])),
    ],
)
def test_what_is_rare_is_left_to_the_general_readers(samples: Samples, tmp_path: Path, name: str, frame: Any) -> None:
    path = Path(shutil.copy(samples("song.mp3"), tmp_path / "song.mp3"))
    mutagen.File(path).delete()
    _frames(*_PLAIN, frame)(path)
    assert _quick(path) is None, name


@pytest.mark.parametrize(
    "options",
    [
        ["-b:a", "128k", "-write_xing", "0"],
        ["-b:a", "64k", "-ac", "1", "-ar", "22050"],
        ["-b:a", "64k", "-ac", "1", "-ar", "22050", "-write_xing", "0"],
        ["-q:a", "4"],
        ["-b:a", "32k", "-ar", "11025"],
        ["-b:a", "320k"],
    ],
    ids=" ".join,
)
def test_lengths(samples: Samples, tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "song.mp3"
    argv = [samples.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "sine=f=440:d=9", "-metadata", "title=Nine", *options]
    subprocess.run([*argv, str(path)], check=True, timeout=60)
    assert _same(path).duration_ms == pytest.approx(9000, abs=150)


def test_a_changing_bitrate_without_a_header_is_left_alone(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    argv = [samples.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=9", "-metadata", "title=Nine"]
    subprocess.run([*argv, "-q:a", "9", "-write_xing", "0", str(path)], check=True, timeout=60)
    found = _quick(path)
    assert found is None or found.found == tags(os.fsencode(path))


_COMMENTS: Mapping[str, list[tuple[str, str]]] = {
    "plain": [("TITLE", "Low Tide"), ("ARTIST", "Ann"), ("ALBUM", "Salt"), ("DATE", "2004"), ("TRACKNUMBER", "3/12")],
    "totals apart": [("TITLE", "x"), ("TRACKNUMBER", "3"), ("TRACKTOTAL", "12"), ("DISCNUMBER", "1"),
                     ("TOTALDISCS", "2")],
    "many artists": [("ARTIST", "A & B"), ("ARTISTS", "A"), ("ARTISTS", "B"), ("ALBUM ARTIST", "A"), ("TITLE", "x")],
    "ids": [("TITLE", "x"), ("MUSICBRAINZ_ALBUMID", RELEASE), ("REPLAYGAIN_TRACK_GAIN", "-7.03 dB"),
            ("UNSYNCEDLYRICS", "la la"), ("DESCRIPTION", "A note"), ("COMPOSER", "C; D"), ("GENRE", "Rock/Pop")],
    "nothing": [],
    "wide": [("TITLE", "潮"), ("ARTIST", "Łukasz")],
}  # fmt: skip


@pytest.mark.parametrize("covered", [False, True])
@pytest.mark.parametrize("name", _COMMENTS)
def test_flac(samples: Samples, tmp_path: Path, name: str, covered: bool) -> None:
    path = Path(shutil.copy(samples("song.flac"), tmp_path / "song.flac"))
    file = flac.FLAC(path)
    file.tags.clear()
    file.tags.extend(_COMMENTS[name])
    if covered:
        picture = flac.Picture()
        picture.type, picture.mime, picture.data = 3, "image/jpeg", PICTURE
        file.add_picture(picture)
    file.save()
    found = _same(path)
    assert found.has_cover is covered
    assert (found.duration_ms, found.bit_depth, found.container) == (6000, 16, "flac")


def test_a_file_that_is_not_what_was_listed_is_left_alone(samples: Samples) -> None:
    path = samples("song.flac")
    assert quick(os.fsencode(path), path.stat().st_size + 1) is None
    assert quick(os.fsencode(path) + b"x", 10) is None
    assert _quick(samples("song.m4a")) is None


@pytest.mark.parametrize("name", ["song.mp3", "song.flac", "covered.mp3", "covered.flac"])
def test_damage_never_raises(samples: Samples, tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    whole = samples(name).read_bytes()
    path = tmp_path / name
    answered = 0
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 30))):
            data[chance.randrange(min(len(data), 3000))] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        path.write_bytes(data[: chance.choice((len(data), len(data), chance.randrange(len(data))))])
        answered += _quick(path) is not None
    assert 0 < answered < 300
