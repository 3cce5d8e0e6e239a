"""What a file is by its first bytes, and whether it ends where its container says it should. Reads a few kilobytes."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from .facts import Unreadable

# The containers people keep media in, by libavformat's names. Whatever names other files or addresses is not among
# them: hls, dash, concat, image2, sdp, rtsp, tedcaptions, smoothstreaming...
FORMATS = (
    "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,mpeg,mpegts,mpegvideo,flv,live_flv,asf,ogg,rm,mxf,wtv,dv,nut,"
    "mp3,flac,aac,ac3,eac3,dts,dtshd,truehd,wav,w64,aiff,caf,ape,wv,tta,tak,mpc,mpc8,dsf,dff,iff,amr,au,oma"
)
PROTOCOLS = "file"
AUDIO_SUFFIXES = frozenset(
    b".mp3 .flac .m4a .m4b .ogg .oga .opus .wav .aif .aiff .aifc .wma .ape .wv .mpc .tta .tak .dsf .dff .aac .mka .mp2"
    b" .spx .alac .ac3 .dts .w64 .caf .amr .au .m4r".split()
)

_HEAD = 4096
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "a database"),
    (b"d8:announce", "a torrent"),
)
_CONTROLS = bytes((*range(9), *range(14, 32)))
_TEXTS: tuple[tuple[bytes, str], ...] = (
    (b"#extm3u", "a playlist"),
    (b"ffconcat", "a playlist"),
    (b"[playlist]", "a playlist"),
    (b"<mpd", "a playlist"),
    (b"<smil", "a playlist"),
    (b"<asx", "a playlist"),
    (b"<smoothstreamingmedia", "a playlist"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<svg", "an SVG picture"),
    (b"v=0\r\n", "a stream description"),
)


def disguise(head: bytes) -> str | None:
    """What the first bytes are when they are certainly not media: "a JPEG picture", "a playlist"; None if unsure."""
    for magic, what in _OTHERS:
        if head.startswith(magic):
            return what
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "a WebP picture"
    lowered = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for word, what in _TEXTS:
        if lowered.startswith(word) or (lowered.startswith(b"<?xml") and word.startswith(b"<") and word in lowered):
            return what
    if head and not head.strip(b"\0"):
        return "a file of zeros, as an unfinished download leaves it"
    if lowered.startswith(b"<?xml") or _is_text(head):
        return "a text file"
    return None


def _is_text(head: bytes) -> bool:
    if head.translate(None, _CONTROLS) != head:
        return False
    try:
        head[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return len(head) > 8


def open_media(path: bytes) -> BinaryIO:
    """Opens a regular, non-empty file for reading, or raises Unreadable. Never blocks on a pipe or a device."""
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except (FileNotFoundError, NotADirectoryError):
        raise Unreadable("missing", "The file is not there any more.") from None
    except PermissionError:
        raise Unreadable("denied", "Hearth may not read this file; check its owner and permissions.") from None
    except OSError as error:
        raise Unreadable("failed", f"The disk refused to read this file: {error.strerror}.") from None
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise Unreadable("not_media", "This is a folder, pipe or device, not a media file.")
    if status.st_size == 0:
        os.close(fd)
        raise Unreadable("empty", "The file is empty.")
    return os.fdopen(fd, "rb")


def shortfall(file: BinaryIO, size: int) -> tuple[int, bool] | None:
    """How the file falls short of what its container announces: (announced size, index present), or None when whole.

    Knows MP4 (top-level boxes), Matroska (segment size) and AVI (RIFF size); reads headers only.
    """
    file.seek(0)
    head = file.read(_HEAD)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        return _mp4_shortfall(file, size)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _matroska_shortfall(head, size)
    if head.startswith(b"RIFF") and head[8:12] in (b"AVI ", b"WAVE"):
        announced = int.from_bytes(head[4:8], "little") + 8
        # 0 and 0xffffffff are what recorders leave that never came back to write the size.
        return (announced, True) if size < announced < 0xFFFFFFFF else None
    return None


def _mp4_shortfall(file: BinaryIO, size: int) -> tuple[int, bool] | None:
    at, has_index = 0, False
    for _ in range(10_000):
        if at + 8 > size:
            break
        file.seek(at)
        header = file.read(16)
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        elif length == 0:
            length = size - at
        if length < 8:
            break
        if at + length > size:
            return at + length, has_index
        has_index |= kind in (b"moov", b"moof")
        at += length
    return None if has_index else (size, False)


def _matroska_shortfall(head: bytes, size: int) -> tuple[int, bool] | None:
    at = 4
    length, width = _vint(head, at)
    if length is None:
        return None
    at += width + length
    if head[at : at + 4] != b"\x18\x53\x80\x67":
        return None
    length, width = _vint(head, at + 4)
    if length is None:  # a live recording does not know its length
        return None
    announced = at + 4 + width + length
    return (announced, True) if announced > size else None


def _vint(data: bytes, at: int) -> tuple[int | None, int]:
    """An EBML variable-length size: (value or None when unknown, bytes used)."""
    if at >= len(data) or data[at] == 0:
        return None, 1
    width = 9 - data[at].bit_length()
    raw = int.from_bytes(data[at : at + width], "big")
    value = raw & ((1 << (7 * width)) - 1)
    return (None if value == (1 << (7 * width)) - 1 else value), width
