"""Lists by what the viewer played: what they played comes from their own history, the rest by title from its index."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from uuid import UUID

from msgspec import structs

from hearth.browse.filters import KINDS, LINKS, LINKS_SQL, Arm
from hearth.browse.sorts import Order
from hearth.db import Where

Behind = tuple[list[object], UUID, int] | None


def halves(arm: Arm, order: Order, me: UUID, behind: Behind) -> list[Arm]:
    """An arm of one kind as two: what was played, and what never was; without those that lie before the cursor."""
    place = arm.where.bind(me)
    link = LINKS.get(arm.kinds[0], "own")
    key = "play_count" if order.counts else "last_played_at"
    has = "play_count > 0" if order.counts else "last_played_at is not null"
    turn = " desc" if order.descending else ""
    found = []
    if (more := _after(order, arm.where, behind, played=True)) is not None:
        if link == "own":
            mine = f"p.user_id = {place} and p.kind = {arm.where.bind(arm.kinds[0])} and p.{has}"
            source = f"join activity.state p on p.item_id = i.id and {mine}"
        else:
            source = f"join ({sums(link, place)}) p on p.item_id = i.id and p.{has}"
        turned = f"p.{key}{turn}, i.sort_title{turn}, i.id{turn}"
        found.append(
            structs.replace(arm, more=more, turned=turned, source=source, keys=f"p.{key} as k0, i.sort_title as k1")
        )
    if (more := _after(order, arm.where, behind, played=False)) is not None:
        if link == "own":
            other = f"select from activity.state p where p.item_id = i.id and p.user_id = {place} and p.{has}"
        else:
            other = f"select from ({sums(link, place)}) p where p.item_id = i.id and p.{has}"
        none = "0::bigint" if order.counts else "null::timestamptz"
        keys = f"{none} as k0, i.sort_title as k1"
        turned = f"i.sort_title{turn}, i.id{turn}"
        found.append(structs.replace(arm, more=f" and not exists ({other}){more}", turned=turned, keys=keys))
    return found


def _after(order: Order, where: Where, behind: Behind, *, played: bool) -> str | None:
    """What to add for a half's rows behind the cursor; None when none of them is."""
    if behind is None:
        return ""
    (value, title), last, _ = behind
    sign = "<" if order.descending else ">"
    if not played:
        if not value:
            return f" and (i.sort_title, i.id) {sign} ({where.bind(title)}, {where.bind(last)})"
        # Counts of nothing are least; times of what was never played come last either way.
        return None if order.counts and not order.descending else ""
    if not value:
        return "" if order.counts and not order.descending else None
    key, cast = ("p.play_count", "bigint") if order.counts else ("p.last_played_at", "timestamptz")
    at = f"{where.bind(value)}::{cast}, {where.bind(title)}, {where.bind(last)}"
    return f" and ({key}, i.sort_title, i.id) {sign} ({at})"


def joined(arm: Arm, me: UUID) -> str:
    """The join of an arm of several kinds with what the viewer played, summed up for what holds others."""
    place = arm.where.bind(me)
    links = sorted({LINKS.get(kind, "own") for kind in arm.kinds or KINDS})
    parts = " union all ".join(
        f"select '{link}' as link, l.* from ({sums(link, place) if link != 'own' else _own(place)}) l" for link in links
    )
    mine = LINKS_SQL if len(links) > 1 else f"'{links[0]}'"
    return f"left join ({parts}) p on p.item_id = i.id and p.link = {mine}"


def _own(me: str) -> str:
    return f"""select a.item_id, a.last_played_at, a.play_count::bigint as play_count
        from activity.state a where a.user_id = {me}"""


def sums(link: str, me: str) -> str:
    """What was played below things: they have a state of their own too (favourite, rating), but only sums speak."""
    return f"""select e.{link} as item_id, max(a.last_played_at) as last_played_at,
            sum(a.play_count)::bigint as play_count
        from activity.state a join catalog.item e on e.id = a.item_id
        where a.user_id = {me} and a.kind in ('episode', 'track') and e.available and e.kind in ('episode', 'track')
            and e.{link} is not null
        group by e.{link}"""
