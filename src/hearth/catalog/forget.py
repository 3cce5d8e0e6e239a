"""Forgetting items whose files were forgotten."""

from collections.abc import Sequence
from uuid import UUID

from hearth.db import Tx


async def forget_fileless(tx: Tx, item_ids: Sequence[UUID]) -> int:
    """Forget those of the items that no file is left of, and what held them when nothing is left in it; how many.

    What people did with them (favourites, ratings, history) goes along: until then it waited with the hidden item.
    """
    await tx.execute(
        "delete from catalog.version v where v.item_id = any($1::uuid[])"
        " and not exists (select from catalog.part p where p.version_id = v.id)",
        list(item_ids),
    )
    forgotten = 0
    at = list(item_ids)
    while at:
        rows = await tx.fetch(
            "delete from catalog.item i where i.id = any($1::uuid[]) and not i.available"
            " and i.kind not in ('collection', 'playlist')"
            " and not exists (select from catalog.version v where v.item_id = i.id)"
            " and not exists (select from catalog.item c where c.parent_id = i.id or c.top_id = i.id)"
            " and not exists (select from catalog.artist_credit a where a.artist_id = i.id)"
            " returning i.parent_id, i.top_id",
            at,
        )
        forgotten += len(rows)
        at = list({holder for row in rows for holder in row if holder is not None})
    return forgotten
