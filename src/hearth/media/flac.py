"""FLAC's blocks before the sound (RFC 9639), and the comments that it shares with Ogg."""

from __future__ import annotations

from struct import error, unpack_from

from . import tagvalues as values
from .window import Unusual, Window

# Names that taggers write for one thing, by normalised key.
_SAME = {
    "artists": "artist", "author": "artist", "date": "year", "description": "comment", "comments": "comment",
    "tracknumber": "track", "totaltracks": "tracktotal", "discnumber": "disc", "totaldiscs": "disctotal",
    "unsyncedlyrics": "lyrics",
}  # fmt: skip
_STREAMINFO, _COMMENTS, _PICTURE = 0, 4, 6
_MOST_BLOCKS = 200
_MOST_COMMENTS = 1000


def read_flac(file: Window) -> tuple[dict[str, list[str]], bool, tuple[float, float, int, int, int]]:
    """Values by normalised key, whether a picture is there, and (seconds, kbit/s, samples a second, channels, bits)."""
    fields: dict[str, list[str]] = {}
    covered = False
    sound: tuple[float, int, int, int] | None = None
    at = 4
    for _ in range(_MOST_BLOCKS):
        block = file.bytes_at(at, 4)
        kind, size = block[0] & 127, int.from_bytes(block[1:], "big")
        if kind == _STREAMINFO:
            packed = int.from_bytes(file.bytes_at(at + 4, 34)[10:18], "big")
            hertz, length = packed >> 44, packed & (1 << 36) - 1
            if not hertz or not length:
                raise Unusual
            sound = (length / hertz, hertz, (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1)
        elif kind == _COMMENTS:
            add_comments(fields, file.bytes_at(at + 4, size))
        elif kind == _PICTURE:
            covered = True
        at += 4 + size
        if block[0] & 128:
            break
    # Where the blocks end the first frame begins; if it does not, a block's size is wrong.
    if sound is None or file.bytes_at(at, 2)[:2] not in (b"\xff\xf8", b"\xff\xf9"):
        raise Unusual
    seconds, hertz, channels, bits = sound
    return fields, covered, (seconds, (file.size - at) * 8 / seconds / 1000, hertz, channels, bits)


def add_comments(fields: dict[str, list[str]], data: bytes) -> None:
    """Vorbis comments: a vendor's name, then `NAME=value` each with its length before it."""
    try:
        at = 4 + unpack_from("<I", data, 0)[0]
        count = unpack_from("<I", data, at)[0]
        at += 4
        if count > _MOST_COMMENTS:
            raise Unusual
        for _ in range(count):
            size = unpack_from("<I", data, at)[0]
            at += 4
            if at + size > len(data):
                raise Unusual
            name, equals, value = data[at : at + size].decode("utf-8", "replace").partition("=")
            at += size
            if equals and value and name.lower() != "metadata_block_picture":
                name = values.key(name)
                fields.setdefault(_SAME.get(name, name), []).append(value)
    except error as short:
        raise Unusual from short
