"""HDR10+: metadata for each picture (SMPTE ST 2094-40), which no header announces; the first pictures tell.

HEVC carries it in an SEI message and AV1 in a metadata unit, both as the same registered ITU-T T.35 message; Matroska
keeps that of VP9 beside the block. Nothing is decoded: the message stands in the packet as it is.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import InputContainer

# ITU-T T.35: country 0xB5, provider 0x003C, oriented code 0x0001, application 4 (ST 2094-40). No two zero bytes stand
# together, so that no emulation prevention byte can come between.
_MESSAGE = b"\xb5\x00\x3c\x00\x01\x04"
# Messages stand before the picture's slices.
_HEAD = 64 * 1024
_PICTURES = 8
_MAX_PACKETS = 512
_MAX_BYTES = 32 * 2**20
_MAX_S = 2.0


def hdr10_plus(container: InputContainer, streams: Collection[int]) -> frozenset[int]:
    """Which of the video streams (by index) carry HDR10+ in one of their first eight pictures.

    Reads on from where the container stands: at most 32 MB, 512 packets and two seconds. What cannot be read has none.
    """
    import av

    if not streams:
        return frozenset()
    looked = dict.fromkeys(streams, 0)
    found: set[int] = set()
    deadline = time.monotonic() + _MAX_S
    size = 0
    try:
        for count, packet in enumerate(container.demux([container.streams[index] for index in looked])):
            if not packet.size:
                break
            index = packet.stream_index
            size += packet.size
            looked[index] += 1
            if packet.has_sidedata("dynamic_hdr10_plus") or _MESSAGE in memoryview(packet)[:_HEAD].tobytes():
                found.add(index)
            if all(one in found or seen >= _PICTURES for one, seen in looked.items()):
                break
            if count >= _MAX_PACKETS or size > _MAX_BYTES or time.monotonic() > deadline:
                break
    except (av.error.FFmpegError, OSError):
        return frozenset(found)
    return frozenset(found)
