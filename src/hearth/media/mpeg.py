"""How long an MP3 file plays, by its first frame: the header that encoders leave there, else a constant bitrate.

The layout is ISO 11172-3's and 13818-3's; Xing's and VBRI's headers are as their authors published them.
"""

from __future__ import annotations

from .window import Unusual, Window

# kbit/s by the header's number, for MPEG 1 and for MPEG 2 and 2.5 (layer III).
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ = {0: (11025, 12000, 8000), 2: (22050, 24000, 16000), 3: (44100, 48000, 32000)}
_TRIED = 5


def read_mpeg(file: Window, start: int, after: int) -> tuple[float, float, int, int]:
    """(seconds, kbit/s, samples a second, channels) of the sound from `start` up to `after` bytes before the end.

    Unusual when no layer III frame begins at `start`, or when its bitrate varies and no header tells the length.
    """
    kilobits, length, hertz, channels, samples = _frame(file.bytes_at(start, 4), None)
    mono, first = channels == 1, samples == 1152
    side = (17 if mono else 32) if first else (9 if mono else 17)
    told = file.bytes_at(start, min(4 + 36 + 26, length))
    at = 4 + side
    frames = octets = 0
    if told[at : at + 4] in (b"Xing", b"Info"):
        flags = told[at + 7]
        if flags & 3 == 3:
            frames, octets = _number(told, at + 8), _number(told, at + 12) - length
    elif told[36:40] == b"VBRI":
        octets, frames = _number(told, 46), _number(told, 50)
    if frames > 0 and octets > 0:
        seconds = frames * samples / hertz
        return seconds, octets * 8 / seconds / 1000, hertz, channels
    at, total = start + length, length
    for _ in range(_TRIED - 1):
        again, size, *_ = _frame(file.bytes_at(at, 4), (hertz, samples))
        if again != kilobits:
            raise Unusual
        at, total = at + size, total + size
    count = int((file.size - start - after) / (total / _TRIED) + 0.5)
    return count * samples / hertz, kilobits, hertz, channels


def _frame(header: bytes, like: tuple[int, int] | None) -> tuple[int, int, int, int, int]:
    """(kbit/s, bytes, samples a second, channels, samples) of a layer III frame."""
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    number, speed = header[2] >> 4, header[2] >> 2 & 3
    if header[0] != 0xFF or header[1] & 0xE0 != 0xE0 or version == 1 or layer != 1 or number in (0, 15) or speed == 3:
        raise Unusual
    hertz = _HERTZ[version][speed]
    kilobits, samples = (_RATES_1[number], 1152) if version == 3 else (_RATES_2[number], 576)
    if like is not None and like != (hertz, samples):
        raise Unusual
    length = samples // 8 * 1000 * kilobits // hertz + (header[2] >> 1 & 1)
    return kilobits, length, hertz, 1 if header[3] >> 6 == 3 else 2, samples


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")
