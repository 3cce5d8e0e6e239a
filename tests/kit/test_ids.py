"""UUIDv7: version, variant, order, uniqueness across threads, and a clock that is set back."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122

import pytest

from hearth.kit.ids import new_id


def test_shape_and_time() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert made.version == 7
    assert made.variant == RFC_4122
    assert before - 1 <= made.int >> 80 <= after + 1


def test_increasing_and_unique_across_threads() -> None:
    ids = [new_id() for _ in range(5_000)]
    assert ids == sorted(ids)
    with ThreadPoolExecutor(4) as threads:
        many = [one for batch in threads.map(lambda _: [new_id() for _ in range(2_000)], range(4)) for one in batch]
    assert len(set(many)) == len(many)


def test_the_clock_set_back_changes_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert new_id() > first
