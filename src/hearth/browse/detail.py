"""All that there is to show of one item."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from datetime import date
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.follow import neighbours, play_target
from hearth.browse.lists import kind_of
from hearth.browse.load import SELECT, complete, joins, load
from hearth.browse.loudness import Gain, gain_of
from hearth.browse.rows import Item, Ref
from hearth.browse.sorts import BY_NUMBER
from hearth.browse.versions import Sidecar, Version, sidecars_of, versions_of
from hearth.browse.visible import seen, sight_of
from hearth.db import Tx
from hearth.kit.errors import NotFound


class Credit(Struct, frozen=True):
    """Who took part, and as what. `person_id` is what `Filter.person` takes."""

    person_id: UUID
    name: str
    role: str
    character: str | None


class Detail(Struct, frozen=True):
    """An item with all that hangs on it; `parents` from the top. See `Item` for the facts a list shows too."""

    item: Item
    original_title: str | None
    overview: str | None
    tagline: str | None
    released: date | None
    content_rating: str | None
    genres: tuple[str, ...]
    studios: tuple[str, ...]
    provider_ids: dict[str, str]
    locked: tuple[str, ...]
    credits: tuple[Credit, ...]
    parents: tuple[Ref, ...]
    previous: Ref | None
    next: Ref | None
    versions: tuple[Version, ...]
    sidecars: tuple[Sidecar, ...]
    extras: tuple[Item, ...]
    play_target: Ref | None
    gain: Gain | None = None


async def item(tx: Tx, viewer: Viewer, item_id: UUID) -> Detail:
    """One item in full; NotFound when it does not exist, is not available or is not for this viewer."""
    row = await tx.fetchrow(
        f"""select {SELECT}, i.original_title, i.overview, i.tagline, i.released, i.content_rating, i.genres, i.studios,
               i.provider_ids, i.locked
           from catalog.item i {joins("$3")} where i.id = $1 and {seen("i", "$2", viewer)}""",
        item_id, sight_of(viewer), viewer.account_id,
    )  # fmt: skip
    if row is None:
        raise NotFound("There is no such item, or it is not there any more.")
    (found,) = await complete(tx, viewer, [row])
    previous, following = await neighbours(tx, viewer, found)
    playable = found.kind in ("movie", "episode", "track", "extra")
    return Detail(
        item=found,
        original_title=row["original_title"],
        overview=row["overview"],
        tagline=row["tagline"],
        released=row["released"],
        content_rating=row["content_rating"],
        genres=tuple(row["genres"]),
        studios=tuple(row["studios"]),
        provider_ids={str(name): str(value) for name, value in row["provider_ids"].items()},
        locked=tuple(row["locked"]),
        credits=await _credits(tx, item_id),
        parents=_parents(found),
        previous=previous,
        next=following,
        versions=tuple(await versions_of(tx, item_id)) if playable else (),
        sidecars=tuple(await sidecars_of(tx, item_id)) if playable else (),
        extras=tuple(await _extras(tx, viewer, item_id)),
        play_target=await play_target(tx, viewer, found),
        gain=await gain_of(tx, item_id) if found.kind in ("track", "album") else None,
    )


async def brief(tx: Tx, viewer: Viewer, item_id: UUID) -> Item:
    """One item as lists show it; NotFound when it does not exist, is not available or is not for this viewer."""
    await kind_of(tx, viewer, item_id)
    (found,) = await load(tx, viewer, [item_id])
    return found


def _parents(found: Item) -> tuple[Ref, ...]:
    chain = [ref for ref in (found.top, found.parent) if ref is not None]
    return tuple(dict.fromkeys(chain))


async def _credits(tx: Tx, item_id: UUID) -> tuple[Credit, ...]:
    rows = await tx.fetch(
        """select p.id, p.name, c.role, c.character from catalog.credit c join catalog.person p on p.id = c.person_id
           where c.item_id = $1 order by c.position""",
        item_id,
    )
    return tuple(Credit(*row) for row in rows)


async def _extras(tx: Tx, viewer: Viewer, item_id: UUID) -> list[Item]:
    rows = await tx.fetch(
        f"""select {SELECT} from catalog.item i {joins("$3")}
           where i.parent_id = $1 and i.kind = 'extra' and {seen("i", "$2", viewer)} order by {BY_NUMBER}""",
        item_id, sight_of(viewer), viewer.account_id,
    )  # fmt: skip
    return await complete(tx, viewer, rows)
