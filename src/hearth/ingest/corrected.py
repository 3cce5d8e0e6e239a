"""What a person corrected comes before what was found: findings are told again with their pins and aliases."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec import structs

from hearth import catalog
from hearth.catalog import Alias, Pin
from hearth.db import Tx
from hearth.ingest import looks
from hearth.ingest.findings import Draft, DraftVersion, Findings, Key, Media
from hearth.ingest.read import Read
from hearth.media.facts import AudioTags, MediaInfo

# What hangs on what, by the beginning of its identity.
_BELOW = {
    "series": ("season", "episode"),
    "season": ("episode",),
    "artist": ("album", "track"),
    "album": ("track",),
}


class Corrections:
    """The pins of a batch's files and the aliases of its library."""

    def __init__(self, pins: Mapping[UUID, Pin], aliases: Sequence[Alias]) -> None:
        self._pins = pins
        self._aliases = {(alias.kind, alias.identity): alias for alias in aliases}
        # Seasons and albums that a person put somewhere: what they hold is wherever they are.
        self._placed: dict[Key, Alias] = {
            (alias.kind, alias.target): alias for alias in aliases if alias.kind in ("season", "album")
        }
        self.pinned = sorted({pin.item_id for pin in pins.values()})
        """The items that files of the batch were pinned to."""
        self.items: dict[tuple[str, str], UUID] = {
            **{(pin.kind, pin.identity): pin.item_id for pin in pins.values()},
            **{(alias.kind, alias.target): alias.item_id for alias in aliases},
        }

    def __bool__(self) -> bool:
        return bool(self._pins or self._aliases)

    def applied(self, read: Read, found: Findings) -> Findings:
        """The findings of a unit as the person wants them."""
        return self._with_pins(read, self._with_aliases(found) if self._aliases else found)

    def _with_aliases(self, found: Findings) -> Findings:
        now = self._now
        drafts = [self._told(draft) for draft in found.drafts if not self._became_another(draft.key)]
        return Findings(
            _held(found.drafts, drafts),
            [structs.replace(one, item=now(one.item)) for one in found.versions],
            [structs.replace(one, item=now(one.item)) for one in found.sidecars],
            [structs.replace(one, item=now(one.item)) for one in found.pictures if not self._became_another(one.item)],
            found.refused,
        )

    def _became_another(self, key: Key) -> bool:
        alias = self._aliases.get(key)
        return alias is not None and alias.target != key[1]

    def _told(self, draft: Draft) -> Draft:
        now = self._now
        parent = now(draft.parent) if draft.parent else None
        top = now(draft.top) if draft.top else None
        season = draft.group_number
        if parent is not None and (placed := self._placed.get(parent)) is not None:
            top = placed.top or top
            if placed.kind == "season" and placed.number is not None:
                season = placed.number
        return structs.replace(
            draft,
            identity=now(draft.key)[1],
            parent=parent,
            top=top,
            group_number=season,
            artists=tuple(dict.fromkeys(now(("artist", one))[1] for one in draft.artists)),
        )

    def merged_series(self) -> set[UUID]:
        """Series that are found by more than one name."""
        return {alias.item_id for alias in self._aliases.values() if alias.kind == "series"}

    def knows(self, key: Key) -> bool:
        """Whether a person said what this is."""
        return key in self._aliases

    def _now(self, key: Key) -> Key:
        """What a key means; aliases of holders tell of what they hold, the highest first."""
        kind, identity = key
        for _ in range(2):  # an artist's album may have become another one as well
            if (alias := self._aliases.get((kind, identity))) is not None:
                return (kind, alias.target)
            for (holder, name), alias in self._aliases.items():
                if kind in _BELOW.get(holder, ()) and identity.startswith(f"{name}|"):
                    identity = f"{alias.target}|{identity[len(name) + 1 :]}"
                    break
        return (kind, identity)

    def _with_pins(self, read: Read, found: Findings) -> Findings:
        if not self._pins:
            return found
        goes: dict[Key, set[Key]] = defaultdict(set)
        versions: list[DraftVersion] = []
        for version in found.versions:
            by_item: dict[Key, list[bytes]] = defaultdict(list)
            for path in version.files:
                pin = self._pins.get(read.files[path].id) if path in read.files else None
                by_item[(pin.kind, pin.identity) if pin else version.item].append(path)
            for item, files in by_item.items():
                goes[version.item].add(item)
                versions.append(structs.replace(version, item=item, files=tuple(files)))
        pinned = {(pin.kind, pin.identity): pin for pin in self._pins.values()}
        drafts: list[Draft] = []
        for draft in found.drafts:
            wanted = goes.get(draft.key, {draft.key})
            if draft.key in wanted:
                drafts.append(draft)
            # A split item is told by its own file; what was merged or moved away adds files to an item, not facts.
            drafts += [
                _split_draft(read, draft, pinned[item], versions)
                for item in wanted - {draft.key}
                if item[1].startswith(catalog.SPLIT) and item in pinned
            ]
        drafts = _held(found.drafts, drafts)
        sole = {old: next(iter(new)) for old, new in goes.items() if len(new) == 1}
        return Findings(
            [structs.replace(one, parent=sole.get(one.parent, one.parent), top=sole.get(one.top, one.top))
             if one.kind == "extra" and one.parent and one.top else one for one in drafts],
            versions,
            [structs.replace(one, item=sole.get(one.item, one.item)) for one in found.sidecars],
            [one for one in found.pictures if sole.get(one.item, one.item) == one.item]
            + [structs.replace(one, item=sole[one.item]) for one in found.pictures
               if sole.get(one.item, one.item) != one.item and sole[one.item][1].startswith(catalog.SPLIT)],
            found.refused,
        )  # fmt: skip


def _held(before: Sequence[Draft], now: Sequence[Draft]) -> list[Draft]:
    """Without the seasons, series and albums that are left with nothing: what they held belongs elsewhere."""
    lost = {key for draft in before for key in (draft.parent, draft.top) if key and draft not in now}
    kept = {key for draft in now for key in (draft.parent, draft.top) if key and draft.kind not in ("season", "album")}
    credited = {("artist", one) for draft in now for one in draft.artists}
    return [draft for draft in now if draft.key not in lost or draft.key in kept or draft.key in credited]


async def corrections(tx: Tx, library_id: UUID, file_ids: Sequence[UUID]) -> Corrections:
    """What a person said about these files and this library."""
    return Corrections(await catalog.pins(tx, file_ids), await catalog.aliases(tx, library_id))


async def refresh_looks(tx: Tx, item_ids: Sequence[UUID]) -> None:
    """Quality and length of items that hold files by a person's word: as their best version is now, whichever file's
    name told the rest."""
    rows = await tx.fetch(
        """with best as (
               select distinct on (v.item_id) v.item_id, v.id from catalog.version v
               where v.item_id = any($1::uuid[]) and not exists (
                   select from catalog.part p join libraries.file f on f.id = p.file_id
                   where p.version_id = v.id and f.missing_since is not null)
               order by v.item_id, v.rank, v.id)
           select b.item_id, f.media from best b join catalog.part p on p.version_id = b.id
               join libraries.file f on f.id = p.file_id
           where p.start_ms is null order by b.item_id, p.position""",
        list(item_ids),
    )
    parts: dict[UUID, list[Media]] = defaultdict(list)
    for row in rows:
        if row["media"] is not None:
            parts[row["item_id"]].append(msgspec.convert(row["media"], MediaInfo | AudioTags))
    found = [
        (item_id, looks.quality(media[0]), sum(looks.duration(one) or 0 for one in media) or None)
        for item_id, media in parts.items()
    ]
    await catalog.put_looks(tx, found)


def _split_draft(read: Read, draft: Draft, pin: Pin, versions: Sequence[DraftVersion]) -> Draft:
    own = min((one for one in versions if one.item == (pin.kind, pin.identity)), key=lambda one: one.rank)
    media = [read.media.get(path) for path in own.files]
    return structs.replace(
        draft,
        identity=pin.identity,
        parent=pin.parent,
        top=pin.top,
        quality=looks.quality(media[0]),
        duration_ms=sum(looks.duration(one) or 0 for one in media) or None,
    )
