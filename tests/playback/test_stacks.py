"""Stacked parts play one after the other: each position of the film lies in one of its files."""

from __future__ import annotations

from hearth.kit.ids import new_id
from hearth.media import MediaInfo
from hearth.playback.sources import Source, _part_at


def parts(*durations: int | None) -> list[Source]:
    version = new_id()
    return [
        Source(version, version, new_id(), b"/f/%d.mkv" % n, b"/f", MediaInfo("matroska", 1, duration_ms=duration))
        for n, duration in enumerate(durations)
    ]


def test_a_position_lies_in_the_part_that_holds_it() -> None:
    stack = parts(40_000, 30_000, 20_000)
    found = [_part_at(stack, at) for at in (0, 39_999, 40_000, 69_999, 70_000, 89_999, 90_000, 10**9)]
    assert [one.offset_ms for one in found] == [0, 0, 40_000, 40_000, 70_000, 70_000, 70_000, 70_000]
    assert [one.more for one in found] == [True, True, True, True, False, False, False, False]
    assert {one.length_ms for one in found} == {90_000}
    assert (found[2].in_file(41_000), found[0].in_file(1_000)) == (1_000, 1_000)


def test_one_file_is_no_stack_and_a_part_of_unknown_length_ends_one() -> None:
    (alone,) = parts(40_000)
    assert _part_at([alone], 50_000) is alone
    assert (alone.length_ms, alone.more) == (40_000, False)
    broken = parts(40_000, None, 20_000)
    assert [_part_at(broken, at).offset_ms for at in (0, 40_000, 70_000)] == [0, 40_000, 40_000]
    assert not _part_at(broken, 45_000).more
