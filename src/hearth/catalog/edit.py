"""What a person wrote: fields that stay as they are, whatever is found later."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from hearth.catalog.corrections import hide_if_empty, put_alias
from hearth.catalog.items import LOCKABLE, ItemFacts, find_items, put_items, refresh_availability
from hearth.catalog.links import Credit, put_credits
from hearth.db import Row, Tx
from hearth.kit.errors import Invalid, NotFound
from hearth.kit.ids import new_id
from hearth.kit.text import fold, sort_key

EDITABLE: dict[str, str] = {
    "title": "text", "sort_title": "text", "original_title": "text", "year": "smallint", "released": "date",
    "overview": "text", "tagline": "text", "content_rating": "text", "rating": "real", "genres": "text[]",
    "studios": "text[]", "number": "integer", "group_number": "integer", "last_number": "integer",
    "provider_ids": "jsonb",
}  # fmt: skip
"""The columns that a person may write, and their types."""

HOLDER = {"episode": "season", "season": "series", "track": "album", "album": "artist"}
"""What holds what."""


async def edit_item(
    tx: Tx,
    item_id: UUID,
    changes: Mapping[str, object],
    *,
    people: Sequence[Credit] | None = None,
    artists: Sequence[tuple[str, str]] | None = None,
    locked: Sequence[str] | None = None,
) -> None:
    """Write fields (of `EDITABLE`) and lock them; `people` replace the item's own, `artists` (identity, name) those of
    a track or album. `locked`, when given, is all that is locked from now on, besides what is written here. NotFound
    when there is no such item.

    A title that is written gives the sort title too, unless that is written or locked itself.
    """
    wrong = sorted((set(locked or ()) - LOCKABLE) | (set(changes) - set(EDITABLE)))
    if wrong:
        raise Invalid(f"There is no field {wrong[0]!r} to lock: use {', '.join(sorted(LOCKABLE))}.")
    row = await tx.fetchrow("select title, search, locked from catalog.item where id = $1 for update", item_id)
    if row is None:
        raise NotFound("There is no such item, or it is not there any more.")
    written = dict(changes)
    if (title := written.get("title")) is not None:
        held = row["locked"] if locked is None else locked
        if written.get("sort_title") is None and "sort_title" not in held:
            written.pop("sort_title", None)
            await tx.execute("update catalog.item set sort_title = $2 where id = $1", item_id, sort_key(str(title)))
        await tx.execute("update catalog.item set search = $2 where id = $1", item_id, _search(row, str(title)))
    if (sort_title := written.get("sort_title")) is not None:
        written["sort_title"] = sort_key(str(sort_title))
    keep = set(row["locked"] if locked is None else locked) | set(changes)
    if people is not None:
        keep.add("credits")
        await tx.execute("delete from catalog.credit where item_id = $1", item_id)
        await tx.execute("update catalog.item set locked = array_remove(locked, 'credits') where id = $1", item_id)
        await put_credits(tx, people)
    if artists is not None:
        keep.add("artists")
        await _set_artists(tx, item_id, artists)
    assignments = "".join(f", {name} = ${n}::{EDITABLE[name]}" for n, name in enumerate(written, 3))
    await tx.execute(
        f"update catalog.item set locked = $2, updated_at = now(){assignments} where id = $1",  # noqa: S608 - columns
        item_id,
        sorted(keep),
        *written.values(),
    )


async def _set_artists(tx: Tx, item_id: UUID, artists: Sequence[tuple[str, str]]) -> None:
    """Credit these artists, made where the library has none of the name; those who lose their last work are hidden."""
    row = await tx.fetchrow("select library_id, kind from catalog.item where id = $1", item_id)
    if row is None or row["kind"] not in ("track", "album"):
        raise Invalid("Only tracks and albums have artists.", extra={"field": "artists"})
    named = dict(artists)
    told = await tx.fetch(
        "select identity, item_id from catalog.alias where library_id = $1 and kind = 'artist'"
        " and identity = any($2::text[])",
        row["library_id"],
        list(named),
    )
    ids = {one["identity"]: one["item_id"] for one in told}
    there = await find_items(tx, row["library_id"], [("artist", one) for one in named if one not in ids])
    ids |= {identity: found for (_, identity), found in there.items()}
    fresh = [
        ItemFacts(id=new_id(), kind="artist", identity=identity, title=name, sort_title=sort_key(name),
                  search=fold(name), added_at=datetime.now(UTC))
        for identity, name in named.items() if identity not in ids
    ]  # fmt: skip
    if fresh:
        made, _ = await put_items(tx, row["library_id"], fresh)
        ids |= {identity: found for (_, identity), found in made.items()}
    before = await tx.fetch("delete from catalog.artist_credit where item_id = $1 returning artist_id", item_id)
    await tx.execute(
        "insert into catalog.artist_credit (item_id, position, artist_id)"
        " select $1, n - 1, a from unnest($2::uuid[]) with ordinality t (a, n)",
        item_id,
        list(dict.fromkeys(ids[identity] for identity in named)),
    )
    await tx.execute(
        "update catalog.item set available = true where id = any($1::uuid[]) and not available", list(ids.values())
    )
    for artist_id in {one["artist_id"] for one in before} - set(ids.values()):
        await hide_if_empty(tx, artist_id)


def _search(row: Row, title: str) -> str:
    """The words of the item with those of its old title replaced: artists and other names stay findable."""
    old, words = fold(str(row["title"])), str(row["search"])
    rest = words[len(old) :].strip() if words.startswith(old) else words
    return f"{fold(title)} {rest}".strip()[:1000]


async def move_item(tx: Tx, item_id: UUID, parent_id: UUID) -> None:
    """Put an episode into another season, a season into another series, a track on another album or an album under
    another artist, and keep it there. Invalid when the one does not hold the other."""
    rows = await tx.fetch(
        "select id, kind, identity, parent_id, library_id from catalog.item where id = any($1::uuid[])",
        [item_id, parent_id],
    )
    found = {row["id"]: row for row in rows}
    if len(found) < 2 and item_id != parent_id:
        raise NotFound("There is no such item, or it is not there any more.")
    one, holder = found[item_id], found[parent_id]
    if HOLDER.get(one["kind"]) != holder["kind"] or one["library_id"] != holder["library_id"]:
        raise Invalid(
            "An episode belongs to a season, a season to a series, a track to an album and an album to an artist, all"
            " of one library."
        )
    top = parent_id if holder["kind"] in ("series", "artist") else holder["parent_id"]
    await tx.execute(
        "update catalog.item set parent_id = $2, top_id = $3, updated_at = now(), locked ="
        " (select array(select distinct unnest(locked || array['parent']) order by 1)) where id = $1",
        item_id,
        parent_id,
        top,
    )
    await tx.execute("update catalog.item set top_id = $2 where parent_id = $1 and kind <> 'extra'", item_id, top)
    rows = await tx.fetch(
        "select id from catalog.item where (parent_id = any($1::uuid[]) or top_id = any($1::uuid[]))"
        " and kind in ('episode', 'track', 'extra')",
        [one["parent_id"], parent_id, item_id],
    )
    await refresh_availability(tx, [row["id"] for row in rows])
    await hide_if_empty(tx, one["parent_id"])
    if one["kind"] in ("season", "album"):
        # Files that come to it later are told by their folder, which is another series' or artist's: they follow it.
        await put_alias(tx, one["library_id"], one["kind"], one["identity"], item_id)


async def season_like(tx: Tx, season_id: UUID, series_id: UUID) -> UUID | None:
    """The season of a series that has the number of this one; None where there is none, or this one is no season."""
    there: UUID | None = await tx.fetchval(
        "select there.id from catalog.item one join catalog.item there on there.kind = 'season'"
        " and there.number = one.number and there.parent_id = $2 and there.id <> one.id"
        " where one.id = $1 and one.kind = 'season' order by there.available desc, there.id limit 1",
        season_id,
        series_id,
    )
    return there


async def season_of(tx: Tx, episode_id: UUID, number: int) -> UUID:
    """The season with this number in an episode's series; made when there is none."""
    row = await tx.fetchrow(
        "select s.id, s.library_id, s.kind, s.identity from catalog.item e join catalog.item s on s.id = e.top_id"
        " where e.id = $1 and e.kind = 'episode'",
        episode_id,
    )
    if row is None:
        raise Invalid("Only an episode belongs to a season.")
    there: UUID | None = await tx.fetchval(
        "select id from catalog.item where parent_id = $1 and kind = 'season' and number = $2 order by id limit 1",
        row["id"],
        number,
    )
    if there is not None:
        return there
    title = "Specials" if number == 0 else f"Season {number}"
    facts = ItemFacts(
        id=new_id(), kind="season", identity=f"{row['identity']}|{number}", title=title, sort_title=sort_key(title),
        search=fold(title), added_at=datetime.now(UTC), parent_id=row["id"], top_id=row["id"], number=number,
    )  # fmt: skip
    ids, _ = await put_items(tx, row["library_id"], [facts])
    return ids["season", facts.identity]


async def files_below(tx: Tx, item_id: UUID) -> list[UUID]:
    """The files of an item and of all that it holds."""
    rows = await tx.fetch(
        "select p.file_id from catalog.item i join catalog.version v on v.item_id = i.id"
        " join catalog.part p on p.version_id = v.id where i.id = $1 or i.parent_id = $1 or i.top_id = $1",
        item_id,
    )
    return [row["file_id"] for row in rows]
