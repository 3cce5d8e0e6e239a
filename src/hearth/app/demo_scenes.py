"""The scenes of the demo's posters, backdrops, covers and films."""

# ruff: noqa: E501 # a drawing reads best with one shape on a line

from __future__ import annotations

import math
from collections.abc import Callable

from .demo_brush import Canvas, filled, glow, mix, ridge, stars, waves

Scene = Callable[[Canvas], str]


def ridges(canvas: Canvas) -> str:
    """Mountains fading into the distance below a low sun."""
    _, bottom, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    x, y = w * 0.62, h * 0.40
    out = glow(canvas, x, y, u * 75, light, 0.75, "sun") + f'<circle cx="{x}" cy="{y}" r="{u * 15}" fill="{light}"/>'
    layers = 6
    for layer in range(layers):
        part = layer / (layers - 1)
        line = ridge(canvas, h * (0.50 + 0.36 * part), h * (0.20 - 0.05 * part), 0.52)
        out += filled(canvas, line, mix(mix(far, bottom, 0.45 * (1 - part)), near, part))
    return out


def lighthouse(canvas: Canvas) -> str:
    """A lighthouse on a rock, its beam over a layered sea."""
    _, _, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    x, foot, tall = w * 0.34, h * 0.66, u * (58 if h > w else 50)
    lamp = foot - tall
    out = stars(canvas, 150, h * 0.5, light)
    out += glow(canvas, x, lamp, u * 60, light, 0.7, "lamp")
    reach = w * 1.2
    out += (
        f'<defs><linearGradient id="beam"><stop offset="0" stop-color="{light}" stop-opacity="0.75"/>'
        f'<stop offset="1" stop-color="{light}" stop-opacity="0"/></linearGradient></defs>'
        f'<path d="M{x} {lamp}L{x + reach} {lamp - u * 36}V{lamp + u * 6}Z" fill="url(#beam)"/>'
    )
    for layer in range(3):
        out += waves(canvas, h * (0.64 + 0.03 * layer), u * 1.1, mix(far, near, layer * 0.2), 4 + layer)
    out += f'<path d="M{x - u * 26} {h * 0.74}Q{x - u * 12} {foot - u * 4} {x - u * 4} {foot - u * 2}H{x + u * 5}Q{x + u * 16} {foot} {x + u * 30} {h * 0.74}Z" fill="{near}"/>'
    dark = mix(near, "#000000", 0.25)
    out += f'<path d="M{x - u * 4.6} {foot}L{x - u * 2.9} {lamp + u * 4}H{x + u * 2.9}L{x + u * 4.6} {foot}Z" fill="{mix(near, light, 0.16)}"/>'
    for band in (0.2, 0.52, 0.84):
        at = lamp + u * 4 + (tall - u * 4) * band
        half = u * (2.9 + 1.7 * band)
        out += f'<path d="M{x - half} {at}H{x + half}l{u * 0.28} {u * 6}H{x - half - u * 0.28}Z" fill="{dark}"/>'
    out += f'<rect x="{x - u * 4.2}" y="{lamp + u * 3}" width="{u * 8.4}" height="{u * 1.2}" fill="{dark}"/>'
    out += f'<rect x="{x - u * 2.2}" y="{lamp - u * 2.4}" width="{u * 4.4}" height="{u * 5.4}" fill="{light}"/>'
    out += f'<path d="M{x - u * 3} {lamp - u * 2.2}Q{x} {lamp - u * 7.5} {x + u * 3} {lamp - u * 2.2}Z" fill="{dark}"/>'
    for layer in range(5):
        part = layer / 4
        out += waves(
            canvas,
            h * (0.735 + 0.055 * layer),
            u * (1.2 + layer * 0.5),
            mix(mix(far, near, 0.55), mix(near, "#000000", 0.35), part),
            4 - layer * 0.5,
        )
    return out


def orbit(canvas: Canvas) -> str:
    """A great planet with rings, half in shadow, and its moons."""
    top, _, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    x, y, r = w * 0.5, h * 0.40 if h > w else h * 0.52, u * 30
    out = stars(canvas, 420, h, "#ffffff") + glow(canvas, x - r * 0.4, y - r * 0.3, r * 2.4, far, 0.5, "air")
    ring = "".join(
        f'<ellipse cx="0" cy="0" rx="{r * (1.32 + 0.085 * n):.1f}" ry="{r * (0.33 + 0.024 * n):.1f}" fill="none" stroke="{mix(light, far, n / 9)}" stroke-width="{u * (0.35 + 0.7 * canvas.dice.random()):.2f}" opacity="{0.35 + 0.5 * canvas.dice.random():.2f}"/>'
        for n in range(9)
    )
    place = f'transform="translate({x} {y}) rotate(-18)"'
    out += f"<g {place}>{ring}</g>"
    out += (
        f'<defs><radialGradient id="ball" cx="0.32" cy="0.28" r="0.85"><stop offset="0" stop-color="{light}"/>'
        f'<stop offset="0.35" stop-color="{far}"/><stop offset="0.8" stop-color="{near}"/><stop offset="1" stop-color="{top}"/></radialGradient>'
        f'<clipPath id="front"><rect x="{-w * 2}" y="0" width="{w * 4}" height="{h * 2}"/></clipPath>'
        f'<clipPath id="disc"><circle cx="{x}" cy="{y}" r="{r}"/></clipPath></defs>'
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="url(#ball)"/>'
    )
    bands = "".join(
        f'<ellipse cx="{x}" cy="{y + r * (n / 5 - 0.9):.1f}" rx="{r * 1.2}" ry="{r * (0.03 + 0.07 * canvas.dice.random()):.1f}" fill="{canvas.dice.choice((light, near))}" opacity="0.13"/>'
        for n in range(10)
    )
    out += f'<g clip-path="url(#disc)"><g transform="rotate(-18 {x} {y})">{bands}</g></g>'
    out += f'<g {place}><g clip-path="url(#front)">{ring}</g></g>'
    for dx, dy, size in ((0.62, -0.95, 0.10), (-1.15, 0.85, 0.055), (0.95, 1.05, 0.035)):
        out += f'<circle cx="{x + r * dx:.1f}" cy="{y + r * dy:.1f}" r="{r * size:.1f}" fill="{light}"/>'
    return out


def moons(canvas: Canvas) -> str:
    """Phases of paper moons, hung over paper hills with soft shadows."""
    _, bottom, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    out = (
        '<defs><filter id="soft" x="-30%" y="-30%" width="160%" height="160%"><feDropShadow dx="0" dy="'
        + f'{u * 1.1:.1f}" stdDeviation="{u * 1.4:.1f}" flood-color="#000" flood-opacity="0.38"/></filter></defs>'
    )
    spots = (
        (0.50, 0.30, 20.0, 0.0),
        (0.20, 0.16, 8.0, 0.5),
        (0.82, 0.13, 6.0, -0.6),
        (0.15, 0.44, 5.0, -0.4),
        (0.85, 0.42, 9.0, 0.35),
    )
    for px, py, size, phase in spots:
        x, y, r = w * px, h * py, u * size
        out += f'<path d="M{x} 0V{y - r}" stroke="{mix(light, bottom, 0.55)}" stroke-width="{u * 0.16}"/>'
        out += f'<g filter="url(#soft)"><circle cx="{x}" cy="{y}" r="{r}" fill="{light}"/></g>'
        if phase:
            out += f'<clipPath id="m{int(px * 100)}"><circle cx="{x}" cy="{y}" r="{r}"/></clipPath><circle clip-path="url(#m{int(px * 100)})" cx="{x + r * phase * 1.2}" cy="{y}" r="{r}" fill="{mix(light, far, 0.55)}"/>'
        else:
            for _ in range(9):
                turn, away = canvas.dice.random() * math.tau, canvas.dice.random() ** 0.6 * 0.75
                out += f'<circle cx="{x + r * away * math.cos(turn):.1f}" cy="{y + r * away * math.sin(turn):.1f}" r="{r * (0.04 + 0.12 * canvas.dice.random()):.1f}" fill="{mix(light, far, 0.22)}"/>'
    for layer in range(5):
        base = h * (0.58 + 0.085 * layer)
        phase = canvas.dice.random() * math.tau
        points = [
            (
                x,
                base
                + u * 7 * math.sin(phase + x / w * math.tau * (0.8 + layer * 0.17))
                + u * 2 * math.sin(phase * 3 + x / w * 9),
            )
            for x in range(0, w + 12, 12)
        ]
        out += f'<g filter="url(#soft)">{filled(canvas, points, mix(far, near, layer / 4))}</g>'
    return out


def bloom(canvas: Canvas) -> str:
    """A flower of translucent petals, unfolding from its heart."""
    _, _, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    x, y = w * 0.5, h * 0.41 if h >= w else h * 0.5
    out = glow(canvas, x, y, u * 70, far, 0.55, "heart")
    for ring in range(7, 0, -1):
        count, reach = 5 + ring * 2, u * (6 + ring * 5.6)
        colour = mix(light, mix(far, near, max(0.0, (ring - 3) / 4)), min(1.0, ring / 4))
        turn = ring * 11.0
        petal = f"M0 0C{reach * 0.34:.1f} {-reach * 0.35:.1f} {reach * 0.30:.1f} {-reach * 0.85:.1f} 0 {-reach:.1f}C{-reach * 0.30:.1f} {-reach * 0.85:.1f} {-reach * 0.34:.1f} {-reach * 0.35:.1f} 0 0Z"
        out += "".join(
            f'<path transform="translate({x} {y}) rotate({turn + 360 / count * n:.2f})" d="{petal}" fill="{colour}" fill-opacity="0.42" stroke="{light}" stroke-opacity="0.25" stroke-width="{u * 0.12}"/>'
            for n in range(count)
        )
    return out + f'<circle cx="{x}" cy="{y}" r="{u * 3.2}" fill="{light}"/>'


def deep(canvas: Canvas) -> str:
    """Under water: shafts of light, a far swimmer's bubbles, a reef."""
    _, bottom, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    dice = canvas.dice
    out = f'<defs><linearGradient id="shaft" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{light}" stop-opacity="0.5"/><stop offset="1" stop-color="{light}" stop-opacity="0"/></linearGradient></defs>'
    out += glow(canvas, w * 0.5, -h * 0.05, u * 95, light, 0.8, "surface")
    for _ in range(11):
        middle, lean = w * (0.15 + 0.7 * dice.random()), (dice.random() - 0.5) * w * 0.6
        wide = u * (2 + 9 * dice.random())
        out += f'<path d="M{middle:.0f} {-u * 5}h{wide * 0.5:.0f}L{middle + lean + wide * 2:.0f} {h * 0.85:.0f}h{-wide * 2.4:.0f}Z" fill="url(#shaft)" opacity="{0.2 + 0.4 * dice.random():.2f}"/>'
    for _ in range(46):
        part = dice.random()
        bx, by = w * (0.52 + 0.13 * math.sin(part * 7) + 0.06 * (dice.random() - 0.5)), h * (0.15 + 0.55 * part)
        out += f'<circle cx="{bx:.1f}" cy="{by:.1f}" r="{u * (0.4 + 2.1 * (1 - part) * dice.random()):.1f}" fill="{light}" fill-opacity="0.14" stroke="{light}" stroke-opacity="0.75" stroke-width="{u * 0.16}"/>'
    for layer in range(3):
        out += filled(
            canvas, ridge(canvas, h * (0.80 + 0.07 * layer), u * 9, 0.58), mix(mix(far, bottom, 0.5), near, layer / 2)
        )
    for stem in range(26):
        sx, tall = w * dice.random(), u * (6 + 15 * dice.random())
        out += f'<path d="M{sx:.0f} {h}q{u * (dice.random() - 0.5) * 12:.1f} {-tall * 0.5:.1f} {u * (dice.random() - 0.5) * 6:.1f} {-tall - h * 0.06:.1f}" fill="none" stroke="{mix(near, far, 0.25 * (stem % 3))}" stroke-width="{u * (0.5 + dice.random()):.1f}" stroke-linecap="round"/>'
    return out


def city(canvas: Canvas) -> str:
    """A night city in layers with lit windows, mirrored in still water."""
    _, bottom, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    dice = canvas.dice
    shore = h * 0.66
    out = stars(canvas, 90, h * 0.4, "#ffffff") + glow(canvas, w * 0.5, shore, u * 80, light, 0.55, "haze")
    towers = ""
    for layer in range(3):
        fill = mix(mix(far, bottom, 0.35), near, layer / 2)
        at = -u * 3
        while at < w:
            wide = u * (4 + 8 * dice.random())
            middle = 1 - abs((at + wide / 2) / w - 0.5) * 1.1
            tall = u * (10 + 46 * dice.random() ** 1.7 * middle) * (1 - layer * 0.17)
            towers += (
                f'<rect x="{at:.0f}" y="{shore - tall:.0f}" width="{wide:.0f}" height="{tall + 2:.0f}" fill="{fill}"/>'
            )
            if dice.random() < 0.25:
                towers += f'<rect x="{at + wide / 2:.0f}" y="{shore - tall - u * 5:.0f}" width="{u * 0.3:.1f}" height="{u * 5:.0f}" fill="{fill}"/>'
            if layer:
                rows, columns = int(tall / (u * 2.1)), int(wide / (u * 1.6))
                for row in range(1, rows):
                    for column in range(columns):
                        if dice.random() < 0.22:
                            towers += f'<rect x="{at + u * 0.6 + column * u * 1.6:.1f}" y="{shore - tall + row * u * 2.1:.1f}" width="{u * 0.62:.1f}" height="{u * 0.9:.1f}" fill="{light}" opacity="{0.35 + 0.6 * dice.random():.2f}"/>'
            at += wide + u * 0.5 * dice.random()
    out += towers
    water = mix(near, bottom, 0.3)
    out += f'<g transform="translate(0 {shore * 2:.1f}) scale(1 -1)" opacity="0.42">{towers}</g>'
    out += f'<defs><linearGradient id="lake" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{water}" stop-opacity="0.35"/><stop offset="1" stop-color="{mix(near, "#000000", 0.4)}"/></linearGradient></defs>'
    out += f'<rect x="0" y="{shore}" width="{w}" height="{h - shore}" fill="url(#lake)"/>'
    for _ in range(60):
        y = shore + (h - shore) * dice.random()
        out += f'<rect x="{w * dice.random() - u * 8:.0f}" y="{y:.0f}" width="{u * (4 + 22 * dice.random()):.0f}" height="{u * 0.22:.1f}" fill="{mix(light, water, 0.55)}" opacity="0.28"/>'
    return out


def strata(canvas: Canvas) -> str:
    """Drawn lines stacked into a landscape of sound."""
    _, bottom, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    dice = canvas.dice
    out = glow(canvas, w * 0.5, h * 0.52, u * 70, far, 0.4, "core")
    count = 34
    bumps = [(0.5 + 0.24 * (dice.random() - 0.5), 0.07 + 0.09 * dice.random(), dice.random()) for _ in range(count * 3)]
    for row in range(count):
        base = h * (0.30 + 0.56 * row / (count - 1)) if h >= w else h * (0.2 + 0.7 * row / (count - 1))
        points = []
        for x in range(0, w + 6, 6):
            part = x / w
            rise = sum(
                size * math.exp(-(((part - at) / (wide * 0.55)) ** 2))
                for at, wide, size in bumps[row * 3 : row * 3 + 3]
            )
            points.append((x, base - u * 9 * rise - u * 0.35 * math.sin(part * 90 + row * 1.7) * rise))
        path = " ".join(f"L{x} {y:.1f}" for x, y in points)
        out += f'<path d="M{-u} {h + u} {path} L{w + u} {h + u}Z" fill="{mix(bottom, near, row / count)}" stroke="{mix(light, far, abs(row / count - 0.5) * 1.6)}" stroke-width="{u * 0.3:.2f}"/>'
    return out


def arches(canvas: Canvas) -> str:
    """Rainbow-like arches, cut from coloured paper."""
    _, bottom, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    out = ""
    for x, y, size, turn in ((0.30, 1.0, 60, 0), (0.80, 0.62, 30, 180), (0.84, 1.0, 33, 0)):
        for ring in range(6):
            r = u * size * (1 - ring * 0.16)
            colour = (far, light, near, mix(far, light, 0.5), mix(near, bottom, 0.5), light)[ring]
            out += f'<g transform="translate({w * x:.0f} {h * y:.0f}) rotate({turn})"><path d="M{-r:.1f} 0A{r:.1f} {r:.1f} 0 0 1 {r:.1f} 0Z" fill="{colour}"/></g>'
    return out + f'<circle cx="{w * 0.20:.0f}" cy="{h * 0.36:.0f}" r="{u * 7:.0f}" fill="{light}"/>'


def rings(canvas: Canvas) -> str:
    """A sun of fine rings over a calm horizon."""
    _, _, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    x, y = w * 0.5, h * 0.56
    out = glow(canvas, x, y, u * 72, light, 0.5, "sun")
    out += "".join(
        f'<circle cx="{x}" cy="{y}" r="{u * (3 + n * 2.15):.1f}" fill="none" stroke="{mix(light, far, n / 17)}" stroke-width="{u * (1.25 - n * 0.055):.2f}"/>'
        for n in range(18)
    )
    for layer in range(4):
        out += waves(
            canvas,
            h * (0.66 + 0.085 * layer),
            u * (0.6 + layer * 0.5),
            mix(mix(far, near, 0.45), near, layer / 3),
            2.5 + layer * 0.4,
        )
    return out


def forest(canvas: Canvas) -> str:
    """Firs in fog, row behind row."""
    _, bottom, far, near, light = canvas.palette
    w, h, u = canvas.width, canvas.height, canvas.unit
    dice = canvas.dice
    sun = h * (0.38 if h > w else 0.26)
    out = (
        glow(canvas, w * 0.3, sun, u * 60, light, 0.7, "sun")
        + f'<circle cx="{w * 0.3}" cy="{sun}" r="{u * 8}" fill="{light}"/>'
    )
    for layer in range(5):
        part = layer / 4
        fill = mix(mix(far, bottom, 0.6 * (1 - part)), near, part)
        ground = h * (0.55 + 0.12 * layer)
        trees, at = "", -u * 4
        while at < w + u * 4:
            tall = u * (9 + 9 * dice.random()) * (0.7 + 0.75 * part)
            wide = tall * 0.19
            top = ground - tall
            tree = f"M{at:.1f} {top:.1f}"
            for tier in range(1, 6):
                tree += f"L{at + wide * tier / 5:.1f} {top + tall * tier / 5:.1f}L{at + wide * tier / 9:.1f} {top + tall * tier / 5 - tall * 0.03:.1f}"
            for tier in range(5, 0, -1):
                tree += f"L{at - wide * tier / 9:.1f} {top + tall * tier / 5 - tall * 0.03:.1f}L{at - wide * tier / 5:.1f} {top + tall * tier / 5:.1f}"
            trees += tree + "Z"
            at += wide * (0.75 + 0.9 * dice.random())
        out += f'<path d="{trees}M0 {ground - u}H{w}V{h}H0Z" fill="{fill}"/>'
        if layer < 4:
            out += f'<defs><linearGradient id="fog{layer}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{bottom}" stop-opacity="0"/><stop offset="1" stop-color="{bottom}" stop-opacity="0.5"/></linearGradient></defs><rect y="{ground - u * 9:.0f}" width="{w}" height="{u * 24:.0f}" fill="url(#fog{layer})"/>'
    return out


SCENES: dict[str, Scene] = {
    "arches": arches, "bloom": bloom, "city": city, "deep": deep, "forest": forest, "lighthouse": lighthouse,
    "moons": moons, "orbit": orbit, "ridges": ridges, "rings": rings, "strata": strata,
}  # fmt: skip
