"""The routes of accounts on a database of the test's own, without a cache."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hearth.db import Database
from tests.accounts.door import Door, opened_door


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened
