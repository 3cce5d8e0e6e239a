"""Where a video's keyframes are: the only places where a segment can be cut without encoding.

MP4's sample tables and Matroska's cues answer without touching the media data; every other container is read through
once. libav's own index of an MP4 speaks of decoding times, not of the presentation times a player counts in, and its
`discard=nonkey` mixes up their offsets, so the tables are read here.
"""

from __future__ import annotations

import os
import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from sys import byteorder
from typing import TYPE_CHECKING, BinaryIO

from .facts import Unreadable
from .probe import open_container
from .sniff import open_media

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_MAX_MOOV = 256 * 2**20
_MAX_KEYFRAMES = 1_000_000
# A sparser index (some muxers write a cue per minute or none) is not worth cutting by.
_MAX_CUE_GAP_MS = 30_000


def keyframes(
    path: bytes, stream: int | None = None, timeout_s: float = 60.0, max_bytes: int | None = None
) -> list[int]:
    """Times of the keyframes in ms, ascending, counted as ffmpeg's `-ss` counts: from the start of the file.

    `stream` is an index as `VideoStream.index` has it, by default the first video stream. Blocking; reading a container
    without an index costs as much as reading the file, at most `timeout_s` and `max_bytes`. Raises Unreadable.
    """
    import av

    deadline = time.monotonic() + timeout_s
    container = open_container(path, timeout_s)
    try:
        video = _choose(container, stream)
        start_ms = (container.start_time or 0) / 1000
        if container.format.name.startswith("mov,"):
            times = _from_tables(path, video)
        elif container.format.name.startswith("matroska"):
            times = _from_cues(container, video)
        else:
            times = None
        if times is None:
            container.close()
            container = open_container(path, timeout_s)
            times = _from_packets(container, _choose(container, stream), deadline, max_bytes)
    except av.error.FFmpegError as error:
        raise Unreadable("damaged", "The file is damaged: its video cannot be read to the end.") from error
    finally:
        container.close()
    return sorted({max(0, round(at - start_ms)) for at in times})


def _choose(container: InputContainer, index: int | None) -> VideoStream:
    for video in container.streams.video:
        if (index is None and not int(video.disposition) & 0x400) or video.index == index:
            return video
    raise Unreadable("not_media", "The file holds no such video stream.")


def _from_cues(container: InputContainer, video: VideoStream) -> list[float] | None:
    """Matroska: a seek makes libav load the cues, which carry presentation times."""
    if video.time_base is None:
        return None
    container.seek(0)
    unit = float(video.time_base) * 1000
    times = [entry.timestamp * unit for entry in video.index_entries if entry.is_keyframe]
    end = (container.duration or 0) / 1000
    if not times or max((b - a for a, b in zip(times, [*times[1:], end], strict=True)), default=0) > _MAX_CUE_GAP_MS:
        return None
    return times


def _from_packets(container: InputContainer, video: VideoStream, deadline: float, max_bytes: int | None) -> list[float]:
    """Reads every packet of the stream, decoding none."""
    from av.stream import Discard

    for other in container.streams:
        if other.index != video.index:
            other.discard = Discard.all
    unit = float(video.time_base or 0) * 1000
    times: list[float] = []
    far = seen = 0
    for count, packet in enumerate(container.demux(video)):
        # Where it stands in the file tells what was read to come here, other streams included; not all containers say.
        seen += packet.size
        far = max(far, seen, packet.pos or 0)
        if packet.is_keyframe and packet.pts is not None:
            times.append(packet.pts * unit)
            if len(times) > _MAX_KEYFRAMES:
                break
        if count % 256 == 0 and time.monotonic() > deadline:
            raise Unreadable("timeout", "Finding the keyframes took too long.")
        if max_bytes is not None and far > max_bytes:
            raise Unreadable("timeout", "The file has no index, and is too large to be read through for keyframes.")
    return times


def _from_tables(path: bytes, video: VideoStream) -> list[float] | None:
    """MP4: exact presentation times from stss, stts, ctts and elst; None when fragmented or too odd."""
    with open_media(path) as file:
        moov = _read_moov(file, os.fstat(file.fileno()).st_size)
    if moov is None:
        return None
    movie_scale, tracks = 0, []
    for kind, body in _boxes(moov):
        if kind == b"mvex":
            return None
        if kind == b"mvhd":
            movie_scale = _be(body, 20, 4) if body[0] == 1 else _be(body, 12, 4)
        if kind == b"trak":
            tracks.append(body)
    # libav numbers streams in the order of the tracks; a track it dropped would shift that, so ids are compared.
    for track in tracks:
        parts = dict(_boxes(track))
        header = parts.get(b"tkhd", b"")
        if len(header) > 24 and _be(header, 20 if header[0] == 1 else 12, 4) == video.id:
            return _track_times(parts, movie_scale)
    return None


def _track_times(parts: dict[bytes, bytes], movie_scale: int) -> list[float] | None:
    media = dict(_boxes(parts.get(b"mdia", b"")))
    header = media.get(b"mdhd", b"")
    tables = dict(_boxes(dict(_boxes(media.get(b"minf", b""))).get(b"stbl", b"")))
    edits = dict(_boxes(parts.get(b"edts", b""))).get(b"elst")
    if len(header) < 24 or b"stts" not in tables or b"stss" not in tables:
        return None
    scale = _be(header, 20 if header[0] == 1 else 12, 4)
    shift = _edit_shift(edits, movie_scale) if edits else (0.0, 0)
    numbers = _words(tables[b"stss"], 1)
    if not scale or shift is None or len(numbers) > _MAX_KEYFRAMES:
        return None
    delay_ms, media_start = shift
    decoded = _runs(tables[b"stts"])
    offsets = _runs(tables[b"ctts"]) if b"ctts" in tables else None
    times: list[float] = []
    for number in numbers:
        at = _sum_before(decoded, number - 1) + (_value_at(offsets, number - 1) if offsets else 0)
        times.append((at - media_start) * 1000 / scale + delay_ms)
    return times


class _Runs:
    """Run-length pairs (count, value) of stts and ctts, with running sums for look-ups in log n."""

    def __init__(self, counts: array[int], values: array[int]) -> None:
        self.ends = list(accumulate(counts))
        self.values = values
        self.sums = list(accumulate(c * v for c, v in zip(counts, values, strict=True)))


def _runs(body: bytes) -> _Runs:
    words = _words(body, 2)
    values = array("i", words[1::2].tobytes())  # ctts offsets may be negative in either version
    return _Runs(words[0::2], values)


def _sum_before(runs: _Runs, sample: int) -> int:
    """The decoding time of a sample: the summed durations of all before it."""
    run = bisect_left(runs.ends, sample)
    if run >= len(runs.ends):
        return runs.sums[-1] if runs.sums else 0
    before, at = (runs.sums[run - 1], runs.ends[run - 1]) if run else (0, 0)
    return before + (sample - at) * runs.values[run]


def _value_at(runs: _Runs, sample: int) -> int:
    run = bisect_right(runs.ends, sample)
    return runs.values[run] if run < len(runs.values) else 0


def _edit_shift(body: bytes, movie_scale: int) -> tuple[float, int] | None:
    """(delay in ms, first media unit shown) of an edit list with at most one piece; None for a real edit."""
    wide = body[0] == 1
    size = 20 if wide else 12
    delay_ms, start, pieces = 0.0, 0, 0
    for number in range(min(_be(body, 4, 4), 1000)):
        at = 8 + number * size
        if at + size > len(body):
            return None
        length = _be(body, at, 8 if wide else 4)
        begin = int.from_bytes(body[at + (8 if wide else 4) : at + (16 if wide else 8)], "big", signed=True)
        if begin == -1 and not pieces and movie_scale:
            delay_ms += length * 1000 / movie_scale
        elif begin >= 0:
            pieces, start = pieces + 1, begin
    return (delay_ms, start) if pieces <= 1 else None


def _read_moov(file: BinaryIO, size: int) -> bytes | None:
    at = 0
    while at + 8 <= size:
        file.seek(at)
        header = file.read(16)
        length, skip = _be(header, 0, 4), 8
        if length == 1:
            length, skip = _be(header, 8, 8), 16
        elif length == 0:
            length = size - at
        if length < skip:
            return None
        if header[4:8] == b"moov":
            file.seek(at + skip)
            return file.read(length - skip) if length <= _MAX_MOOV else None
        at += length
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, skip = _be(data, at, 4), 8
        if length == 1:
            length, skip = _be(data, at + 8, 8), 16
        if length < skip:
            return
        yield data[at + 4 : at + 8], data[at + skip : at + length]
        at += length


def _be(data: bytes, at: int, width: int) -> int:
    return int.from_bytes(data[at : at + width], "big")


def _words(body: bytes, per_entry: int) -> array[int]:
    """The 32-bit numbers of a full box that begins with an entry count."""
    count = min(_be(body, 4, 4), (len(body) - 8) // (4 * per_entry))
    words = array("I", body[8 : 8 + count * 4 * per_entry])
    if byteorder == "little":
        words.byteswap()
    return words
