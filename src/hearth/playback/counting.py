"""Plays in numbers, for whoever watches the server."""

from __future__ import annotations

from hearth.db import Tx
from hearth.kit.metrics import LONG_SECONDS, Counter, Gauge, Histogram

ENCODERS = Gauge("hearth_encoders_running", "Runs of ffmpeg for players.", ("work",), [("remux",), ("transcode",)])
RUNS = Counter(
    "hearth_encoder_runs_total",
    "Runs of ffmpeg that ended, by how: 'seek' makes room for a run elsewhere, 'stop' is a player that left.",
    ("outcome",),
    [("done",), ("seek",), ("stop",), ("failed",), ("broken",)],
)
RUN_SECONDS = Histogram("hearth_encoder_run_seconds", "How long runs took, in seconds.", buckets=LONG_SECONDS)
FIRST = Histogram("hearth_encoder_first_segment_seconds", "From the start of a run to its first segment, in seconds.")
SEGMENTS = Counter("hearth_encoder_segments_total", "Segments that encoders made.")
BYTES = Counter("hearth_encoder_bytes_total", "Bytes of the segments that encoders made.")


async def open_plays(tx: Tx) -> dict[str, int]:
    """How many plays are under way by method: direct, remux, transcode. One that nobody reports does not count."""
    rows = await tx.fetch(
        """select decision ->> 'method' as method, count(*) as number from playback.session
           where ended_at is null and seen_at > now() - interval '60 seconds' group by 1"""
    )
    return {"direct": 0, "remux": 0, "transcode": 0, **{row["method"]: row["number"] for row in rows}}


async def playing(tx: Tx) -> bool:
    """Whether anything is converted or repackaged for a player now: work that can wait does. Files that are sent as
    they are take nothing that such work would miss."""
    found: bool = await tx.fetchval(
        """select exists (select from playback.session
           where ended_at is null and not paused and decision ->> 'method' <> 'direct'
               and seen_at > now() - interval '60 seconds')"""
    )
    return found
