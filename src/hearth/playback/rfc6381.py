"""The CODECS that a playlist announces, read from the parameters of the very stream that will be sent (RFC 6381)."""

from __future__ import annotations

from .fmp4 import Malformed, boxes, find


def codecs(init: bytes) -> list[str]:
    """One string a track of an init segment, such as ["avc1.640028", "mp4a.40.2"]. Raises Malformed."""
    found = []
    moov = find(init, b"moov")
    if moov is None:
        raise Malformed("no moov")
    for kind, low, high in boxes(init, *moov):
        if kind == b"trak" and (table := find(init, b"mdia", b"minf", b"stbl", b"stsd", start=low, end=high)):
            for name, start, end in boxes(init, table[0] + 8, table[1]):
                found.append(_codec(name, init[start:end]))
                break
    return found


def picture_size(init: bytes) -> tuple[int, int] | None:
    """Width and height of the first video track's coded picture."""
    moov = find(init, b"moov")
    for kind, low, high in boxes(init, *moov) if moov else ():
        if kind == b"trak" and (table := find(init, b"mdia", b"minf", b"stbl", b"stsd", start=low, end=high)):
            for name, start, _ in boxes(init, table[0] + 8, table[1]):
                if name in _VIDEO:
                    width, height = init[start + 24 : start + 26], init[start + 26 : start + 28]
                    return int.from_bytes(width, "big"), int.from_bytes(height, "big")
    return None


_VIDEO = frozenset({b"avc1", b"avc3", b"hvc1", b"hev1", b"av01", b"vp09", b"dvh1", b"dvhe"})
_FIXED = {b"Opus": "opus", b"fLaC": "fLaC", b"ac-3": "ac-3", b"ec-3": "ec-3", b"alac": "alac", b".mp3": "mp4a.6B"}


def _codec(name: bytes, entry: bytes) -> str:
    if name in _FIXED:
        return _FIXED[name]
    # A sample entry's own fields come before its boxes: 78 bytes of a picture's, 28 of a sound's.
    inner = entry[78:] if name in _VIDEO else entry[28:]
    parts = {kind: inner[low:high] for kind, low, high in boxes(inner)}
    if name in (b"avc1", b"avc3") and (box := parts.get(b"avcC")):
        return f"{name.decode()}.{box[1:4].hex().upper()}"
    if name in (b"hvc1", b"hev1") and (box := parts.get(b"hvcC")):
        return _hevc(name.decode(), box)
    if name == b"av01" and (box := parts.get(b"av1C")):
        profile, level, tier = box[1] >> 5, box[1] & 0x1F, "H" if box[2] & 0x80 else "M"
        depth = 8 if not box[2] & 0x40 else 12 if profile == 2 and box[2] & 0x20 else 10
        return f"av01.{profile}.{level:02d}{tier}.{depth:02d}"
    if name == b"vp09" and (box := parts.get(b"vpcC")):
        return f"vp09.{box[4]:02d}.{box[5]:02d}.{box[6] >> 4:02d}"
    if name == b"mp4a" and (box := parts.get(b"esds")):
        return _mpeg4_audio(box[4:])
    raise Malformed(f"a sample entry of an unknown kind: {name!r}")


def _hevc(name: str, box: bytes) -> str:
    """ISO/IEC 14496-15, annex E.3: profile, compatibility flags reversed, tier and level, constraint bytes."""
    space = ("", "A", "B", "C")[box[1] >> 6]
    flags = int(f"{int.from_bytes(box[2:6], 'big'):032b}"[::-1], 2)
    tier = "H" if box[1] & 0x20 else "L"
    constraints = box[6:12].rstrip(b"\0")
    words = [f"{space}{box[1] & 0x1F}", f"{flags:X}", f"{tier}{box[12]}", *(f"{byte:X}" for byte in constraints)]
    return ".".join([name, *words])


def _mpeg4_audio(data: bytes) -> str:
    """Follows the descriptors (ISO/IEC 14496-1): object type indication, then the audio object type."""
    at, kind = 0, "mp4a"
    while at + 2 < len(data):
        tag = data[at]
        at += 1
        size = 0
        while True:
            byte = data[at]
            at, size = at + 1, size << 7 | byte & 0x7F
            if not byte & 0x80:
                break
        if tag == 0x03:
            at += 3
        elif tag == 0x04:
            kind = f"mp4a.{data[at]:02X}" if data[at] != 0x40 else "mp4a.40"
            if kind != "mp4a.40":
                return "mp4a.6B" if kind in ("mp4a.69", "mp4a.6B") else kind
            at += 13
        elif tag == 0x05:
            audio = data[at] >> 3
            if audio == 31:
                audio = 32 + ((data[at] & 7) << 3 | data[at + 1] >> 5)
            return f"{kind}.{audio}"
        else:
            at += size
    return kind
