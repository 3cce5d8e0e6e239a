"""Cursors: what was packed comes back, and nothing else is believed."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearth.kit.errors import Invalid
from hearth.kit.paging import pack_cursor, unpack_cursor

values = st.lists(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=50), max_size=4)


@given(values)
def test_there_and_back(packed: list[object]) -> None:
    cursor = pack_cursor(*packed)
    assert cursor.isascii()
    assert not set(cursor) & set("+/= &?#")
    assert unpack_cursor(cursor, len(packed)) == packed


def test_ids_travel_as_text() -> None:
    key = UUID(int=7)
    assert unpack_cursor(pack_cursor("alien", key), 2) == ["alien", str(key)]


@given(st.text(max_size=60))
def test_rubbish_is_invalid_never_a_crash(word: str) -> None:
    try:
        unpack_cursor(word, 2)
    except Invalid:
        return
    assert len(unpack_cursor(word, 2)) == 2


@pytest.mark.parametrize("cursor", ["", "!", "é", "A", pack_cursor(1), "A" * 5000, pack_cursor("x" * 3000, 1)])
def test_another_lists_cursor(cursor: str) -> None:
    with pytest.raises(Invalid, match="first page"):
        unpack_cursor(cursor, 2)
