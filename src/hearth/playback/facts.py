"""The values that travel through playback: what a player can do, what was decided, and what a session is."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

Method = Literal["direct", "remux", "transcode"]
Action = Literal["copy", "encode"]
Range = Literal["SDR", "PQ", "HLG"]
ToneMap = Literal["hdr10", "hlg"]


class Client(msgspec.Struct, frozen=True):
    """What a player can play: names as ffprobe's; `max_bitrate` in bits/s.

    Beside codecs, `video` takes the words hdr10, hlg, dovi (shows it), h264-10bit and interlaced (deinterlaces), and
    `audio` takes stereo (no more than two channels) and tracks (switches between the tracks of a file by itself).
    """

    containers: tuple[str, ...]
    video: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    subtitles: tuple[str, ...] = ()
    max_height: int | None = None
    max_bitrate: int | None = None


class Limits(msgspec.Struct, frozen=True):
    """What the server and the account allow. `encode_height` bounds what is encoded, never what is copied.

    `cuttable` is False when no place to cut the video without encoding could be found (no keyframe index).
    """

    max_bitrate: int | None = None
    encode_height: int = 1080
    cuttable: bool = True


class VideoTarget(msgspec.Struct, frozen=True):
    """`index` as `VideoStream.index`. Of an encode: the picture's size, rate cap in bits/s and what is repaired."""

    index: int
    action: Action
    codec: str
    width: int
    height: int
    fps: float
    bitrate: int | None = None
    level: int | None = None
    tone_map: ToneMap | None = None
    deinterlace: bool = False
    range: Range = "SDR"


class AudioTarget(msgspec.Struct, frozen=True):
    """`index` as `AudioStream.index`; None means the file's only sound. `sample_rate` and `bitrate` of an encode."""

    index: int | None
    action: Action
    codec: str
    channels: int
    sample_rate: int
    bitrate: int | None = None


class Decision(msgspec.Struct, frozen=True):
    """How an item is played. `container` is the file's own (direct) or "hls"; `reasons` are sentences for people.

    `bitrate` is the most that flows, in bits/s, or None when the file does not say.
    """

    method: Method
    container: str
    video: VideoTarget | None
    audio: AudioTarget | None
    reasons: tuple[str, ...]
    mime_type: str
    bitrate: int | None = None
    subtitle: int | None = None

    @property
    def encodes_video(self) -> bool:
        return self.video is not None and self.video.action == "encode"


class Session(msgspec.Struct, frozen=True):
    """A row of playback.session; `cuts` are the times in ms where segments begin, and the end of the last."""

    id: UUID
    account_id: UUID
    auth_session_id: UUID | None
    api_key_id: UUID | None
    item_id: UUID
    version_id: UUID
    file_id: UUID
    decision: Decision
    cuts: tuple[int, ...]
    duration_ms: int
    position_ms: int
    paused: bool
    wanted: int
    error: str | None
    created_at: datetime
    seen_at: datetime
    ended_at: datetime | None
