"""On fifty thousand rows the first page and one far down read an index in order, and no more than they need."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hearth import browse
from hearth.accounts import Viewer
from hearth.browse import Filter
from hearth.db import Database, Row, Tx
from hearth.kit.ids import new_id
from tests.browse.shelf import LONG_AGO, Shelf

ROWS = 50_000
_COLUMNS = ("id", "library_id", "kind", "identity", "title", "sort_title", "search", "year", "added_at")


class Watched:
    """A transaction that keeps the plan of each statement it is asked."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.plans: list[str] = []

    async def fetch(self, query: str, *args: object, timeout: float | None = None) -> list[Row]:
        plan = await self._tx.fetch(f"explain (analyze, buffers, timing off) {query}", *args)
        self.plans.append("\n".join(row[0] for row in plan))
        return await self._tx.fetch(query, *args, timeout=timeout)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


@pytest.fixture
async def full(database: Database) -> AsyncIterator[tuple[Tx, Viewer, Viewer]]:
    """Fifty thousand films, a tenth of them in a second library; who sees all, and who sees that library alone."""
    async with database.connection() as connection:
        async with connection.transaction():
            shelf = Shelf(connection)
            libraries = [await shelf.library("Films"), await shelf.library("Kids")]
            await connection.copy_records_to_table(
                "item", schema_name="catalog", columns=_COLUMNS, records=_films(libraries)
            )
            everybody, child = await shelf.viewer(), await shelf.viewer(libraries=[libraries[1]])
        await connection.execute("vacuum analyze catalog.item")
    async with database.transaction(readonly=True) as tx:
        yield tx, everybody, child


def _films(libraries: Sequence[UUID]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for n in range(ROWS):
        word = f"{n * 7919 % ROWS:05d}"
        library = libraries[1] if n % 10 == 0 else libraries[0]
        added = LONG_AGO + timedelta(minutes=n)
        rows.append(
            (new_id(), library, "movie", word, f"Film {word}", f"film {word}", f"film {word}", 1950 + n % 70, added)
        )
    return rows


def page_plan(tx: Watched) -> str:
    (plan,) = [plan for plan in tx.plans if "Limit" in plan]
    return plan


def rows_read(plan: str) -> int:
    """The most rows that a scan of the page's part gave."""
    return max(int(float(n)) for n in re.findall(r"Scan.* on item i.*?actual rows=([\d.]+)", plan))


async def test_lists_read_indexes_in_order_and_no_further_than_the_page(full: tuple[Tx, Viewer, Viewer]) -> None:
    real, everybody, child = full
    for viewer, total in ((everybody, ROWS), (child, ROWS // 10)):
        for sort in ("title", "-title", "added_at", "-added_at"):
            first = Watched(real)
            page = await browse.items(first, viewer, Filter(kinds=("movie",), sort=sort, limit=50))
            assert (page.total, len(page.items)) == (total, 50)
            middle = await browse.items(real, viewer, Filter(kinds=("movie",), sort=sort, limit=50, at=total // 2))
            deep = Watched(real)
            await browse.items(deep, viewer, Filter(kinds=("movie",), sort=sort, limit=50, after=middle.next))
            for asked in (first, deep):
                plan = page_plan(asked)
                assert "Seq Scan" not in plan, plan
                assert "Sort Key" not in plan, plan
                assert rows_read(plan) <= 51, plan
        merged = Watched(real)
        await browse.items(merged, viewer, Filter(kinds=("movie", "series", "album"), limit=50))
        assert "Seq Scan" not in page_plan(merged), page_plan(merged)
        assert rows_read(page_plan(merged)) <= 51, page_plan(merged)


async def test_orders_that_may_lack_their_key_read_indexes_too(full: tuple[Tx, Viewer, Viewer]) -> None:
    real, everybody, child = full
    for viewer, total in ((everybody, ROWS), (child, ROWS // 10)):
        for sort in ("year", "-year", "rating", "-rating", "runtime", "-released"):
            first = Watched(real)
            page = await browse.items(first, viewer, Filter(kinds=("movie",), sort=sort, limit=50))
            assert (page.total, len(page.items)) == (total, 50)
            middle = await browse.items(real, viewer, Filter(kinds=("movie",), sort=sort, limit=50, at=total // 2))
            deep = Watched(real)
            await browse.items(deep, viewer, Filter(kinds=("movie",), sort=sort, limit=50, after=middle.next))
            for asked in (first, deep):
                plan = page_plan(asked)
                assert "Seq Scan on item" not in plan, plan
                assert rows_read(plan) <= 51, plan


async def test_totals_are_not_counted(full: tuple[Tx, Viewer, Viewer]) -> None:
    real, everybody, child = full
    for viewer in (everybody, child):
        for narrowed in ({}, {"year": 1999}):
            asked = Watched(real)
            page = await browse.items(asked, viewer, Filter(kinds=("movie",), sort="title", limit=5, **narrowed))  # type: ignore[arg-type]  # a year is an int
            statement = (
                "select count(*) from catalog.item i where i.kind = 'movie' and ($1::int is null or i.year = $1)"
            )
            counted = await real.fetchval(
                f"{statement} and ($2::uuid[] is null or library_id = any($2))",
                narrowed.get("year"), viewer.libraries,
            )  # fmt: skip
            assert page.total == counted
        total = await browse.facets(Watched(real), viewer, Filter(kinds=("movie",)))
        assert total.total == (await browse.items(real, viewer, Filter(kinds=("movie",)))).total


LARGE = {"item", "credit", "image", "artist_credit", "word", "state"}
MOST_SORTED = 4_000
"""More than what a person watched here and than a part of the random order, and far fewer than there are films."""


class Judged(Watched):
    """Keeps, of every statement, what is wrong with its plan."""

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx)
        self.wrong: list[str] = []

    async def fetch(self, query: str, *args: object, timeout: float | None = None) -> list[Row]:
        found = await self._tx.fetchval(f"explain (analyze, timing off, format json) {query}", *args)
        plan = json.loads(found) if isinstance(found, str) else found
        self.wrong += [f"{what}\n{query}" for what in _faults(plan[0]["Plan"])]
        return await self._tx.fetch(query, *args, timeout=timeout)

    async def fetchrow(self, query: str, *args: object, timeout: float | None = None) -> Row | None:
        rows = await self.fetch(query, *args, timeout=timeout)
        return rows[0] if rows else None

    async def fetchval(self, query: str, *args: object, timeout: float | None = None) -> Any:
        row = await self.fetchrow(query, *args, timeout=timeout)
        return None if row is None else row[0]


def _faults(node: dict[str, Any]) -> list[str]:
    below = node.get("Plans", [])
    found = [fault for child in below for fault in _faults(child)]
    if node["Node Type"].endswith("Seq Scan") and node.get("Relation Name") in LARGE:
        found.append(f"reads all of {node['Relation Name']}")
    if "Sort" in node["Node Type"]:
        rows = sum(child["Actual Rows"] for child in below)
        if rows > MOST_SORTED:
            found.append(f"sorts {rows} rows by {node['Sort Key']}")
    return found


@pytest.fixture
async def rich(database: Database) -> AsyncIterator[tuple[Tx, Viewer, UUID]]:
    """As many films with all that lists narrow and sort by, people, and one who watched two thousand of them."""
    async with database.connection() as connection:
        async with connection.transaction():
            shelf = Shelf(connection)
            libraries = [await shelf.library("Films"), await shelf.library("Kids")]
            viewer = await shelf.viewer()
            await connection.execute("set local session_replication_role = replica")
            await connection.copy_records_to_table(
                "item", schema_name="catalog", columns=_COLUMNS, records=_films(libraries)
            )
            await connection.execute(
                """update catalog.item set genres = array['Genre ' || year % 9, 'Rare ' || year],
                       rating = year % 80 / 8.0, studios = array['Studio ' || right(title, 2)],
                       quality = case when year % 3 = 0 then '4K HDR' end, duration_ms = 60000 * (year % 90),
                       released = make_date(year, 1, 1), audio_languages = '{eng}'"""
            )
            await connection.execute(
                """insert into catalog.person (id, name, name_key)
                   select gen_random_uuid(), 'Person ' || n, 'person ' || n from generate_series(1, 5000) n"""
            )
            await connection.execute(
                """with p as (select array_agg(id) as ids from catalog.person)
                   insert into catalog.credit (item_id, position, person_id, role)
                   select i.id, n, p.ids[1 + (hashtextextended(i.id::text, n) & 4095)], 'actor'
                   from catalog.item i cross join p cross join generate_series(0, 2) n"""
            )
            await connection.execute(
                """insert into activity.state
                       (user_id, item_id, kind, series_id, watched, play_count, favorite, last_played_at)
                   select $1, id, kind, case when kind = 'episode' then top_id end, true, 1, right(title, 1) = '0',
                       added_at from catalog.item order by id limit 2000""",
                viewer.account_id,
            )
            await connection.execute(
                """insert into artwork.image (item_id, type, source, source_key, hash, width, height)
                   select id, 'poster', 'local', 'x', '\\x01', 600, 900 from catalog.item"""
            )
            # Of everybody else, so that the table is large too.
            for other in [await shelf.viewer() for _ in range(5)]:
                await connection.execute(
                    """insert into activity.state (user_id, item_id, kind, watched, last_played_at)
                       select $1, id, kind, true, added_at from catalog.item order by id desc limit 4000""",
                    other.account_id,
                )
            await connection.execute("select catalog.recount(), catalog.relearn()")
        await connection.execute("vacuum analyze")
        some = await connection.fetchval("select id from catalog.item order by id limit 1")
    async with database.transaction(readonly=True) as tx:
        yield tx, viewer, some


@pytest.mark.timeout(600)
async def test_no_question_reads_or_sorts_a_large_table(rich: tuple[Tx, Viewer, UUID]) -> None:
    """Fifty thousand films stand for a million: what reads or sorts a table as a whole shows here as it does there."""
    real, viewer, some = rich
    wrong: dict[str, list[str]] = {}

    async def judge(what: str, ask: Any) -> Any:
        watched = Judged(real)
        answer = await ask(watched)
        if watched.wrong:
            wrong[what] = watched.wrong
        return answer

    narrowed: list[dict[str, Any]] = [
        {}, {"genre": "Genre 3"}, {"genre": "Rare 1999"}, {"studio": "Studio 07"}, {"year": 1999}, {"watched": True},
        {"watched": False}, {"favorite": True}, {"genre": "Genre 3", "resolution": "4K", "audio": "eng", "year": 1998},
        {"q": "film 00001"},
    ]  # fmt: skip
    sorts = [turn + sort for sort in browse.SORTS if sort != "number" for turn in ("", "-")]
    for sort in sorts:
        for more in narrowed if sort == "title" else narrowed[:2]:
            wanted = Filter(kinds=("movie",), sort=sort, limit=50, seed=3, **more)
            page = await judge(f"{sort} {more}", lambda tx, wanted=wanted: browse.items(tx, viewer, wanted))
            if page.next:
                deep = Filter(kinds=("movie",), sort=sort, limit=50, seed=3, after=page.next, **more)
                await judge(f"deep {sort} {more}", lambda tx, deep=deep: browse.items(tx, viewer, deep))
    detail = await browse.item(real, viewer, some)
    await judge("home", lambda tx: browse.home(tx, viewer))
    await judge("detail", lambda tx: browse.item(tx, viewer, some))
    await judge("similar", lambda tx: browse.similar(tx, viewer, some))
    assert await judge("alike", lambda tx: browse.alike(tx, viewer, some))
    await judge("person", lambda tx: browse.person(tx, viewer, detail.credits[0].person_id))
    await judge("facets", lambda tx: browse.facets(tx, viewer, Filter(kinds=("movie",))))
    for q in ("film", "film 0000", "flim 00017", "person 77", "persno 123", "zzz"):
        await judge(f"search {q}", lambda tx, q=q: browse.search(tx, viewer, q))
    told = [f"{what}: {fault}" for what, faults in wrong.items() for fault in faults]
    assert not told, "\n".join(told)


SHOWS, SEASONS, EPISODES, ARTISTS, ALBUMS, TRACKS = 40, 5, 60, 40, 10, 30


@pytest.fixture
async def below(database: Database) -> AsyncIterator[tuple[Tx, Viewer, dict[str, UUID]]]:
    """Forty shows of three hundred episodes, forty artists of three hundred tracks; and one of each kind."""
    rows: list[tuple[object, ...]] = []
    some: dict[str, UUID] = {}

    def add(
        library: UUID, kind: str, title: str, parent: UUID | None, top: UUID | None, place: tuple[int, int]
    ) -> UUID:
        id_ = some[kind] = new_id()
        added = LONG_AGO + timedelta(minutes=len(rows))
        rows.append((id_, library, kind, f"{kind} {len(rows)}", title, title, title, 2000, added, parent, top, *place))
        return id_

    async with database.connection() as connection:
        async with connection.transaction():
            shelf = Shelf(connection)
            shows, music = await shelf.library("Shows", "shows"), await shelf.library("Music", "music")
            for kinds, library, many in (
                (("series", "season", "episode"), shows, (SHOWS, SEASONS, EPISODES)),
                (("artist", "album", "track"), music, (ARTISTS, ALBUMS, TRACKS)),
            ):
                for a in range(many[0]):
                    top = add(library, kinds[0], f"{kinds[0]} {a:03d}", None, None, (0, a))
                    for b in range(many[1]):
                        middle = add(library, kinds[1], f"{kinds[1]} {a:03d} {b:02d}", top, top, (0, b + 1))
                        for c in range(many[2]):
                            title = f"{kinds[2]} {a:03d} {b:02d} {c:02d}"
                            add(library, kinds[2], title, middle, top, (b + 1, c + 1))
            await connection.execute("set local session_replication_role = replica")
            await connection.copy_records_to_table(
                "item", schema_name="catalog", records=rows,
                columns=(*_COLUMNS, "parent_id", "top_id", "group_number", "number"),
            )  # fmt: skip
            await connection.execute(
                """insert into catalog.artist_credit (item_id, position, artist_id)
                   select id, 0, top_id from catalog.item where kind in ('album', 'track')"""
            )
            await connection.execute("select catalog.recount(), catalog.relearn()")
            viewer = await shelf.viewer()
            # Large as they are where there is so much, that reading all of them shows.
            await connection.execute(
                """insert into artwork.image (item_id, type, source, source_key, hash, width, height)
                   select id, 'poster', 'local', 'x', '\\x01', 600, 900 from catalog.item"""
            )
            await connection.execute(
                """insert into activity.state (user_id, item_id, kind, series_id, watched, last_played_at)
                   select $1, id, kind, case when kind = 'episode' then top_id end, true, added_at
                   from catalog.item""",
                (await shelf.viewer()).account_id,
            )
        await connection.execute("vacuum analyze")
    async with database.transaction(readonly=True) as tx:
        yield tx, viewer, some


@pytest.mark.timeout(600)
async def test_what_lies_below_something_is_read_alone(below: tuple[Tx, Viewer, dict[str, UUID]]) -> None:
    real, viewer, some = below
    asked: dict[str, tuple[Any, int]] = {
        "seasons of a show": (lambda tx: browse.children(tx, viewer, some["series"], Filter()), SEASONS),
        "episodes of a season": (lambda tx: browse.children(tx, viewer, some["season"], Filter()), EPISODES),
        "albums of an artist": (lambda tx: browse.children(tx, viewer, some["artist"], Filter()), ALBUMS),
        "tracks of an album": (lambda tx: browse.children(tx, viewer, some["album"], Filter()), TRACKS),
        "shows": (lambda tx: browse.items(tx, viewer, Filter(kinds=("series",))), SHOWS),
        "albums": (lambda tx: browse.items(tx, viewer, Filter(kinds=("album",), limit=50)), ARTISTS * ALBUMS),
        "tracks": (lambda tx: browse.items(tx, viewer, Filter(kinds=("track",), limit=50)), ARTISTS * ALBUMS * TRACKS),
        "tracks with an artist": (
            lambda tx: browse.items(tx, viewer, Filter(kinds=("track",), artist=some["artist"], limit=50)),
            ALBUMS * TRACKS,
        ),
        "albums with an artist": (
            lambda tx: browse.items(tx, viewer, Filter(kinds=("album",), artist=some["artist"])), ALBUMS,
        ),
    }  # fmt: skip
    told = []
    for what, (ask, total) in asked.items():
        judged = Judged(real)
        page = await ask(judged)
        assert page.total == total, what
        told += [f"{what}: {fault}" for fault in judged.wrong]
    assert not told, "\n".join(told)


async def test_artists_of_a_page_are_looked_up_while_the_statistics_know_nothing(database: Database) -> None:
    """While a first scan files a library, all items were read for the artists of each page."""
    async with database.transaction() as tx:
        await tx.execute("alter table catalog.item set (autovacuum_enabled = off)")
        await tx.execute("alter table catalog.artist_credit set (autovacuum_enabled = off)")
        shelf = Shelf(tx)
        library, viewer = await shelf.library("Music", "music"), await shelf.viewer()
        artist = await shelf.artist(library, "Mara Quill")
        tracks: list[tuple[object, ...]] = [
            (new_id(), library, "track", str(n), f"Track {n}", f"track {n:06}", f"track {n}", 1990, LONG_AGO)
            for n in range(20_000)
        ]
        await tx.copy_records_to_table("item", schema_name="catalog", columns=_COLUMNS, records=tracks)
        await tx.copy_records_to_table(
            "artist_credit",
            schema_name="catalog",
            columns=("item_id", "position", "artist_id"),
            records=[(row[0], 0, artist) for row in tracks],
        )
    async with database.transaction(readonly=True) as real:
        watched: Any = Watched(real)
        page = await browse.items(watched, viewer, Filter(kinds=("track",), limit=50))
        assert {one.artists[0].title for one in page.items} == {"Mara Quill"}
        (plan,) = [plan for plan in watched.plans if "artist_credit" in plan]
        assert "Seq Scan" not in plan, plan
        assert rows_read_of_items(plan) <= 1


def rows_read_of_items(plan: str) -> int:
    """The most rows of items that one look gave."""
    return max(int(float(n)) for n in re.findall(r"Scan using item_pkey on item i.*?actual rows=([\d.]+)", plan))
