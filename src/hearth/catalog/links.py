"""What hangs on an item: versions made of files, sidecars, artists and people."""

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth.catalog.items import ItemKind
from hearth.db import Tx
from hearth.kit.ids import new_id
from hearth.kit.text import fold


class VersionFacts(Struct, frozen=True):
    """One edition or quality of an item: the files in playing order; the lowest `rank` is offered first."""

    item_id: UUID
    label: str
    edition: str | None
    rank: int
    files: tuple[UUID, ...]
    start_ms: int | None = None
    """Where it begins in its only file, and where it ends (None: at the end); None for whole files."""
    end_ms: int | None = None


class Sidecar(Struct, frozen=True):
    """A file beside the item's own: subtitles, another sound track, lyrics. `language` is ISO 639-2/B or None."""

    item_id: UUID
    file_id: UUID
    kind: Literal["subtitle", "audio", "lyrics"]
    language: str | None = None
    title: str | None = None
    is_forced: bool = False
    is_default: bool = False
    hearing_impaired: bool = False


class ArtistCredit(Struct, frozen=True):
    """An artist (an item) of an album or track, in order."""

    item_id: UUID
    position: int
    artist_id: UUID


class Credit(Struct, frozen=True):
    """A person of a film, show or episode, in order; `role` is "actor", "director", "writer"."""

    item_id: UUID
    position: int
    name: str
    role: str
    character: str | None


class Linked(Struct, frozen=True):
    """An item that a file belongs to, with what holds it (None for none); `others` when further files, which are not
    missing, belong to it too."""

    file_id: UUID
    item_id: UUID
    kind: ItemKind
    identity: str
    parent_id: UUID | None
    top_id: UUID | None
    others: bool


class Leaf(Struct, frozen=True):
    """A film, episode or track below something, and where one of its files lies."""

    holder_id: UUID
    item_id: UUID
    root_id: UUID
    folder: bytes


async def linked_items(tx: Tx, file_ids: Sequence[UUID]) -> list[Linked]:
    """The items that these files are versions of."""
    rows = await tx.fetch(
        "select p.file_id, i.id, i.kind, i.identity, i.parent_id, i.top_id, exists (select from catalog.version ov"
        " join catalog.part op on op.version_id = ov.id join libraries.file f on f.id = op.file_id"
        " where ov.item_id = i.id and f.missing_since is null and op.file_id <> all($1::uuid[]))"
        " from catalog.part p join catalog.version v on v.id = p.version_id join catalog.item i on i.id = v.item_id"
        " where p.file_id = any($1::uuid[])",
        list(file_ids),
    )
    return [Linked(*row) for row in rows]


async def items_of(tx: Tx, file_ids: Sequence[UUID]) -> set[UUID]:
    """The items that these files are versions of."""
    rows = await tx.fetch(
        "select distinct v.item_id from catalog.part p join catalog.version v on v.id = p.version_id"
        " where p.file_id = any($1::uuid[])",
        list(file_ids),
    )
    return {row["item_id"] for row in rows}


async def leaves_below(tx: Tx, holder_ids: Sequence[UUID]) -> list[Leaf]:
    """The leaves that hang directly on these items or have one of them at the top, with the places of their files."""
    rows = await tx.fetch(
        "select h.id, i.id, f.root_id, f.folder from unnest($1::uuid[]) as h (id)"
        " join catalog.item i on (i.parent_id = h.id or i.top_id = h.id) and i.kind in ('episode', 'track')"
        " join catalog.version v on v.item_id = i.id join catalog.part p on p.version_id = v.id"
        " join libraries.file f on f.id = p.file_id where f.missing_since is null",
        list(holder_ids),
    )
    return [Leaf(*row) for row in rows]


async def items_at(tx: Tx, places: Sequence[tuple[UUID, bytes, bytes]]) -> dict[tuple[UUID, bytes, bytes], list[UUID]]:
    """(root, folder, name) -> the items that the file there is a version of, in their order; of those there are."""
    rows = (
        await tx.fetch(
            "select f.root_id, f.folder, f.name, v.item_id from unnest($1::uuid[], $2::bytea[], $3::bytea[])"
            " as t (root_id, folder, name) join libraries.file f using (root_id, folder, name)"
            " join catalog.part p on p.file_id = f.id join catalog.version v on v.id = p.version_id"
            " join catalog.item i on i.id = v.item_id where f.missing_since is null"
            " order by i.group_number, i.number, coalesce(p.start_ms, 0), i.id",
            *(list(column) for column in zip(*dict.fromkeys(places), strict=True)),
        )
        if places
        else []
    )
    found: dict[tuple[UUID, bytes, bytes], list[UUID]] = {}
    for row in rows:
        found.setdefault((row["root_id"], row["folder"], row["name"]), []).append(row["item_id"])
    return found


async def put_versions(tx: Tx, file_ids: Sequence[UUID], versions: Sequence[VersionFacts]) -> None:
    """Write `versions`, and make them the only ones that these files belong to; a version that stays keeps its id.
    Files that were new a moment ago need not be among `file_ids`."""
    rows = (
        await tx.fetch(
            "select v.item_id, p.file_id, v.id from catalog.part p join catalog.version v on v.id = p.version_id"
            " where p.file_id = any($1::uuid[]) and p.position = 0",
            list(file_ids),
        )
        if file_ids
        else []
    )
    had = {(row[0], row[1]): row[2] for row in rows}
    kept = [had.pop((version.item_id, version.files[0]), None) for version in versions]
    ids = [version_id or new_id() for version_id in kept]
    if rows:
        await tx.execute(
            "delete from catalog.part where file_id = any($1::uuid[]) or version_id = any($2::uuid[])",
            list(file_ids),
            list(had.values()),
        )
        await tx.execute("delete from catalog.version where id = any($1::uuid[])", list(had.values()))
    again = [(version_id, version) for version_id, version in zip(kept, versions, strict=True) if version_id]
    if again:
        await tx.execute(
            "update catalog.version v set label = n.label, edition = n.edition, rank = n.rank"
            " from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[]) n (id, label, edition, rank)"
            " where v.id = n.id",
            [version_id for version_id, _ in again],
            [version.label for _, version in again],
            [version.edition for _, version in again],
            [version.rank for _, version in again],
        )
    await tx.copy_records_to_table(
        "version",
        schema_name="catalog",
        columns=("id", "item_id", "label", "edition", "rank"),
        records=[
            (version_id, version.item_id, version.label, version.edition, version.rank)
            for version_id, old, version in zip(ids, kept, versions, strict=True)
            if old is None
        ],
    )
    parts = [
        (version_id, position, file_id, version.start_ms, version.end_ms)
        for version_id, version in zip(ids, versions, strict=True)
        for position, file_id in enumerate(version.files)
    ]
    await tx.copy_records_to_table(
        "part",
        schema_name="catalog",
        columns=("version_id", "position", "file_id", "start_ms", "end_ms"),
        records=parts,
    )


async def put_sidecars(tx: Tx, file_ids: Sequence[UUID], sidecars: Sequence[Sidecar]) -> None:
    """Write `sidecars`, and make them the only ones that these files are; new files need not be among `file_ids`."""
    if file_ids:
        await tx.execute("delete from catalog.sidecar where file_id = any($1::uuid[])", list(file_ids))
    await _copy(tx, "sidecar", Sidecar, sidecars)


async def put_artist_credits(tx: Tx, credits: Sequence[ArtistCredit], fresh: Collection[UUID] = ()) -> None:
    """Replace the artists of every item that `credits` names, except where a person locked them; those of `fresh`
    items, which have none, are added."""
    replaced = {c.item_id for c in credits}.difference(fresh)
    if replaced:
        held = await tx.fetch(
            "select id from catalog.item where id = any($1::uuid[]) and 'artists' = any(locked)", list(replaced)
        )
        locked = {row["id"] for row in held}
        credits = [credit for credit in credits if credit.item_id not in locked]
        await tx.execute("delete from catalog.artist_credit where item_id = any($1::uuid[])", list(replaced - locked))
    await _copy(tx, "artist_credit", ArtistCredit, credits)


async def put_credits(tx: Tx, credits: Sequence[Credit]) -> None:
    """Replace the people of every item that `credits` names, except where a person locked them; people are the same
    when their folded names are."""
    held = await tx.fetch(
        "select id from catalog.item where id = any($1::uuid[]) and 'credits' = any(locked)",
        list({c.item_id for c in credits}),
    )
    locked = {row["id"] for row in held}
    credits = [credit for credit in credits if credit.item_id not in locked]
    names = {fold(credit.name) or credit.name: credit.name for credit in credits}
    keys = sorted(names)
    rows = await tx.fetch(
        "insert into catalog.person as p (id, name, name_key) select * from unnest($1::uuid[], $2::text[], $3::text[])"
        " on conflict (name_key) do update set name = p.name returning id, name_key",
        [new_id() for _ in keys],
        [names[key] for key in keys],
        keys,
    )
    ids = {row["name_key"]: row["id"] for row in rows}
    await tx.execute("delete from catalog.credit where item_id = any($1::uuid[])", list({c.item_id for c in credits}))
    await tx.copy_records_to_table(
        "credit",
        schema_name="catalog",
        columns=("item_id", "position", "person_id", "role", "character"),
        records=[(c.item_id, c.position, ids[fold(c.name) or c.name], c.role, c.character) for c in credits],
    )


async def _copy(tx: Tx, table: str, kind: type[Struct], rows: Sequence[Struct]) -> None:
    if rows:
        fields = kind.__struct_fields__
        await tx.copy_records_to_table(
            table, schema_name="catalog", columns=fields, records=list(map(attrgetter(*fields), rows))
        )
