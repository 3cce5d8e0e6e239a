"""Search as one types: what begins so, what has such words, then what sounds close, each kind in a group of its own."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Sequence

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.filters import Arm, Filter, add_words, arms
from hearth.browse.load import load
from hearth.browse.rows import Item, Kind
from hearth.browse.visible import see
from hearth.db import Row, Tx, Where
from hearth.kit.errors import Invalid
from hearth.kit.text import fold, sort_key

MAX_Q = 200
_GROUP = 12
# So many of what has the words are ranked: of what is found for itself, and of what belongs to something.
_MOST_FOUND = 600
_ENOUGH = 5
_CLOSE = 0.4
_CLOSE_TOGETHER = 0.3
_TYPOS_FROM = 3
_TURNED = 0.8
_LONGEST_TURNED = 16
_PATIENCE_S = 1.5
# Seasons are all called alike, extras belong to their film.
_KINDS: tuple[Kind, ...] = ("movie", "series", "artist", "album", "episode", "track", "collection", "playlist")
_PARTS: tuple[Kind, ...] = ("episode", "track")
_ALONE: tuple[Kind, ...] = tuple(kind for kind in _KINDS if kind not in _PARTS)


class Group(Struct, frozen=True):
    """The finds of one kind, the best first."""

    kind: Kind
    items: list[Item]


async def search(tx: Tx, viewer: Viewer, q: str) -> list[Group]:
    """Up to twelve finds of each kind, the groups in the order of their best; nothing for nothing.

    Accents, case, punctuation and a leading article do not matter. Words may be cut short. Only when that finds little
    is it allowed to be misspelt, for that takes a longer look. Invalid for more than 200 characters.
    """
    if len(q) > MAX_Q:
        raise Invalid(f"Search takes up to {MAX_Q} characters.")
    text = fold(q)
    if not text:
        return []
    rows = await _by_words(tx, viewer, text, sort_key(q))
    if len(rows) < _ENOUGH and len(text) >= _TYPOS_FROM:
        known = {row["id"] for row in rows}
        rows += [row for row in await _by_likeness(tx, viewer, text) if row["id"] not in known]
    return await _groups(tx, viewer, rows)


async def _by_words(tx: Tx, viewer: Viewer, text: str, key: str) -> list[Row]:
    """What begins so, from the title index of each kind and library; what has all the words, from the trigram index."""
    args: list[object] = []
    parts = arms(Filter(kinds=_KINDS), viewer, args)
    if not parts:
        return []
    beginning = " union all ".join(_begins(arm, key) for arm in parts)
    bound = Where()
    bound.args = args
    words = ""
    if any(len(word) > 2 for word in text.split()):
        words = " ".join(f"union all ({_has_words(bound, viewer, text, kinds)})" for kinds in (_ALONE, _PARTS))
    whole, start, anywhere = bound.bind(key), bound.bind(f"{key}%"), bound.bind(f"% {text} %")
    same, front = bound.bind(text), bound.bind(f"{text}%")
    return await tx.fetch(
        f"""with found as (select distinct id from (select id from ({beginning}) b {words}) f),
        ranked as (
            select i.id, i.kind, i.sort_title, length(i.search) as size,
                case when i.sort_title = {whole} or i.search = {same} then 0
                    when i.sort_title like {start} or i.search like {front} then 1
                    when ' ' || i.search || ' ' like {anywhere} then 2 else 3 end as rank
            from found join catalog.item i on i.id = found.id)
        select id, kind, rank::real from (
            select *, row_number() over (partition by kind order by rank, size, sort_title, id) as place from ranked) p
        where place <= {bound.bind(_GROUP)} order by rank, size, sort_title, id""",
        *args,
    )


def _begins(arm: Arm, key: str) -> str:
    # Bytes order titles: all that begins with the key lies between it and it with the greatest character behind.
    arm.where.add("i.sort_title >= {} and i.sort_title < {}", key, key + "\U0010ffff")
    return f"(select i.id from catalog.item i where {arm.where} order by i.sort_title, i.id limit {_GROUP})"


def _has_words(bound: Where, viewer: Viewer, text: str, kinds: tuple[Kind, ...]) -> str:
    where = Where()
    where.args = bound.args
    see(where, viewer)
    where.add("i.kind = any({}::text[])", list(kinds))
    add_words(where, text)
    return f"select i.id from catalog.item i where {where} limit {_MOST_FOUND}"


async def _by_likeness(tx: Tx, viewer: Viewer, text: str) -> list[Row]:
    """What is spelt nearly so, word by word: by trigrams, and with two letters the other way round, which trigrams of
    short words miss. Bounded in time: of many millions it gives what it can."""
    words = [word for word in text.split() if len(word) >= _TYPOS_FROM][:5]
    if not words:
        return []
    where = Where()
    see(where, viewer)
    where.add("i.kind = any({}::text[])", list(_KINDS))
    likeness = []
    for word in words:
        place, turned = where.bind(word), where.bind([f"%{variant}%" for variant in _turned(word)])
        where.add(f"({place} <% i.search or i.search like any({turned}::text[]))")
        likeness.append(
            f"""greatest(word_similarity({place}, i.search),
                case when i.search like any({turned}::text[]) then {_TURNED} else 0 end)"""
        )
    # One word must be close by itself; several bear each other out.
    close = _CLOSE if len(words) == 1 else _CLOSE_TOGETHER
    alike = " + ".join(likeness)
    # Of what has all the words nearly so, that with fewer others beside them is meant.
    whole = f"similarity({where.bind(text)}, i.search)"
    try:
        async with tx.transaction():
            await tx.execute("select set_config('pg_trgm.word_similarity_threshold', $1, true)", str(close))
            return await tx.fetch(
                f"""select id, kind, (5 - likeness)::real as rank from (
                    select *, row_number() over (partition by kind order by likeness desc, size, id) as place from (
                        select *, words + whole / 2 as likeness from (
                            select i.id, i.kind, length(i.search) as size, ({alike}) / {len(words)} as words,
                                {whole} as whole
                            from catalog.item i where {where}) c
                        where words >= {where.bind(_CLOSE)}::real) d) p
                where place <= {where.bind(_GROUP)} order by rank, size, id""",
                *where.args, timeout=_PATIENCE_S,
            )  # fmt: skip
    except TimeoutError:
        return []


def _turned(word: str) -> list[str]:
    """The word with each two neighbours swapped: "jwas" has "jaws" among them."""
    swapped = {word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(min(len(word), _LONGEST_TURNED) - 1)}
    return sorted(swapped - {word})


async def _groups(tx: Tx, viewer: Viewer, rows: Sequence[Row]) -> list[Group]:
    found = {item.id: item for item in await load(tx, viewer, [row["id"] for row in rows])}
    best: dict[Kind, float] = {}
    members: dict[Kind, list[Item]] = {}
    for row in rows:
        best[row["kind"]] = min(best.get(row["kind"], row["rank"]), row["rank"])
        members.setdefault(row["kind"], []).append(found[row["id"]])
    order = sorted(members, key=lambda kind: (best[kind], _KINDS.index(kind)))
    return [Group(kind, members[kind][:_GROUP]) for kind in order]
