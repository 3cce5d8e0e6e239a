"""Making the demo's playable files with ffmpeg: moving pictures out of still scenes, and small tunes out of sines."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from subprocess import PIPE, TimeoutExpired

from hearth.kit import process

from . import demo_art as art
from .demo_brush import Palette
from .demo_plan import Album, Encoding, Film, Show, Subtitles

FPS = 24
_FADE_S = 1.0
_LIMIT_S = 300
_VIDEO: dict[Encoding, tuple[str, ...]] = {
    "h264-mp4": ("-c:v", "libx264", "-preset", "superfast", "-crf", "25", "-g", "96", "-movflags", "+faststart"),
    "h264-mkv": ("-c:v", "libx264", "-preset", "superfast", "-crf", "25", "-g", "96"),
    "hevc-mkv": ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "27", "-x265-params", "log-level=none:pools=2"),
    "mpeg4-mkv": ("-c:v", "mpeg4", "-q:v", "5"),
    "vp9-webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "34", "-b:v", "0"),
    "av1-webm": ("-c:v", "libsvtav1", "-preset", "12", "-crf", "38", "-svtav1-params", "lp=2"),
}  # fmt: skip
_SOUND: dict[Encoding, tuple[str, ...]] = {
    "h264-mp4": ("-c:a", "aac", "-aac_coder", "fast", "-b:a", "96k"),
    "h264-mkv": ("-c:a", "aac", "-aac_coder", "fast", "-b:a", "96k"),
    "hevc-mkv": ("-c:a", "ac3", "-b:a", "192k"),
    "mpeg4-mkv": ("-c:a", "libmp3lame", "-b:a", "128k"),
    "vp9-webm": ("-c:a", "libopus", "-b:a", "64k"),
    "av1-webm": ("-c:a", "libopus", "-b:a", "64k"),
}
_TRACK_SOUND = {
    "flac": ("-c:a", "flac", "-sample_fmt", "s16"),
    "mp3": ("-c:a", "libmp3lame", "-q:a", "4", "-id3v2_version", "4"),
    "opus": ("-c:a", "libopus", "-b:a", "80k"),
    "m4a": ("-c:a", "aac", "-aac_coder", "fast", "-b:a", "112k", "-movflags", "+faststart"),
}
_MINOR = (0, 3, 7, 10, 12, 15, 12, 7)


def suffix(encoding: Encoding) -> str:
    return encoding.partition("-")[2]


def tune(root: float, scale: tuple[int, ...], beat: float, seconds: int) -> str:
    """An `aevalsrc` source: a plucked arpeggio over a slow pad, in the key of `root` (Hz)."""
    bar = beat * len(scale)
    notes = [
        f"0.16*sin({6.28319 * root * 2 ** (step / 12):.3f}*t)"
        f"*exp(-{2.2 / beat:.3f}*mod(t+{bar - at * beat:.4f},{bar:.4f}))"
        for at, step in enumerate(scale)
    ]
    pad = [
        f"0.05*sin({3.14159 * root * 2 ** (step / 12):.3f}*t)*(1+0.5*sin({0.9 + 0.37 * at:.2f}*t))"
        for at, step in enumerate(scale[:3])
    ]
    fade = f"min(1,t/1.5)*min(1,({seconds}-t)/2)"
    return f"aevalsrc=exprs='({'+'.join(notes + pad)})*{fade}':s=24000:d={seconds}"


_SPACE = "aresample=48000,aformat=channel_layouts=stereo,aecho=0.8:0.5:240|410:0.3|0.2,stereowiden=delay=14"


def make_film(ffmpeg: str, film: Film, height: int, target: Path) -> None:
    """Encodes one version of a film."""
    seeds = [sum(film.title.encode()) + 31 * number for number in range(len(film.shots))]
    shots = list(zip(film.shots, seeds, strict=True))
    _encode(
        ffmpeg, film.encoding, target, shots=shots, palette=film.palette, height=height, seconds=film.seconds,
        card=(film.title, film.tagline), audio=film.audio, inside=film.inside, chapters=film.chapters,
        metadata={"title": film.title},
    )  # fmt: skip


def make_episode(ffmpeg: str, show: Show, title: str, scene: str, target: Path) -> None:
    """Encodes one episode."""
    seed = sum(title.encode())
    _encode(
        ffmpeg, show.encoding, target, shots=[(scene, seed), (scene, seed + 7)], palette=show.palette,
        height=show.height, seconds=show.seconds, card=(title, show.title), audio=("eng",), inside=(), chapters=(),
        metadata={"title": title},
    )  # fmt: skip


def _encode(
    ffmpeg: str,
    encoding: Encoding,
    target: Path,
    *,
    shots: list[tuple[str, int]],
    palette: Palette,
    height: int,
    seconds: int,
    card: tuple[str, str],
    audio: tuple[str, ...],
    inside: tuple[Subtitles, ...],
    chapters: tuple[str, ...],
    metadata: dict[str, str],
) -> None:
    width = height * 16 // 9 // 2 * 2
    with tempfile.TemporaryDirectory(prefix="hearth-demo-") as folder:
        work = Path(folder)
        inputs: list[str] = []
        for number, (scene, seed) in enumerate(shots):
            still = work / f"{number}.png"
            wide = (int(width * 1.16) // 2 * 2, int(height * 1.08) // 2 * 2)
            art.render(scene, palette, wide, seed, grain=3.0).pngsave(str(still), compression=1)
            inputs += ["-i", f"file:{still}"]
        (work / "card.png").write_bytes(art.title_card(*card, (width * 9 // 10, height * 3 // 10)))
        inputs += ["-i", f"file:{work / 'card.png'}"]
        first_sound = len(shots) + 1
        for number in range(len(audio)):
            root = 130.8 * 2 ** ((sum(card[0].encode()) % 12) / 12)
            inputs += ["-f", "lavfi", "-i", tune(root, _MINOR if number == 0 else (0, 7, 12, 7), 0.5, seconds)]
        first_text = first_sound + len(audio)
        for number, subtitles in enumerate(inside):
            (work / f"{number}.srt").write_text(srt(subtitles, seconds), "utf-8")
            inputs += ["-i", f"file:{work / f'{number}.srt'}"]
        if chapters:
            (work / "chapters.txt").write_text(_chapters(chapters, seconds), "utf-8")
            inputs += ["-f", "ffmetadata", "-i", f"file:{work / 'chapters.txt'}"]
        argv = [*_start(ffmpeg), *inputs, "-filter_complex", _picture(len(shots), width, height, seconds)]
        argv += ["-map", "[v]"]
        for number, language in enumerate(audio):
            argv += ["-map", f"{first_sound + number}:a", f"-metadata:s:a:{number}", f"language={language}"]
            argv += [f"-disposition:a:{number}", "default" if number == 0 else "0"]
        for number, subtitles in enumerate(inside):
            argv += ["-map", f"{first_text + number}:s", f"-metadata:s:s:{number}", f"language={subtitles.language}"]
        if chapters:
            argv += ["-map_chapters", str(first_text + len(inside))]
        argv += [*_VIDEO[encoding], "-pix_fmt", "yuv420p", "-r", str(FPS), "-af", _SPACE, *_SOUND[encoding]]
        argv += [word for name, value in metadata.items() for word in ("-metadata", f"{name}={value}")]
        _run([*argv, "-t", str(seconds)], target)


def _picture(shots: int, width: int, height: int, seconds: int) -> str:
    """Slow pans over the stills, faded into each other, with the title fading in and out at the start."""
    each = (seconds + (shots - 1) * _FADE_S) / shots
    parts = []
    for number in range(shots):
        along = f"(iw-ow)*t/{each:.3f}" if number % 2 == 0 else f"(iw-ow)*(1-t/{each:.3f})"
        down = f"(ih-oh)*(1-t/{each:.3f})" if number % 3 == 0 else "(ih-oh)/2"
        parts.append(
            f"[{number}:v]format=yuv420p,loop=-1:1:0,setpts=N/{FPS}/TB,trim=duration={each:.3f},"
            f"crop={width}:{height}:x='{along}':y='{down}',setsar=1,fps={FPS}[s{number}]"
        )
    last = "s0"
    for number in range(1, shots):
        offset = number * (each - _FADE_S)
        parts.append(f"[{last}][s{number}]xfade=fade:duration={_FADE_S}:offset={offset:.3f}[x{number}]")
        last = f"x{number}"
    # The card is a strip, and its fades end with it: blending whole frames would double the time of everything.
    parts.append(
        f"[{shots}:v]format=yuva420p,loop=-1:1:0,setpts=N/{FPS}/TB,trim=duration=6,"
        "fade=in:st=0.8:d=1:alpha=1,fade=out:st=4.6:d=1:alpha=1[card]"
    )
    parts.append(f"[{last}][card]overlay=x=(W-w)/2:y=(H-h)/2:eof_action=pass:format=yuv420[v]")
    return ";".join(parts)


def srt(subtitles: Subtitles, seconds: int) -> str:
    """Lines spread over the film as SubRip text."""
    slot = max(3.0, (seconds - 8) / max(1, len(subtitles.lines)))
    out = []
    for number, text in enumerate(subtitles.lines):
        begin = 6 + number * slot
        out.append(f"{number + 1}\n{_clock(begin)} --> {_clock(begin + min(4.0, slot - 0.5))}\n{text}\n")
    return "\n".join(out)


def _clock(at: float) -> str:
    ms = round(at * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


def _chapters(titles: tuple[str, ...], seconds: int) -> str:
    each = seconds * 1000 // len(titles)
    out = ";FFMETADATA1\n"
    for number, title in enumerate(titles):
        out += f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={number * each}\nEND={(number + 1) * each}\ntitle={title}\n"
    return out


def make_track(ffmpeg: str, album: Album, disc: int, number: int, target: Path, cover: Path | None) -> None:
    """Encodes one tagged piece; `disc` and `number` count from 1. A `cover` is embedded."""
    track = album.discs[disc - 1][number - 1]
    turn = (number * 5 + disc * 3) % 12
    beat = (0.30, 0.36, 0.42, 0.5)[(number + disc) % 4]
    source = tune(album.root_note * 2 ** ((turn % 7) / 12), album.scale, beat, album.seconds)
    argv = [*_start(ffmpeg), "-f", "lavfi", "-i", source]
    if cover:
        argv += ["-i", f"file:{cover}", "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic"]
        argv += ["-metadata:s:v", "title=Album cover", "-metadata:s:v", "comment=Cover (front)"]
    argv += ["-af", _SPACE, *_TRACK_SOUND[album.suffix]]
    total = len(album.discs[disc - 1])
    tags = {
        "title": track.title,
        "artist": track.artist or album.artist,
        "album": album.title,
        "album_artist": album.artist,
        "track": f"{number}/{total}",
        "disc": f"{disc}/{len(album.discs)}",
        "date": str(album.year),
        "genre": album.genre,
        "REPLAYGAIN_TRACK_GAIN": f"{-3 - turn / 4:.2f} dB",
        "REPLAYGAIN_TRACK_PEAK": "0.630957",
    }
    if album.compilation:
        tags["TCMP" if album.suffix == "mp3" else "compilation"] = "1"
    if track.lyrics:
        tags["LYRICS"] = track.lyrics
    argv += [word for name, value in tags.items() for word in ("-metadata", f"{name}={value}")]
    _run(argv, target)


def _start(ffmpeg: str) -> list[str]:
    return [ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]


def _run(argv: list[str], target: Path) -> None:
    """Writes beside the target and renames, so that a file with the right name is always whole."""
    part = target.with_name(f".{target.stem}.part{target.suffix}")
    child = process.spawn([*argv, "-threads", "2", f"file:{part}"], stderr=PIPE, niceness=5)
    try:
        _, errors = child.communicate(timeout=_LIMIT_S)
    except TimeoutExpired:
        errors = b"it took too long"
    finally:
        process.stop_blocking(child, grace_s=0.5)
    if child.returncode != 0:
        part.unlink(missing_ok=True)
        raise RuntimeError(f"ffmpeg could not make {target.name}: {errors.decode('utf-8', 'replace').strip()[-500:]}")
    os.replace(part, target)
