"""Items: one row for each thing that can be shown."""

from collections.abc import Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth import jobs
from hearth.db import Tx

ItemKind = Literal[
    "movie", "series", "season", "episode", "artist", "album", "track", "extra", "collection", "playlist"
]


class Facts(Struct, frozen=True, kw_only=True):
    """What may be known about an item, whoever tells it. None and empty mean unknown. `rating` is out of 10,
    `film_series` the name of the set of films that one belongs to."""

    original_title: str | None = None
    year: int | None = None
    released: date | None = None
    overview: str | None = None
    tagline: str | None = None
    content_rating: str | None = None
    film_series: str | None = None
    rating: float | None = None
    genres: tuple[str, ...] = ()
    studios: tuple[str, ...] = ()
    provider_ids: dict[str, str] = {}


class ItemFacts(Facts, frozen=True, kw_only=True):
    """What was found out about an item: the unknown leaves what is there. `id` is used only when the item is new.
    `search` is the folded text by which it is found, `sort_title` its place in lists."""

    id: UUID
    kind: ItemKind
    identity: str
    title: str
    sort_title: str
    search: str
    added_at: datetime
    parent_id: UUID | None = None
    top_id: UUID | None = None
    duration_ms: int | None = None
    group_number: int | None = None
    number: int | None = None
    last_number: int | None = None
    quality: str | None = None


class ItemsChanged(jobs.Event, frozen=True, tag="items"):
    """Something in a library is new, changed or gone."""

    library_id: UUID


# Column, its type in the record set, and how a later finding meets what is there.
_PLAIN = (
    ("original_title", "text"),
    ("year", "smallint"),
    ("released", "date"),
    ("overview", "text"),
    ("tagline", "text"),
    ("content_rating", "text"),
    ("film_series", "text"),
    ("rating", "real"),
    ("duration_ms", "bigint"),
    ("group_number", "integer"),
    ("number", "integer"),
    ("last_number", "integer"),
    ("quality", "text"),
)
_LOCKABLE = ("title", "sort_title", *(name for name, _ in _PLAIN))
LOCKABLE = frozenset((*_LOCKABLE, "genres", "studios", "provider_ids", "credits", "artists", "parent")) - {
    "duration_ms",
    "quality",
}
"""The fields that a person may lock; "parent" is the season or album that something belongs to."""
_MERGE = ", ".join(
    f"{name} = case when '{name}' = any(item.locked) then item.{name} else coalesce(excluded.{name}, item.{name}) end"
    for name in _LOCKABLE
)
_LISTS = ", ".join(
    f"{name} = case when '{name}' = any(item.locked) or excluded.{name} = '{{}}'"
    f" then item.{name} else excluded.{name} end"
    for name in ("genres", "studios")
)
_PUT = f"""
insert into catalog.item as item
    (library_id, id, kind, identity, parent_id, top_id, title, sort_title, search, added_at, provider_ids,
     {", ".join(name for name, _ in _PLAIN)}, genres, studios)
select $1, id, kind, identity, parent_id, top_id, title, sort_title, search, added_at, provider_ids,
     {", ".join(name for name, _ in _PLAIN)},
     array(select jsonb_array_elements_text(genres)), array(select jsonb_array_elements_text(studios))
from jsonb_to_recordset($2::jsonb) as found
    (id uuid, kind text, identity text, parent_id uuid, top_id uuid, title text, sort_title text, search text,
     added_at timestamptz, provider_ids jsonb, {", ".join(f"{name} {kind}" for name, kind in _PLAIN)},
     genres jsonb, studios jsonb)
on conflict (library_id, kind, identity) do update set
    parent_id = case when 'parent' = any(item.locked) then item.parent_id else excluded.parent_id end,
    top_id = case when 'parent' = any(item.locked) then item.top_id else excluded.top_id end, updated_at = now(),
    -- What holds others is available when one of them is: that is for refresh_availability to say.
    available = item.available or excluded.kind in ('movie', 'episode', 'track', 'extra'),
    search = case when 'title' = any(item.locked) then item.search else excluded.search end,
    provider_ids = case when 'provider_ids' = any(item.locked) then item.provider_ids
        else item.provider_ids || excluded.provider_ids end, {_MERGE}, {_LISTS}
returning kind, identity, id, (xmax = 0) as is_new
"""  # noqa: S608 - built from the constants above alone


_ADDED = (
    "id", "kind", "identity", "parent_id", "top_id", "title", "sort_title", "search", "added_at", "provider_ids",
    *(name for name, _ in _PLAIN), "genres", "studios",
)  # fmt: skip
_added = attrgetter(*_ADDED)


async def add_items(tx: Tx, library_id: UUID, items: Sequence[ItemFacts]) -> None:
    """Write items that `find_items` did not find, with those they hold, in any order: `put_items` at a third of the
    price. UniqueViolationError when one of them came in between."""
    if items:
        await tx.copy_records_to_table(
            "item",
            schema_name="catalog",
            columns=("library_id", *_ADDED),
            records=[(library_id, *_added(item)) for item in sorted(items, key=attrgetter("kind", "identity"))],
        )


async def refresh_statistics(tx: Tx) -> None:
    """Tell the planner what the catalogue looks like by now; 60 ms with 2,000 items, 3 s with a million.

    PostgreSQL does so by itself a minute later. Until then it plans for the tables it knew: beside a first scan of
    30,000 files searches took 73 ms instead of 5, pages of albums 26 instead of 6.
    """
    await tx.execute("analyze catalog.item, catalog.artist_credit, catalog.credit, catalog.version, catalog.part")


async def put_items(
    tx: Tx, library_id: UUID, items: Sequence[ItemFacts]
) -> tuple[dict[tuple[str, str], UUID], set[UUID]]:
    """Write findings, each (kind, identity) once: (kind, identity) -> the item's id, and the ids that are new.

    Rows are written in the order of their identities, so that two writers never wait for each other in a ring.
    """
    ordered = sorted(items, key=lambda item: (item.kind, item.identity))
    rows = await tx.fetch(_PUT, library_id, ordered)
    ids = {(row["kind"], row["identity"]): row["id"] for row in rows}
    return ids, {row["id"] for row in rows if row["is_new"]}


async def rename_items(tx: Tx, library_id: UUID, renames: Sequence[tuple[UUID, str]]) -> int:
    """Give items (id, new identity) another identity: what was renamed keeps its item. How many were renamed.

    All step aside first, so that chains and swaps work; one whose new identity belongs to another item keeps its old
    one. What was known of an item under its old name goes, but for locked fields: the new finding tells it anew.
    """
    ids = [item_id for item_id, _ in renames]
    rows = await tx.fetch("select id, identity from catalog.item where id = any($1::uuid[])", ids)
    before = {row["id"]: row["identity"] for row in rows}
    await tx.execute("update catalog.item set identity = '~' || id where id = any($1::uuid[])", ids)
    done = 0
    for item_id, identity in renames:
        row = await tx.fetchval(
            "update catalog.item set identity = $3,"
            " provider_ids = case when 'provider_ids' = any(locked) then provider_ids else '{}' end,"
            " overview = case when 'overview' = any(locked) then overview end,"
            " tagline = case when 'tagline' = any(locked) then tagline end,"
            " original_title = case when 'original_title' = any(locked) then original_title end"
            " where id = $1 and library_id = $2 and not exists"
            " (select from catalog.item o where o.library_id = $2 and o.kind = item.kind and o.identity = $3)"
            " returning id",
            item_id,
            library_id,
            identity,
        )
        if row is None and item_id in before:
            await tx.execute("update catalog.item set identity = $2 where id = $1", item_id, before[item_id])
        done += row is not None
    # An alias that a person made by moving a season or album is known by the name that this is found by.
    await tx.execute(
        "update catalog.alias a set identity = i.identity from catalog.item i"
        " where i.id = any($1::uuid[]) and a.item_id = i.id and a.kind = i.kind and a.identity = any($2::text[])"
        " and not exists (select from catalog.alias o where o.library_id = a.library_id and o.kind = a.kind"
        " and o.identity = i.identity)",
        ids,
        list(before.values()),
    )
    return done


async def put_looks(tx: Tx, found: Sequence[tuple[UUID, str | None, int | None]]) -> None:
    """Write quality and length (ms) of items where they are otherwise."""
    await tx.execute(
        "update catalog.item i set quality = n.quality, duration_ms = n.duration_ms, updated_at = now()"
        " from unnest($1::uuid[], $2::text[], $3::bigint[]) n (id, quality, duration_ms) where i.id = n.id"
        " and (i.quality, i.duration_ms) is distinct from (n.quality, n.duration_ms)",
        [one[0] for one in found],
        [one[1] for one in found],
        [one[2] for one in found],
    )


async def refresh_availability(tx: Tx, leaf_ids: Sequence[UUID]) -> int:
    """Hide those of the films, episodes, tracks and extras whose files are gone, show those whose files are back, and
    then what holds them; how many changed. Versions without files go.

    A leaf is available when one version of it has all its parts; what holds others when one of them is, extras aside;
    an artist also when a track or album credits them.
    """
    ids = list(leaf_ids)
    await tx.execute(
        "delete from catalog.version v where item_id = any($1::uuid[])"
        " and not exists (select from catalog.part p where p.version_id = v.id)",
        ids,
    )
    done = await tx.execute(
        """
        update catalog.item i set available = not i.available, updated_at = now()
        where i.id = any($1::uuid[]) and i.available <> exists (
            select from catalog.version v where v.item_id = i.id and not exists (
                select from catalog.part p join libraries.file f on f.id = p.file_id
                where p.version_id = v.id and f.missing_since is not null))
        """,
        ids,
    )
    changed = int(done.split()[-1])
    for _ in range(2):  # season or album, then series or artist
        rows = await tx.fetch(
            "select parent_id as id from catalog.item where id = any($1::uuid[]) and parent_id is not null"
            " union select artist_id from catalog.artist_credit where item_id = any($1::uuid[])",
            ids,
        )
        ids = [row["id"] for row in rows]
        done = await tx.execute(
            """
            update catalog.item i set available = not i.available, updated_at = now()
            where i.id = any($1::uuid[]) and i.kind in ('season', 'series', 'album', 'artist') and i.available <> (
                exists (select from catalog.item c where c.parent_id = i.id and c.available and c.kind <> 'extra')
                or i.kind = 'artist' and exists (
                    select from catalog.artist_credit a join catalog.item c on c.id = a.item_id
                    where a.artist_id = i.id and c.available))
            """,
            ids,
        )
        changed += int(done.split()[-1])
    return changed


async def hide_fileless(tx: Tx, library_id: UUID) -> int:
    """Hide what lost all its files because a folder was taken out of the library; how many items changed."""
    rows = await tx.fetch(
        "select id from catalog.item i where library_id = $1 and available"
        " and kind in ('movie', 'episode', 'track', 'extra') and not exists (select from catalog.version v"
        " join catalog.part p on p.version_id = v.id where v.item_id = i.id)",
        library_id,
    )
    return await refresh_availability(tx, [row["id"] for row in rows])


async def counts(tx: Tx, library_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Library id -> kind -> how many items of it can be seen."""
    rows = await tx.fetch(
        "select library_id, kind, count(*) from catalog.item where library_id = any($1::uuid[]) and available"
        " group by library_id, kind",
        list(library_ids),
    )
    found: dict[UUID, dict[str, int]] = {library_id: {} for library_id in library_ids}
    for library_id, kind, count in rows:
        found[library_id][kind] = count
    return found


async def find_items(tx: Tx, library_id: UUID, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """(kind, identity) -> id of those of `keys` that are there; they stay until the transaction ends."""
    rows = await tx.fetch(
        "select kind, identity, id from catalog.item i where library_id = $1"
        " and (kind, identity) in (select * from unnest($2::text[], $3::text[])) for key share of i",
        library_id,
        [kind for kind, _ in keys],
        [identity for _, identity in keys],
    )
    return {(row["kind"], row["identity"]): row["id"] for row in rows}
