"""How large and how fast an encoded picture may be."""

from __future__ import annotations

from itertools import pairwise

# Lines of the picture -> bits/s of H.264 (veryfast, 30 frames a second) at which it looks like its source.
_RATES = (
    (2160, 16_000_000), (1440, 10_000_000), (1080, 6_500_000), (720, 3_800_000), (576, 2_400_000),
    (480, 1_800_000), (360, 1_000_000), (240, 500_000), (144, 220_000),
)  # fmt: skip
# ITU-T H.264 table A-1: level -> (macroblocks a second, macroblocks a frame, bits/s of VBV for High profile).
_LEVELS = (
    (10, 1_485, 99, 80_000), (11, 3_000, 396, 240_000), (12, 6_000, 396, 480_000), (13, 11_880, 396, 960_000),
    (20, 11_880, 396, 2_500_000), (21, 19_800, 792, 5_000_000), (22, 20_250, 1_620, 5_000_000),
    (30, 40_500, 1_620, 12_500_000), (31, 108_000, 3_600, 17_500_000), (32, 216_000, 5_120, 25_000_000),
    (40, 245_760, 8_192, 25_000_000), (42, 522_240, 8_704, 62_500_000), (50, 589_824, 22_080, 168_750_000),
    (51, 983_040, 36_864, 300_000_000), (52, 2_073_600, 36_864, 300_000_000),
)  # fmt: skip
_MIN_RATE = 120_000


def fit(
    size: tuple[int, int], lines: int, fps: float, *, budget: int | None = None, source_rate: int | None = None
) -> tuple[int, int, int]:
    """(width, height, bits/s cap) of an encode: at most `lines` on the shorter side, fewer when `budget` is too small.

    A picture that would get less than half of what its size wants is made smaller instead. Sizes are even.
    """
    width, height = size
    lines = max(2, min(lines, width, height))
    if budget is not None:
        for step, _ in _RATES:
            if lines > step and _wanted(lines, fps) > budget * 2:
                lines = step
        if lines > 144 and _wanted(lines, fps) > budget * 2:
            lines = 144
    rate = _wanted(lines, fps)
    if source_rate:
        # Encoding again cannot add what the source does not hold; half as much again pays for the older codec.
        rate = min(rate, max(source_rate * 3 // 2, 300_000))
    if budget is not None:
        rate = min(rate, max(budget, _MIN_RATE))
    scale = lines / min(width, height)
    return _even(width * scale), _even(height * scale), rate


def _wanted(lines: int, fps: float) -> int:
    """Interpolated between the steps; fast pictures want up to half as much again."""
    speed = 1.0 if fps <= 32 else 1.5
    if lines >= _RATES[0][0]:
        return int(_RATES[0][1] * speed)
    for (upper, high), (lower, low) in pairwise(_RATES):
        if lines >= lower:
            return int((low + (high - low) * (lines - lower) / (upper - lower)) * speed)
    return int(_RATES[-1][1] * speed)


def h264_level(width: int, height: int, fps: float, rate: int) -> int:
    """The lowest level (times ten) whose limits hold the picture at twice the rate cap, our VBV being two seconds."""
    blocks = -(-width // 16) * -(-height // 16)
    for level, per_second, per_frame, vbv in _LEVELS:
        if blocks <= per_frame and blocks * fps <= per_second and rate * 2 <= vbv:
            return level
    return _LEVELS[-1][0]


def _even(value: float) -> int:
    return max(2, round(value / 2) * 2)
