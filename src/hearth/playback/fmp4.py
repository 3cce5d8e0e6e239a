"""Fragmented MP4 (ISO/IEC 14496-12), read from a stream as samples and written as segments."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

_MAX_BOX = 512 * 2**20
_SYNC, _NOT_SYNC = 0x0200_0000, 0x0101_0000
_IS_NOT_SYNC = 0x0001_0000


class Malformed(Exception):
    """The stream is not the fragmented MP4 that we asked for."""


class Track(msgspec.Struct, frozen=True):
    """`timescale` is ticks a second; `id` as the boxes name it."""

    id: int
    kind: Literal["video", "audio"]
    timescale: int


class Sample(NamedTuple):
    """One coded picture or block of sound; times in the track's ticks, shown at `dts + offset`."""

    dts: int
    offset: int
    duration: int
    sync: bool
    data: memoryview


class Init(msgspec.Struct, frozen=True):
    """What comes before the first fragment: the bytes a player needs (`ftyp` and `moov`) and the tracks therein."""

    data: bytes
    tracks: tuple[Track, ...]


class Fragment(msgspec.Struct, frozen=True):
    """The samples of one `moof` by track id, in decoding order."""

    samples: dict[int, list[Sample]]


class Reader:
    """Takes bytes as they come and gives the init section once, then fragments. Raises Malformed."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head = b""
        self._init_done = False
        self._moof: bytes | None = None

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next_part(self) -> Init | Fragment | None:
        """None when what was fed holds no other whole part. One at a time, so that a reader can stop between two."""
        while (box := self._next_box()) is not None:
            kind, whole = box
            if kind in (b"ftyp", b"moov") and not self._init_done:
                self._head += whole
                if kind == b"moov":
                    self._init_done = True
                    return Init(self._head, tuple(read_tracks(whole)))
            elif kind == b"moof":
                self._moof = whole
            elif kind == b"mdat" and self._moof is not None:
                moof, self._moof = self._moof, None
                return _fragment(moof, whole)
        return None

    def _next_box(self) -> tuple[bytes, bytes] | None:
        if len(self._buffer) < 16:
            return None
        size, kind = int.from_bytes(self._buffer[:4], "big"), bytes(self._buffer[4:8])
        if size == 1:
            size = int.from_bytes(self._buffer[8:16], "big")
        if not 8 <= size <= _MAX_BOX:
            raise Malformed(f"a box of {size} bytes")
        if len(self._buffer) < size:
            return None
        whole = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return kind, whole


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start of its content, end) of each box in a stretch of bytes."""
    at, end = start, len(data) if end is None else end
    while at + 8 <= end:
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size < head or at + size > end:
            raise Malformed(f"a box that ends outside of its parent: {data[at + 4 : at + 8]!r}")
        yield data[at + 4 : at + 8], at + head, at + size
        at += size


def find(data: bytes, *path: bytes, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
    """Where the content of the first box at `path` lies."""
    for kind, low, high in boxes(data, start, end):
        if kind == path[0]:
            return (low, high) if len(path) == 1 else find(data, *path[1:], start=low, end=high)
    return None


def read_tracks(moov: bytes) -> Iterator[Track]:
    """The video and audio tracks of a whole `moov` box."""
    for kind, low, high in boxes(moov, 8):
        if kind != b"trak":
            continue
        header = find(moov, b"tkhd", start=low, end=high)
        media = find(moov, b"mdia", b"mdhd", start=low, end=high)
        handler = find(moov, b"mdia", b"hdlr", start=low, end=high)
        if header is None or media is None or handler is None:
            raise Malformed("a track without its headers")
        id_at = header[0] + (20 if moov[header[0]] == 1 else 12)
        scale_at = media[0] + (20 if moov[media[0]] == 1 else 12)
        name = moov[handler[0] + 8 : handler[0] + 12]
        kinds: dict[bytes, Literal["video", "audio"]] = {b"vide": "video", b"soun": "audio"}
        if name in kinds:
            yield Track(_u32(moov, id_at), kinds[name], _u32(moov, scale_at))


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _fragment(moof: bytes, mdat: bytes) -> Fragment:
    view = memoryview(mdat)
    found: dict[int, list[Sample]] = {}
    for kind, low, high in boxes(moof, 8):
        if kind == b"traf":
            track, samples = _read_traf(moof, low, high, view)
            found.setdefault(track, []).extend(samples)
    return Fragment(found)


def _read_traf(moof: bytes, low: int, high: int, mdat: memoryview) -> tuple[int, list[Sample]]:
    track, time, defaults = 0, 0, (0, 0, 0)
    samples: list[Sample] = []
    for kind, start, end in boxes(moof, low, high):
        if kind == b"tfhd":
            track, defaults = _read_tfhd(moof, start)
        elif kind == b"tfdt":
            size = 8 if moof[start] == 1 else 4
            time = int.from_bytes(moof[start + 4 : start + 4 + size], "big", signed=size == 8)
        elif kind == b"trun":
            # Data offsets count from the start of the moof (default-base-is-moof); the mdat follows it.
            samples += _read_trun(moof[start:end], time, defaults, mdat, len(moof))
            if samples:
                time = samples[-1].dts + samples[-1].duration
    return track, samples


def _read_tfhd(moof: bytes, start: int) -> tuple[int, tuple[int, int, int]]:
    """(track id, (default duration, size, flags))"""
    flags, at = _u32(moof, start) & 0xFFFFFF, start + 8
    at += 8 * bool(flags & 0x1) + 4 * bool(flags & 0x2)
    values = []
    for bit in (0x8, 0x10, 0x20):
        values.append(_u32(moof, at) if flags & bit else 0)
        at += 4 * bool(flags & bit)
    return _u32(moof, start + 4), (values[0], values[1], values[2])


def _read_trun(trun: bytes, time: int, defaults: tuple[int, int, int], mdat: memoryview, base: int) -> list[Sample]:
    flags, count, at = _u32(trun, 0) & 0xFFFFFF, _u32(trun, 4), 8
    offset, first_flags = base, None
    if flags & 0x1:
        offset, at = int.from_bytes(trun[at : at + 4], "big", signed=True), at + 4
    if flags & 0x4:
        first_flags, at = _u32(trun, at), at + 4
    # One letter a field that is there; composition offsets are signed (version 1), and small in version 0.
    layout = "".join(code for bit, code in ((0x100, "I"), (0x200, "I"), (0x400, "I"), (0x800, "i")) if flags & bit)
    width = 4 * len(layout)
    if len(trun) < at + width * count or (not width and count > 1_000_000):
        raise Malformed("a run of samples that is cut off")
    rows = struct.iter_unpack(">" + layout, trun[at : at + width * count]) if layout else iter([()] * count)
    place, samples = offset - base, []
    for number, row in enumerate(rows):
        fields = iter(row)
        duration = next(fields) if flags & 0x100 else defaults[0]
        size = next(fields) if flags & 0x200 else defaults[1]
        bits = next(fields) if flags & 0x400 else defaults[2]
        shift = next(fields) if flags & 0x800 else 0
        if number == 0 and first_flags is not None:
            bits = first_flags
        if place < 8 or place + size > len(mdat):
            raise Malformed("a sample outside of its data")
        samples.append(Sample(time, shift, duration, not bits & _IS_NOT_SYNC, mdat[place : place + size]))
        time, place = time + duration, place + size
    return samples


def write_segment(number: int, runs: Sequence[tuple[Track, Sequence[Sample]]]) -> bytes:
    """One segment: `moof` and `mdat`. `number` counts from one. A track without samples is left out."""
    runs = [(track, samples) for track, samples in runs if samples]
    trafs = [_traf(track, samples, 0) for track, samples in runs]
    head = _box(b"mfhd", struct.pack(">II", 0, number))
    offset = 8 + len(head) + sum(len(traf) for traf in trafs) + 8
    trafs = []
    for track, samples in runs:
        trafs.append(_traf(track, samples, offset))
        offset += sum(len(sample.data) for sample in samples)
    body = b"".join(sample.data for _, samples in runs for sample in samples)
    style = _box(b"styp", b"msdh" + struct.pack(">I", 0) + b"msdhmsix")
    return b"".join((style, _box(b"moof", head, *trafs), struct.pack(">I4s", len(body) + 8, b"mdat"), body))


def _traf(track: Track, samples: Sequence[Sample], offset: int) -> bytes:
    header = _box(b"tfhd", struct.pack(">II", 0x020000, track.id))
    time = _box(b"tfdt", struct.pack(">IQ", 0x0100_0000, max(0, samples[0].dts)))
    flags = 0x1 | 0x100 | 0x200 | 0x400 | 0x800
    run = bytearray(struct.pack(">IIi", 0x0100_0000 | flags, len(samples), offset))
    pack = struct.Struct(">IIIi").pack
    for number, sample in enumerate(samples):
        # The next sample says when this one ends; what ffmpeg put down may have been a guess.
        known = number + 1 < len(samples)
        duration = samples[number + 1].dts - sample.dts if known else sample.duration
        run += pack(max(0, duration), len(sample.data), _SYNC if sample.sync else _NOT_SYNC, sample.offset)
    return _box(b"traf", header, time, _box(b"trun", bytes(run)))


def _box(kind: bytes, *content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + sum(len(part) for part in content), kind) + b"".join(content)
