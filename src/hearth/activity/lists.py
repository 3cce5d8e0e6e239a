"""Lists by hand: playlists of people, collections of the house, and what one means to watch later.

Who may see the items in them is decided before and after: browse shows of a list what the viewer may see.
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from hearth.activity.changes import announce_change
from hearth.activity.ranks import spread
from hearth.db import Tx
from hearth.kit.errors import Conflict, Invalid, NotFound
from hearth.kit.ids import new_id

ListKind = Literal["playlist", "collection"]
MAX_ENTRIES = 10_000
MAX_LISTS = 1_000


async def create_list(
    tx: Tx, kind: ListKind, owner_id: UUID | None, name: str, shared: bool = False, *, rule: object = None
) -> UUID:
    """A new list: a playlist of an account, or a collection of nobody's; empty, or with a rule of browse's.
    Conflict beyond a thousand of them."""
    many = await tx.fetchval(
        "select count(*) from activity.list where kind = $1 and owner_id is not distinct from $2", kind, owner_id
    )
    if many >= MAX_LISTS:
        raise Conflict(f"There are {MAX_LISTS} of them already: delete one first.")
    id_ = new_id()
    await tx.execute(
        "insert into activity.list (id, kind, owner_id, name, shared, rule) values ($1, $2, $3, $4, $5, $6)",
        id_, kind, owner_id, _name(name), shared, rule,
    )  # fmt: skip
    return id_


async def change_list(
    tx: Tx,
    list_id: UUID,
    *,
    name: str | None,
    overview: str | None,
    shared: bool | None,
    editable: bool | None = None,
    rule: object = None,
) -> None:
    """Changes what is not None; an empty overview takes it away. A rule is changed for another, never for entries."""
    await tx.execute(
        """update activity.list set name = coalesce($2, name), shared = coalesce($4, shared), updated_at = now(),
               editable = coalesce($5, editable), rule = case when rule is null then null else coalesce($6, rule) end,
               overview = case when $3::text is null then overview else nullif($3, '') end where id = $1""",
        list_id, None if name is None else _name(name), overview, shared, editable, rule,
    )  # fmt: skip


async def delete_list(tx: Tx, list_id: UUID) -> None:
    """Deletes a list with its entries; the items stay."""
    await tx.execute("delete from activity.list where id = $1", list_id)


async def add_entries(tx: Tx, list_id: UUID, item_ids: Sequence[UUID], after: UUID | None = None) -> list[UUID]:
    """Puts items into a list, in their order, behind the entry `after` or at the end; a thing may be in it twice.

    The ids of the new entries. Conflict beyond ten thousand entries; NotFound when `after` is not in the list.
    """
    await _lock(tx, list_id)
    many = await tx.fetchval("select count(*) from activity.entry where list_id = $1", list_id)
    if many + len(item_ids) > MAX_ENTRIES:
        raise Conflict(f"A list holds up to {MAX_ENTRIES} entries: begin another one.")
    if after is None:
        low = await tx.fetchval("select max(rank) from activity.entry where list_id = $1", list_id)
        high = None
    else:
        low, high = await _gap(tx, list_id, after, None)
    ids = [new_id() for _ in item_ids]
    await tx.execute(
        """insert into activity.entry (id, list_id, item_id, rank)
           select id, $1, item_id, rank from unnest($2::uuid[], $3::uuid[], $4::text[]) as t (id, item_id, rank)""",
        list_id, ids, list(item_ids), list(spread(low, high, len(ids))),
    )  # fmt: skip
    return ids


async def move_entry(tx: Tx, list_id: UUID, entry_id: UUID, after: UUID | None) -> None:
    """Moves an entry behind another, or to the front; one row is written. NotFound when one is not in the list."""
    if entry_id == after:
        raise Invalid("An entry cannot be moved behind itself.")
    await _lock(tx, list_id)
    low, high = await _gap(tx, list_id, after, entry_id)
    (rank,) = spread(low, high, 1)
    moved = await tx.fetchval(
        "update activity.entry set rank = $3 where id = $2 and list_id = $1 returning id", list_id, entry_id, rank
    )
    if moved is None:
        raise NotFound("There is no such entry in this list.")


async def remove_entry(tx: Tx, list_id: UUID, entry_id: UUID) -> None:
    """Takes an entry out; NotFound when it is not in the list."""
    await _lock(tx, list_id)
    gone = await tx.fetchval(
        "delete from activity.entry where id = $2 and list_id = $1 returning id", list_id, entry_id
    )
    if gone is None:
        raise NotFound("There is no such entry in this list.")


async def set_watch_later(tx: Tx, account_id: UUID, item_id: UUID, later: bool) -> None:
    """Puts a thing among what one means to watch, or takes it out."""
    changed = await tx.fetchval(
        "insert into activity.watch_later values ($1, $2) on conflict do nothing returning item_id"
        if later
        else "delete from activity.watch_later where user_id = $1 and item_id = $2 returning item_id",
        account_id, item_id,
    )  # fmt: skip
    if changed is not None:
        await announce_change(tx, account_id, [item_id])


async def _lock(tx: Tx, list_id: UUID) -> None:
    """Two who change one list at a time take turns, so that no rank is given twice."""
    await tx.execute("update activity.list set updated_at = now() where id = $1", list_id)


async def _gap(tx: Tx, list_id: UUID, after: UUID | None, moving: UUID | None) -> tuple[str | None, str | None]:
    """The ranks before and behind the place behind `after` (None: the front), as if `moving` were not there."""
    low = None
    if after is not None:
        low = await tx.fetchval("select rank from activity.entry where id = $2 and list_id = $1", list_id, after)
        if low is None:
            raise NotFound("There is no such entry in this list.")
    high = await tx.fetchval(
        "select min(rank) from activity.entry where list_id = $1 and rank > $2 and id is distinct from $3",
        list_id, low or "", moving,
    )  # fmt: skip
    return low, high


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 200 or not name.isprintable():
        raise Invalid("A name has 1 to 200 characters that can be printed.", extra={"field": "name"})
    return name
