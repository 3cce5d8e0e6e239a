"""Which pictures stand for an item: its own, or those of what it belongs to.

A season or episode without a poster shows its season's or series', with their backdrop and logo; a track shows its
album's cover; an artist without a picture shows the cover of the newest album.
"""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Sequence
from uuid import UUID

from hearth.accounts import Viewer
from hearth.browse.rows import Picture
from hearth.browse.visible import seen, sight_of
from hearth.db import Row, Tx
from hearth.kit.errors import NotFound

_COLUMNS = "m.item_id, m.type, m.hash, m.width, m.height, m.thumbhash, m.color"
_BORROWED: dict[str, frozenset[str]] = {
    "season": frozenset({"poster", "backdrop", "logo", "banner"}),
    "episode": frozenset({"poster", "backdrop", "logo", "banner"}),
    "track": frozenset({"poster", "backdrop"}),
    "extra": frozenset({"poster", "backdrop", "logo"}),
}


async def pictures_of(tx: Tx, rows: Sequence[Row]) -> dict[UUID, dict[str, Picture]]:
    """Pictures by item and type, for rows with id, kind, parent_id and top_id."""
    wanted = {row["id"] for row in rows}
    for row in rows:
        if row["kind"] in _BORROWED:
            wanted.update(lender for lender in (row["parent_id"], row["top_id"]) if lender)
    own: dict[UUID, dict[str, Picture]] = {}
    for image in await tx.fetch(f"select {_COLUMNS} from artwork.image m where m.item_id = any($1)", list(wanted)):
        picture = Picture(*image)
        own.setdefault(picture.item_id, {})[picture.type] = picture
    found = {row["id"]: own.get(row["id"], {}) for row in rows}
    for row in rows:
        if (lent := _BORROWED.get(row["kind"])) is not None:
            pictures: dict[str, Picture] = {}
            for lender in (row["top_id"], row["parent_id"]):
                pictures.update((type_, one) for type_, one in own.get(lender, {}).items() if type_ in lent)
            found[row["id"]] = pictures | found[row["id"]]
    bare = [row["id"] for row in rows if row["kind"] == "artist" and "poster" not in found[row["id"]]]
    for artist, cover in (await _covers(tx, bare)).items():
        found[artist]["poster"] = cover
    return found


async def _covers(tx: Tx, artists: Sequence[UUID]) -> dict[UUID, Picture]:
    """The cover of each artist's newest album that has one.

    An artist's albums are few, and found by the artist. The kind is asked for in a way that no index has: while a scan
    files the first of a hundred thousand albums, the planner thinks that there are ten, and reads them all instead.
    """
    if not artists:
        return {}
    rows = await tx.fetch(
        f"""select m.*, a.id as artist_id from unnest($1::uuid[]) as a (id) cross join lateral (
                select {_COLUMNS} from catalog.item b join artwork.image m on m.item_id = b.id and m.type = 'poster'
                where b.parent_id = a.id and b.kind || '' = 'album' and b.available
                order by b.year desc nulls last, b.added_at desc, b.id desc limit 1) m""",
        artists,
    )
    return {artist: Picture(*image) for *image, artist in rows}


async def picture(tx: Tx, viewer: Viewer, item_id: UUID, type_: str) -> Picture:
    """The picture of one type that stands for an item; NotFound when the viewer may not see it or there is none."""
    row = await tx.fetchrow(
        f"select i.id, i.kind, i.parent_id, i.top_id from catalog.item i where i.id = $1 and {seen('i', '$2', viewer)}",
        item_id, sight_of(viewer),
    )  # fmt: skip
    found = (await pictures_of(tx, [row])).get(item_id, {}).get(type_) if row else None
    if found is None:
        raise NotFound("There is no such picture.")
    return found
