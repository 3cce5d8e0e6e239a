"""Matches that a person corrected: pinned files, items that became one, and versions that became items of their own."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from hearth.catalog.items import ItemKind, refresh_availability
from hearth.db import Row, Tx
from hearth.kit.errors import Conflict, Invalid, NotFound
from hearth.kit.ids import new_id

SPLIT = "split|"
"""How the identity of an item begins that was split off another: no name yields it."""

_LEAVES = ("movie", "episode", "track", "extra")
_COPIED = (
    "library_id, kind, parent_id, top_id, title, sort_title, original_title, search, year, released, overview, tagline,"
    " content_rating, rating, duration_ms, group_number, number, last_number, quality, genres, studios"
)
_HOLDERS = ("series", "season", "artist", "album")


class Pin(Struct, frozen=True):
    """A file that belongs to an item whatever it is called, with what holds the item ((kind, identity), or None)."""

    file_id: UUID
    item_id: UUID
    kind: ItemKind
    identity: str
    parent: tuple[ItemKind, str] | None
    top: tuple[ItemKind, str] | None


class Alias(Struct, frozen=True):
    """A series, season, artist or album that was found as `identity` and is the one known as `target`, which a person
    put there. `top` is the series or artist that holds this one now, `number` the number of a season."""

    kind: ItemKind
    identity: str
    target: str
    item_id: UUID
    top: tuple[ItemKind, str] | None = None
    number: int | None = None


async def pins(tx: Tx, file_ids: Sequence[UUID]) -> dict[UUID, Pin]:
    """File id -> its pin, of those files that have one."""
    if not file_ids:
        return {}
    rows = await tx.fetch(
        "select n.file_id, i.id, i.kind, i.identity, p.kind as parent_kind, p.identity as parent,"
        " t.kind as top_kind, t.identity as top from catalog.pin n join catalog.item i on i.id = n.item_id"
        " left join catalog.item p on p.id = i.parent_id left join catalog.item t on t.id = i.top_id"
        " where n.file_id = any($1::uuid[])",
        list(file_ids),
    )
    return {
        row["file_id"]: Pin(
            row["file_id"], row["id"], row["kind"], row["identity"],
            (row["parent_kind"], row["parent"]) if row["parent"] is not None else None,
            (row["top_kind"], row["top"]) if row["top"] is not None else None,
        )
        for row in rows
    }  # fmt: skip


async def aliases(tx: Tx, library_id: UUID) -> list[Alias]:
    """All of a library's: a person makes them one by one, so they are few."""
    rows = await tx.fetch(
        "select a.kind, a.identity, i.identity as target, i.id, t.kind as top_kind, t.identity as top, i.number"
        " from catalog.alias a join catalog.item i on i.id = a.item_id left join catalog.item t on t.id = i.top_id"
        " where a.library_id = $1",
        library_id,
    )
    return [
        Alias(
            row["kind"], row["identity"], row["target"], row["id"],
            (row["top_kind"], row["top"]) if row["top"] is not None else None, row["number"],
        )
        for row in rows
    ]  # fmt: skip


async def put_alias(tx: Tx, library_id: UUID, kind: ItemKind, identity: str, item_id: UUID) -> None:
    """From now on what is found as `identity` is this item."""
    await tx.execute(
        "insert into catalog.alias (library_id, kind, identity, item_id) values ($1, $2, $3, $4)"
        " on conflict (library_id, kind, identity) do update set item_id = excluded.item_id",
        library_id,
        kind,
        identity,
        item_id,
    )


async def pin_files(tx: Tx, item_id: UUID) -> None:
    """Tie the files of an item to it: no name of theirs takes them away from it any more."""
    await tx.execute(
        "insert into catalog.pin (file_id, item_id) select p.file_id, $1 from catalog.version v"
        " join catalog.part p on p.version_id = v.id where v.item_id = $1 and p.start_ms is null"
        " on conflict (file_id) do update set item_id = excluded.item_id",
        item_id,
    )


async def merge(tx: Tx, source_id: UUID, target_id: UUID) -> list[tuple[UUID, UUID]]:
    """Make one item of two of a kind and library: what belonged to the source belongs to the target from now on, also
    in later scans. (gone, kept) pairs, for what people did with them; the caller moves that and calls `forget_merged`.
    """
    source, target = await _pair(tx, source_id, target_id)
    if source["kind"] in _LEAVES:
        await _merge_leaf(tx, source_id, target_id)
        return [(source_id, target_id)]
    await tx.execute("update catalog.alias set item_id = $2 where item_id = $1", source_id, target_id)
    await put_alias(tx, source["library_id"], source["kind"], source["identity"], target_id)
    pairs = await _merge_below(tx, source, target)
    await tx.execute(
        "update catalog.item set parent_id = $2 where parent_id = $1 and kind = 'extra'", source_id, target_id
    )
    if source["kind"] == "artist":
        await tx.execute("update catalog.artist_credit set artist_id = $2 where artist_id = $1", source_id, target_id)
    if source["kind"] in ("season", "album"):
        await _settle_below(tx, source, target)
    return [*pairs, (source_id, target_id)]


async def _settle_below(tx: Tx, source: Row, target: Row) -> None:
    """What came to another season or album belongs to its series or artist, too, and counts as that season's; what the
    source was taken from is hidden when nothing is left of it."""
    await tx.execute(
        "update catalog.item c set top_id = p.top_id, group_number = case when p.kind <> 'season'"
        " or 'group_number' = any(c.locked) then c.group_number else p.number end"
        " from catalog.item p where p.id = $1 and c.parent_id = p.id and c.kind <> 'extra'",
        target["id"],
    )
    await hide_if_empty(tx, source["parent_id"], but=source["id"])


async def hide_if_empty(tx: Tx, holder_id: UUID | None, but: UUID | None = None) -> None:
    """Hide a series, season, artist or album that holds nothing to be seen any more, `but` one that is to go."""
    await tx.execute(
        "update catalog.item i set available = false where id = $1 and available and not exists"
        " (select from catalog.item c where c.parent_id = i.id and c.available and c.id is distinct from $2)"
        " and not exists (select from catalog.artist_credit a join catalog.item c on c.id = a.item_id"
        " where a.artist_id = i.id and c.available)",
        holder_id,
        but,
    )


async def forget_merged(tx: Tx, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Take away what was merged into something else, and say anew what of the rest can be seen."""
    await tx.execute("delete from catalog.item where id = any($1::uuid[])", [gone for gone, _ in pairs])
    rows = await tx.fetch(
        "select id from catalog.item where kind = any($2) and (id = any($1::uuid[]) or parent_id = any($1::uuid[])"
        " or top_id = any($1::uuid[]))",
        [kept for _, kept in pairs],
        list(_LEAVES),
    )
    await refresh_availability(tx, [row["id"] for row in rows])


async def split(tx: Tx, item_id: UUID, file_ids: Sequence[UUID]) -> UUID:
    """Make an item of its own of some of an item's files, to begin with like the one they were taken from; its id.

    Conflict when nothing would be left, Invalid when one of the files is not the item's.
    """
    row = await tx.fetchrow("select kind from catalog.item where id = $1 for update", item_id)
    if row is None or row["kind"] not in _LEAVES:
        raise Invalid("Only what has files of its own can be split: a film, an episode, a track or an extra.")
    new = new_id()
    await tx.execute(
        f"insert into catalog.item (id, identity, added_at, {_COPIED}) select $2, $3, now(), {_COPIED}"  # noqa: S608 - columns
        " from catalog.item where id = $1",
        item_id,
        new,
        f"{SPLIT}{new}",
    )
    await move_files(tx, item_id, file_ids, new)
    return new


async def move_files(tx: Tx, item_id: UUID, file_ids: Sequence[UUID], into: UUID) -> None:
    """Move some of an item's files to another one of its kind and library. Versions go as wholes where all their parts
    do; parts taken out of a stack become a version each. Conflict when the item would be left without files."""
    await _pair(tx, item_id, into)
    rows = await tx.fetch(
        "select v.id, v.label, v.edition, v.rank, p.file_id, p.position from catalog.version v"
        " join catalog.part p on p.version_id = v.id where v.item_id = $1 order by v.rank, v.id, p.position",
        item_id,
    )
    wanted, own = set(file_ids), {row["file_id"] for row in rows}
    if not wanted or not wanted <= own:
        raise Invalid("These are not files of this item. Load it again.")
    if wanted == own:
        raise Conflict("All files of the item would go. Merge the two items instead.")
    # The others stay here for good: a name that fits both must not carry them along.
    await pin_files(tx, item_id)
    versions: dict[UUID, list[Row]] = {}
    for row in rows:
        versions.setdefault(row["id"], []).append(row)
    for version_id, parts in versions.items():
        taken = [row for row in parts if row["file_id"] in wanted]
        if len(taken) == len(parts):
            await tx.execute("update catalog.version set item_id = $2 where id = $1", version_id, into)
            continue
        for row in taken:
            one = new_id()
            await tx.execute(
                "insert into catalog.version (id, item_id, label, edition, rank) values ($1, $2, $3, $4, $5)",
                one, into, row["label"], row["edition"], row["rank"],
            )  # fmt: skip
            await tx.execute(
                "update catalog.part set version_id = $3, position = 0 where version_id = $1 and file_id = $2",
                version_id, row["file_id"], one,
            )  # fmt: skip
    await pin_files(tx, into)
    await refresh_availability(tx, [item_id, into])


async def _pair(tx: Tx, one_id: UUID, other_id: UUID) -> tuple[Row, Row]:
    rows = await tx.fetch(
        "select id, library_id, kind, identity, title, parent_id from catalog.item where id = any($1::uuid[])"
        " order by id for update",
        [one_id, other_id],
    )
    found = {row["id"]: row for row in rows}
    if one_id == other_id:
        raise Invalid("This is one and the same item.")
    if len(found) < 2:
        raise NotFound("There is no such item, or it is not there any more.")
    one, other = found[one_id], found[other_id]
    if one["kind"] not in (*_LEAVES, *_HOLDERS) or one["kind"] != other["kind"]:
        raise Invalid("Only two of a kind can be taken together: two films, two episodes, two seasons, two series...")
    if one["library_id"] != other["library_id"]:
        raise Invalid("The two lie in different libraries.")
    return one, other


async def _merge_leaf(tx: Tx, source_id: UUID, target_id: UUID) -> None:
    await pin_files(tx, source_id)
    await pin_files(tx, target_id)
    await tx.execute("update catalog.pin set item_id = $2 where item_id = $1", source_id, target_id)
    await tx.execute("update catalog.version set item_id = $2 where item_id = $1", source_id, target_id)
    await tx.execute("update catalog.sidecar set item_id = $2 where item_id = $1", source_id, target_id)
    await tx.execute(
        "update catalog.item set parent_id = $2, top_id = case when top_id = $1 then $2 else top_id end"
        " where parent_id = $1",
        source_id,
        target_id,
    )


async def _merge_below(tx: Tx, source: Row, target: Row) -> list[tuple[UUID, UUID]]:
    """Take what hangs on a series, artist or album over to another one; pairs of what met its like there."""
    old, new = f"{source['identity']}|", f"{target['identity']}|"
    rows = await tx.fetch(
        "select id, kind, identity from catalog.item where (parent_id = $1 or top_id = $1) and kind <> 'extra'"
        " order by array_position(array['album', 'season', 'track', 'episode'], kind), id",
        source["id"],
    )
    keys = {row["id"]: new + row["identity"].removeprefix(old) for row in rows}
    met = await tx.fetch(
        "select kind, identity, id from catalog.item where library_id = $1 and identity = any($2::text[])",
        target["library_id"],
        list(keys.values()),
    )
    there = {(row["kind"], row["identity"]): row["id"] for row in met}
    pairs: dict[UUID, UUID] = {}
    for row in rows:
        if (like := there.get((row["kind"], keys[row["id"]]))) is not None and like != row["id"]:
            pairs[row["id"]] = like
            if row["kind"] in _LEAVES:
                await _merge_leaf(tx, row["id"], like)
        elif row["identity"].startswith(old):
            await tx.execute("update catalog.item set identity = $2 where id = $1", row["id"], keys[row["id"]])
    for gone, kept in [*pairs.items(), (source["id"], target["id"])]:
        await tx.execute(
            "update catalog.item set parent_id = case when parent_id = $1 then $2 else parent_id end,"
            " top_id = case when top_id = $1 then $2 else top_id end"
            " where (parent_id = $1 or top_id = $1) and id <> all($3::uuid[])",
            gone,
            kept,
            list(pairs),
        )
    return list(pairs.items())
