"""Pictures: sizes, limits (rows 21, 40; row 20 is with the attacks), colours and thumbhashes."""

from __future__ import annotations

from pathlib import Path

import pytest
import pyvips

from hearth.kit.errors import Invalid
from hearth.media import accent, images, thumbhash
from tests.media.conftest import Samples


def _plain(width: int, height: int, colour: tuple[int, ...]) -> pyvips.Image:
    return (pyvips.Image.black(width, height, bands=len(colour)) + colour).cast("uchar").copy(interpretation="srgb")


def _size(data: bytes) -> tuple[int, int]:
    image = pyvips.Image.new_from_buffer(data, "")
    return image.width, image.height


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".gif"])
def test_describe(suffix: str) -> None:
    found = images.describe(_plain(300, 200, (200, 40, 40)).write_to_buffer(suffix))
    assert (found.width, found.height) == (300, 200)
    assert 5 <= len(found.thumbhash) <= 30
    red, green, blue, alpha = thumbhash.average(found.thumbhash)
    assert (red, green, blue, alpha) == pytest.approx((200 / 255, 40 / 255, 40 / 255, 1), abs=0.03)
    assert found.accent.startswith("#") and int(found.accent[1:3], 16) > 2 * int(found.accent[3:5], 16)


def test_turned_photos_are_told_upright() -> None:
    image = _plain(300, 200, (9, 9, 200)).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    data = image.jpegsave_buffer()
    assert (images.describe(data).width, images.describe(data).height) == (200, 300)
    assert _size(images.normalise(data)) == (200, 300)


def test_resize_clamps_to_steps_and_never_enlarges() -> None:
    data = _plain(1000, 500, (10, 120, 10)).jpegsave_buffer()
    assert _size(images.resize(data, 300)) == (320, 160)
    assert _size(images.resize(data, 10**9)) == (1000, 500)
    assert _size(images.resize(data, -5)) == (96, 48)
    assert _size(images.resize(data, 320, 320)) == (320, 320)
    assert _size(images.resize(data, 300, 150)) == (320, 160)
    # Row 21: whatever is asked, few sizes come of it.
    assert {images.step(width) for width in range(1, 10_000)} == set(images.STEPS)


def test_resize_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(_plain(1000, 500, (10, 120, 10)).jpegsave_buffer())
    data = images.resize(path, 100)
    assert data[8:12] == b"WEBP" and _size(data) == (160, 80)


def test_normalise_bounds_and_strips() -> None:
    image = _plain(800, 400, (1, 2, 3)).copy()
    image.set_type(pyvips.GValue.blob_type, "exif-data", b"Exif\0\0secret place")
    data = images.normalise(image.jpegsave_buffer(), 320)
    assert _size(data) == (320, 160)
    assert b"secret" not in data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'><script/></svg>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>",
        b"%PDF-1.4",
        b"II*\0" + bytes(100),
        b"\xff\xd8\xff\xe0nonsense",
        b"\x89PNG\r\n\x1a\n" + bytes(40),
    ],
)
def test_other_formats_and_damage_are_refused(data: bytes) -> None:
    for call in (images.describe, images.normalise, lambda given: images.resize(given, 96)):
        with pytest.raises(Invalid):
            call(data)


def test_a_picture_of_the_largest_size_is_taken() -> None:
    data = _plain(8000, 6000, (100, 50, 20)).jpegsave_buffer(Q=50)
    assert _size(images.resize(data, 96)) == (96, 72)
    with pytest.raises(Invalid):
        images.normalise(_plain(8000, 6300, (1, 1, 1)).jpegsave_buffer(Q=50))


@pytest.mark.parametrize(
    "colour", [(255, 255, 255), (0, 0, 0), (10, 10, 60), (255, 240, 0), (128, 128, 128), (90, 0, 0)]
)
def test_accents_can_be_read_on_dark(colour: tuple[int, int, int]) -> None:
    found = accent.choose(bytes([*colour, 255]) * 400)
    rgb = (int(found[1:3], 16), int(found[3:5], 16), int(found[5:7], 16))
    assert accent.contrast(rgb, (0x10, 0x10, 0x14)) >= 4.5


def test_accent_is_the_vivid_part() -> None:
    pixels = bytes([30, 30, 34, 255]) * 900 + bytes([230, 90, 20, 255]) * 100
    found = accent.choose(pixels)
    red, green, blue = (int(found[at : at + 2], 16) for at in (1, 3, 5))
    assert red > green > blue


def test_thumbhash_shapes_and_alpha() -> None:
    wide = thumbhash.encode(100, 50, bytes([0, 0, 255, 255]) * 5000)
    assert thumbhash.average(wide) == pytest.approx((0, 0, 1, 1), abs=0.04)
    # The landscape bit, and the smaller count of coefficients, tell the shape.
    assert wide[4] >> 7 == 1 and wide[3] & 7 == 4
    tall = thumbhash.encode(50, 100, bytes([0, 0, 255, 255]) * 5000)
    assert tall[4] >> 7 == 0 and tall[3] & 7 == 4
    half = thumbhash.encode(10, 10, bytes([200, 100, 50, 255]) * 50 + bytes(4) * 50)
    assert half[2] >> 7 == 1
    assert thumbhash.average(half) == pytest.approx((200 / 255, 100 / 255, 50 / 255, 0.5), abs=0.05)


def _decode(hash_: bytes, x: float, y: float) -> float:
    """Luminance at a place between 0 and 1, by the format's decoder."""
    import math

    header = int.from_bytes(hash_[:3], "little")
    constant, scale = (header & 63) / 63, (header >> 18 & 31) / 31
    tail = int.from_bytes(hash_[3:5], "little")
    landscape, has_alpha = tail >> 15, header >> 23 & 1
    limit = 5 if has_alpha else 7
    nx = max(3, limit if landscape else tail & 7)
    ny = max(3, tail & 7 if landscape else limit)
    nibble = 2 * (6 if has_alpha else 5)
    value = constant
    for cy in range(ny):
        for cx in range(nx):
            if (not cx and not cy) or cx * ny >= nx * (ny - cy):
                continue
            byte = hash_[nibble >> 1]
            coefficient = ((byte >> 4 * (nibble & 1) & 15) / 7.5 - 1) * scale
            nibble += 1
            value += coefficient * math.cos(math.pi * cx * x) * math.cos(math.pi * cy * y) * 2
    return value


def test_thumbhash_keeps_light_and_dark_in_their_places() -> None:
    pixels = b"".join(
        bytes([230, 230, 230, 255] if x < 32 and y >= 16 else [20, 20, 20, 255]) for y in range(32) for x in range(64)
    )
    found = thumbhash.encode(64, 32, pixels)
    assert _decode(found, 0.25, 0.75) > 0.6
    assert max(_decode(found, 0.75, 0.75), _decode(found, 0.25, 0.25), _decode(found, 0.75, 0.25)) < 0.4


def test_thumbhash_refuses_other_sizes() -> None:
    for width, height, length in ((101, 1, 404), (2, 2, 15), (0, 0, 0)):
        with pytest.raises(ValueError, match="thumbhash"):
            thumbhash.encode(width, height, bytes(length))


def test_brightness(samples: Samples) -> None:
    assert images.brightness(_plain(50, 50, (0, 0, 0)).pngsave_buffer()) < 3
    assert images.brightness(_plain(50, 50, (255, 255, 255)).pngsave_buffer()) > 250
