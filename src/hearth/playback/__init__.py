"""Playing an item: what a player can take is decided, served and followed.

The door asks `browse` for the item, then `sources` for its files, `plan` (no transaction open) for the `Decision`, and
`begin` for a `Session`. Media URLs carry a pass; `Projector` turns passes into bytes: the file itself, or segments that
an `Encoder`, the handler of the `ENCODE` task, shelves in the cache folder. `report` and `end` tell `activity`.
`Ahead` finds keyframes before anybody plays (`KEYFRAMES`).
"""

from .ahead import KEYFRAMES, Ahead, SeekArgs
from .counting import open_plays, playing
from .cuts import segment_at
from .decide import decide
from .direct import serve_file
from .encode import Encoder
from .facts import AudioTarget, Client, Decision, Limits, Session, VideoTarget
from .passes import Opened, Passes
from .plan import Plan, plan
from .playlist import master_playlist, media_playlist
from .projector import Projector
from .sessions import ENCODE, Caps, EncodeArgs, begin, end, end_idle, report, session
from .sources import SIDECAR_FROM, Beside, Source, beside, media_of, sources
from .subtitles import Subtitles, text_streams
from .sweep import sweep
from .waiting import segment

__all__ = [
    "ENCODE", "KEYFRAMES", "SIDECAR_FROM", "Ahead", "AudioTarget", "Beside", "Caps", "Client", "Decision",
    "EncodeArgs", "Encoder", "Limits", "Opened", "Passes", "Plan", "Projector", "SeekArgs", "Session", "Source",
    "Subtitles", "VideoTarget", "begin", "beside", "decide", "end", "end_idle", "master_playlist", "media_of",
    "media_playlist", "open_plays", "plan", "playing", "report", "segment", "segment_at", "serve_file", "session",
    "sources", "sweep", "text_streams",
]  # fmt: skip
