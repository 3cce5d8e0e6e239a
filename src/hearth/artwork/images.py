"""Which picture an item shows, by type."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth.artwork.store import Kept
from hearth.db import Tx

ImageType = Literal["poster", "backdrop", "thumb", "logo", "banner"]
Source = Literal["local", "embedded", "frame", "uploaded", "provider"]


class Image(Struct, frozen=True):
    """The picture that an item shows; `source_key` changes when what it was made from changes. `hash` finds it in the
    store, None for one that is still to be kept."""

    item_id: UUID
    type: ImageType
    source: Source
    source_key: str
    hash: bytes | None = None


async def sources(tx: Tx, item_ids: Sequence[UUID]) -> dict[tuple[UUID, str], Image]:
    """(item, type) -> what its picture was made from."""
    rows = await tx.fetch(
        "select item_id, type, source, source_key, hash from artwork.image where item_id = any($1::uuid[])",
        list(item_ids),
    )
    return {(row["item_id"], row["type"]): Image(*row) for row in rows}


async def put_image(tx: Tx, image: Image, kept: Kept) -> None:
    """Show a kept picture; one that a person uploaded gives way to another upload alone.

    An item that was removed meanwhile is passed over; one that is just being removed is waited for.
    """
    await tx.execute(
        "insert into artwork.image as i (item_id, type, source, source_key, hash, width, height, thumbhash, color)"
        " select id, $2, $3, $4, $5, $6, $7, $8, $9 from catalog.item where id = $1 for key share"
        " on conflict (item_id, type) do update set source = excluded.source, source_key = excluded.source_key,"
        " hash = excluded.hash, width = excluded.width, height = excluded.height, thumbhash = excluded.thumbhash,"
        " color = excluded.color, created_at = now() where i.source <> 'uploaded' or excluded.source = 'uploaded'",
        image.item_id,
        image.type,
        image.source,
        image.source_key,
        kept.hash,
        kept.picture.width,
        kept.picture.height,
        kept.picture.thumbhash,
        kept.picture.accent,
    )


async def remove_image(tx: Tx, item_id: UUID, type: ImageType) -> None:
    """Show no picture of this type any more."""
    await tx.execute("delete from artwork.image where item_id = $1 and type = $2", item_id, type)
