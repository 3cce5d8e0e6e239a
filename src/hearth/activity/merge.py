"""What people did with items that became one."""

from collections.abc import Sequence
from uuid import UUID

from hearth.db import Tx


async def merge_states(tx: Tx, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Of each (gone, kept) pair: what anybody watched, liked, rated, listed or played of the one counts for the other.

    Where somebody did both, the later position and the kept one's own rating stand.
    """
    gone, kept = [one for one, _ in pairs], [other for _, other in pairs]
    await tx.execute(
        """insert into activity.state as s
               (user_id, item_id, position_ms, watched, play_count, favorite, rating, last_played_at)
           select o.user_id, t.kept, (array_agg(o.position_ms order by o.last_played_at desc nulls last))[1],
               bool_or(o.watched), sum(o.play_count), bool_or(o.favorite), max(o.rating), max(o.last_played_at)
           from unnest($1::uuid[], $2::uuid[]) t (gone, kept) join activity.state o on o.item_id = t.gone
           group by o.user_id, t.kept order by o.user_id, t.kept
           on conflict (user_id, item_id) do update set
               position_ms = case when excluded.last_played_at > coalesce(s.last_played_at, '-infinity')
                   then excluded.position_ms else s.position_ms end,
               watched = s.watched or excluded.watched, play_count = s.play_count + excluded.play_count,
               favorite = s.favorite or excluded.favorite, rating = coalesce(s.rating, excluded.rating),
               last_played_at = greatest(s.last_played_at, excluded.last_played_at), updated_at = now()""",
        gone, kept,
    )  # fmt: skip
    for table in ("play", "entry"):
        await tx.execute(
            f"update activity.{table} o set item_id = t.kept from unnest($1::uuid[], $2::uuid[]) t (gone, kept)"  # noqa: S608 - names of tables
            " where o.item_id = t.gone",
            gone,
            kept,
        )
    await tx.execute(
        "insert into activity.watch_later (user_id, item_id, added_at)"
        " select o.user_id, t.kept, min(o.added_at) from unnest($1::uuid[], $2::uuid[]) t (gone, kept)"
        " join activity.watch_later o on o.item_id = t.gone group by 1, 2 on conflict (user_id, item_id) do nothing",
        gone,
        kept,
    )
