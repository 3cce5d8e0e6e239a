"""Probing one file with libav: which streams it holds, how long it is, what is wrong with it.

Blocking, and libav can crash or loop on hostile input: the server calls it through `prober.Prober` only.
"""

from __future__ import annotations

import errno
import os
import re
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from .dynamic_hdr import hdr10_plus
from .facts import (
    Attachment,
    AudioStream,
    Chapter,
    Hdr,
    MediaInfo,
    SubtitleStream,
    Unreadable,
    VideoStream,
    clean,
)
from .sniff import FORMATS, PROTOCOLS, disguise, open_media, shortfall

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream

GREEDY = "Reading the file takes more memory than is sane: it is damaged or hostile."
_MAX_STREAMS = 256
_MAX_CHAPTERS = 1000
_MAX_TAGS = 64
_TEXT_SUBTITLES = frozenset({"subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text", "microdvd", "subviewer"})
_INTERLACED_ORDERS = frozenset({2, 3, 4, 5})  # AVFieldOrder TT, BB, TB, BT
_TRANSFER: dict[int, Hdr] = {16: "hdr10", 18: "hlg"}  # AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67
# libav's spelling -> the field's, where they differ.
_CODECS = {"srt": "subrip", "pgssub": "hdmv_pgs_subtitle", "dvdsub": "dvd_subtitle", "dvbsub": "dvb_subtitle"}
_CODECS |= {"ssa": "ass", "libdav1d": "av1", "libaom-av1": "av1", "mp3float": "mp3", "cc_dec": "eia_608", "dca": "dts"}
_CONTAINERS = {"matroska,webm": "mkv", "mov,mp4,m4a,3gp,3g2,mj2": "mp4", "mpegts": "ts", "mpeg": "ps"}
_FONT_TYPES = {"font/ttf": "ttf", "font/otf": "otf", "application/x-truetype-font": "ttf", "font/sfnt": "ttf"}
_FONT_TYPES |= {"application/x-font-ttf": "ttf", "application/vnd.ms-opentype": "otf", "application/x-font-otf": "otf"}
_FONT_TYPES |= {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "text/plain": "txt"}

_DUMP_STREAM = re.compile(r"^\s*Stream #0:(\d+)", re.MULTILINE)
_DUMP_ROTATION = re.compile(r"rotation of (-?\d+(?:\.\d+)?) degrees")
_DUMP_DOVI = re.compile(r"DOVI configuration record:.*?profile: (\d+).*?compatibility id: (\d+)")


def probe(path: bytes, timeout_s: float = 20.0) -> MediaInfo:
    """Reads what the file at `path` holds. Raises Unreadable with a reason for people."""
    with open_media(path) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(4096)
        short = shortfall(file, size)
    if what := disguise(head):
        raise Unreadable("not_media", f"This is not a media file but {what}.")
    if short and not short[1]:
        raise Unreadable("truncated", _truncation(size, short[0]))
    container = open_container(path, timeout_s)
    try:
        info = _with_dynamic_hdr(container, _describe(container, size, (_warning(size, short[0]),) if short else ()))
    finally:
        container.close()
    if not info.video and not info.audio:
        raise Unreadable("not_media", "The file holds neither video nor sound.")
    return info


def _with_dynamic_hdr(container: InputContainer, info: MediaInfo) -> MediaInfo:
    """HDR10+ is looked for only where the pictures are PQ, which it builds on."""
    plus = hdr10_plus(container, [one.index for one in info.video if "hdr10" in (one.hdr, one.dovi_base)])
    if not plus:
        return info
    video = tuple(msgspec.structs.replace(one, hdr10_plus=one.index in plus) for one in info.video)
    return msgspec.structs.replace(info, video=video)


def open_container(path: bytes, timeout_s: float = 20.0) -> InputContainer:
    """Opens a file as one of the real containers only, never following it to other files or addresses."""
    import av

    try:
        # os.fsdecode is undone by PyAV's os.fsencode, so names of any bytes work; "file:" keeps a name such as
        # "concat:a" from being read as a protocol.
        return av.open(
            "file:" + os.fsdecode(path),
            options={"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS},
            metadata_errors="replace",
            timeout=timeout_s,
        )
    except av.error.ArgumentError:
        raise Unreadable("not_media", "This is not a media file, or one of a kind that is not played.") from None
    except (av.error.InvalidDataError, av.error.EOFError, av.error.PatchWelcomeError):
        raise Unreadable("damaged", "The file is damaged: its beginning makes no sense as media.") from None
    except (av.error.TimeoutError, av.error.ExitError):
        raise Unreadable("timeout", f"Reading the file took longer than {timeout_s:.0f} seconds.") from None
    except av.error.FileNotFoundError:
        raise Unreadable("missing", "The file is not there any more.") from None
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.ENOMEM:
            raise Unreadable("damaged", GREEDY) from None
        if getattr(error, "errno", None) == errno.EIO and _disk_answers(path):
            raise Unreadable(
                "damaged", "The file is damaged: it ends in the middle of what it says it holds."
            ) from None
        words = clean(getattr(error, "strerror", "") or "") or type(error).__name__
        raise Unreadable("failed", f"The file could not be read: {words}.") from None


def _disk_answers(path: bytes) -> bool:
    """Whether a file can be read at both ends: then it was libav that called an end in the wrong place an error."""
    try:
        with open_media(path) as file:
            file.read(65536)
            file.seek(-1, os.SEEK_END)
            return bool(file.read(1))
    except (OSError, Unreadable):
        return False


def _truncation(size: int, announced: int) -> str:
    if announced > size:
        return f"The file is truncated: it ends after {_mib(size)} of {_mib(announced)}."
    return "The file is truncated: its index is missing, as after an unfinished copy or download."


def _warning(size: int, announced: int) -> str:
    return f"The file is truncated: it ends after {_mib(size)} of {_mib(announced)} and will stop early."


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MB"


def _describe(container: InputContainer, size: int, warnings: tuple[str, ...]) -> MediaInfo:
    video: list[VideoStream] = []
    audio: list[AudioStream] = []
    subtitles: list[SubtitleStream] = []
    attachments: list[Attachment] = []
    has_cover = False
    streams = list(container.streams)[:_MAX_STREAMS]
    notes = _dump_notes(container) if any(s.type == "video" for s in streams) else {}
    for stream in streams:
        flags = int(stream.disposition)
        if stream.type == "video":
            if flags & _ATTACHED_PIC:
                has_cover = True
            else:
                video.append(_video(stream, flags, notes.get(stream.index, "")))
        elif stream.type == "audio":
            audio.append(_audio(stream, flags))
        elif stream.type == "subtitle":
            subtitles.append(_subtitle(stream, flags))
        elif stream.type == "attachment":
            attachments.append(_attachment(stream, len(attachments) + 1))
            has_cover |= attachments[-1].mimetype.startswith("image/")
    duration = container.duration
    return MediaInfo(
        container=_container_name(container),
        size=size,
        duration_ms=duration // 1000 if duration and duration > 0 else None,
        bitrate=container.bit_rate or None,
        video=tuple(video),
        audio=tuple(audio),
        subtitles=tuple(subtitles),
        chapters=_chapters(container),
        attachments=tuple(attachments),
        has_cover=has_cover,
        tags=_tags(container.metadata),
        warnings=warnings,
    )


_ATTACHED_PIC = 0x400
_DEFAULT, _COMMENT, _FORCED, _HEARING = 0x1, 0x8, 0x40, 0x80


def _container_name(container: InputContainer) -> str:
    name = container.format.name
    if name == "matroska,webm":
        codecs = {getattr(s.codec_context, "name", "") for s in container.streams}
        names = {_CODECS.get(c, c) for c in codecs}
        if names <= {"vp8", "vp9", "av1", "opus", "vorbis", "webvtt"} and names & {"vp8", "vp9", "av1"}:
            return "webm"
    return _CONTAINERS.get(name, name.partition(",")[0])


def _dump_notes(container: InputContainer) -> dict[int, str]:
    """libav's own description of each stream: the only place where PyAV shows a stream's side data (rotation, Dolby
    Vision) without decoding."""
    import av.logging

    before = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        text: str = container.dumps_format()  # type: ignore[attr-defined]  # public, but missing in PyAV's stubs
    finally:
        av.logging.set_level(before)
    if "Side data" not in text:
        return {}
    parts = _DUMP_STREAM.split(text)
    return {int(index): note for index, note in zip(parts[1::2], parts[2::2], strict=False)}


def _codec(stream: Stream) -> str:
    # Without a decoder in this build of libav there is no context, and nothing here can play the stream either.
    name: str = getattr(stream.codec_context, "name", "unknown")
    return _CODECS.get(name, name)


def _language(stream: Stream) -> str | None:
    language = clean(stream.language or "", 16).lower()
    return None if language in ("", "und", "unk", "mis", "zxx") else language


def _title(stream: Stream) -> str | None:
    metadata = stream.metadata
    return clean(metadata.get("title") or metadata.get("TITLE") or "", 200) or None


def _bitrate(stream: Stream) -> int | None:
    if rate := getattr(stream.codec_context, "bit_rate", None):
        return int(rate)
    for key in ("BPS", "BPS-eng"):  # Matroska statistics tags
        if (text := stream.metadata.get(key, "")).isdecimal():
            return int(text[:12]) or None
    return None


def _positive(value: int | None) -> int | None:
    return value if value is not None and value > 0 else None


def _video(stream: Stream, flags: int, note: str) -> VideoStream:
    from av.video.codeccontext import VideoCodecContext

    context = stream.codec_context
    if not isinstance(context, VideoCodecContext):
        return VideoStream(index=stream.index, codec="unknown", width=0, height=0)
    form = context.format
    rate = stream.average_rate or stream.guessed_rate
    hdr = _TRANSFER.get(context.color_trc, "sdr")
    dovi = _DUMP_DOVI.search(note)
    turned = _DUMP_ROTATION.search(note)
    return VideoStream(
        index=stream.index,
        codec=_codec(stream),
        width=context.width,
        height=context.height,
        profile=stream.profile,
        level=_positive(getattr(context, "level", None)),
        pixel_format=form.name if form else None,
        bit_depth=max((part.bits for part in form.components), default=8) if form else 8,
        fps=_fps(rate),
        bitrate=_bitrate(stream),
        hdr="dovi" if dovi else hdr,
        dovi_profile=int(dovi[1]) if dovi else None,
        # Compatibility ids: 1 HDR10, 2 SDR, 4 HLG, 6 HDR10 (Blu-ray); 0 means none.
        dovi_base=_DOVI_BASES.get(int(dovi[2])) if dovi else None,
        interlaced=context.field_order in _INTERLACED_ORDERS,
        rotation=round(-float(turned[1]) / 90) * 90 % 360 if turned else 0,
        default=bool(flags & _DEFAULT),
        language=_language(stream),
        title=_title(stream),
    )


_DOVI_BASES: dict[int, Hdr] = {1: "hdr10", 2: "sdr", 4: "hlg", 6: "hdr10"}


def _fps(rate: Fraction | None) -> float | None:
    return round(float(rate), 3) if rate and 0 < rate < 1000 else None


def _audio(stream: Stream, flags: int) -> AudioStream:
    from av.audio.codeccontext import AudioCodecContext

    context = stream.codec_context
    title = _title(stream)
    known = isinstance(context, AudioCodecContext)
    return AudioStream(
        index=stream.index,
        codec=_codec(stream),
        channels=context.channels if isinstance(context, AudioCodecContext) else 0,
        sample_rate=context.sample_rate if isinstance(context, AudioCodecContext) else 0,
        layout=context.layout.name if isinstance(context, AudioCodecContext) and context.channels else None,
        profile=stream.profile if known else None,
        bitrate=_bitrate(stream),
        language=_language(stream),
        title=title,
        default=bool(flags & _DEFAULT),
        commentary=bool(flags & _COMMENT) or "commentary" in (title or "").lower(),
    )


def _subtitle(stream: Stream, flags: int) -> SubtitleStream:
    codec = _codec(stream)
    title = _title(stream)
    lowered = (title or "").lower()
    return SubtitleStream(
        index=stream.index,
        codec=codec,
        text=codec in _TEXT_SUBTITLES,
        language=_language(stream),
        title=title,
        forced=bool(flags & _FORCED) or "forced" in lowered,
        default=bool(flags & _DEFAULT),
        hearing_impaired=bool(flags & _HEARING) or "sdh" in lowered.split(),
    )


def _attachment(stream: Stream, number: int) -> Attachment:
    from av.stream import AttachmentStream

    told = (stream.mimetype or "").lower() if isinstance(stream, AttachmentStream) else ""
    suffix = _FONT_TYPES.get(told, "bin")
    size = len(stream.data) if isinstance(stream, AttachmentStream) else 0
    mimetype = told if told in _FONT_TYPES else "application/octet-stream"
    return Attachment(index=stream.index, name=f"attachment-{number}.{suffix}", mimetype=mimetype, size=size)


def _chapters(container: InputContainer) -> tuple[Chapter, ...]:
    found: list[Chapter] = []
    for entry in container.chapters()[:_MAX_CHAPTERS]:
        base = entry["time_base"]
        if base is None or not -(2**62) < entry["start"] <= entry["end"] < 2**62:
            continue
        title = clean(entry["metadata"].get("title", ""), 200) or None
        found.append(Chapter(max(0, int(entry["start"] * base * 1000)), max(0, int(entry["end"] * base * 1000)), title))
    return tuple(found)


def _tags(metadata: dict[str, str]) -> dict[str, str]:
    tags: dict[str, str] = {}
    for key, value in metadata.items():
        name = clean(key, 64).lower()
        if name and (text := clean(value)):
            tags.setdefault(name, text)
        if len(tags) >= _MAX_TAGS:
            break
    return tags
