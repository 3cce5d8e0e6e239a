"""The two HLS playlists of a session (RFC 8216bis): what there is, and where each segment begins."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .facts import Decision
from .rfc6381 import codecs, picture_size

_GUESS = 8_000_000
_MUSIC_GUESS = 1_500_000


def master_playlist(decision: Decision, init: bytes) -> str:
    """One variant, described by the init segment that will be sent."""
    video = decision.video
    rate = decision.bitrate or (_GUESS if video else _MUSIC_GUESS)
    words = [f"BANDWIDTH={rate}", f'CODECS="{",".join(codecs(init))}"']
    if video is not None:
        width, height = picture_size(init) or (video.width, video.height)
        words += [f"RESOLUTION={width}x{height}", f"FRAME-RATE={video.fps:.3f}", f"VIDEO-RANGE={video.range}"]
    return "\n".join(
        [
            "#EXTM3U",
            "#EXT-X-VERSION:7",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            "#EXT-X-STREAM-INF:" + ",".join(words),
            "main.m3u8",
            "",
        ]
    )


def media_playlist(cuts: Sequence[int]) -> str:
    """Every segment of the file with its length."""
    lengths = [b - a for a, b in pairwise(cuts)]
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        # Rounded to the nearest second each length must not exceed it.
        f"#EXT-X-TARGETDURATION:{max((length + 500) // 1000 for length in lengths) or 1}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="init.mp4"',
    ]
    for number, length in enumerate(lengths):
        lines += [f"#EXTINF:{length / 1000:.3f},", f"{number}.m4s"]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])
