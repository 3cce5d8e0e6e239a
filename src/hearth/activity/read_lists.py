"""Playlists that were read from files, and follow them."""

from collections.abc import Sequence
from uuid import UUID

from hearth.activity.lists import add_entries
from hearth.db import Tx
from hearth.kit.ids import new_id


async def read_lists(tx: Tx, tops: Sequence[bytes]) -> dict[bytes, UUID]:
    """Full path -> list of those playlists whose files lie below one of the folders (each ending in /)."""
    rows = await tx.fetch(
        "select source, id from activity.list where source is not null and exists (select from unnest($1::bytea[]) t"
        " where substring(source from 1 for length(t)) = t)",
        list(tops),
    )
    return {row["source"]: row["id"] for row in rows}


async def put_read_list(tx: Tx, source: bytes, owner_id: UUID, name: str, item_ids: Sequence[UUID]) -> UUID:
    """Make the playlist of a file say what the file says: shared, with these items in their order. Its name is the
    file's until somebody gives it another one."""
    row = await tx.fetchrow(
        "insert into activity.list (id, kind, owner_id, name, shared, source) values ($1, 'playlist', $2, $3, true, $4)"
        " on conflict (source) where source is not null do update set updated_at = activity.list.updated_at"
        " returning id",
        new_id(), owner_id, name, source,
    )  # fmt: skip
    list_id: UUID = row["id"]  # type: ignore[index]  # an upsert answers with its row
    rows = await tx.fetch("select item_id from activity.entry where list_id = $1 order by rank", list_id)
    if [row["item_id"] for row in rows] != list(item_ids):
        await tx.execute("delete from activity.entry where list_id = $1", list_id)
        await add_entries(tx, list_id, item_ids)
    return list_id
