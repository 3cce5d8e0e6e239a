"""From a file and a player to what will be sent: the decision, and for HLS the cuts of its playlist."""

from __future__ import annotations

from pathlib import Path

import msgspec

from hearth.kit.errors import Conflict

from .cuts import AUDIO_MS, ENCODED_MS, even_cuts, keyframe_cuts
from .decide import decide
from .facts import Client, Decision, Limits
from .keyframe_index import find_keyframes
from .sources import Source


class Plan(msgspec.Struct, frozen=True):
    decision: Decision
    cuts: tuple[int, ...]


async def plan(
    source: Source,
    client: Client,
    cache: Path,
    limits: Limits | None = None,
    *,
    audio: int | None = None,
    subtitle: int | None = None,
) -> Plan:
    """Decides, and looks for keyframes when video is to be repackaged; without them it is encoded. Reads the file.

    Conflict when the file has to be converted and does not say how long it is.
    """
    limits = limits or Limits()
    decision = decide(source.media, client, limits, audio=audio, subtitle=subtitle)
    if decision.method == "direct":
        return Plan(decision, ())
    if source.duration_ms <= 0:
        raise Conflict(
            "The file does not say how long it is, so it can only be played by players that open it directly."
        )
    video = decision.video
    if video is None:
        return Plan(decision, even_cuts(source.duration_ms, AUDIO_MS))
    if video.action == "copy":
        found = await find_keyframes(source.path, video.index, cache)
        if cuts := keyframe_cuts(found or (), source.duration_ms):
            return Plan(decision, cuts)
        limits = msgspec.structs.replace(limits, cuttable=False)
        decision = decide(source.media, client, limits, audio=audio, subtitle=subtitle)
    return Plan(decision, even_cuts(source.duration_ms, ENCODED_MS))
