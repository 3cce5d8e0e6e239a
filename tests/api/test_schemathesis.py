"""No answer is outside the description, whatever is asked, by an administrator and by a user.

A few requests for every operation, the same in each run; `make fuzz` asks some hundreds of each.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.api.fuzz import faults, fuzzed, operations

EXAMPLES = int(os.environ.get("HEARTH_TEST_FUZZ") or 2)
PARTS = 3


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("role", ["admin", "user"])
@pytest.mark.timeout(600 + 60 * EXAMPLES)
def test_no_answer_is_outside_the_description(
    role: str, part: int, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fuzzed(role, database_url, tmp_path, monkeypatch) as asking:
        found = [fault for operation in operations()[part::PARTS] for fault in faults(asking, operation, EXAMPLES)]
    assert not found, "\n".join(found)
