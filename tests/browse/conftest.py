import pytest

from hearth.db import Tx
from tests.browse.shelf import Shelf


@pytest.fixture
def shelf(tx: Tx) -> Shelf:
    return Shelf(tx)
