"""What has a name like an item's: what the item may be once more."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Iterator
from typing import LiteralString
from uuid import UUID

from hearth.accounts import Viewer
from hearth.browse import spelling
from hearth.browse.filters import IS_PART, STANDS_ALONE
from hearth.browse.lists import kind_of
from hearth.browse.load import load
from hearth.browse.rows import Item
from hearth.browse.visible import see
from hearth.browse.words import leading, near
from hearth.db import Tx, Where

_PARTS = ("season", "episode", "track", "extra")
_MOST_WORDS = 200
_MOST_BESIDE = 50
# As pg_trgm has it by itself: three tenths of the trigrams of both names together are in both.
_LIKE = 0.3


async def alike(tx: Tx, viewer: Viewer, item_id: UUID, limit: int = 10) -> list[Item]:
    """Items of the same kind and library whose names are like this one's, the likest first.

    NotFound for what is hidden. Compared are those that have its words, one of them misspelt or missing, and those that
    stand beside it by title: some hundreds, however many there are.
    """
    kind = await kind_of(tx, viewer, item_id)
    me = await tx.fetchrow("select library_id, search, sort_title from catalog.item where id = $1", item_id)
    if me is None:
        return []
    where = Where(item_id, me["search"], kind)
    see(where, viewer, only=me["library_id"])
    where.add("i.kind = $3 and i.id <> $1")
    half: LiteralString = IS_PART if kind in _PARTS else STANDS_ALONE
    arms = [
        f"""(select i.id, i.search from catalog.item i where {where} and {half}
            and to_tsvector('simple'::regconfig, i.search) @@ {where.bind(query)}::text::tsquery limit {_MOST_WORDS})"""
        for query in await _queries(tx, me["search"])
    ]
    here = where.bind(me["sort_title"])
    arms += [
        f"""(select i.id, i.search from catalog.item i where {where} and i.sort_title {side} {here}
            order by i.sort_title {turn}, i.id {turn} limit {_MOST_BESIDE})"""
        for side, turn in ((">=", "asc"), ("<", "desc"))
    ]
    rows = await tx.fetch(
        f"""select f.id from ({" union ".join(arms)}) f where similarity(f.search, $2) >= {_LIKE}
            order by similarity(f.search, $2) desc, f.id limit {where.bind(limit)}""",
        *where.args,
    )
    return await load(tx, viewer, [row["id"] for row in rows])


async def _queries(tx: Tx, name: str) -> list[str]:
    """What the index of words is asked for: all words as they may be meant, then all but each one."""
    words = leading(name.split())[: spelling.MOST_WORDS]
    query = near(await spelling.meant(tx, words)) if words else None
    return [*([query] if query else []), *_without_one(words)]


def _without_one(words: list[str]) -> Iterator[str]:
    # Of two words one alone says little, and is in many names.
    if len(words) > 2:
        for left_out in range(len(words)):
            yield " & ".join(f"'{word}'" for n, word in enumerate(words) if n != left_out)
