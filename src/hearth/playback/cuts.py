"""Where segments begin: the whole playlist, known before the first of them is made."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

ENCODED_MS = 3_000
AUDIO_MS = 5_000
_COPIED_MS = 4_000
# The least that is worth a segment of its own at the end.
_TAIL_MS = 1_000
_LONGEST_MS = 30_000
_LONG_MS = 10 * 3_600_000


def even_cuts(duration_ms: int, step_ms: int) -> tuple[int, ...]:
    """Cuts for what is encoded, where a keyframe can be had anywhere, and for sound, which needs none.

    What lasts longer than ten hours gets longer segments, so that no list of them grows without bound.
    """
    step_ms *= 1 + duration_ms // _LONG_MS
    return _with_end(list(range(0, max(1, duration_ms), step_ms)), duration_ms)


def keyframe_cuts(keyframes: Sequence[int], duration_ms: int) -> tuple[int, ...] | None:
    """Cuts for video that is copied: at keyframes at least four seconds apart.

    None when the keyframes are so far apart that a player would wait, and gather, half a minute for one segment.
    """
    if not keyframes:
        return None
    cuts = [0]
    for at in keyframes:
        if at - cuts[-1] >= _COPIED_MS and at < duration_ms:
            cuts.append(at)
    found = _with_end(cuts, duration_ms)
    longest = max(b - a for a, b in pairwise(found))
    return found if longest <= _LONGEST_MS else None


def _with_end(cuts: list[int], duration_ms: int) -> tuple[int, ...]:
    end = max(duration_ms, 1)
    while len(cuts) > 1 and end - cuts[-1] < _TAIL_MS:
        cuts.pop()
    return (*cuts, end)


def segment_at(cuts: Sequence[int], position_ms: int) -> int:
    """The number of the segment that holds a position."""
    return max(0, min(bisect_right(cuts, position_ms) - 1, len(cuts) - 2))
