"""The made-up catalogue is whole: so many items, each with what belongs to it, counted right, browsable at once."""

import pytest

from hearth import browse
from hearth.app.seed import seed
from hearth.browse import Filter
from hearth.db import Database
from hearth.kit.errors import Conflict
from tests.browse.shelf import Shelf
from tests.browse.test_tally import DIFFERENCE

ITEMS = 2_000


async def test_a_seeded_catalogue_is_whole(database: Database) -> None:
    made = await seed(database, ITEMS)
    assert sum(made.counts.values()) == ITEMS
    assert set(made.counts) == {"movie", "series", "season", "episode", "artist", "album", "track"}
    async with database.transaction() as tx:
        assert await tx.fetch(DIFFERENCE) == []
        lost = await tx.fetchval(
            """select count(*) from catalog.item i
               where (kind in ('season', 'episode', 'album', 'track')) is distinct from exists (
                   select from catalog.item p where p.id = i.parent_id and p.library_id = i.library_id)"""
        )
        assert lost == 0
        leaves = await tx.fetchval("select count(*) from catalog.item where kind in ('movie', 'episode', 'track')")
        assert await tx.fetchval("select count(*) from catalog.part") == leaves
        indexes = await tx.fetchval(
            "select count(*) from pg_indexes where schemaname = 'catalog' and tablename = 'item'"
        )
        assert indexes > 12
        viewer = await Shelf(tx).viewer()
        page = await browse.items(tx, viewer, Filter(kinds=("movie",)))
        detail = await browse.item(tx, viewer, page.items[0].id)
        assert (page.total, len(detail.credits), len(detail.versions)) == (made.counts["movie"], 6, 1)
        assert await tx.fetchval("select count(*) from activity.state where watched") > 0
    with pytest.raises(Conflict):
        await seed(database, 10)
