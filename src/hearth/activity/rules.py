"""When a thing counts as watched and what position is worth keeping: pure rules, the same for every door.

The numbers are what people know from other servers: the last tenth is credits, the first minute is a look inside.
"""

import msgspec

WATCHED_FROM = 0.9
"""Nine tenths in, it was watched: the position goes back to the start and the play counts."""
KEEP_FROM_MS = 60_000
"""A position is kept from one minute on ..."""
KEEP_FROM = 0.05
"""... or from a twentieth of the whole on, whichever comes first."""
SHORTEST_MS = 120_000
"""Things up to two minutes long start over: finding the place again costs more than the place is worth."""


class Verdict(msgspec.Struct, frozen=True):
    """What a position means: where to resume (0: from the start), and whether the thing was seen to its end."""

    position_ms: int
    finished: bool


def judge(position_ms: int, duration_ms: int | None, *, resumes: bool = True) -> Verdict:
    """Weighs a position. Without a known duration nothing ever finishes by itself. `resumes` is False for tracks."""
    position = max(0, position_ms)
    if not duration_ms or duration_ms < 0:
        return Verdict(position if resumes and position >= KEEP_FROM_MS else 0, False)
    if position >= WATCHED_FROM * duration_ms:
        return Verdict(0, True)
    worth = position >= KEEP_FROM_MS or position >= KEEP_FROM * duration_ms
    return Verdict(position if resumes and worth and duration_ms > SHORTEST_MS else 0, False)
