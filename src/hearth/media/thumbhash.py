"""Thumbhash: a picture's blur in 20 to 30 bytes, for the moment before it has loaded.

The format is Evan Wallace's ThumbHash: luminance, two colour differences and, if any, alpha as a few cosine
coefficients each, the strongest scale of every channel first. Decoding needs no dimensions but the hash.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

_SIDE = 100


def encode(width: int, height: int, rgba: bytes) -> bytes:
    """The hash of 8-bit RGBA pixels (not premultiplied), at most 100 x 100. Raises ValueError for other shapes."""
    if not (0 < width <= _SIDE and 0 < height <= _SIDE) or len(rgba) != width * height * 4:
        raise ValueError("thumbhash takes 1 x 1 to 100 x 100 RGBA pixels")
    luma, yellow, red, alpha, has_alpha = _channels(width, height, rgba)
    limit = 5 if has_alpha else 7
    longer = max(width, height)
    nx = max(1, _round(limit * width / longer))
    ny = max(1, _round(limit * height / longer))
    columns, rows = _cosines(width, max(nx, 3, 5)), _cosines(height, max(ny, 3, 5))
    l_dc, l_ac, l_scale = _transform(luma, max(3, nx), max(3, ny), columns, rows)
    p_dc, p_ac, p_scale = _transform(yellow, 3, 3, columns, rows)
    q_dc, q_ac, q_scale = _transform(red, 3, 3, columns, rows)
    wide = width > height
    header = (
        _round(63 * l_dc)
        | _round(31.5 + 31.5 * p_dc) << 6
        | _round(31.5 + 31.5 * q_dc) << 12
        | _round(31 * l_scale) << 18
        | int(has_alpha) << 23
    )
    tail = (ny if wide else nx) | _round(63 * p_scale) << 3 | _round(63 * q_scale) << 9 | int(wide) << 15
    out = bytearray(header.to_bytes(3, "little") + tail.to_bytes(2, "little"))
    planes = [l_ac, p_ac, q_ac]
    if has_alpha:
        a_dc, a_ac, a_scale = _transform(alpha, 5, 5, columns, rows)
        out.append(_round(15 * a_dc) | _round(15 * a_scale) << 4)
        planes.append(a_ac)
    nibbles = [_round(15 * value) for plane in planes for value in plane]
    for at in range(0, len(nibbles), 2):
        out.append(nibbles[at] | (nibbles[at + 1] << 4 if at + 1 < len(nibbles) else 0))
    return bytes(out)


def average(hash_: bytes) -> tuple[float, float, float, float]:
    """The mean colour a hash stands for: red, green, blue, alpha, each 0 to 1."""
    header = int.from_bytes(hash_[:3], "little")
    luma = (header & 63) / 63
    yellow = (header >> 6 & 63) / 31.5 - 1
    red = (header >> 12 & 63) / 31.5 - 1
    alpha = (hash_[5] & 15) / 15 if header >> 23 else 1.0
    blue_part = luma - 2 / 3 * yellow
    red_part = (3 * luma - blue_part + red) / 2
    green_part = red_part - red
    return _unit(red_part), _unit(green_part), _unit(blue_part), alpha


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))


def _round(value: float) -> int:
    """Halves go up, as the format's reference rounds; Python would go to the even neighbour."""
    return math.floor(value + 0.5)


def _channels(width: int, height: int, rgba: bytes) -> tuple[list[float], list[float], list[float], list[float], bool]:
    """Luminance, yellow-blue, red-green and alpha planes, with transparency filled by the average colour."""
    count = width * height
    sums = [0.0, 0.0, 0.0, 0.0]
    for at in range(0, count * 4, 4):
        opacity = rgba[at + 3] / 255
        sums[0] += opacity / 255 * rgba[at]
        sums[1] += opacity / 255 * rgba[at + 1]
        sums[2] += opacity / 255 * rgba[at + 2]
        sums[3] += opacity
    mean = [part / sums[3] if sums[3] else 0.0 for part in sums[:3]]
    luma, yellow, red, alpha = [], [], [], []
    for at in range(0, count * 4, 4):
        opacity = rgba[at + 3] / 255
        r, g, b = (mean[c] * (1 - opacity) + opacity / 255 * rgba[at + c] for c in range(3))
        luma.append((r + g + b) / 3)
        yellow.append((r + g) / 2 - b)
        red.append(r - g)
        alpha.append(opacity)
    return luma, yellow, red, alpha, sums[3] < count


def _cosines(size: int, terms: int) -> list[list[float]]:
    return [[math.cos(math.pi / size * term * (at + 0.5)) for at in range(size)] for term in range(terms)]


def _transform(
    plane: Sequence[float], nx: int, ny: int, columns: list[list[float]], rows: list[list[float]]
) -> tuple[float, list[float], float]:
    """(mean, coefficients scaled to 0..1, their scale) of the triangle of low frequencies of one plane."""
    width, height = len(columns[0]), len(rows[0])
    constant, scale = 0.0, 0.0
    waves: list[float] = []
    # Separable: each row is summed against every column wave once.
    sums = [
        [sum(map(float.__mul__, wave, plane[y * width : (y + 1) * width])) for y in range(height)]
        for wave in columns[:nx]
    ]
    for cy in range(ny):
        cx = 0
        while cx * ny < nx * (ny - cy):
            value = sum(map(float.__mul__, rows[cy], sums[cx])) / (width * height)
            if cx or cy:
                waves.append(value)
                scale = max(scale, abs(value))
            else:
                constant = value
            cx += 1
    if scale:
        waves = [0.5 + 0.5 / scale * value for value in waves]
    return constant, waves, scale
