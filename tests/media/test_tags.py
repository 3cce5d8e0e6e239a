"""Audio tags out of real files of every format, and the rules by which raw values become facts."""

from __future__ import annotations

import importlib
import os
import shutil
from pathlib import Path

import msgspec
import mutagen
import pytest

from hearth.media import AudioTags, LyricLine, Unreadable, cover, tags
from hearth.media import tagvalues as values
from tests.media.conftest import Samples

RELEASE = "6f1ac3d4-2a35-4a3f-8b7a-0123456789ab"
id3 = importlib.import_module("mutagen.id3")  # it has no types
mp4 = importlib.import_module("mutagen.mp4")
ARTIST = "11111111-2222-3333-4444-555555555555"


def _tags(path: Path) -> AudioTags:
    return tags(os.fsencode(path))


@pytest.mark.parametrize(
    ("name", "container", "codec"),
    [
        ("song.mp3", "mp3", "mp3"),
        ("song.flac", "flac", "flac"),
        ("song.ogg", "ogg", "vorbis"),
        ("song.opus", "ogg", "opus"),
        ("song.m4a", "m4a", "aac"),
        ("song.wma", "wma", "wma"),
        ("song.wv", "wv", "wv"),
        ("song.mka", "mkv", "opus"),
    ],
)
def test_every_format(samples: Samples, name: str, container: str, codec: str) -> None:
    path = samples(name)
    found = _tags(path)
    assert (found.container, found.codec, found.size) == (container, codec, path.stat().st_size)
    assert found.duration_ms == pytest.approx(6000, abs=120)
    assert found.channels == 2
    assert found.sample_rate == (48000 if codec == "opus" else 44100)
    assert found.bitrate and 10_000 < found.bitrate < 1_500_000
    assert (found.title, found.album, found.year, found.date) == ("Low Tide", "Salt", 2004, "2004-07-09")
    assert found.artists == ("Ann Arbor", "Bo Diddley")
    assert found.artist_credit == "Ann Arbor feat. Bo Diddley"
    assert found.album_artists == ("Ann Arbor",)
    assert found.genres == ("Rock", "Indie Pop")
    if name != "song.wma":  # ffmpeg writes these fields of ASF under names that nothing else uses
        assert (found.track, found.track_total, found.disc, found.disc_total) == (3, 12, 1, 2)
        assert found.composers == ("C. Composer",)
    if name != "song.m4a":  # ffmpeg leaves free-form fields out of MP4
        assert found.musicbrainz.release == RELEASE
        assert (found.replaygain.track_gain, found.replaygain.track_peak) == (-7.03, 0.98)
    assert not found.has_cover and found.warnings == ()
    assert msgspec.json.decode(msgspec.json.encode(found), type=AudioTags) == found


@pytest.mark.parametrize("name", ["song.wav", "song.aiff", "song.aac"])
def test_formats_with_few_tags(samples: Samples, name: str) -> None:
    found = _tags(samples(name))
    assert found.duration_ms == pytest.approx(6000, abs=200)
    assert found.codec == ("aac" if name.endswith("aac") else "pcm")
    if name != "song.aac":
        assert (found.title, found.bit_depth) == ("Low Tide", 16)


def test_lossless_depth(samples: Samples) -> None:
    assert _tags(samples("song.flac")).bit_depth == 16


@pytest.mark.parametrize("name", ["covered.mp3", "covered.flac", "covered.m4a"])
def test_cover(samples: Samples, name: str) -> None:
    assert _tags(samples(name)).has_cover
    found = cover(os.fsencode(samples(name)))
    assert found == samples("cover.jpg").read_bytes()
    assert cover(os.fsencode(samples("song.opus"))) is None


def test_m4a_with_free_form_fields(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    shutil.copyfile(samples("song.m4a"), path)
    file = mp4.MP4(path)
    prefix = "----:com.apple.iTunes:"
    file[prefix + "MusicBrainz Album Id"] = [RELEASE.encode()]
    file[prefix + "MusicBrainz Artist Id"] = [ARTIST.encode(), RELEASE.encode()]
    file[prefix + "ARTISTS"] = [b"Ann Arbor", b"Bo Diddley"]
    file["cpil"] = True
    file["\xa9ART"] = ["Ann Arbor & Bo Diddley"]
    file.save()
    found = _tags(path)
    assert found.musicbrainz.release == RELEASE
    assert found.musicbrainz.artists == (ARTIST, RELEASE)
    assert found.compilation
    assert found.artists == ("Ann Arbor", "Bo Diddley")
    assert found.artist_credit == "Ann Arbor & Bo Diddley"


def test_id3_frames(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    shutil.copyfile(samples("song.mp3"), path)
    frames = id3.ID3(path)
    frames.add(id3.UFID(owner="http://musicbrainz.org", data=ARTIST.encode()))
    frames.add(id3.TCMP(encoding=3, text=["1"]))
    frames.add(id3.TPE1(encoding=3, text=["Ann", "Bo"]))
    frames.add(id3.TDOR(encoding=3, text=["1999"]))
    frames.add(id3.TSOP(encoding=3, text=["Arbor, Ann"]))
    frames.add(id3.USLT(encoding=3, lang="eng", desc="", text="One\nTwo"))
    frames.save(path)
    found = _tags(path)
    assert found.musicbrainz.recording == ARTIST
    assert found.compilation
    assert found.artists == ("Ann", "Bo")
    assert (found.original_year, found.sort_artist) == (1999, "Arbor, Ann")
    assert found.lyrics is not None and found.lyrics.text == "One\nTwo" and found.lyrics.lines == ()


def test_flac_lyrics_and_several_values(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "song.flac"
    shutil.copyfile(samples("song.flac"), path)
    file = mutagen.File(path)
    assert file is not None
    file["GENRE"] = ["Dub", "Techno"]
    file.save()
    found = _tags(path)
    assert found.genres == ("Dub", "Techno")
    assert found.compilation
    assert found.lyrics is not None
    assert found.lyrics.lines == (LyricLine(1500, "Hello"), LyricLine(3000, "again"))
    assert found.lyrics.text == "Hello\nagain"


def test_misnamed_audio_is_read_as_what_it_is(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    shutil.copyfile(samples("song.m4a"), path)
    assert _tags(path).codec == "aac"


def test_any_name(samples: Samples, tmp_path: Path) -> None:
    for name in (b"\xff\xfe caf\xe9.flac", b"n" * 250 + b".flac"):
        path = os.path.join(os.fsencode(tmp_path), name)
        shutil.copyfile(samples("song.flac"), path)
        assert tags(path).title == "Low Tide"


@pytest.mark.parametrize("name", ["song.mp3", "song.flac", "song.ogg", "song.m4a", "song.wma", "song.wav", "song.wv"])
def test_cut_and_flipped_files_never_raise_anything_else(samples: Samples, tmp_path: Path, name: str) -> None:
    data = samples(name).read_bytes()
    path = tmp_path / name
    for step in range(24):
        broken = bytearray(data[: len(data) * (step + 1) // 24])
        for at in range(step, min(len(broken), 2000), 97):
            broken[at] ^= 0x55
        path.write_bytes(broken)
        try:
            assert _tags(path).size == len(broken)
            cover(os.fsencode(path))
        except Unreadable as error:
            assert error.reason


def test_empty_and_foreign(samples: Samples, tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.touch()
    with pytest.raises(Unreadable, match="empty"):
        _tags(path)
    shutil.copyfile(samples("cover.jpg"), path)
    with pytest.raises(Unreadable, match="JPEG"):
        _tags(path)


@pytest.mark.parametrize(
    ("raw", "artists", "credit"),
    [
        (["AC/DC"], ("AC/DC",), "AC/DC"),
        (["Earth, Wind & Fire"], ("Earth, Wind & Fire",), "Earth, Wind & Fire"),
        (["A; B"], ("A", "B"), "A; B"),
        (["A / B"], ("A", "B"), "A / B"),
        (["A ft. B"], ("A", "B"), "A ft. B"),
        (["A (feat. B)"], ("A", "B"), "A (feat. B)"),
        (["A feat. B", "A", "B"], ("A", "B"), "A feat. B"),
        (["A", "B"], ("A", "B"), "A, B"),
        (["A\0B"], ("A", "B"), "A, B"),
        (["Aft. Lodge"], ("Aft. Lodge",), "Aft. Lodge"),
        ([" A ", "a"], ("A",), "A"),
        ([], (), None),
    ],
)
def test_artists(raw: list[str], artists: tuple[str, ...], credit: str | None) -> None:
    assert values.artists(raw) == (artists, credit)


@pytest.mark.parametrize(
    ("raw", "genres"),
    [
        (["Rock/Pop"], ("Rock", "Pop")),
        (["Rock", "rock", "Pop"], ("Rock", "Pop")),
        (["Folk, World, & Country"], ("Folk, World, & Country",)),
        (["Drum & Bass|House"], ("Drum & Bass", "House")),
    ],
)
def test_genres(raw: list[str], genres: tuple[str, ...]) -> None:
    assert values.genres(raw) == genres


@pytest.mark.parametrize(
    ("raw", "date", "year"),
    [
        ("2004", "2004", 2004),
        ("2004-7", "2004-07", 2004),
        ("2004-07-09T00:00:00Z", "2004-07-09", 2004),
        ("2004/13/40", "2004", 2004),
        ("9999", None, None),
        ("soon", None, None),
        (None, None, None),
    ],
)
def test_dates(raw: str | None, date: str | None, year: int | None) -> None:
    assert values.date(raw) == (date, year)


def test_r128_gain_is_told_as_replaygain() -> None:
    # Q7.8 of -23 LUFS; ReplayGain aims 5 dB higher.
    assert values.replaygain({"r128trackgain": ["-2560"]}).track_gain == -5.0


def test_lrc_with_headers_words_and_repeats() -> None:
    found = values.lyrics("[ar:Ann]\n[00:10.5][00:02]Refrain\n[00:04.25]<00:04.25>one <00:05.00>two\n")
    assert found is not None
    assert found.lines == (LyricLine(2000, "Refrain"), LyricLine(4250, "one two"), LyricLine(10500, "Refrain"))
    assert values.lyrics(" \n ") is None
