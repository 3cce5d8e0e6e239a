"""Ogg's length from its last page: tinytag would walk every page of the file to learn it."""

from __future__ import annotations

import io
from struct import unpack_from
from typing import BinaryIO

_WINDOW = 128 * 1024
_TAIL = 70 * 1024  # a page is at most 65,307 bytes


def ogg_window(file: BinaryIO, size: int) -> tuple[io.BytesIO, float] | None:
    """(the beginning of an Ogg file with all its headers, its duration in seconds).

    None when it is not Ogg, when the headers are longer than the window (big pictures) or anything looks unusual: then
    the whole file is to be read.
    """
    file.seek(0)
    if file.read(4) != b"OggS":
        return None
    file.seek(0)
    head = file.read(_WINDOW)
    serial = head[14:18]
    rate, skip = _clock(head)
    end = _headers_end(head, serial)
    if not rate or end is None:
        return None
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    at = len(tail)
    while (at := tail.rfind(b"OggS", 0, at)) >= 0:
        if tail[at + 14 : at + 18] == serial and len(tail) >= at + 27:
            granule = unpack_from("<q", tail, at + 6)[0]
            seconds = (granule - skip) / rate
            return (io.BytesIO(head[:end]), seconds) if 0 < seconds < 10**7 else None
    return None


def _clock(head: bytes) -> tuple[int, int]:
    """(samples a second, samples to skip at the start) of the first packet; (0, 0) for other codecs."""
    at = 27 + head[26]
    packet = head[at : at + 64]
    if packet.startswith(b"OpusHead") and len(packet) >= 19:
        return 48000, unpack_from("<H", packet, 10)[0]
    if packet.startswith(b"\x01vorbis") and len(packet) >= 30:
        return unpack_from("<I", packet, 12)[0], 0
    return 0, 0


def _headers_end(head: bytes, serial: bytes) -> int | None:
    """Where the headers end and sound begins: only audio pages have a granule position above 0."""
    at = 0
    while (at := head.find(b"OggS", at)) >= 0:
        if len(head) >= at + 18 and head[at + 14 : at + 18] == serial and unpack_from("<q", head, at + 6)[0] > 0:
            return at
        at += 4
    return None
