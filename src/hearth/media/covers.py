"""Pictures inside audio files: is there one, and the bytes of the best one."""

from __future__ import annotations

import os
from typing import BinaryIO

from .sniff import open_media

MAX_COVER = 32 * 2**20
_NEAR = 64 * 1024


def cover(path: bytes) -> bytes | None:
    """The front cover (else any picture) embedded in the file, None when there is none or it exceeds 32 MB.

    The bytes come from the file untouched and are not to be trusted: pass them through `images.normalise`.
    """
    with open_media(path) as file:
        data = _by_tinytag(file) or _by_mutagen(file)
    return data if data and len(data) <= MAX_COVER else None


def _by_tinytag(file: BinaryIO) -> bytes | None:
    from tinytag import TinyTag, TinyTagException

    try:
        tag = TinyTag.get(file_obj=file, tags=True, duration=False, image=True)
    except (TinyTagException, OSError):
        return None
    picture = tag.images.front_cover or tag.images.any
    return picture.data if picture else None


def _by_mutagen(file: BinaryIO) -> bytes | None:
    import mutagen

    file.seek(0)
    try:
        found = mutagen.File(file)
    except Exception:  # damaged files make it raise far more than its own errors
        return None
    for name, value in list(found.tags.items()) if found is not None and found.tags else ():
        if name.startswith("APIC"):
            return bytes(value.data)
        if name.lower().startswith("cover art"):  # APEv2: file name, NUL, picture
            return bytes(value.value).partition(b"\0")[2]
    return None


def has_cover(file: BinaryIO) -> bool:
    """Whether a picture is embedded, without reading it: a scan of 200,000 files must not read 200 GB of covers."""
    file.seek(0)
    head = file.read(16)
    if head.startswith(b"ID3"):
        return _in_id3(file, head)
    if head.startswith(b"fLaC"):
        return _in_flac(file)
    if head[4:8] == b"ftyp":
        return _in_mp4(file)
    if head.startswith(b"OggS"):
        file.seek(0)
        return b"metadata_block_picture=" in file.read(_NEAR).lower()
    if head.startswith(b"\x30\x26\xb2\x75"):
        file.seek(0)
        return "WM/Picture".encode("utf-16-le") in file.read(_NEAR)
    return False


def _synchsafe(data: bytes) -> int:
    return (data[0] & 127) << 21 | (data[1] & 127) << 14 | (data[2] & 127) << 7 | data[3] & 127


def _in_id3(file: BinaryIO, head: bytes) -> bool:
    version, end = head[3], 10 + _synchsafe(head[6:10])
    width, size_at, header = (3, 3, 6) if version == 2 else (4, 4, 10)
    at = 10
    if head[5] & 0x40 and version > 2:
        size = int.from_bytes(head[10:14], "big") + 4 if version == 3 else _synchsafe(head[10:14])
        at += size
    for _ in range(500):
        if at + header > end:
            break
        file.seek(at)
        frame = file.read(header)
        if len(frame) < header or not frame[0]:
            break
        if frame[:width] in (b"APIC", b"PIC"):
            return True
        raw = frame[size_at : size_at + width]
        at += header + (_synchsafe(raw) if version == 4 else int.from_bytes(raw, "big"))
    file.seek(end)
    return file.read(4) == b"fLaC" and _in_flac(file)


def _in_flac(file: BinaryIO) -> bool:
    at = file.tell() if file.tell() > 16 else 4
    for _ in range(200):
        file.seek(at)
        block = file.read(4)
        if len(block) < 4:
            return False
        if block[0] & 127 == 6:
            return True
        if block[0] & 128:
            return False
        at += 4 + int.from_bytes(block[1:], "big")
    return False


_PATH = (b"moov", b"udta", b"meta", b"ilst")


def _in_mp4(file: BinaryIO) -> bool:
    start, end = 0, os.fstat(file.fileno()).st_size
    for level in _PATH:
        box = _find_box(file, level, start, end)
        if box is None:
            return False
        start, end = box
        if level == b"meta":
            start += 4  # a full box: version and flags
    return _find_box(file, b"covr", start, end) is not None


def _find_box(file: BinaryIO, wanted: bytes, start: int, end: int) -> tuple[int, int] | None:
    for _ in range(10_000):
        if start + 8 > end:
            return None
        file.seek(start)
        header = file.read(16)
        if len(header) < 8:
            return None
        size, skip = int.from_bytes(header[:4], "big"), 8
        if size == 1:
            size, skip = int.from_bytes(header[8:16], "big"), 16
        elif size == 0:
            size = end - start
        if size < skip:
            return None
        if header[4:8] == wanted:
            return start + skip, start + size
        start += size
    return None
