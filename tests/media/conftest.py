"""Real files for the tests of this floor, each made by ffmpeg when first asked for and kept for the session."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hearth.media import ffmpeg
from tests.media_files import scenes_of_hdr10_plus

Make = Callable[[Path, "Samples"], list[str]]

_PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=6"]
_SOUND = ["-f", "lavfi", "-i", "sine=f=440:d=6"]
_H264 = ["-c:v", "libx264", "-preset", "veryfast", "-g", "48", "-pix_fmt", "yuv420p"]
_TAGS = {
    "title": "Low Tide", "artist": "Ann Arbor feat. Bo Diddley", "album": "Salt", "album_artist": "Ann Arbor",
    "track": "3/12", "disc": "1/2", "date": "2004-07-09", "genre": "Rock;Indie Pop", "composer": "C. Composer",
    "MUSICBRAINZ_ALBUMID": "6f1ac3d4-2a35-4a3f-8b7a-0123456789ab", "REPLAYGAIN_TRACK_GAIN": "-7.03 dB",
    "REPLAYGAIN_TRACK_PEAK": "0.98",
}  # fmt: skip
_CHAPTERS = (
    ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=2500\ntitle=Dawn\n"
    "[CHAPTER]\nTIMEBASE=1/1000\nSTART=2500\nEND=6000\ntitle=Day\n"
)


_PQ = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=none"


def _hdr10_plus(folder: Path, _samples: Samples) -> list[str]:
    return [*_PICTURE, *_X265, f"{_PQ}:dhdr10-info={scenes_of_hdr10_plus(folder)}"]


def _tags() -> list[str]:
    return [word for name, value in _TAGS.items() for word in ("-metadata", f"{name}={value}")]


def _rich_mkv(folder: Path, samples: Samples) -> list[str]:
    (folder / "en.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello <i>you</i>\n")
    (folder / "chapters.txt").write_text(_CHAPTERS)
    film, english = str(samples("film.mp4")), str(folder / "en.srt")
    return [
        "-i", film, "-i", english, "-f", "ffmetadata", "-i", str(folder / "chapters.txt"),
        "-map", "0:v", "-map", "0:a", "-map", "0:a", "-map", "1", "-map", "1", "-c", "copy", "-c:s:1", "ass",
        "-map_metadata", "2", "-map_chapters", "2", "-metadata", "title=A Film",
        "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu", "-metadata:s:a:1", "title=Commentary",
        "-disposition:a:1", "0", "-metadata:s:s:0", "language=eng", "-disposition:s:0", "forced",
        "-metadata:s:s:1", "language=fra", "-disposition:s:1", "hearing_impaired",
        "-attach", english, "-metadata:s:t", "mimetype=font/ttf", "-metadata:s:t", "filename=../../x.so",
    ]  # fmt: skip


def _recoded(source: str, *options: str) -> Make:
    return lambda _folder, samples: ["-i", str(samples(source)), "-c", "copy", *options]


def _made(*options: str) -> Make:
    return lambda _folder, _samples: list(options)


def _song(*options: str) -> Make:
    return lambda _folder, _samples: [*_SOUND, "-ac", "2", *_tags(), *options]


def _covered(source: str) -> Make:
    return lambda _folder, samples: [
        "-i", str(samples(source)), "-i", str(samples("cover.jpg")), "-map", "0", "-map", "1", "-c", "copy",
        "-disposition:v", "attached_pic",
    ]  # fmt: skip


_X265 = [
    "-c:v",
    "libx265",
    "-preset",
    "ultrafast",
    "-pix_fmt",
    "yuv420p10le",
    "-tag:v",
    "hvc1",
    "-t",
    "1",
    "-x265-params",
]
_RECIPES: dict[str, Make] = {
    "film.mp4": _made(*_PICTURE, *_SOUND, *_H264, "-c:a", "aac", "-ac", "2"),
    "rich.mkv": _rich_mkv,
    "plain.mkv": _recoded("film.mp4"),
    "open-gop.mp4": _made(*_PICTURE, *_H264, "-x264-params", "open-gop=1:keyint=48:min-keyint=48:scenecut=0"),
    "fragmented.mp4": _recoded("film.mp4", "-movflags", "frag_keyframe+empty_moov"),
    "film.ts": _recoded("film.mp4"),
    "film.avi": _recoded("film.mp4"),
    "turned.mp4": lambda _f, s: ["-display_rotation", "-90", "-i", str(s("film.mp4")), "-c", "copy"],
    "delayed.mp4": lambda _f, s: ["-itsoffset", "1.5", "-i", str(s("film.mp4")), "-c", "copy", "-map", "0:v"],
    "hdr10.mp4": _made(*_PICTURE, *_X265, _PQ),
    "hdr10plus.mp4": _hdr10_plus,
    "hdr10plus.mkv": _recoded("hdr10plus.mp4"),
    "hdr10plus.ts": _recoded("hdr10plus.mp4"),
    "hlg.mkv": _made(*_PICTURE, *_X265, "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc:log-level=none"),
    "interlaced.mkv": _made(*_PICTURE, "-c:v", "libx264", "-preset", "veryfast", "-flags", "+ildct+ilme", "-t", "1",
                            "-field_order", "tt"),
    "film.webm": _made(*_PICTURE, *_SOUND, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-t", "1"),
    "black.mp4": _made("-f", "lavfi", "-i", "color=black:s=320x180:r=24:d=3", "-f", "lavfi", "-i",
                       "testsrc2=s=320x180:r=24:d=3", "-filter_complex", "[0][1]concat", *_H264),
    "cover.jpg": _made("-f", "lavfi", "-i", "testsrc2=s=400x300:d=1", "-frames:v", "1"),
    "song.mp3": _song("-id3v2_version", "4"),
    "song.flac": _song("-metadata", "LYRICS=[00:01.50]Hello\n[00:03.00]again", "-metadata", "compilation=1"),
    "song.ogg": _song("-c:a", "libvorbis"),
    "song.opus": _song("-c:a", "libopus"),
    "song.m4a": _song("-c:a", "aac"),
    "song.wav": _song(),
    "song.aiff": _song("-write_id3v2", "1"),
    "song.wma": _song("-c:a", "wmav2"),
    "song.wv": _song("-c:a", "wavpack"),
    "song.aac": _song("-c:a", "aac"),
    "song.mka": _song("-c:a", "libopus"),
    "covered.mp3": _covered("song.mp3"),
    "covered.flac": _covered("song.flac"),
    "covered.m4a": _covered("song.m4a"),
}  # fmt: skip


class Samples:
    """`samples("film.mp4")` is the path of that file. It is shared: copy it before changing it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ffmpeg = ffmpeg.find()

    def __call__(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            argv = [*ffmpeg.start_argv(self.ffmpeg), *_RECIPES[name](self.folder, self), str(path)]
            subprocess.run(argv, check=True, timeout=60)
        return path


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    return Samples(tmp_path_factory.mktemp("samples"))
