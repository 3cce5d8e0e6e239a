"""Folding: people find what they typed, and lists stand in the order people expect."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hearth.kit.text import fold, sort_key


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Amélie!", "amelie"),
        ("  The  Matrix ", "the matrix"),
        ("Mr. & Mrs. Smith", "mr and mrs smith"),
        ("Ocean's Eleven", "oceans eleven"),
        ("Ocean’s Eleven", "oceans eleven"),
        ("WALL·E", "wall e"),
        ("Straße", "strasse"),
        ("Ærø_Øl", "aero ol"),
        ("ﬁlm", "film"),
        ("千と千尋の神隠し", "千と千尋の神隠し"),
        ("Broken \udcff name", "broken name"),
        ("", ""),
    ],
)
def test_fold(text: str, wanted: str) -> None:
    assert fold(text) == wanted


def test_titles_stand_in_the_expected_order() -> None:
    titles = [
        "The 10 Commandments",
        "2 Fast 2 Furious",
        "A Bug's Life",
        "Émile",
        "Elf",
        "The Elephant Man",
        "Zoe",
    ]
    ordered = sorted(titles, key=lambda t: sort_key(t).encode())
    assert ordered == [
        "2 Fast 2 Furious", "The 10 Commandments", "A Bug's Life", "The Elephant Man", "Elf", "Émile", "Zoe",
    ]  # fmt: skip


def test_what_is_left_of_odd_titles() -> None:
    assert sort_key("The") == "the"
    assert sort_key("A") == "a"
    assert sort_key("???") == "???"
    assert sort_key("Rocky 2") < sort_key("Rocky 10")
    assert sort_key("007") == "0000000007"
    assert len(sort_key("x" * 1000)) == 200


@example("a - _b")
@given(st.text(max_size=80))
def test_any_text_folds_to_itself_and_can_be_stored(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    once.encode()
    sort_key(text).encode()
