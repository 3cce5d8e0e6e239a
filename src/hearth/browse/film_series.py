"""Sets of films, as whoever wrote their facts down told of them: collections that nobody has to make."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.load import load
from hearth.browse.rows import Item
from hearth.browse.visible import seen, sight_of
from hearth.db import Tx

_MOST = 500


class FilmSeries(Struct, frozen=True):
    """A set of which the viewer sees at least two films; `Filter.film_series` takes its name. `first` stands for it."""

    name: str
    count: int
    first: Item


async def film_series(tx: Tx, viewer: Viewer) -> list[FilmSeries]:
    """The first five hundred sets by name."""
    rows = await tx.fetch(
        f"""select i.film_series as name, count(*)::int as films,
                (array_agg(i.id order by i.released nulls last, i.year nulls last, i.sort_title, i.id))[1] as first
            from catalog.item i where i.film_series is not null and i.kind = 'movie' and {seen("i", "$1", viewer)}
            group by i.film_series having count(*) > 1 order by lower(i.film_series), i.film_series limit {_MOST}""",
        sight_of(viewer),
    )
    items = {item.id: item for item in await load(tx, viewer, [row["first"] for row in rows])}
    return [FilmSeries(row["name"], row["films"], items[row["first"]]) for row in rows]
