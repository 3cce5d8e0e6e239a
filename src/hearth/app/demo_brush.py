"""What the demo's scenes are drawn with: a canvas, colours, glows, ridges, stars and waves, all as SVG."""

# ruff: noqa: E501 # a drawing reads best with one shape on a line

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Palette = tuple[str, str, str, str, str]
"""Sky top, sky bottom, far, near, light."""


@dataclass(frozen=True)
class Canvas:
    """What a scene is drawn on. `unit` is a hundredth of the shorter side."""

    width: int
    height: int
    palette: Palette
    dice: random.Random

    @property
    def unit(self) -> float:
        return min(self.width, self.height) / 100


def glow(canvas: Canvas, x: float, y: float, radius: float, colour: str, strength: float, name: str) -> str:
    """A soft light; `name` is its gradient's id and must be the only one of its name in the drawing."""
    return (
        f'<defs><radialGradient id="{name}"><stop offset="0" stop-color="{colour}" stop-opacity="{strength}"/>'
        f'<stop offset="0.45" stop-color="{colour}" stop-opacity="{strength * 0.28:.3f}"/>'
        f'<stop offset="1" stop-color="{colour}" stop-opacity="0"/></radialGradient></defs>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="url(#{name})"/>'
    )


def mix(one: str, other: str, part: float) -> str:
    """A colour between two `#rrggbb`: `part` 0 is the first, 1 the other."""
    pairs = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def ridge(canvas: Canvas, base: float, height: float, rough: float, steps: int = 7) -> list[tuple[float, float]]:
    """A mountain line by midpoint displacement."""
    dice = canvas.dice
    points = [base - height * dice.random() for _ in range(2)]
    reach = height
    for _ in range(steps):
        reach *= rough
        joined = []
        for left, right in pairwise(points):
            joined += [left, (left + right) / 2 + reach * (dice.random() - 0.5) * 2]
        points = [*joined, points[-1]]
    wide = canvas.width / (len(points) - 1)
    return [(at * wide, y) for at, y in enumerate(points)]


def filled(canvas: Canvas, points: Sequence[tuple[float, float]], fill: str) -> str:
    """Everything below a line."""
    path = " ".join(f"L{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M0 {canvas.height} {path} L{canvas.width} {canvas.height}Z" fill="{fill}"/>'


def stars(canvas: Canvas, count: int, lowest: float, colour: str) -> str:
    """Stars of mixed sizes above `lowest`, denser towards the top."""
    dice = canvas.dice
    return "".join(
        f'<circle cx="{dice.random() * canvas.width:.1f}" cy="{dice.random() ** 1.3 * lowest:.1f}" '
        f'r="{canvas.unit * (0.05 + 0.17 * dice.random() ** 4):.2f}" fill="{colour}" opacity="{0.25 + 0.7 * dice.random():.2f}"/>'
        for _ in range(count)
    )


def waves(canvas: Canvas, y: float, swell: float, fill: str, count: float) -> str:
    """The sea below a rolling line of `count` waves."""
    phase = canvas.dice.random() * math.tau
    points = [
        (
            x,
            y
            + swell * math.sin(phase + count * math.tau * x / canvas.width)
            + swell * 0.4 * math.sin(phase * 2 + 2.7 * count * math.tau * x / canvas.width),
        )
        for x in range(0, canvas.width + 12, 12)
    ]
    return filled(canvas, points, fill)
