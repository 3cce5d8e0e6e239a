"""Posters, backdrops and covers for the demo: designed scenes and lettering, rendered and grained by libvips."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from . import demo_letters as letters
from .demo_brush import Canvas, Palette
from .demo_scenes import SCENES

if TYPE_CHECKING:
    import pyvips


def render(
    scene: str, palette: Palette, size: tuple[int, int], seed: int, lettering: str = "", grain: float = 5.0
) -> pyvips.Image:
    """Draws a scene with lettering on top and a film-like grain over all; 8-bit sRGB."""
    import pyvips

    width, height = size
    canvas = Canvas(width, height, palette, random.Random(seed))  # noqa: S311 # drawing, not secrets
    top, bottom = palette[0], palette[1]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{top}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient></defs>'
        f'<rect width="100%" height="100%" fill="url(#sky)"/>{SCENES[scene](canvas)}{lettering}</svg>'
    )
    image = pyvips.Image.svgload_buffer(svg.encode()).flatten()
    noise = pyvips.Image.gaussnoise(width, height, mean=0, sigma=grain, seed=seed)
    return (image + noise).cast("uchar").copy(interpretation="srgb").copy_memory()


def poster_text(title: str, below: str, size: tuple[int, int], colour: str, place: str = "bottom") -> str:
    """A poster's title in one to three lines and a small line below, at its foot or head."""
    width, height = size
    lines = _broken(title)
    spacing = 0.34
    most = width * 0.80
    cap = min(letters.fitted(text, most, width * 0.098, spacing) for text in lines)
    gap = cap * 0.62
    block = len(lines) * cap + (len(lines) - 1) * gap
    y = height * 0.94 - block - cap * 0.95 if place == "bottom" else height * 0.075
    out = ""
    for text in lines:
        out += letters.line(text, width / 2, y, cap, weight=0.105, spacing=spacing, colour=colour, align="middle")
        y += cap + gap
    small = letters.fitted(below, width * 0.82, width * 0.0215, 0.75)
    y += small * 0.6
    last = letters.line(below, width / 2, y, small, weight=0.11, spacing=0.75, colour=colour, align="middle")
    return f'{out}<g opacity="0.8">{last}</g>'


def cover_text(title: str, artist: str, size: tuple[int, int], colour: str) -> str:
    """An album's title and artist, set small in the upper left corner as records have it."""
    width, _ = size
    margin = width * 0.075
    cap = letters.fitted(title, width * 0.85, width * 0.062, 0.28)
    first = letters.line(title, margin, margin, cap, weight=0.115, spacing=0.28, colour=colour)
    small = letters.fitted(artist, width * 0.85, width * 0.028, 0.5)
    second = letters.line(artist, margin, margin + cap + small * 1.5, small, weight=0.12, spacing=0.5, colour=colour)
    return f'{first}<g opacity="0.8">{second}</g>'


def title_card(title: str, below: str, size: tuple[int, int]) -> bytes:
    """A transparent PNG strip with the title and a small line below it, to fade over moving pictures."""
    import pyvips

    width, height = size
    white, middle = "#ffffff", width / 2
    cap = letters.fitted(title, width * 0.92, height * 0.28, 0.5)
    small = letters.fitted(below, width * 0.92, height * 0.085, 0.9)
    shown = letters.line(title, middle, height * 0.46 - cap, cap, spacing=0.5, colour=white, align="middle")
    shown += letters.line(below, middle, height * 0.64, small, weight=0.12, spacing=0.9, colour=white, align="middle")
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{shown}</svg>'
    return bytes(pyvips.Image.svgload_buffer(svg.encode()).pngsave_buffer())


def _broken(title: str) -> list[str]:
    """A title in lines of like length: up to 11 letters stay on one."""
    words = title.split()
    if len(title) <= 11 or len(words) == 1:
        return [title]
    count = 2 if len(title) <= 24 else 3
    best: tuple[int, list[str]] | None = None
    for first in range(1, len(words)):
        for second in range(first, len(words)) if count == 3 else [len(words)]:
            lines = [" ".join(part) for part in (words[:first], words[first:second], words[second:]) if part]
            longest = max(len(text) for text in lines)
            if best is None or longest < best[0]:
                best = (longest, lines)
    return best[1] if best else [title]
