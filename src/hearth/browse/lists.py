"""Lists: a filter and an order become one page, its cursor and the total."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import structs

from hearth.accounts import Viewer
from hearth.browse.filters import LINKS, MARKED, Arm, Filter, arms, check, is_marked, is_plain
from hearth.browse.load import ALONE, SELECT, SELECT_TOP, complete, joins, joins_top, load
from hearth.browse.played import Behind, halves, joined
from hearth.browse.rows import Item
from hearth.browse.shuffle import Shuffle
from hearth.browse.sorts import Order
from hearth.browse.tally import first_letters, one_facet, sizes
from hearth.browse.visible import see, seen, sight_of
from hearth.db import Row, Tx, Where
from hearth.kit.errors import NotFound
from hearth.kit.ids import new_id
from hearth.kit.paging import Page

# From here on a position is found by the letter it lies in.
_FAR = 2_000
# So few rows are looked up and sorted in no time.
_FEW = 500
# More than these are not sorted at random but read a part of the random order after another.
_MANY = 2_000


async def items(tx: Tx, viewer: Viewer, wanted: Filter) -> Page[Item]:
    """One page of what the viewer may see; Invalid for a filter, sort or cursor that is none.

    The total is counted for a first page and for pages by position; cursors carry it along.
    """
    check(wanted)
    usual = "number" if wanted.parent else "title"
    order = Order(usual if wanted.sort is None else wanted.sort, _seed(wanted))
    behind = order.unpack(wanted.after) if wanted.after is not None else None
    args: list[object] = []
    facet = one_facet(wanted)
    # What the tally knows need not be counted, and tells which arms would be empty.
    kept = facet is not None and viewer.max_age is None and behind is None
    found_in = await sizes(tx, viewer, wanted, facet or ("", "")) if kept or order.by_library else None
    if kept and found_in is not None and not order.by_library:
        wanted = structs.replace(wanted, kinds=tuple(dict.fromkeys(kind for _, kind in found_in)) or wanted.kinds)
    # The indexes of some orders begin with the library; what has the marks asked for is looked up in one of its own.
    parts = arms(wanted, viewer, args, found_in if order.by_library and not is_marked(wanted) else None)
    total = (
        behind[2]
        if behind
        else sum(found_in.values())
        if kept and found_in is not None
        else await _count_all(tx, viewer, wanted, parts, args)
    )
    if total == 0 or not parts or (wanted.at or 0) >= total:
        return Page([], None, total if parts else 0)
    if order.random and (is_plain(wanted) or total >= _MANY):
        order.shuffle = Shuffle.of(order.seed, total)
        if not wanted.at:
            return await _shuffled(tx, viewer, wanted, order, behind, total)
    many = await _many(tx, viewer, wanted, order, total)
    if many:
        args = []
        parts = arms(wanted, viewer, args, found_in if order.by_library else None, ordered=True)
    if order.by_library and (many or not is_marked(wanted)):
        parts = [half for arm in parts for half in _halves(arm, order, behind)]
    elif order.state and all(len(arm.kinds) == 1 for arm in parts):
        parts = [half for arm in parts for half in halves(arm, order, viewer.account_id, behind)]
    else:
        if order.state:
            parts = [structs.replace(arm, source=joined(arm, viewer.account_id)) for arm in parts]
        if behind:
            for where in (arm.where for arm in parts):
                where.add(order.after(where, behind[0], behind[1]))
    if wanted.at and wanted.at > _FAR and kept and order.word == "title" and is_plain(wanted):
        wanted = await _from_letter(tx, viewer, wanted, parts)
    rows = await tx.fetch(_page_sql(parts, order, viewer, args, wanted), *args) if parts else []
    found = await complete(tx, viewer, rows[: wanted.limit])
    return Page(found, _next(order, wanted, rows, total), total)


def _seed(wanted: Filter) -> int:
    return wanted.seed if wanted.seed is not None else new_id().int & (2**31 - 1)


async def _many(tx: Tx, viewer: Viewer, wanted: Filter, order: Order, total: int) -> bool:
    """Whether so many items have the marks asked for that a page of them is found sooner in the list's order."""
    plain = structs.replace(wanted, **dict.fromkeys(MARKED))
    if total < _FEW or not is_marked(wanted) or not (order.indexed or order.by_library or order.state):
        return False
    return total * total > ((wanted.at or 0) + wanted.limit) * sum((await sizes(tx, viewer, plain)).values())


async def _count_all(tx: Tx, viewer: Viewer, wanted: Filter, parts: Sequence[Arm], args: Sequence[object]) -> int:
    """How many there are. What was not watched is most of a list: the rest is counted and taken from what is known."""
    other = structs.replace(wanted, watched=None)
    facet = one_facet(other)
    leaves = bool(wanted.kinds) and LINKS.keys().isdisjoint(wanted.kinds)
    if wanted.watched is False and leaves and facet is not None and viewer.max_age is None:
        watched: list[object] = []
        done = arms(structs.replace(wanted, watched=True), viewer, watched)
        return sum((await sizes(tx, viewer, other, facet)).values()) - await _count(tx, done, watched)
    return await _count(tx, parts, args)


async def _count(tx: Tx, parts: Sequence[Arm], args: Sequence[object]) -> int:
    if not parts:
        return 0
    counts = " + ".join(f"(select count(*) from catalog.item i where {arm.where})" for arm in parts)
    return int(await tx.fetchval(f"select {counts}", *args))


async def _shuffled(tx: Tx, viewer: Viewer, wanted: Filter, order: Order, behind: Behind, total: int) -> Page[Item]:
    """A page of the random order: part after part of the index, until there are rows enough."""
    places = await sizes(tx, viewer, wanted)
    last = (behind[0][0], behind[0][1], behind[1]) if behind else None
    place = order.shuffle.parts - 1 if order.descending else 0
    if behind:
        place = msgspec.convert(behind[0][0], int)
    step = -1 if order.descending else 1
    ids: list[UUID] = []
    keys: list[list[object]] = []
    while 0 <= place < order.shuffle.parts and len(ids) <= wanted.limit:
        args: list[object] = []
        low, high = order.shuffle.bounds(place)
        listed = []
        for arm in arms(wanted, viewer, args, places, ordered=True):
            arm.where.add("uuid_hash(i.id) >= {}::integer", low)
            if high < 2**31:
                arm.where.add("uuid_hash(i.id) < {}::integer", high)
            key = f"uuid_hash_extended(i.id, {arm.where.bind(order.seed)})"
            listed.append(f"select i.id, {key} as k from catalog.item i where {arm.where}")
        turn = " desc" if order.descending else ""
        for row in await tx.fetch(f"{' union all '.join(listed)} order by k{turn}, id{turn}", *args) if listed else ():
            here = (place, row["k"], row["id"])
            if last is None or (here < last if order.descending else here > last):
                ids.append(row["id"])
                keys.append([place, row["k"]])
        place += step
    following = None
    if len(ids) > wanted.limit:
        following = order.pack(keys[wanted.limit - 1], ids[wanted.limit - 1], total)
    return Page(await load(tx, viewer, ids[: wanted.limit]), following, total)


async def _from_letter(tx: Tx, viewer: Viewer, wanted: Filter, parts: Sequence[Arm]) -> Filter:
    """A position far down the list by title as one from where its letter begins, which the tally knows."""
    before = 0
    position = wanted.at or 0
    for letter, many in await first_letters(tx, viewer, wanted):
        if before + many > position:
            if letter != "#":
                for arm in parts:
                    arm.where.add("i.sort_title >= {}", letter)
                return structs.replace(wanted, at=position - before)
            break
        before += many
    return wanted


def _halves(arm: Arm, order: Order, behind: tuple[list[object], UUID, int] | None) -> list[Arm]:
    """An arm as two, the rows that have the key and the rows that lack it: an index gives each in order, either way."""
    halves = []
    for missing in (False, True):
        behind_it = "" if behind is None else order.after_half(arm.where, behind[0], behind[1], missing)
        if behind_it is not None:
            more = f" and {order.has_key(missing)}{behind_it}"
            halves.append(structs.replace(arm, more=more, turned=order.order_half(missing)))
    return halves


def _page_sql(parts: Sequence[Arm], order: Order, viewer: Viewer, args: list[object], wanted: Filter) -> str:
    """Ids and keys of the page come first, from the indexes alone where they can; whole rows are read for the page.

    Each arm stops by itself where the page must end: the planner does not always merge ordered arms. One arm alone
    that an index has in this order, read from where the page begins, needs no detour.
    """
    bound = Where()
    bound.args = args
    alone = all(arm.kinds and ALONE.issuperset(arm.kinds) for arm in parts)
    select, join = (SELECT_TOP, joins_top) if alone else (SELECT, joins)
    turned = order.order_by()
    limit, me = bound.bind(wanted.limit + 1), bound.bind(viewer.account_id)
    if len(parts) == 1 and not wanted.at and order.indexed and is_plain(wanted):
        where = parts[0].where
        return f"""select {select}, {order.select(where)}
            from catalog.item i {join(me)}
            where {where} order by {turned} limit {limit}"""
    enough = bound.bind((wanted.at or 0) + wanted.limit + 1)
    arms_sql = " union all ".join(
        f"""(select i.id, {arm.keys or order.select(arm.where)} from catalog.item i {arm.source}
            where {arm.where}{arm.more} order by {arm.turned or turned} limit {enough})"""
        for arm in parts
    )
    keys = ", ".join(f"page.k{n}" for n in range(len(order.keys)))
    return f"""with page as materialized (
            select * from ({arms_sql}) arms order by {turned} limit {limit} offset {bound.bind(wanted.at or 0)})
        select {select}, {keys} from page join catalog.item i on i.id = page.id {join(me)}
        order by {", ".join("page." + word for word in turned.split(", "))}"""


def _next(order: Order, wanted: Filter, rows: Sequence[Row], total: int) -> str | None:
    if len(rows) <= wanted.limit:
        return None
    last = rows[wanted.limit - 1]
    return order.pack([last[f"k{n}"] for n in range(len(order.keys))], last["id"], total)


async def children(tx: Tx, viewer: Viewer, item_id: UUID, wanted: Filter | None = None) -> Page[Item]:
    """What lies directly below an item, by number: seasons, episodes, tracks; of an artist the albums, newest first.

    `wanted` narrows, sorts and pages it. NotFound when the viewer may not see the item.
    """
    kind = await kind_of(tx, viewer, item_id)
    wanted = wanted or Filter(limit=500)
    if kind == "artist":
        changed = {"kinds": wanted.kinds or ("album",), "artist": item_id, "sort": wanted.sort or "-year"}
    else:
        changed = {"parent": item_id, "sort": wanted.sort or "number"}
    return await items(tx, viewer, structs.replace(wanted, **changed))


async def kind_of(tx: Tx, viewer: Viewer, item_id: UUID) -> str:
    """The kind of an item that the viewer may see; NotFound otherwise, whether it is hidden or does not exist."""
    kind = await tx.fetchval(
        f"select i.kind from catalog.item i where i.id = $1 and {seen('i', '$2', viewer)}", item_id, sight_of(viewer)
    )
    if kind is None:
        raise NotFound("There is no such item, or it is not there any more.")
    return str(kind)


async def require_visible(tx: Tx, viewer: Viewer, item_ids: Sequence[UUID]) -> None:
    """NotFound unless all of these items are there for the viewer."""
    where = Where(list(set(item_ids)))
    see(where, viewer)
    found = await tx.fetchval(f"select count(*) from catalog.item i where i.id = any($1) and {where}", *where.args)
    if found != len(set(item_ids)):
        raise NotFound("One of these items does not exist, or is not there any more.")
