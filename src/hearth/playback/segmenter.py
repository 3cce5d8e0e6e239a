"""Sorts the samples of an encoder run into numbered segments, the same ones whichever run they come from.

A picture belongs to the segment that its keyframe falls into, a block of sound to the one in which it begins. Both
depend on times of the source alone, so a run that starts in the middle continues the segments of another without gap
or overlap, and what a run makes before the first segment it is asked for (a little, on purpose) is dropped.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from .fmp4 import Fragment, Init, Sample, Track, write_segment

# Added to every time by ffmpeg, so that none is negative, and taken off again here.
OFFSET_S = 100
# Indexes keep milliseconds, tracks keep ticks: times this close are the same.
_TOLERANCE_MS = 4
# A track that is silent for so long is not waited for.
_PATIENCE_MS = 10_000


class Segment(msgspec.Struct, frozen=True):
    number: int
    data: bytes


class _Lane:
    """One track's way through the segments: the one it is in, and what was gathered for those not written yet."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.at = -1
        self.seen_ms = -1
        self.gathered: dict[int, list[Sample]] = {}
        self.floor = 0


class Segmenter:
    """`cuts` are the beginnings of the segments in ms and the end of the last; `first` is the first one wanted."""

    def __init__(self, cuts: Sequence[int], first: int) -> None:
        self._cuts = cuts
        self._last = len(cuts) - 2
        self._lanes: dict[int, _Lane] = {}
        self.next = first
        self._first = first

    def begin(self, init: Init) -> None:
        self._lanes = {track.id: _Lane(track) for track in init.tracks}

    def add(self, fragment: Fragment) -> list[Segment]:
        """Takes samples; answers the segments that are complete now, in order."""
        for track_id, samples in fragment.samples.items():
            if lane := self._lanes.get(track_id):
                self._sort(lane, samples)
        return self._complete()

    def finish(self) -> list[Segment]:
        """After the last sample: the segments begun, and the number of the first that nothing came for is `next`."""
        reached = max((lane.at for lane in self._lanes.values()), default=-1)
        return [self._write() for _ in range(self.next, reached + 1)]

    @property
    def position_ms(self) -> int:
        """How far the run is, counted in the source's time."""
        return max((lane.seen_ms for lane in self._lanes.values()), default=-1)

    def _sort(self, lane: _Lane, samples: list[Sample]) -> None:
        scale, video = lane.track.timescale, lane.track.kind == "video"
        for raw in samples:
            dts = raw.dts - OFFSET_S * scale
            shown_ms = (dts + raw.offset) * 1000 // scale
            lane.seen_ms = max(lane.seen_ms, shown_ms)
            if not video or raw.sync:
                tolerance = _TOLERANCE_MS if video else raw.duration * 500 // scale
                lane.at = max(lane.at, min(bisect_right(self._cuts, shown_ms + tolerance) - 1, self._last))
            if lane.at < self.next:
                continue
            # The first pictures of a file are decoded before its zero, which no box can say: those are decoded in the
            # first ticks instead. Shifting the decoding times of all would need negative offsets, which libav misreads.
            lane.floor = max(dts, lane.floor)
            sample = Sample(lane.floor, dts + raw.offset - lane.floor, raw.duration, raw.sync, raw.data)
            lane.floor += 1
            lane.gathered.setdefault(lane.at, []).append(sample)

    def _complete(self) -> list[Segment]:
        found = []
        while self.next < self._last and self._is_complete():
            found.append(self._write())
        return found

    def _is_complete(self) -> bool:
        end = self._cuts[self.next + 1]
        past = [lane.at > self.next for lane in self._lanes.values()]
        return all(past) or (any(past) and self.position_ms > end + _PATIENCE_MS)

    def _write(self) -> Segment:
        number = self.next
        self.next += 1
        runs = [(lane.track, lane.gathered.pop(number, [])) for lane in self._lanes.values()]
        return Segment(number, write_segment(number + 1, runs))
