"""A folder of a merged series that is called otherwise now is still that series."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from hearth import catalog
from hearth.catalog import Linked
from hearth.db import Tx
from hearth.ingest.carry import LiesThere
from hearth.ingest.corrected import Corrections
from hearth.ingest.findings import Findings, Key
from hearth.ingest.read import Read


async def follow_renamed(
    tx: Tx,
    library_id: UUID,
    reads: Sequence[Read],
    findings: Sequence[Findings],
    linked: Sequence[Linked],
    said: Corrections,
    lies_there: LiesThere,
) -> bool:
    """Gives the new name of such a folder to its series as a further alias; whether there was one.

    It is one when the new name is nobody's yet, and every file below it that is not new came from a folder that is gone
    now and belonged to one and the same merged series. A file that was moved out of a folder that stays is a person's
    word against the merge, and begins a series of its own.
    """
    merged = said.merged_series()
    if not merged or not any(read.came for read in reads):
        return False
    series = {one.file_id: one.top_id for one in linked if one.kind == "episode"}
    came: dict[Key, set[UUID | None]] = defaultdict(set)
    for read, found in zip(reads, findings, strict=True):
        drafts = {draft.key: draft for draft in found.drafts}
        for version in found.versions:
            draft = drafts.get(version.item)
            if draft is None or draft.top is None:
                continue
            for path in version.files:
                if read.touched.get(path) == "new" or path not in read.files:
                    continue
                place = read.came.get(path)
                renamed = place is not None and not lies_there(*place)
                came[draft.top].add(series.get(read.files[path].id) if renamed else None)
    names = {
        key: holder
        for key, holders in came.items()
        if len(holders) == 1 and (holder := next(iter(holders))) in merged and not said.knows(key)
    }
    taken = await catalog.find_items(tx, library_id, list(names)) if names else {}
    fresh = {key: holder for key, holder in names.items() if key not in taken and holder is not None}
    for (kind, identity), holder in fresh.items():
        await catalog.put_alias(tx, library_id, kind, identity, holder)
    return bool(fresh)
