"""Lettering for the demo's posters: a thin geometric alphabet drawn as strokes, so that no font need be installed."""

# ruff: noqa: E501 # one letter on a line

from __future__ import annotations

# Letters in a box 100 high: (advance width, SVG path). Round letters are true circles.
_GLYPHS: dict[str, tuple[float, str]] = {
    "A": (74, "M0 100L37 0L74 100M13 66H61"),
    "B": (57, "M0 0H28A23 23 0 0 1 28 46H0M28 46H30A27 27 0 0 1 30 100H0V0"),
    "C": (89, "M87 16.5A50 50 0 1 0 87 83.5"),
    "D": (80, "M0 0H30A50 50 0 0 1 30 100H0Z"),
    "E": (52, "M52 0H0V100H52M0 49H46"),
    "F": (50, "M50 0H0V100M0 49H44"),
    "G": (99, "M87 16.5A50 50 0 1 0 99 54H60"),
    "H": (66, "M0 0V100M66 0V100M0 49H66"),
    "I": (0, "M0 0V100"),
    "J": (38, "M38 0V74A26 26 0 0 1 12 100Q5 100 0 97"),
    "K": (58, "M0 0V100M54 0L0 58M19 41L58 100"),
    "L": (46, "M0 0V100H46"),
    "M": (92, "M0 100L9 0L46 82L83 0L92 100"),
    "N": (68, "M0 100V0L68 100V0"),
    "O": (100, "M50 0A50 50 0 1 1 50 100A50 50 0 1 1 50 0Z"),
    "P": (55, "M0 100V0H28A27 27 0 0 1 28 54H0"),
    "Q": (100, "M50 0A50 50 0 1 1 50 100A50 50 0 1 1 50 0ZM62 64L98 104"),
    "R": (57, "M0 100V0H28A27 27 0 0 1 28 54H0M24 54L57 100"),
    "S": (56, "M53 17C47 5 37 0 28 0C13 0 4 10 4 24C4 40 17 45 29 49C43 53 56 59 56 75C56 91 44 100 29 100C16 100 6 94 0 82"),
    "T": (64, "M0 0H64M32 0V100"),
    "U": (66, "M0 0V66A33 34 0 0 0 66 66V0"),
    "V": (74, "M0 0L37 100L74 0"),
    "W": (108, "M0 0L28 100L54 12L80 100L108 0"),
    "X": (66, "M0 0L66 100M66 0L0 100"),
    "Y": (68, "M0 0L34 52L68 0M34 52V100"),
    "Z": (64, "M0 0H63L0 100H64"),
    "0": (66, "M33 0C54 0 66 20 66 50C66 80 54 100 33 100C12 100 0 80 0 50C0 20 12 0 33 0Z"),
    "1": (20, "M0 18L20 0V100"),
    "2": (58, "M2 28C2 9 15 0 29 0C45 0 56 11 56 27C56 42 46 52 36 62L0 100H58"),
    "3": (54, "M4 0H52L25 38C42 38 54 50 54 68C54 87 42 100 26 100C13 100 4 93 0 82"),
    "4": (62, "M48 100V0L0 71H62"),
    "5": (56, "M51 0H13L7 44C13 38 20 35 28 35C45 35 56 49 56 67C56 86 44 100 27 100C14 100 5 93 0 82"),
    "6": (60, "M45 0L5 54M30 40A30 30 0 1 1 30 100A30 30 0 1 1 30 40Z"),
    "7": (56, "M0 0H56L19 100"),
    "8": (56, "M28 0A24 23 0 1 1 28 46A24 23 0 1 1 28 0ZM28 46A28 27 0 1 1 28 100A28 27 0 1 1 28 46Z"),
    "9": (60, "M15 100L55 46M30 0A30 30 0 1 1 30 60A30 30 0 1 1 30 0Z"),
    ".": (0, "M0 98V100"),
    ",": (4, "M4 96L0 112"),
    "'": (0, "M0 0V18"),
    "-": (34, "M0 52H34"),
    ":": (0, "M0 34V36M0 98V100"),
    "/": (40, "M40 -6L0 106"),
    "&": (76, "M76 100L20 30C12 18 18 0 34 0C50 0 56 20 42 30L22 44C6 54 0 64 0 75C0 90 12 100 28 100C50 100 62 78 64 56"),
}  # fmt: skip
_SPACE = 46.0


def width(text: str, size: float, spacing: float) -> float:
    """How wide a line is: `size` is the height of the capitals, `spacing` a part of it between letters."""
    total = 0.0
    for letter in text.upper():
        total += (_SPACE if letter == " " else _GLYPHS[letter][0]) + spacing * 100
    return (total - spacing * 100) * size / 100


def line(
    text: str,
    x: float,
    y: float,
    size: float,
    *,
    weight: float = 0.09,
    spacing: float = 0.3,
    colour: str,
    align: str = "left",
) -> str:
    """Sets a line as SVG with its capitals' top at `y`; `align` says what of it lies at `x`: left, middle or right.

    `weight` is the stroke as a part of `size`. Letters that the alphabet lacks raise KeyError: the demo's titles are
    known."""
    wide = width(text, size, spacing)
    at = x - (wide / 2 if align == "middle" else wide if align == "right" else 0)
    scale = size / 100
    paths = []
    for letter in text.upper():
        if letter == " ":
            at += (_SPACE + spacing * 100) * scale
            continue
        advance, path = _GLYPHS[letter]
        paths.append(f'<path transform="translate({at:.1f} {y:.1f}) scale({scale:.4f})" d="{path}"/>')
        at += (advance + spacing * 100) * scale
    return (
        f'<g fill="none" stroke="{colour}" stroke-width="{weight * 100:.1f}" stroke-linecap="round" '
        f'stroke-linejoin="round">{"".join(paths)}</g>'
    )


def fitted(text: str, most: float, size: float, spacing: float) -> float:
    """The size at which the text is at most `most` wide, never above `size`."""
    wide = width(text, size, spacing)
    return size if wide <= most else size * most / wide
