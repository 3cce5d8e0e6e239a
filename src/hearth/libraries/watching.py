"""Who watches which root, and whether its marker file was written."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from hearth import jobs
from hearth.db import Tx
from hearth.libraries.libraries import LibrariesChanged

_LEASE = timedelta(seconds=15)
"""A watcher that says nothing for this long is gone, and another one takes the root."""


async def lease_root(tx: Tx, root_id: UUID, watcher: str, *, instead_of: Sequence[str] = ()) -> bool:
    """Become, or stay, the one who watches a root, for 15 s; False when somebody else does. `instead_of` names watchers
    that are known to be dead."""
    done: UUID | None = await tx.fetchval(
        "update libraries.root set watcher = $2, watcher_until = now() + $3 where id = $1"
        " and (watcher is null or watcher = $2 or watcher = any($4::text[]) or watcher_until < now()) returning id",
        root_id,
        watcher,
        _LEASE,
        list(instead_of),
    )
    return done is not None


async def release_roots(tx: Tx, watcher: str) -> None:
    """Leave all roots to others."""
    await tx.execute("update libraries.root set watcher = null, watcher_until = null where watcher = $1", watcher)


async def watchers(tx: Tx) -> list[str]:
    """Everyone who holds a root now."""
    rows = await tx.fetch("select distinct watcher from libraries.root where watcher is not null")
    return [row["watcher"] for row in rows]


async def note_watch(tx: Tx, root_id: UUID, watch: str) -> None:
    """Keep how changes in a root are noticed ("watched", or why not), and tell listeners when that is news."""
    library_id: UUID | None = await tx.fetchval(
        "update libraries.root set watch = $2 where id = $1 and watch is distinct from $2 returning library_id",
        root_id,
        watch,
    )
    if library_id is not None:
        await jobs.announce(tx, LibrariesChanged(library_id))


async def note_marked(tx: Tx, root_id: UUID) -> None:
    """Keep that the marker file lies in a root."""
    await tx.execute("update libraries.root set marked = true where id = $1 and not marked", root_id)
