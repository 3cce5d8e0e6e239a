"""Search as one types: what begins so, what has such words, then what sounds close, each kind in a group of its own."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse import spelling
from hearth.browse.filters import IS_PART, STANDS_ALONE
from hearth.browse.load import load
from hearth.browse.people import Person, people_like, people_named
from hearth.browse.rows import Item, Kind
from hearth.browse.spelling import Meant
from hearth.browse.visible import see
from hearth.browse.words import has_leading, leading, near
from hearth.db import Tx, Where
from hearth.kit.errors import Invalid
from hearth.kit.text import fold, sort_key

MAX_Q = 200
_GROUP = 12
# So many of what has the words are ranked: of what is found for itself, and of what belongs to something.
_MOST_FOUND = 400
_MOST_LOOKED_AT = 1500
_COLUMNS = "i.id, i.kind, i.sort_title, i.search"
_ENOUGH = 5
_CLOSE = 0.6
# Seasons are all called alike, extras belong to their film.
_KINDS: tuple[Kind, ...] = ("movie", "series", "artist", "album", "episode", "track", "collection", "playlist")
_PARTS: tuple[Kind, ...] = ("episode", "track")
_ALONE: tuple[Kind, ...] = tuple(kind for kind in _KINDS if kind not in _PARTS)


class Group(Struct, frozen=True):
    """The finds of one kind, the best first."""

    kind: Kind
    items: list[Item]


class _Find(Struct, frozen=True):
    """An item that was found; the lowest rank is the best."""

    id: UUID
    kind: Kind
    rank: float


class Finds(Struct, frozen=True):
    """What a search finds: items in groups, the groups in the order of their best, and people."""

    groups: list[Group]
    people: list[Person]


async def search(tx: Tx, viewer: Viewer, q: str) -> Finds:
    """Up to twelve finds of each kind and twelve people; nothing for nothing.

    Accents, case, punctuation, a leading article and the order of words do not matter. The last word may be cut short,
    for it is being typed; when that finds little the others may be, too, and then misspelt. Invalid for more than 200
    characters.
    """
    if len(q) > MAX_Q:
        raise Invalid(f"Search takes up to {MAX_Q} characters.")
    text = fold(q)
    words = text.split()[: spelling.MOST_WORDS]
    if not words:
        return Finds([], [])
    found = await _by_words(tx, viewer, text, sort_key(q), whole=True)
    if len(found) < _ENOUGH and leading(words[:-1]):
        found = await _by_words(tx, viewer, text, sort_key(q), whole=False)
    people = await people_named(tx, viewer, words, _GROUP)
    if len(found) + len(people) < _ENOUGH and len(text) >= spelling.TYPOS_FROM:
        meant = await spelling.meant(tx, words)
        known = {find.id for find in found}
        found += [find for find in await _by_likeness(tx, viewer, words, meant) if find.id not in known]
        known = {person.id for person in people}
        people += [person for person in await people_like(tx, viewer, words, meant, _GROUP) if person.id not in known]
    return Finds(await _groups(tx, viewer, found), people[:_GROUP])


async def _by_words(tx: Tx, viewer: Viewer, text: str, key: str, *, whole: bool) -> list[_Find]:
    """What begins so, from the title index of each kind and library; what has the words (`whole`: all but the last
    uncut), from the index of words."""
    args: list[object] = []
    bound = Where()
    bound.args = args
    beginning = _begins(bound, viewer, key)
    words = ""
    if leading(text.split()):
        words = " ".join(f"union all ({_has_words(bound, viewer, text, kinds, whole)})" for kinds in (_ALONE, _PARTS))
    title, start, anywhere = bound.bind(key), bound.bind(f"{key}%"), bound.bind(f"% {text} %")
    same, front = bound.bind(text), bound.bind(f"{text}%")
    rows = await tx.fetch(
        f"""with ranked as (
            select i.id, i.kind, i.sort_title, length(i.search) as size,
                case when i.sort_title = {title} or i.search = {same} then 0
                    when i.sort_title like {start} or i.search like {front} then 1
                    when ' ' || i.search || ' ' like {anywhere} then 2 else 3 end as rank
            from (select distinct on (id) * from (select * from ({beginning}) b {words}) f) i)
        select id, kind, rank::real from (
            select *, row_number() over (partition by kind order by rank, size, sort_title, id) as place from ranked) p
        where place <= {bound.bind(_GROUP)} order by rank, size, sort_title, id""",
        *args,
    )
    return [_Find(*row) for row in rows]


def _begins(bound: Where, viewer: Viewer, key: str) -> str:
    """Each kind from its index, a library at a time where only some may be seen: one statement to plan for all."""
    where = Where()
    where.args = bound.args
    see(where, viewer)
    # Bytes order titles: all that begins with the key lies between it and it with the greatest character behind.
    where.add("i.sort_title >= {} and i.sort_title < {}", key, key + "\U0010ffff")
    of = f"unnest({bound.bind(list(_KINDS))}::text[]) k (kind)"
    if viewer.libraries is not None:
        of += f" cross join unnest({bound.bind(list(viewer.libraries))}::uuid[]) l (id)"
        where.add("i.library_id = l.id")
    return f"""select b.* from {of} cross join lateral (select {_COLUMNS} from catalog.item i
        where i.kind = k.kind and {where} order by i.sort_title, i.id limit {_GROUP}) b"""


def _has_words(bound: Where, viewer: Viewer, text: str, kinds: tuple[Kind, ...], whole: bool) -> str:
    where = Where()
    where.args = bound.args
    see(where, viewer)
    where.add("i.kind = any({}::text[])", list(kinds))
    where.add(IS_PART if kinds is _PARTS else STANDS_ALONE)
    loose = has_leading(where, "i.search", text, whole=whole)
    first = f"select {_COLUMNS} from catalog.item i where {where}"
    # Words that are in every other title narrow what the others find, of which not all can be looked at.
    if loose:
        kept = " and ".join(f"' ' || f.search like {bound.bind(f'% {word}%')}" for word in loose)
        return f"select * from ({first} limit {_MOST_LOOKED_AT}) f where {kept} limit {_MOST_FOUND}"
    return f"{first} limit {_MOST_FOUND}"


async def _by_likeness(tx: Tx, viewer: Viewer, words: Sequence[str], meant: Sequence[Meant]) -> list[_Find]:
    """What has, for each word, one that may have been meant: the nearer the words and the fewer others beside them, the
    better."""
    asked = near(meant)
    if asked is None:
        return []
    closeness = spelling.judge(words, meant)
    ranked: list[tuple[float, int, _Find]] = []
    for kinds in (_ALONE, _PARTS):
        where = Where()
        see(where, viewer)
        where.add("i.kind = any({}::text[])", list(kinds))
        where.add(IS_PART if kinds is _PARTS else STANDS_ALONE)
        where.add("to_tsvector('simple'::regconfig, i.search) @@ {}::text::tsquery", asked)
        for id_, kind, text in await tx.fetch(
            f"select i.id, i.kind, i.search from catalog.item i where {where} limit {_MOST_FOUND}", *where.args
        ):
            close = closeness(text)
            if close >= _CLOSE:
                rank = 5 - close - spelling.spare(words, text) / 2
                ranked.append((rank, len(text), _Find(id_, kind, rank)))
    ranked.sort(key=lambda one: (one[0], one[1], one[2].id))
    many: Counter[str] = Counter()
    kept = []
    for _, _, find in ranked:
        many[find.kind] += 1
        if many[find.kind] <= _GROUP:
            kept.append(find)
    return kept


async def _groups(tx: Tx, viewer: Viewer, finds: Sequence[_Find]) -> list[Group]:
    found = {item.id: item for item in await load(tx, viewer, [find.id for find in finds])}
    best: dict[Kind, float] = {}
    members: dict[Kind, list[Item]] = {}
    for find in finds:
        best[find.kind] = min(best.get(find.kind, find.rank), find.rank)
        members.setdefault(find.kind, []).append(found[find.id])
    order = sorted(members, key=lambda kind: (best[kind], _KINDS.index(kind)))
    return [Group(kind, members[kind][:_GROUP]) for kind in order]
