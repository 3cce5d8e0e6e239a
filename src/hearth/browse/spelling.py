"""What a misspelt word may mean: words of the catalogue that are spelt nearly so, each with how near.

The database offers words that share trigrams with it or have two letters the other way round; how far each is from what
was typed is counted here, as Damerau and Levenshtein did: letters left out, put in, changed or swapped.
"""

from collections.abc import Callable, Sequence

from hearth.db import Tx

MOST_WORDS = 6
TYPOS_FROM = 3
_MOST_MEANT = 8
_LONGEST = 30
_LONGEST_TURNED = 16

Meant = dict[str, float]
"""A word of the catalogue, or two with a space between -> how near it is, up to 1."""


async def meant(tx: Tx, words: Sequence[str]) -> list[Meant]:
    """For each word what may be meant, the nearest eight; nothing for what is like no word."""
    asked = [word for word in words if TYPOS_FROM <= len(word) <= _LONGEST]
    split = {f"{word[:n]} {word[n:]}" for word in asked for n in range(2, len(word) - 1)}
    rows = await tx.fetch(
        """select q.text, w.word from unnest($1::text[], $2::text[]) q (text, turned)
               cross join lateral catalog.words_like(q.text, string_to_array(q.turned, ' ')) w
           union all select null, s from unnest($3::text[]) s
               where exists (select from catalog.word k where k.word = split_part(s, ' ', 1))
                   and (length(split_part(s, ' ', 2)) = 2
                       or exists (select from catalog.word k where k.word = split_part(s, ' ', 2)))""",
        asked, [" ".join(_turned(word)) for word in asked], sorted(split),
    )  # fmt: skip
    offered: dict[str, set[str]] = {}
    for row in rows:
        offered.setdefault(row["text"] or row["word"].replace(" ", ""), set()).add(row["word"])
    return [_nearest(word, offered.get(word, set())) for word in words]


def _nearest(word: str, offered: set[str]) -> Meant:
    found = {other: near for other in offered if (near := nearness(word, other)) > 0}
    best = sorted(found, key=lambda other: (-found[other], len(other), other))[:_MOST_MEANT]
    return {other: found[other] for other in best}


def nearness(word: str, other: str) -> float:
    """How near a typed word is to one of the catalogue, 0 to 1; 0 for what is no misspelling of it.

    A letter in four may be wrong, one in a word of three. The other word may go on behind, which counts a little less.
    """
    if " " in other:
        return 0.9 if other.replace(" ", "") == word else 0.0
    allowed = max(1, (len(word) + 1) // 4)
    if len(other) < len(word) - allowed:
        return 0.0
    if other.startswith(word):
        return 1.0 if other == word else 0.95
    head = other[: len(word) + allowed + 1]
    if sum(letter in head for letter in word) < len(word) - allowed:
        return 0.0  # more letters are missing than may be wrong: most of what shares trigrams ends here
    to = distances(word, head)
    steps, begun = (to[-1], 0.0) if len(other) <= len(word) + allowed else (allowed + 1, 0.0)
    for length in range(len(word) - 1, len(word) + 2):
        if TYPOS_FROM < length < len(other) and to[length] < steps:
            steps, begun = to[length], 0.05
    return max(0.0, 1 - steps / len(word) - begun) if steps <= allowed else 0.0


def distances(one: str, other: str) -> list[int]:
    """How many letters must be left out, put in, changed or swapped with their neighbour to make `one` of the first n
    letters of `other`, for each n.

    A column of Damerau's and Levenshtein's table is held in two numbers, whose bits say where it rises and falls from
    one letter of `one` to the next (H. Hyyrö, A bit-vector algorithm for computing Levenshtein and Damerau edit
    distances, 2003): hundreds of words are held against each that was typed, in a third of the time of the table.
    """
    places: dict[str, int] = {}
    for n, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << n
    every = (1 << len(one)) - 1
    last = 1 << len(one) >> 1
    rises, falls, same, before = every, 0, 0, 0
    steps = [len(one)]
    for letter in other:
        here = places.get(letter, 0)
        swapped = (~same & here) << 1 & before
        same = ((here & rises) + rises ^ rises | here | falls | swapped) & every
        more, fewer = falls | every & ~(same | rises), same & rises
        steps.append(steps[-1] + bool(more & last) - bool(fewer & last))
        more, fewer = more << 1 | 1, fewer << 1
        rises, falls, before = fewer & every | every & ~(same | more), more & same, here
    return steps


def _turned(word: str) -> list[str]:
    """The word with each two neighbours swapped: "jwas" has "jaws" among them."""
    swapped = {word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(min(len(word), _LONGEST_TURNED) - 1)}
    return sorted(swapped - {word})


def judge(words: Sequence[str], meant: Sequence[Meant]) -> Callable[[str], float]:
    """How much of what was typed stands in a text, word by word weighed by their letters: 0 to 1. Hundreds of texts are
    judged by the same words."""
    asked = []
    for word, others in zip(words, meant, strict=True):
        nearest_first = sorted(others, key=others.__getitem__, reverse=True)
        asked.append((word, f" {word}", [(others[other], frozenset(other.split())) for other in nearest_first]))
    said = sum(map(len, words))

    def closeness(text: str) -> float:
        there, padded = set(text.split()), f" {text}"
        met = 0.0
        for word, begun, others in asked:
            best = 0.0
            if begun in padded:
                best = 1.0 if word in there else 0.95
            for near, other in others:
                if near <= best or other <= there:
                    best = max(best, near)
                    break
            met += len(word) * best
        return met / said if said else 0.0

    return closeness


def spare(words: Sequence[str], text: str) -> float:
    """The share of a text's letters that were asked for, up to 1."""
    return min(1.0, sum(map(len, words)) / max(1, len(text) - text.count(" ")))
