"""Carrying: files that moved or were renamed take their items along, and those what holds them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from hearth import catalog
from hearth.catalog import Linked
from hearth.db import Tx
from hearth.ingest.findings import Draft, Key

LiesThere = Callable[[UUID, bytes], bool]
"""Whether the walk of a root (its id) saw a folder."""


async def carry(
    tx: Tx,
    library_id: UUID,
    linked: Sequence[Linked],
    now: Mapping[UUID, Key],
    drafts: Mapping[Key, Draft],
    lies_there: LiesThere,
) -> bool:
    """Give items the identities that their files tell `now` (file id -> key), where nothing else holds them in place.

    An item whose further files still lie where they were stays what it was. A season, series or album follows when all
    of its leaves went to the same new one; watched state, favourites and edits stay with the items. Whether any did.
    """
    renames: dict[UUID, str] = {}
    holders: dict[UUID, set[Key | None]] = defaultdict(set)
    for old in linked:
        new = now.get(old.file_id)
        if new is None or new[0] != old.kind:
            continue
        if new[1] != old.identity and not old.others:
            renames[old.item_id] = new[1]
        draft = drafts.get(new)
        if draft is not None:
            for holder_id, key in ((old.parent_id, draft.parent), (old.top_id, draft.top)):
                if holder_id is not None:
                    holders[holder_id].add(key)
    if not renames:
        return False
    moved = {old.item_id for old in linked}
    wanted = {holder: key[1] for holder, keys in holders.items() if len(keys) == 1 and (key := next(iter(keys)))}
    for leaf in await catalog.leaves_below(tx, list(wanted)):
        if leaf.item_id not in moved and lies_there(leaf.root_id, leaf.folder):
            wanted.pop(leaf.holder_id, None)
    return await catalog.rename_items(tx, library_id, [*wanted.items(), *renames.items()]) > 0
