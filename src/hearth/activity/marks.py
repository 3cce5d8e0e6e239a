"""What people say about things: watched, favourite, rating. Saying it twice changes nothing."""

from collections.abc import Sequence
from uuid import UUID

from hearth.activity.changes import announce_change
from hearth.db import Tx
from hearth.kit.errors import Invalid


async def mark_watched(tx: Tx, account_id: UUID, item_ids: Sequence[UUID], watched: bool) -> int:
    """Marks films, episodes or tracks; answers how many changed. Marks are not plays: play counts stay.

    Marking watched forgets the position and dates the thing now, so that "next up" moves on from here.
    """
    if watched:
        rows = await tx.fetch(
            """insert into activity.state as s (user_id, item_id, watched, last_played_at)
               select $1, id, true, now() from unnest($2::uuid[]) as t (id) order by id
               on conflict (user_id, item_id) do update set
                   watched = true, position_ms = 0, last_played_at = now(), updated_at = now()
                   where not s.watched or s.position_ms > 0
               returning s.item_id""",
            account_id, sorted(set(item_ids)),
        )  # fmt: skip
    else:
        rows = await tx.fetch(
            """with mine as (
                   select item_id from activity.state
                   where user_id = $1 and item_id = any($2::uuid[]) and (watched or position_ms > 0)
                   order by item_id for update)
               update activity.state s set watched = false, position_ms = 0, updated_at = now()
               from mine where s.user_id = $1 and s.item_id = mine.item_id returning s.item_id""",
            account_id, list(item_ids),
        )  # fmt: skip
    if rows:
        await announce_change(tx, account_id, [row["item_id"] for row in rows])
    return len(rows)


async def set_favorite(tx: Tx, account_id: UUID, item_id: UUID, favorite: bool) -> None:
    """Puts a thing among the favourites or takes it out."""
    changed = await tx.fetchval(
        """insert into activity.state as s (user_id, item_id, favorite) select $1, $2, true where $3
           on conflict (user_id, item_id) do update set favorite = true, updated_at = now() where not s.favorite
           returning item_id"""
        if favorite
        else """update activity.state set favorite = false, updated_at = now()
           where user_id = $1 and item_id = $2 and favorite and not $3::boolean returning item_id""",
        account_id, item_id, favorite,
    )  # fmt: skip
    if changed is not None:
        await announce_change(tx, account_id, [item_id])


async def set_rating(tx: Tx, account_id: UUID, item_id: UUID, rating: int | None) -> None:
    """A person's own rating, 1 to 10; None takes it back."""
    if rating is not None and not 1 <= rating <= 10:
        raise Invalid("A rating is a whole number from 1 to 10, or null to take it back.")
    changed = await tx.fetchval(
        """insert into activity.state as s (user_id, item_id, rating) values ($1, $2, $3)
           on conflict (user_id, item_id) do update set rating = $3, updated_at = now()
               where s.rating is distinct from $3 returning item_id""",
        account_id, item_id, rating,
    )  # fmt: skip
    if changed is not None:
        await announce_change(tx, account_id, [item_id])
