"""Small real media files for tests: made once by ffmpeg, then copied, made distinct, and tagged."""

import functools
import json
import os
import subprocess
import tempfile
from pathlib import Path

import mutagen
from mutagen.flac import Picture

from hearth.media import ffmpeg


@functools.cache
def _made(suffix: str, *options: str) -> bytes:
    """The bytes of a second of test picture or tone."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"made{suffix}")
        subprocess.run([*ffmpeg.start_argv(ffmpeg.find()), *options, str(path)], check=True, timeout=60)
        return path.read_bytes()


def _write(path: Path | bytes, data: bytes) -> None:
    full = os.fsencode(path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(data)


def video(path: Path | bytes, *, size: str = "160x90", seconds: int = 1) -> None:
    """A film with sound in MP4 (H.264 and AAC); each call writes other bytes, as other films would be."""
    data = _made(
        ".mp4", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=10:d={seconds}", "-f", "lavfi", "-i",
        f"sine=440:d={seconds}", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
        "-movflags", "+faststart",
    )  # fmt: skip
    stamp = os.urandom(16)
    _write(path, data + (8 + len(stamp)).to_bytes(4, "big") + b"free" + stamp)


def broadcast(path: Path) -> None:
    """A film in a container without an index: MPEG-TS."""
    data = _made(
        ".ts", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=2", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10",
    )  # fmt: skip
    _write(path, data)


def scenes_of_hdr10_plus(folder: Path) -> Path:
    """A file such as a colourist's tool makes, from which x265 writes the metadata of each of the first 24 pictures."""
    scene = {
        "LuminanceParameters": {
            "AverageRGB": 1000, "MaxScl": [5000, 5000, 5000],
            "LuminanceDistributions": {
                "DistributionIndex": [1, 5, 10, 25, 50, 75, 90, 95, 99],
                "DistributionValues": list(range(0, 900, 100)),
            },
        },
        "NumberOfWindows": 1, "TargetedSystemDisplayMaximumLuminance": 400, "SceneId": 0,
        "BezierCurveData": {"Anchors": list(range(100, 1000, 100)), "KneePointX": 100, "KneePointY": 100},
    }  # fmt: skip
    told = {
        "JSONInfo": {"HDR10plusProfile": "B", "Version": "1.0"},
        "SceneInfo": [scene | {"SceneFrameIndex": n, "SequenceFrameIndex": n} for n in range(24)],
        "SceneInfoSummary": {"SceneFirstFrameIndex": [0], "SceneFrameNumbers": [24]},
        "ToolInfo": {"Tool": "test", "Version": "1"},
    }
    path = folder / "hdr10plus.json"
    path.write_text(json.dumps(told))
    return path


def hdr10_plus_video(path: Path) -> None:
    """A second of HEVC whose pictures carry HDR10+."""
    with tempfile.TemporaryDirectory() as folder:
        colours = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=none"
        data = _made(
            ".mkv", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=1", "-c:v", "libx265", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p10le", "-x265-params",
            f"{colours}:dhdr10-info={scenes_of_hdr10_plus(Path(folder))}",
        )  # fmt: skip
    _write(path, data)


def old_video(path: Path, *, seconds: int = 1) -> None:
    """A film that no browser plays as it is: MPEG-4 part 2 and AC-3 in Matroska."""
    data = _made(
        ".mkv", "-f", "lavfi", "-i", f"testsrc2=s=320x180:r=24:d={seconds}", "-f", "lavfi", "-i",
        f"sine=330:d={seconds}", "-c:v", "mpeg4", "-q:v", "5", "-c:a", "ac3",
    )  # fmt: skip
    _write(path, data)


def audio(path: Path, *, cover: bool = False, seconds: int = 1, **tags: str | list[str]) -> None:
    """Seconds of tone as the path's ending says (.flac, .mp3, .opus, .m4a), with tags named as Vorbis comments are."""
    codec = {".flac": "flac", ".mp3": "libmp3lame", ".opus": "libopus", ".m4a": "aac"}[path.suffix]
    _write(path, _made(path.suffix, "-f", "lavfi", "-i", f"sine=440:d={seconds}", "-c:a", codec))
    file = mutagen.File(path, easy=True)
    if file.tags is None:
        file.add_tags()
    for name, value in tags.items():
        file[name] = value
    if cover:
        picture = Picture()  # type: ignore[no-untyped-call]  # mutagen has no types
        picture.type, picture.mime, picture.data = 3, "image/png", image_bytes()
        file.add_picture(picture)
    file.save()


@functools.cache
def image_bytes(color: str = "teal", size: str = "300x450") -> bytes:
    """A PNG of one colour."""
    return _made(".png", "-f", "lavfi", "-i", f"color={color}:s={size}", "-frames:v", "1")


def image(path: Path, color: str = "teal", size: str = "300x450") -> None:
    """A picture file of one colour."""
    _write(path, image_bytes(color, size))


def text(path: Path | bytes, content: str) -> None:
    """A text file: subtitles, NFO, lyrics."""
    _write(path, content.encode())
