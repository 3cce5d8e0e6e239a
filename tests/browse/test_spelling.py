"""How near words are: held against the table that the definition gives."""

from hypothesis import given
from hypothesis import strategies as st

from hearth.browse.spelling import distances, judge, nearness, spare

WORDS = st.text("abcd", min_size=1, max_size=9)


def table(one: str, other: str) -> int:
    """The distance of F. Damerau (1964) and V. Levenshtein (1966), no part changed twice, as it is defined."""
    far = {(n, m): max(n, m) for n in range(len(one) + 1) for m in range(len(other) + 1) if not n or not m}
    for n in range(1, len(one) + 1):
        for m in range(1, len(other) + 1):
            steps = [far[n - 1, m] + 1, far[n, m - 1] + 1, far[n - 1, m - 1] + (one[n - 1] != other[m - 1])]
            if n > 1 and m > 1 and one[n - 2 : n] == other[m - 1] + other[m - 2]:
                steps.append(far[n - 2, m - 2] + 1)
            far[n, m] = min(steps)
    return far[len(one), len(other)]


@given(WORDS, st.text("abcd", max_size=11))
def test_distances_are_those_of_the_definition(one: str, other: str) -> None:
    assert distances(one, other) == [table(one, other[:n]) for n in range(len(other) + 1)]


def test_a_letter_in_four_may_be_wrong_and_the_word_may_go_on() -> None:
    assert nearness("matrix", "matrix") == 1.0
    assert nearness("matr", "matrix") == 0.95
    assert nearness("matirx", "matrix") == 1 - 1 / 6
    assert 0 < nearness("matirx", "matrixes") < nearness("matirx", "matrix")
    assert nearness("matirx", "mat") == 0
    assert nearness("jaws", "jowl") == 0
    assert nearness("thematrix", "the matrix") == 0.9


def test_a_text_is_judged_by_the_nearest_of_what_each_word_may_mean() -> None:
    closeness = judge(["godfahter", "part"], [{"godfather": 0.9, "father": 0.5}, {}])
    assert closeness("the godfather part 2") == (9 * 0.9 + 4) / 13
    assert closeness("the father part 2") == (9 * 0.5 + 4) / 13
    assert closeness("the godfather parting") == (9 * 0.9 + 4 * 0.95) / 13
    assert closeness("jaws") == 0
    assert spare(["jaws"], "jaws 2") == 0.8
