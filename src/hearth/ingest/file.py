"""Filing: what was read and identified becomes rows of the catalogue, in the transaction of its batch."""

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct, structs

from hearth import catalog, libraries
from hearth.catalog import ArtistCredit, Credit, ItemFacts, Linked, Sidecar, VersionFacts
from hearth.db import Tx
from hearth.ingest.carry import LiesThere, carry
from hearth.ingest.corrected import corrections, refresh_looks
from hearth.ingest.findings import Draft, Findings, Key, Picture
from hearth.ingest.read import Read
from hearth.ingest.renamed import follow_renamed
from hearth.kit.ids import new_id
from hearth.kit.text import search_key, sort_key

# Parents before children: a child's row names its parent's id.
_LEVELS = {"season": 1, "album": 1, "episode": 2, "track": 2, "extra": 3}


class Filed(Struct, frozen=True):
    """What filing a batch did: items that are new, the pictures to choose from by item, and the artists as filed."""

    items_added: int
    pictures: dict[UUID, list[Picture]]
    artists: dict[Key, tuple[Draft, UUID]]


class ArtistsFiled:
    """The artists that a scan has filed: each album names its own again, and writing that would change nothing."""

    _MOST = 20_000

    def __init__(self) -> None:
        self._known: dict[Key, tuple[Draft, UUID]] = {}

    def keep(self, artists: Mapping[Key, tuple[Draft, UUID]]) -> None:
        """Take note of artists whose transaction was committed."""
        if len(self._known) + len(artists) <= self._MOST:
            self._known.update(artists)

    def forget(self) -> None:
        """Files that moved may have taken artists along under other names."""
        self._known.clear()

    def id_of(self, draft: Draft) -> UUID | None:
        """The item of an artist that was filed just like this; None for anything else."""
        found = self._known.get(draft.key)
        return found[1] if found is not None and found[0] == draft else None


async def file_units(
    tx: Tx,
    library_id: UUID,
    reads: Sequence[Read],
    findings: Sequence[Findings],
    added_at: datetime,
    lies_there: LiesThere,
    known: ArtistsFiled,
) -> Filed:
    """Write a batch. Written twice, it leaves what writing it once does. `lies_there` says of a root's id and a folder
    whether the walk saw it: what still lies elsewhere was not moved."""
    await libraries.add_files(tx, [read.files[path] for read in reads for path in _touched(read, new=True)])
    await libraries.put_files(tx, [read.files[path] for read in reads for path in _touched(read, new=False)])
    ids = {path: file.id for read in reads for path, file in read.files.items()}
    # Of a file that is new nothing hangs on anything yet.
    known_ids = [file.id for read in reads for path, file in read.files.items() if read.touched.get(path) != "new"]
    linked = await _linked_before(tx, reads)
    said = await corrections(tx, library_id, known_ids)
    told = findings
    if said:
        if await follow_renamed(tx, library_id, reads, findings, linked, said, lies_there):
            said = await corrections(tx, library_id, list(ids.values()))
        findings = [said.applied(read, found) for read, found in zip(reads, findings, strict=True)]
    carried = linked and await carry(tx, library_id, linked, _keys_now(findings, ids), drafts_of(findings), lies_there)
    if said and carried:
        # What a person put somewhere goes by its new name now.
        said = await corrections(tx, library_id, list(ids.values()))
        findings = [said.applied(read, one) for read, one in zip(reads, told, strict=True)]
    drafts = drafts_of(findings)
    if linked:
        known.forget()
    items, added, met = await _put_drafts(tx, library_id, drafts, added_at, known)
    items = said.items | items
    versions = [
        VersionFacts(
            items[version.item],
            version.label,
            version.edition,
            version.rank,
            tuple(ids[path] for path in version.files),
            version.start_ms,
            version.end_ms,
        )
        for found in findings
        for version in found.versions
        if version.item in items
    ]
    # What unchanged files are may have changed as well: a CUE sheet came, a person took two films apart.
    unchanged = [file.id for read in reads for path, file in read.files.items() if path not in read.touched]
    before = await catalog.items_of(tx, unchanged) if unchanged else set()
    await catalog.put_versions(tx, known_ids, versions)
    await _put_sidecars(tx, findings, items, ids, known_ids)
    await _put_people(tx, drafts, items, added)
    await libraries.put_folders(tx, [seen for read in reads if not (read.unsettled or read.gone) for seen in read.seen])
    before -= {version.item_id for version in versions}
    if before or linked or met or any(change != "new" for read in reads for change in read.touched.values()):
        touched = {one.item_id for one in linked} | {version.item_id for version in versions} | before
        await catalog.refresh_availability(tx, list(touched))
    if said.pinned:
        await refresh_looks(tx, said.pinned)
    artists = {key: (draft, items[key]) for key, draft in drafts.items() if key[0] == "artist" and key in items}
    return Filed(len(added), _pictures(findings, items), artists)


def drafts_of(findings: Sequence[Findings]) -> dict[Key, Draft]:
    """The drafts by key; of several for one item the first counts, one that only adds to it last."""
    drafts: dict[Key, Draft] = {}
    for draft in (draft for found in findings for draft in found.drafts):
        if draft.key not in drafts or drafts[draft.key].existing_only:
            drafts[draft.key] = draft
    return drafts


def _touched(read: Read, *, new: bool) -> list[bytes]:
    """The files that are new, or those that are otherwise than they were; with the reason where one was refused."""
    return [path for path, change in read.touched.items() if (change == "new") is new]


async def _linked_before(tx: Tx, reads: Sequence[Read]) -> list[Linked]:
    """The items that the batch's files belonged to, when there can be any."""
    again = [read.files[path].id for read in reads for path, change in read.touched.items() if change != "new"]
    return await catalog.linked_items(tx, again) if again else []


def _keys_now(findings: Sequence[Findings], ids: Mapping[bytes, UUID]) -> dict[UUID, Key]:
    """What each file is now; pieces of a file are left out, for they do not go where the file's name goes."""
    return {
        ids[path]: version.item
        for found in findings
        for version in found.versions
        if version.start_ms is None
        for path in version.files
    }


async def _put_drafts(
    tx: Tx, library_id: UUID, drafts: Mapping[Key, Draft], added_at: datetime, known: ArtistsFiled
) -> tuple[dict[tuple[str, str], UUID], set[UUID], bool]:
    """Key -> item, the items that are new, and whether some were there before: those may have been hidden."""
    filed: dict[tuple[str, str], UUID] = {
        key: item_id for key, draft in drafts.items() if (item_id := known.id_of(draft)) is not None
    }
    above = {key for draft in drafts.values() for key in (draft.parent, draft.top) if key}
    found = await catalog.find_items(tx, library_id, list((above | drafts.keys()) - filed.keys()))
    ids = filed | found
    new: list[ItemFacts] = []
    again: list[ItemFacts] = []
    for key, draft in sorted(drafts.items(), key=lambda one: _LEVELS.get(one[0][0], 0)):
        if key in filed or (draft.parent is not None and draft.parent not in ids):
            continue
        if key in found:
            again.append(_facts(draft, found[key], ids, added_at))
        elif not draft.existing_only:
            ids[key] = new_id()
            new.append(_facts(draft, ids[key], ids, added_at))
    await catalog.add_items(tx, library_id, new)
    if again:
        await catalog.put_items(tx, library_id, again)
    return ids, {one.id for one in new}, bool(found)


def _facts(draft: Draft, item_id: UUID, ids: Mapping[tuple[str, str], UUID], added_at: datetime) -> ItemFacts:
    sort_title, search = _texts(draft.title, draft.sort_title, draft.original_title, draft.also)
    # Written out, for a scan makes one of each file: by names and values side by side it takes twice as long.
    return ItemFacts(
        id=item_id,
        kind=draft.kind,
        identity=draft.identity,
        title=draft.title,
        sort_title=sort_title,
        search=search,
        added_at=added_at,
        parent_id=ids[draft.parent] if draft.parent else None,
        top_id=ids[draft.top] if draft.top else None,
        duration_ms=draft.duration_ms,
        group_number=draft.group_number,
        number=draft.number,
        last_number=draft.last_number,
        quality=draft.quality,
        original_title=draft.original_title,
        year=draft.year,
        released=draft.released,
        overview=draft.overview,
        tagline=draft.tagline,
        content_rating=draft.content_rating,
        film_series=draft.film_series,
        rating=draft.rating,
        genres=draft.genres,
        studios=draft.studios,
        provider_ids=draft.provider_ids,
    )


@functools.lru_cache(maxsize=4096)
def _texts(title: str, sort_title: str | None, original: str | None, also: tuple[str, ...]) -> tuple[str, str]:
    """What an item is sorted and found by."""
    return sort_key(sort_title or title), search_key(*dict.fromkeys((title, original or "", *also)))


def fold_texts(findings: Sequence[Findings]) -> None:
    """Make what items are sorted and found by, so that filing has it: in a thread, while the batch before is filed."""
    for found in findings:
        for draft in found.drafts:
            _texts(draft.title, draft.sort_title, draft.original_title, draft.also)


async def _put_sidecars(
    tx: Tx,
    findings: Sequence[Findings],
    items: Mapping[tuple[str, str], UUID],
    ids: Mapping[bytes, UUID],
    known_ids: Sequence[UUID],
) -> None:
    sidecars = []
    for found in findings:
        for side in found.sidecars:
            if side.item in items and side.file in ids:
                fields = structs.asdict(side)
                sidecars.append(Sidecar(item_id=items[fields.pop("item")], file_id=ids[fields.pop("file")], **fields))
    await catalog.put_sidecars(tx, known_ids, sidecars)


async def _put_people(
    tx: Tx, drafts: Mapping[Key, Draft], items: Mapping[tuple[str, str], UUID], added: Collection[UUID]
) -> None:
    artists = [
        ArtistCredit(items[key], position, items["artist", identity])
        for key, draft in drafts.items()
        for position, identity in enumerate(draft.artists)
    ]
    if artists:
        await catalog.put_artist_credits(tx, artists, added)
    people = [
        Credit(items[key], position, person.name, person.role, person.character)
        for key, draft in drafts.items()
        if key in items
        for position, person in enumerate(draft.credits)
    ]
    if people:
        await catalog.put_credits(tx, people)


def _pictures(findings: Sequence[Findings], items: Mapping[tuple[str, str], UUID]) -> dict[UUID, list[Picture]]:
    found: Iterable[Picture] = (picture for one in findings for picture in one.pictures)
    by_item: dict[UUID, list[Picture]] = {}
    for picture in found:
        if (item_id := items.get(picture.item)) is not None:
            by_item.setdefault(item_id, []).append(picture)
    return by_item
