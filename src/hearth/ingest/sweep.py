"""Sweeping: what is gone from disk is marked and hides, unless so much is gone that something else must be wrong."""

from collections.abc import Sequence
from uuid import UUID

from hearth import catalog, libraries
from hearth.db import Tx
from hearth.ingest.corrected import refresh_looks
from hearth.libraries import FolderSeen

_TOLERATED = 0.1


def too_much_gone(gone: int, present: int, found: int) -> bool:
    """Whether so many of the `present` files are `gone` that a mount is likelier than a person: more than a tenth of
    them, or all. One file alone is always believed while others are there."""
    if gone == 0:
        return False
    return found == 0 or (gone > 1 and gone > present * _TOLERATED)


async def sweep(
    tx: Tx, root_id: UUID, gone_files: Sequence[UUID], gone_folders: Sequence[bytes], held: Sequence[FolderSeen]
) -> int:
    """Mark files as missing, forget folders that are gone, and note the `held` folders as filed; how many were marked.

    Items hide when the last of their files is missing and return when one comes back.
    """
    marked = await libraries.set_missing(tx, root_id, gone_files)
    await libraries.forget_folders(tx, root_id, gone_folders)
    await libraries.put_folders(tx, held)
    linked = await catalog.linked_items(tx, gone_files)
    await catalog.refresh_availability(tx, list({one.item_id for one in linked}))
    if pinned := {pin.item_id for pin in (await catalog.pins(tx, gone_files)).values()}:
        await refresh_looks(tx, sorted(pinned))
    return marked
