"""Pictures: their facts, a bounded clean copy, and the sizes that are served. Everything becomes WebP.

libvips decides by content which loader reads a picture; only five raster loaders are ever let near foreign bytes, and
the header's size is judged before a pixel is decoded. Blocking: call from a thread.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from hearth.kit.errors import Invalid

from . import accent, thumbhash

if TYPE_CHECKING:
    import pyvips

STEPS = (96, 160, 240, 320, 480, 640, 960, 1280, 1920, 2560, 3840)
"""The only widths ever served: a request is clamped to the next one up, so the cache stays bounded."""

MAX_PIXELS = 50_000_000
MAX_BYTES = 64 * 2**20
_QUALITY = 82
_SMALL = 64  # plenty for thumbhash, which keeps 7 x 7 coefficients


class Picture(msgspec.Struct, frozen=True):
    """What is known of a stored picture: its size, a 20 to 30 byte blur of it, and a colour to set it off with."""

    width: int
    height: int
    thumbhash: bytes
    accent: str
    """`#rrggbb`, taken from the picture, light enough to be read on a dark page (contrast 4.5:1 on #101014)."""


def step(width: int) -> int:
    """The served width for a requested one."""
    return next((size for size in STEPS if size >= width), STEPS[-1])


@functools.cache
def _tame() -> None:
    """pyvips, tamed on first use: no operation cache (it keeps pictures alive), two threads, no loaders that are not
    safe for foreign bytes."""
    # libvips reads this before it starts; its pool would otherwise take every core from playback.
    os.environ.setdefault("VIPS_CONCURRENCY", "2")
    import pyvips

    pyvips.cache_set_max(0)
    pyvips.cache_set_max_mem(0)
    pyvips.cache_set_max_files(0)


def _loader(data: bytes) -> str:
    """The libvips operation for these bytes, by their first ones. SVG, PDF, TIFF and all else has none."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpegload_buffer"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "pngload_buffer"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gifload_buffer"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webpload_buffer"
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return "heifload_buffer"
    raise Invalid("This is not a JPEG, PNG, WebP, GIF or AVIF picture.")


def _open(data: bytes) -> pyvips.Image:
    """A picture whose header was read and judged, with nothing decoded yet. Raises Invalid."""
    if len(data) > MAX_BYTES:
        raise Invalid(f"The picture is larger than {MAX_BYTES // 2**20} MB.")
    _tame()
    import pyvips

    try:
        image: pyvips.Image = pyvips.Operation.call(_loader(data), data, access="sequential")
    except pyvips.Error:
        raise Invalid("The picture is damaged.") from None
    if image.width * image.height > MAX_PIXELS:
        raise Invalid(
            f"The picture is {image.width} x {image.height}: more than {MAX_PIXELS // 10**6} megapixels are refused."
        )
    return image


def _thumbnail(data: bytes, width: int, height: int | None, *, crop: bool = False) -> pyvips.Image:
    """Decoded no larger than needed (JPEG and WebP shrink while loading), upright, in sRGB, never enlarged."""
    import pyvips

    _open(data)
    try:
        return pyvips.Image.thumbnail_buffer(
            data,
            width,
            height=height or 10_000_000,
            size="down",
            crop="attention" if crop else "none",
            output_profile="srgb",
            fail_on="none",
        )
    except pyvips.Error:
        raise Invalid("The picture is damaged.") from None


def _save(image: pyvips.Image, quality: int = _QUALITY) -> bytes:
    import pyvips

    try:
        return bytes(image.webpsave_buffer(Q=quality, effort=3, keep="none"))
    except pyvips.Error:
        raise Invalid("The picture is damaged.") from None


def normalise(data: bytes, max_side: int = 3840) -> bytes:
    """A clean WebP copy, at most `max_side` on its longer side: metadata gone, upright, sRGB. Raises Invalid."""
    return _save(_thumbnail(data, max_side, max_side))


def resize(source: bytes | Path, width: int, height: int | None = None) -> bytes:
    """WebP of the picture (its bytes, or a file of ours) at a served width: `width` is clamped to STEPS, nothing is
    enlarged. With `height` too, the most interesting part is cut to that shape. Raises Invalid."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    served = step(width)
    if height is None:
        return _save(_thumbnail(data, served, None))
    return _save(_thumbnail(data, served, max(1, min(4 * served, round(height * served / width))), crop=True))


def describe(data: bytes) -> Picture:
    """Width, height (as shown, so after turning), thumbhash and accent colour. Raises Invalid."""
    image = _open(data)
    width, height = image.width, image.height
    if image.get_typeof("orientation") and image.get("orientation") >= 5:
        width, height = height, width
    small = _small(data)
    pixels = bytes(small.write_to_memory())
    return Picture(width, height, thumbhash.encode(small.width, small.height, pixels), accent.choose(pixels))


def brightness(data: bytes) -> float:
    """Mean luma of a picture, 0 to 255."""
    return float(_small(data).flatten().colourspace("b-w").avg())


def _small(data: bytes) -> pyvips.Image:
    """At most 64 x 64, 8-bit RGBA."""
    image = _thumbnail(data, _SMALL, _SMALL)
    if image.interpretation not in ("srgb", "rgb"):
        image = image.colourspace("srgb")
    if image.bands > 4:
        image = image[0:4]
    if not image.hasalpha():
        image = image.addalpha()
    return image.cast("uchar").copy_memory()
