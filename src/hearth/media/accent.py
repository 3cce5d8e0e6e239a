"""One colour out of a picture to set off its page with: vivid, from the picture, readable on dark."""

from __future__ import annotations

import colorsys

_PAGE = (0x10, 0x10, 0x14)
_CONTRAST = 4.5  # WCAG 2.2 for text of normal size
_NEUTRAL = "#9aa3b2"  # for pictures without colour


def choose(rgba: bytes) -> str:
    """`#rrggbb` for 8-bit RGBA pixels: the hue with the most vivid area, light enough to be read on the page."""
    bins: dict[int, list[float]] = {}
    total = 0
    for at in range(0, len(rgba) - 3, 4):
        red, green, blue, alpha = rgba[at : at + 4]
        if alpha < 128:
            continue
        total += 1
        high, low = max(red, green, blue), min(red, green, blue)
        chroma = high - low
        if chroma < 24 or high < 40:
            continue
        hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
        weight = (chroma / 255) ** 1.5 * (0.4 + 0.6 * value)
        slot = bins.setdefault(int(hue * 24) % 24, [0.0, 0.0, 0.0, 0.0])
        for place, amount in enumerate((weight, hue * weight, saturation * weight, value * weight)):
            slot[place] += amount
    if not bins or not total:
        return _NEUTRAL
    weight, hue, saturation, value = max(bins.values(), key=lambda slot: slot[0])
    if weight / total < 0.002:
        return _NEUTRAL
    _, lightness, _ = colorsys.rgb_to_hls(*colorsys.hsv_to_rgb(hue / weight, saturation / weight, value / weight))
    vivid = min(0.85, max(0.45, saturation / weight))
    return _readable(hue / weight, lightness, vivid)


def _readable(hue: float, lightness: float, saturation: float) -> str:
    lightness = min(0.78, max(0.5, lightness))
    while True:
        red, green, blue = (round(part * 255) for part in colorsys.hls_to_rgb(hue, lightness, saturation))
        if contrast((red, green, blue), _PAGE) >= _CONTRAST or lightness >= 0.95:
            return f"#{red:02x}{green:02x}{blue:02x}"
        lightness += 0.02


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """WCAG 2.2 contrast ratio of two sRGB colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
