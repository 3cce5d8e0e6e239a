"""People: who they are, what they took part in, and finding them by name."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse import spelling
from hearth.browse.load import load
from hearth.browse.rows import Item
from hearth.browse.spelling import Meant
from hearth.browse.visible import seen, sight_of
from hearth.browse.words import begins_with, near
from hearth.db import Row, Tx, Where
from hearth.kit.errors import NotFound

MOST_WORKS = 500
# Of so many people with such a name the twelve that took part in most are told; counting stops at a hundred works.
_MOST_NAMED = 300
_COUNTED = 100
_CLOSE = 0.6


class Person(Struct, frozen=True):
    """A person that took part in something the viewer may see. `works` counts up to a hundred, hidden ones too."""

    id: UUID
    name: str
    works: int


class Role(Struct, frozen=True):
    """What somebody was in a work: "actor", "director", "writer"; whom they played."""

    role: str
    character: str | None


class Work(Struct, frozen=True):
    """A film, show or episode and all that the person was in it."""

    item: Item
    roles: tuple[Role, ...]


class Filmography(Struct, frozen=True):
    """A person with their works, the newest first, up to five hundred of `total`."""

    id: UUID
    name: str
    total: int
    works: list[Work]


async def person(tx: Tx, viewer: Viewer, person_id: UUID) -> Filmography:
    """Who somebody is and what they took part in, as far as the viewer may see it; NotFound when that is nothing."""
    rows = await tx.fetch(
        f"""select i.id, p.name, count(*) over () as total, i.roles, i.characters
            from catalog.person p cross join lateral (
                select i.id, i.year, i.sort_title, array_agg(c.role order by c.position) as roles,
                    array_agg(c.character order by c.position) as characters
                from catalog.credit c join catalog.item i on i.id = c.item_id
                where c.person_id = p.id and {seen("i", "$2", viewer)} group by i.id) i
            where p.id = $1 order by i.year desc nulls last, i.sort_title, i.id limit {MOST_WORKS}""",
        person_id, sight_of(viewer),
    )  # fmt: skip
    if not rows:
        raise NotFound("There is no such person.")
    items = await load(tx, viewer, [row["id"] for row in rows])
    works = [Work(item, _roles(row)) for item, row in zip(items, rows, strict=True)]
    return Filmography(person_id, rows[0]["name"], rows[0]["total"], works)


def _roles(row: Row) -> tuple[Role, ...]:
    return tuple(Role(*part) for part in zip(row["roles"], row["characters"], strict=True))


_WORKS: LiteralString = f"""
    (select count(*) from (select from catalog.credit c where c.person_id = p.id limit {_COUNTED}) w)::int as works"""


def _is_seen(viewer: Viewer) -> LiteralString:
    return f"""exists (select from catalog.credit c join catalog.item i on i.id = c.item_id
        where c.person_id = p.id and {seen("i", "$1", viewer)})"""


async def people_named(tx: Tx, viewer: Viewer, words: Sequence[str], limit: int) -> list[Person]:
    """People whose name has all these words or begins of them, in any order; whoever took part in more comes first."""
    where = Where(sight_of(viewer))
    begins_with(where, "p.name_key", " ".join(words))
    same, place = where.bind(" ".join(words)), where.bind(limit)
    rows = await tx.fetch(
        f"""select p.id, p.name, p.works from (
                select p.id, p.name, p.name_key, {_WORKS} from catalog.person p
                where {where} limit {_MOST_NAMED}) p
            where {_is_seen(viewer)} order by p.name_key <> {same}, p.works desc, p.name_key limit {place}""",
        *where.args,
    )
    return [Person(*row) for row in rows]


async def people_like(tx: Tx, viewer: Viewer, words: Sequence[str], meant: Sequence[Meant], limit: int) -> list[Person]:
    """People whose name is spelt nearly so, the nearest first."""
    asked = near(meant)
    if asked is None:
        return []
    rows = await tx.fetch(
        f"""select p.* from (select p.id, p.name, {_WORKS}, p.name_key from catalog.person p
                where to_tsvector('simple'::regconfig, p.name_key) @@ $2::text::tsquery limit {_MOST_NAMED}) p
            where {_is_seen(viewer)}""",
        sight_of(viewer), asked,
    )  # fmt: skip
    closeness = spelling.judge(words, meant)
    found = [(closeness(row["name_key"]), row) for row in rows]
    found.sort(key=lambda one: (-one[0], -one[1]["works"], one[1]["name_key"]))
    return [Person(row["id"], row["name"], row["works"]) for close, row in found[:limit] if close >= _CLOSE]
