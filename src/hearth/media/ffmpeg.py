"""Running ffmpeg: found, named, started safely, bounded in time and output.

Every argv is a list made of fixed words, integers, enums and one path behind `file:`; no text from a request or a file
ever becomes an option or part of a filter.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Literal

from hearth.kit import process
from hearth.kit.errors import Unavailable

from .facts import Hdr, Unreadable, clean
from .sniff import FORMATS

Picture = Literal["jpeg", "webp", "png"]
SubtitleKind = Literal["srt", "ass", "webvtt"]

_SUBTITLE_FORMATS = "srt,ass,webvtt,microdvd,subviewer,subviewer1,sami,mpl2,jacosub,vplayer,pjs,stl,realtext"
_PICTURES: dict[Picture, tuple[str, ...]] = {
    "jpeg": ("-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p"),
    "webp": ("-c:v", "libwebp", "-quality", "82"),
    "png": ("-c:v", "png"),
}
_MAX_ERRORS = 64 * 1024
_DARK = 24  # mean luma of 255 below which a frame is taken for a fade or a black leader
# Where to look for a frame that shows something, as parts of the whole.
_PLACES = (0.2, 0.35, 0.5, 0.12, 0.7)


class Failed(Exception):
    """ffmpeg gave up. `reason` is its own last words, shortened."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def find(configured: str | os.PathLike[str] | None = None) -> str:
    """The path of the ffmpeg to use: the configured one, else the one that came with Hearth. Raises Unavailable."""
    if configured:
        found = shutil.which(os.fspath(configured))
        if found is None:
            raise Unavailable(f"There is no program at {configured}: correct the ffmpeg path in the configuration.")
        return found
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        raise Unavailable("No ffmpeg came with this installation: install it and set its path.") from None


async def version(ffmpeg: str) -> str:
    """What the program calls itself, such as "9.0.2". Raises Unavailable when it does not run."""
    try:
        out = await run([ffmpeg, "-hide_banner", "-version"], timeout_s=10)
    except (OSError, Failed, TimeoutError):
        raise Unavailable(f"{ffmpeg} does not run.") from None
    words = out.decode("utf-8", "replace").split()
    return words[2].lstrip("nN").split("-")[0] if len(words) > 2 and words[:2] == ["ffmpeg", "version"] else "unknown"


def start_argv(ffmpeg: str) -> list[str]:
    """The first words of every command: no keyboard, no banner, errors only."""
    return [ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]


def input_argv(
    path: bytes | str, *, at_ms: int = 0, length_ms: int | None = None, formats: str = FORMATS, seek: bool = True
) -> list[str]:
    """One input: a local file of a known container, which may open nothing else. `at_ms` seeks to before decoding."""
    argv = ["-protocol_whitelist", "file", "-format_whitelist", formats]
    if at_ms > 0 and seek:
        argv += ["-ss", seconds(at_ms)]
    if length_ms is not None:
        argv += ["-t", seconds(length_ms)]
    return [*argv, "-i", file_url(path)]


def file_url(path: bytes | str) -> str:
    """`file:` and the path: a name such as `concat:x` or `-y` stays a name. Names in any bytes survive."""
    return "file:" + os.fsdecode(path)


def seconds(ms: int) -> str:
    """Milliseconds in ffmpeg's notation for time."""
    return f"{ms // 1000}.{ms % 1000:03d}"


async def run(
    argv: Sequence[str],
    *,
    timeout_s: float,
    max_output: int = 64 * 2**20,
    stdin: bytes | None = None,
    niceness: int = 10,
    cwd: Path | None = None,
) -> bytes:
    """Runs a command to its end and returns its standard output.

    Raises Failed (ended badly, or wrote more than `max_output` bytes) and TimeoutError. The child never outlives the
    call, whatever happens.
    """
    out, _ = await _outcome(argv, timeout_s, max_output, stdin, niceness, cwd)
    return out


async def report(argv: Sequence[str], *, timeout_s: float, niceness: int = 10) -> str:
    """`run` for a command whose answer is what it says on its way: the first 64 KB of its standard error."""
    _, errors = await _outcome(argv, timeout_s, 64 * 1024, None, niceness, None)
    return errors.decode("utf-8", "replace")


async def _outcome(
    argv: Sequence[str], timeout_s: float, max_output: int, stdin: bytes | None, niceness: int, cwd: Path | None
) -> tuple[bytes, bytes]:
    child = await process.start(
        argv,
        stdin=PIPE if stdin is not None else DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        niceness=niceness,
        cwd=os.fspath(cwd) if cwd else None,
    )
    if child.stdout is None or child.stderr is None:
        raise Failed("ffmpeg was started without pipes")
    try:
        async with asyncio.timeout(timeout_s):
            feeding = asyncio.ensure_future(_feed(child, stdin))
            out, errors, _ = await asyncio.gather(
                _read(child.stdout, max_output), _read(child.stderr, _MAX_ERRORS, keep_reading=True), feeding
            )
            code = await child.wait()
    finally:
        if child.returncode is None:
            await process.stop(child, grace_s=0.5)
    if code != 0:
        raise Failed(_last_words(errors) or f"ffmpeg ended with code {code}")
    return out, errors


async def _feed(child: asyncio.subprocess.Process, data: bytes | None) -> None:
    if data is None or child.stdin is None or child.stdin.is_closing():
        return  # a child that ended at once has closed it already, and uvloop takes writing then for a mistake
    try:
        child.stdin.write(data)
        await child.stdin.drain()
        child.stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        return  # it ended early; its exit code tells


async def _read(stream: asyncio.StreamReader, limit: int, *, keep_reading: bool = False) -> bytes:
    data = bytearray()
    while chunk := await stream.read(65536):
        if len(data) + len(chunk) <= limit:
            data += chunk
        elif not keep_reading:
            raise Failed(f"ffmpeg wrote more than {limit} bytes")
    return bytes(data)


def _last_words(errors: bytes) -> str:
    lines = [line for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    return clean(lines[-1], 300) if lines else ""


async def frame(
    ffmpeg: str,
    path: bytes,
    at_ms: int | None = None,
    *,
    duration_ms: int | None = None,
    width: int = 1280,
    hdr: Hdr = "sdr",
    picture: Picture = "jpeg",
    timeout_s: float = 60.0,
) -> bytes:
    """One picture of a video, at most `width` wide, upright, tone-mapped when HDR.

    With `at_ms` the frame at that time. Without, a good one: keyframes from a fifth in are compared and the most
    typical taken; when it is nearly black, later and earlier places are tried. Raises Unreadable.
    """
    try:
        async with asyncio.timeout(timeout_s):
            if at_ms is not None:
                return await _grab(ffmpeg, path, at_ms, width, hdr, picture, typical=False)
            best: tuple[float, bytes] | None = None
            for place in _PLACES:
                at = int((duration_ms or 0) * place)
                try:
                    data = await _grab(ffmpeg, path, at, width, hdr, picture, typical=True)
                except Unreadable:
                    continue
                light = await asyncio.to_thread(_brightness, data)
                if best is None or light > best[0]:
                    best = (light, data)
                if light >= _DARK or not duration_ms:
                    break
            if best is None:
                # Seconds long, with its one keyframe at the start: the first frame is what there is.
                best = (0.0, await _grab(ffmpeg, path, 0, width, hdr, picture, typical=False))
    except TimeoutError:
        raise Unreadable("timeout", f"Taking a picture from the video took longer than {timeout_s:.0f} s.") from None
    return best[1]


async def _grab(  # private, and every argument is named at the two calls
    ffmpeg: str, path: bytes, at_ms: int, width: int, hdr: Hdr, picture: Picture, *, typical: bool
) -> bytes:
    filters = ["thumbnail=n=8"] if typical else []
    if hdr in ("hdr10", "hlg"):
        filters.append("zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable,zscale=t=bt709:m=bt709")
    filters.append(f"scale=w='min({int(width)},iw*sar)':h=-2:flags=bicubic,setsar=1")
    decode = ["-skip_frame", "nokey"] if typical else []
    argv = [*start_argv(ffmpeg), *decode, "-threads", "2", *input_argv(path, at_ms=at_ms)]
    # A bounded stretch: eight keyframes may be far apart, or not exist before the end.
    argv[-2:-2] = ["-t", "60" if typical else "10"]
    argv += ["-map", "0:V:0", "-an", "-sn", "-dn", "-vf", ",".join(filters), "-frames:v", "1"]
    argv += [*_PICTURES[picture], "-f", "image2pipe", "pipe:1"]
    try:
        data = await run(argv, timeout_s=60, max_output=32 * 2**20)
    except Failed as error:
        raise Unreadable("damaged", f"No picture could be taken from the video: {error.reason}.") from None
    if not data:
        raise Unreadable("damaged", "There is no picture at this place of the video.")
    return data


def _brightness(data: bytes) -> float:
    from .images import brightness

    return brightness(data)


async def extract_subtitle(ffmpeg: str, path: bytes, index: int, *, timeout_s: float = 120.0) -> str:
    """A text subtitle stream of a file (`index` as `SubtitleStream.index` has it) as WebVTT. Raises Unreadable."""
    argv = [*start_argv(ffmpeg), *input_argv(path), "-map", f"0:{int(index)}", "-c:s", "webvtt", "-f", "webvtt"]
    return await _webvtt([*argv, "pipe:1"], None, timeout_s)


async def convert_subtitle(ffmpeg: str, text: str, kind: SubtitleKind, *, timeout_s: float = 30.0) -> str:
    """The text of an .srt, .ass or .vtt file as WebVTT. Raises Unreadable."""
    argv = [word for word in start_argv(ffmpeg) if word != "-nostdin"]
    argv += ["-protocol_whitelist", "pipe", "-format_whitelist", _SUBTITLE_FORMATS, "-f", kind, "-i", "pipe:0"]
    return await _webvtt(
        [*argv, "-c:s", "webvtt", "-f", "webvtt", "pipe:1"], text.encode("utf-8", "replace"), timeout_s
    )


async def _webvtt(argv: list[str], stdin: bytes | None, timeout_s: float) -> str:
    try:
        out = await run(argv, timeout_s=timeout_s, max_output=16 * 2**20, stdin=stdin)
    except Failed as error:
        raise Unreadable("damaged", f"The subtitles could not be read: {error.reason}.") from None
    except TimeoutError:
        raise Unreadable("timeout", f"Reading the subtitles took longer than {timeout_s:.0f} seconds.") from None
    return out.decode("utf-8", "replace").replace("\0", "")
