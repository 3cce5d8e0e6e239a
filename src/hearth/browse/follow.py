"""What comes next: the item before and after one, and what "Play" plays on a show, an album, an artist."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.rows import Item, Kind, Ref
from hearth.browse.sorts import BY_NUMBER
from hearth.browse.visible import seen, sight_of
from hearth.db import Row, Tx

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


# Specials are a list of their own: the end of a show does not lead into them.
def _neighbours(link: LiteralString, viewer: Viewer) -> LiteralString:
    return f"""select o.id, o.kind, o.title, o.group_number, o.number, o.last_number, v.side from (
            select i.id as here, lag(i.id) over w as before, lead(i.id) over w as behind
            from catalog.item i where i.{link} = $1 and i.kind = $2 and {seen("i", "$4", viewer)}
            window w as (partition by i.kind = 'episode' and i.group_number = 0 order by {BY_NUMBER})) n
        cross join lateral (values (n.before, 'previous'), (n.behind, 'next')) as v (other, side)
        join catalog.item o on o.id = v.other where n.here = $3"""


async def neighbours(tx: Tx, viewer: Viewer, item: Item) -> tuple[Ref | None, Ref | None]:
    """The previous and the next: of an episode in its show, of a season too, of a track on its album."""
    scope = {"episode": item.top_id, "season": item.parent_id, "track": item.parent_id}.get(item.kind)
    if scope is None:
        return None, None
    statement = _neighbours("top_id" if item.kind == "episode" else "parent_id", viewer)
    rows = await tx.fetch(statement, scope, item.kind, item.id, sight_of(viewer))
    found = {row["side"]: _ref(row, row["kind"]) for row in rows}
    return found.get("previous"), found.get("next")


def _ref(row: Row, kind: Kind) -> Ref:
    return Ref(row["id"], kind, row["title"], row["group_number"], row["number"], row["last_number"])


class Leaf(Struct, frozen=True):
    """An episode as `next_episode` weighs it."""

    id: UUID
    title: str
    special: bool
    position_ms: int
    watched: bool
    last_played_at: datetime | None
    group: int | None = None
    number: int | None = None
    last_number: int | None = None


def next_episode(leaves: Sequence[Leaf]) -> Leaf | None:
    """What to play of episodes in their order: the one begun last, else the next unwatched after the one watched last.

    When nothing is left behind it: the first unwatched of all; when all were watched, the first. Specials are passed
    over for as long as there is anything else, unless one was played last.
    """
    touched = [
        (leaf.last_played_at or _LONG_AGO, n) for n, leaf in enumerate(leaves) if leaf.position_ms or leaf.watched
    ]
    if touched:
        _, n = max(touched)
        if leaves[n].position_ms:
            return leaves[n]
        behind = [leaf for leaf in leaves[n + 1 :] if not leaf.watched and leaf.special == leaves[n].special]
        if behind:
            return behind[0]
    usual = [leaf for leaf in leaves if not leaf.special] or list(leaves)
    return next((leaf for leaf in usual if not leaf.watched), usual[0] if usual else None)


async def play_target(tx: Tx, viewer: Viewer, item: Item) -> Ref | None:
    """What "Play" plays: the item itself, the next episode of a show or season, the first track of an album."""
    if item.kind in ("movie", "episode", "track", "extra"):
        return item.ref()
    if item.kind in ("series", "season"):
        link = "top_id" if item.kind == "series" else "parent_id"
        rows = await tx.fetch(
            f"""select i.id, i.title, coalesce(i.group_number = 0, false) as special,
                   coalesce(s.position_ms, 0) as position_ms, coalesce(s.watched, false) as watched, s.last_played_at,
                   i.group_number, i.number, i.last_number
               from catalog.item i left join activity.state s on s.item_id = i.id and s.user_id = $2
               where i.{link} = $1 and i.kind = 'episode' and {seen("i", "$3", viewer)} order by {BY_NUMBER}""",
            item.id, viewer.account_id, sight_of(viewer),
        )  # fmt: skip
        leaf = next_episode([Leaf(*row) for row in rows])
        return Ref(leaf.id, "episode", leaf.title, leaf.group, leaf.number, leaf.last_number) if leaf else None
    link = {"album": "parent_id", "artist": "top_id"}.get(item.kind, "")
    if not link:
        return None
    row = await tx.fetchrow(
        f"""select i.id, i.title, i.group_number, i.number, i.last_number
           from catalog.item i left join catalog.item o on o.id = i.parent_id
           where i.{link} = $1 and i.kind = 'track' and {seen("i", "$2", viewer)}
           order by o.year nulls last, o.sort_title, o.id, {BY_NUMBER} limit 1""",
        item.id, sight_of(viewer),
    )  # fmt: skip
    return _ref(row, "track") if row else None


async def leaves(tx: Tx, viewer: Viewer, item_id: UUID, kind: Kind | str) -> list[UUID]:
    """What is watched or played when one says so of an item: itself, or all the viewer sees of what lies below it."""
    conditions: dict[str, LiteralString] = {
        "series": "i.top_id = $1 and i.kind = 'episode'",
        "season": "i.parent_id = $1 and i.kind = 'episode'",
        "album": "i.parent_id = $1 and i.kind = 'track'",
        "artist": "i.top_id = $1 and i.kind = 'track'",
    }
    if kind not in conditions:
        return [item_id]
    rows = await tx.fetch(
        f"select i.id from catalog.item i where {conditions[kind]} and {seen('i', '$2', viewer)}",
        item_id,
        sight_of(viewer),
    )
    return [row["id"] for row in rows]
