import pytest

from hearth.activity import Verdict, judge

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("position", "duration", "expected"),
    [
        (0, HOUR, Verdict(0, False)),
        (59_999, HOUR, Verdict(0, False)),
        (60_000, HOUR, Verdict(60_000, False)),
        (30_000, 600_000, Verdict(30_000, False)),  # a twentieth of ten minutes
        (29_999, 600_000, Verdict(0, False)),
        (HOUR * 9 // 10 - 1, HOUR, Verdict(HOUR * 9 // 10 - 1, False)),
        (HOUR * 9 // 10, HOUR, Verdict(0, True)),
        (HOUR, HOUR, Verdict(0, True)),
        (10 * HOUR, HOUR, Verdict(0, True)),
        (100_000, 120_000, Verdict(0, False)),  # two minutes are too short to resume
        (100_000, 120_001, Verdict(100_000, False)),
        (110_000, 120_000, Verdict(0, True)),
        (-5, HOUR, Verdict(0, False)),
        (61_000, None, Verdict(61_000, False)),
        (59_000, None, Verdict(0, False)),
        (61_000, 0, Verdict(61_000, False)),
    ],
)
def test_judge(position: int, duration: int | None, expected: Verdict) -> None:
    assert judge(position, duration) == expected


def test_tracks_never_resume() -> None:
    assert judge(100_000, 200_000, resumes=False) == Verdict(0, False)
    assert judge(190_000, 200_000, resumes=False) == Verdict(0, True)
    assert judge(100_000, None, resumes=False) == Verdict(0, False)
