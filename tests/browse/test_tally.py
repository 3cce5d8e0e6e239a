"""Kept counts are those that counting gives, whatever changes; letters lead to places; facets say what there is."""

import pytest
from msgspec import structs

from hearth import browse
from hearth.browse import Count, Filter
from hearth.db import Database, Tx
from hearth.kit.errors import NotFound
from tests.browse.shelf import Shelf

DIFFERENCE = """
    with counted as (
        select i.library_id, i.kind, f.facet, f.value, count(*)::bigint as n from catalog.item i cross join lateral
            catalog.facets_of(i.sort_title, i.year, i.genres, i.studios, i.quality, i.audio_languages) f
        where i.available group by 1, 2, 3, 4),
    kept as (select library_id, kind, facet, value, sum(n)::bigint as n from catalog.tally group by 1, 2, 3, 4)
    (select * from counted except select * from kept) union all (select * from kept except select * from counted)"""


async def test_the_tally_follows_every_change(tx: Tx, shelf: Shelf) -> None:
    one, other = await shelf.library("One"), await shelf.library("Other")
    films = [
        await shelf.movie(one, f"Film {n}", year=1990 + n % 3, genres=["Drama", "Drama"], quality="4K HDR")
        for n in range(6)
    ]
    await shelf.show(other, "Show")
    changes = (
        "update catalog.item set available = false where title = 'Film 1'",
        "update catalog.item set year = null, genres = '{Crime,War}', quality = '4K HDR' where title = 'Film 2'",
        "update catalog.item set updated_at = now()",
        "update catalog.item set sort_title = '7 ' || title, studios = '{Acme}', quality = 'SD'",
        "update catalog.item set available = not available, audio_languages = '{eng,ger}'",
        "delete from catalog.item where title = 'Film 3'",
        "delete from libraries.library where name = 'Other'",
    )
    for change in changes:
        await tx.execute(change)
        assert await tx.fetch(DIFFERENCE) == [], change
    assert await tx.fetchval("select count(*) from catalog.tally where library_id = $1", other) == 0
    await tx.execute("delete from catalog.item")
    assert await tx.fetchval("select count(*) from catalog.tally") == 0
    assert len(films) == 6


async def test_two_writers_do_not_wait_for_each_other(database: Database) -> None:
    async with database.transaction() as tx:
        library = await Shelf(tx).library()
        await Shelf(tx).movie(library, "There already")
    async with database.transaction() as first:
        await Shelf(first).movie(library, "One", identity="one")
        async with database.transaction() as second:
            await second.execute("set local lock_timeout = '2s'")
            await Shelf(second).movie(library, "Two", identity="two")
    async with database.transaction() as tx:
        assert await tx.fetch(DIFFERENCE) == []
        viewer = await Shelf(tx).viewer()
        assert (await browse.items(tx, viewer, Filter(kinds=("movie",)))).total == 3


async def test_letters_lead_to_their_places(tx: Tx, shelf: Shelf) -> None:
    library, hidden = await shelf.library(), await shelf.library("Hidden")
    viewer = await shelf.viewer(libraries=[library])
    for title in ("The Bear", "Amélie", "Alien", "2001", "Zorro", "Ёлки", "!"):
        await shelf.movie(library, title)
    child = structs.replace(viewer, max_age=12, unrated=True)
    for who in (viewer, child):
        found = await browse.letters(tx, who, library)
        assert [(one.letter, one.count) for one in found] == [("#", 2), ("a", 2), ("b", 1), ("z", 1), ("е", 1)]
        for one in found:
            page = await browse.items(tx, who, Filter(kinds=("movie",), library=library, at=one.position, limit=1))
            title = page.items[0].title
            assert title in {"#": "2001!", "a": "Alien", "b": "The Bear", "z": "Zorro", "е": "Ёлки"}[one.letter]
    with pytest.raises(NotFound):
        await browse.letters(tx, viewer, hidden)


async def test_facets_say_what_a_list_has(tx: Tx, shelf: Shelf) -> None:
    library, viewer = await shelf.library(), await shelf.viewer()
    facts = {"studios": ["Acme"], "audio_languages": ["eng"]}
    await shelf.movie(library, "One", year=1999, genres=["Drama", "War"], quality="4K HDR", **facts)
    await shelf.movie(library, "Two", year=2001, genres=["Drama"], quality="1080p HDR10+", **facts)
    await shelf.movie(library, "Three", genres=["Comedy"])
    found = await browse.facets(tx, viewer, Filter(kinds=("movie",)))
    assert (found.total, found.exact) == (3, True)
    assert found.values["genre"] == [Count("Drama", 2), Count("Comedy", 1), Count("War", 1)]
    assert found.values["year"] == [Count("2001", 1), Count("1999", 1)]
    assert found.values["resolution"] == [Count("1080p", 1), Count("4K", 1)]
    assert found.values["hdr"] == [Count("HDR", 1), Count("HDR10+", 1)]
    assert found.values["audio"] == [Count("eng", 2)]
    narrowed = await browse.facets(tx, viewer, Filter(kinds=("movie",), genre="War"))
    assert (narrowed.total, narrowed.values["genre"]) == (1, [Count("Drama", 1), Count("War", 1)])
    assert [one.value for one in await browse.genres(tx, viewer, library)] == ["Comedy", "Drama", "War"]
    for facet, name in (
        ("genre", "genre"),
        ("studio", "studio"),
        ("resolution", "resolution"),
        ("hdr", "hdr"),
        ("audio", "audio"),
    ):
        for count in found.values[facet]:
            page = await browse.items(tx, viewer, Filter(kinds=("movie",), **{name: count.value}))  # type: ignore[arg-type]  # names of text fields
            assert (page.total, len(page.items)) == (count.count, count.count), facet


async def test_languages_come_from_the_files(tx: Tx, shelf: Shelf) -> None:
    library = await shelf.library()
    film = await shelf.movie(library, "Film")
    media = {"type": "media", "audio": [{"language": "ger"}, {"language": "eng"}, {"codec": "aac"}]}
    await shelf.version(film, library, ["a.mkv"], media)
    assert await tx.fetchval("select audio_languages from catalog.item where id = $1", film) == ["eng", "ger"]
