"""ID3 as nearly all MP3 files have it, read from the bytes: versions 2.3 and 2.4 (id3.org), filled up from version 1.

What is rare (unsynchronised, compressed or encrypted frames, version 2.2, genres by number, timed lyrics) is Unusual.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from . import tagvalues as values
from .window import Unusual, Window

_FRAMES = {
    b"TIT2": "title", b"TPE1": "artist", b"TALB": "album", b"TPE2": "albumartist", b"TCOM": "composer",
    b"TCON": "genre", b"TDRC": "year", b"TYER": "year", b"TRCK": "track", b"TPOS": "disc", b"TSST": "setsubtitle",
    b"TSRC": "isrc", b"TBPM": "bpm",
}  # fmt: skip
_MORE = frozenset((b"COMM", b"USLT", b"UFID"))  # beside those that begin with T
_HEADER = 10
_REMEMBERED = 200
_MOST_FRAMES = 500
_BIT_8 = 0x80808080
_ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_V1 = (("title", 3, 33), ("artist", 33, 63), ("album", 63, 93), ("year", 93, 97))


def read_id3(file: Window) -> tuple[dict[str, list[str]], bool, int]:
    """The tag at the beginning of a file: values by normalised key, whether a picture is among them, where it ends."""
    head = file.head
    version, flags = head[3], head[5]
    size = int.from_bytes(head[6:10], "big")
    if version not in (3, 4) or flags or size & _BIT_8:
        raise Unusual
    end = _HEADER + _synchsafe(size)
    fields: dict[str, list[str]] = {}
    covered = False
    at, had = _HEADER, len(head)
    for _ in range(_MOST_FRAMES):
        begin = at + _HEADER
        if begin > end:
            break
        # A call for each frame costs more than reading it: what the first piece holds is taken from it here.
        frame = head[at:begin] if begin <= had else file.bytes_at(at, _HEADER)
        if not frame[0]:
            break  # padding
        name, size = frame[:4], int.from_bytes(frame[4:8], "big")
        if version == 4 and size > 127:
            if size & _BIT_8:
                raise Unusual
            size = _synchsafe(size)
        at = begin + size
        if at > end:
            raise Unusual
        if name == b"APIC":
            covered = True
        elif name == b"SYLT":
            raise Unusual
        elif size > 1 and (frame[0] == 0x54 or name in _MORE):
            if frame[9]:
                raise Unusual
            data = head[begin:at] if at <= had else file.bytes_at(begin, size)
            if (field := _FRAMES.get(name)) is None:
                _take(fields, name, data)
            elif kept := _texts(data):
                if field == "genre" and any(text.isdecimal() or text.startswith("(") for text in kept):
                    raise Unusual
                fields.setdefault(field, []).extend(kept)
    else:
        raise Unusual
    return fields, covered, end


def add_id3v1(fields: dict[str, list[str]], file: Window) -> bool:
    """Fill up what is missing from the 128 bytes at the end; whether there are any."""
    last = (file.tail or file.head)[-128:]
    if len(last) < 128 or not last.startswith(b"TAG"):
        return False
    for name, start, stop in _V1:
        if name not in fields:
            _fill(fields, name, last[start:stop])
    note = last[97:127]
    if note[28] == 0 and note[29] != 0:
        fields.setdefault("track", [str(note[29])])
        note = note[:28]
    if "comment" not in fields:
        _fill(fields, "comment", note)
    if "genre" not in fields and last[127] < 192:
        raise Unusual  # a number, which the general readers have names for
    return True


def _fill(fields: dict[str, list[str]], name: str, raw: bytes) -> None:
    if text := raw.decode("latin-1").rstrip("\0"):
        fields[name] = [text]


def _synchsafe(size: int) -> int:
    return size & 0x7F | (size >> 8 & 0x7F) << 7 | (size >> 16 & 0x7F) << 14 | (size >> 24 & 0x7F) << 21


def _take(fields: dict[str, list[str]], name: bytes, data: bytes) -> None:
    if name == b"UFID":
        fields.setdefault("ufid", []).append(data.decode("latin-1"))
    elif name == b"TXXX":
        described, *texts = _strings(data)
        if described := values.key(described):
            _add(fields, "artist" if described == "artists" else described, texts)
    elif name in (b"COMM", b"USLT"):
        said, *rest = _strings(data[:1] + data[4:])  # without the language
        text = "\0".join(rest) if rest else said
        described = values.key(said) if rest and said and name == b"COMM" else ""
        _add(fields, described or ("comment" if name == b"COMM" else "lyrics"), [text])
    else:
        _add(fields, name.decode("latin-1").lower(), _texts(data))


def _add(fields: dict[str, list[str]], field: str, texts: Sequence[str]) -> None:
    if kept := [text for text in texts if text]:
        fields.setdefault(field, []).extend(kept)


def _texts(data: bytes) -> tuple[str, ...]:
    """The strings of a frame that say something; the tracks of an album have most of their frames in common."""
    return _remembered(data) if len(data) < _REMEMBERED else _said(data)


def _said(data: bytes) -> tuple[str, ...]:
    return tuple(filter(None, _strings(data)))


_remembered = functools.lru_cache(maxsize=1024)(_said)


def _strings(data: bytes) -> list[str]:
    """The strings of a frame: its first byte names their encoding, NUL separates them."""
    if data[0] > 3:
        raise Unusual
    encoding = _ENCODINGS[data[0]]
    if encoding == "utf-16":
        mark = data[1:3]
        if mark == b"\xfe\xff":
            encoding = "utf-16-be"
        elif mark == b"\xff\xfe":
            encoding = "utf-16-le"
        elif mark:
            raise Unusual  # no byte order mark
        # Each string of several has a mark of its own.
        text = data[1:].decode(encoding, "replace").replace("\ufeff", "")
    else:
        text = data[1:].decode(encoding, "replace")
    return text.rstrip("\0").split("\0")
