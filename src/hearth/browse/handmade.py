"""Playlists and collections as a viewer sees them: their own playlists, shared ones, all collections, and of what is in
them that which they may see."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

import msgspec
from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.lists import items
from hearth.browse.load import load
from hearth.browse.rows import Item
from hearth.browse.rules import Rule, filter_of, read_rule
from hearth.browse.visible import see
from hearth.db import Row, Tx, Where
from hearth.kit.errors import Conflict, Denied, Invalid, NotFound
from hearth.kit.paging import MAX_LIMIT, Page, pack_cursor, unpack_cursor

_SELECT: LiteralString = """select l.id, l.kind, l.name, l.overview, l.shared, l.editable, l.rule, l.owner_id,
    a.username, l.created_at, l.updated_at from activity.list l left join accounts.account a on a.id = l.owner_id"""


class HandList(Struct, frozen=True):
    """A playlist or collection. `own` when the viewer made it; `owner` is the name of who did, None for collections.
    `editable` when those who see it may change what is in it; `rule` says what is in it, None for a list by hand."""

    id: UUID
    kind: str
    name: str
    overview: str | None
    shared: bool
    editable: bool
    rule: Rule | None
    own: bool
    owner: str | None
    created_at: datetime
    updated_at: datetime


class Entry(Struct, frozen=True):
    """A place in a list and what stands there."""

    id: UUID
    item: Item


async def hand_lists(tx: Tx, viewer: Viewer, kind: str) -> list[HandList]:
    """All playlists or collections that the viewer may see, by name."""
    rows = await tx.fetch(
        f"""{_SELECT} where l.kind = $1 and (l.owner_id is null or l.owner_id = $2 or l.shared)
            order by lower(l.name), l.id""",
        kind, viewer.account_id,
    )  # fmt: skip
    return [_list(row, viewer) for row in rows]


async def hand_list(
    tx: Tx, viewer: Viewer, kind: str, list_id: UUID, *, to_change: bool = False, to_fill: bool = False
) -> HandList:
    """One of them; NotFound when there is none for this viewer, Denied when it is somebody else's and `to_change`, or
    `to_fill` and its owner lets nobody. Conflict when it is `to_fill` and a rule says what is in it."""
    row = await tx.fetchrow(
        f"{_SELECT} where l.id = $1 and l.kind = $2 and (l.owner_id is null or l.owner_id = $3 or l.shared)",
        list_id, kind, viewer.account_id,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"There is no such {kind}.")
    found = _list(row, viewer)
    if to_fill and found.rule is not None:
        raise Conflict("A rule says what is in this list: change the rule.")
    if (to_change or (to_fill and not found.editable)) and kind == "playlist" and not found.own:
        raise Denied("This playlist is somebody else's: make one of your own.")
    return found


async def list_entries(
    tx: Tx, viewer: Viewer, found: HandList, limit: int = 100, after: str | None = None
) -> Page[Entry]:
    """A page of a list, by hand or by rule, as far as the viewer may see it; a rule's entries have their items' ids."""
    if found.rule is None:
        return await entries(tx, viewer, found.id, limit, after)
    page = await items(tx, viewer, filter_of(found.rule, limit, after))
    return Page([Entry(item.id, item) for item in page.items], page.next, page.total)


async def entries(tx: Tx, viewer: Viewer, list_id: UUID, limit: int = 100, after: str | None = None) -> Page[Entry]:
    """A page of a list in its order; what the viewer may not see is left out, of the total too."""
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(f"The limit of a page is 1 to {MAX_LIMIT}.")
    where = Where(list_id)
    see(where, viewer)
    source = f"from activity.entry e join catalog.item i on i.id = e.item_id where e.list_id = $1 and {where}"
    total = await tx.fetchval(f"select count(*) {source}", *where.args)
    behind = ""
    if after is not None:
        try:
            rank = msgspec.convert(unpack_cursor(after, 1)[0], str)
            where.bind(rank.encode().decode())
        except (msgspec.ValidationError, UnicodeError) as error:
            raise Invalid("This page cursor belongs to another list: start again from the first page.") from error
        if "\0" in rank:
            raise Invalid("This page cursor belongs to another list: start again from the first page.")
        behind = f"and e.rank > ${len(where.args)}"
    place = where.bind(limit + 1)
    rows = await tx.fetch(
        f"select e.id, e.item_id, e.rank {source} {behind} order by e.rank limit {place}", *where.args
    )
    shown = rows[:limit]
    loaded = {item.id: item for item in await load(tx, viewer, list({row["item_id"] for row in shown}))}
    following = pack_cursor(shown[-1]["rank"]) if len(rows) > limit else None
    return Page([Entry(row["id"], loaded[row["item_id"]]) for row in shown], following, total)


def _list(row: Row, viewer: Viewer) -> HandList:
    return HandList(
        row["id"], row["kind"], row["name"], row["overview"], row["shared"], row["editable"], read_rule(row["rule"]),
        row["owner_id"] == viewer.account_id, row["username"], row["created_at"], row["updated_at"],
    )  # fmt: skip
