"""Answers kept in the process: forgotten when another process changes something, and never those of somebody else."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hearth.api.v1 import kept as answers
from hearth.db import Database
from hearth.kit.cache import Cache
from tests.browse.house import House, open_house

_FACETS = "/facets?kind=movie"
# What a scan does, from a process of its own: it changes films, and announces that in the same transaction.
_ELSEWHERE = """
import asyncio, sys
from uuid import UUID
from hearth import catalog, jobs
from hearth.db import Database

async def change(dsn, library, words):
    database = await Database.connect(dsn, max_size=1)
    async with database.transaction() as tx:
        await tx.execute("update catalog.item set genres = array[$1]", words)
        await jobs.announce(tx, catalog.ItemsChanged(UUID(library)))
    await database.close()

asyncio.run(change(*sys.argv[1:]))
"""
# What the same person does at another process.
_MARKS = """
import asyncio, sys
from uuid import UUID
from hearth import activity
from hearth.db import Database

async def mark(dsn, account, film):
    database = await Database.connect(dsn, max_size=1)
    async with database.transaction() as tx:
        await activity.set_favorite(tx, UUID(account), UUID(film), True)
    await database.close()

asyncio.run(mark(*sys.argv[1:]))
"""
_FILMS = "/items?kind=movie"


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(database, tmp_path, keeps=True) as opened:
        yield opened


async def _library(house: House) -> UUID:
    async with house.shelf() as shelf:
        library = await shelf.library()
        await shelf.movie(library, "Alien", genres=["Horror"])
    return library


async def _unheard(house: House, genre: str) -> None:
    """A change that nobody announces, as none is: it shows what was kept."""
    async with house.database.transaction() as tx:
        await tx.execute("update catalog.item set genres = array[$1]", genre)


async def _elsewhere(script: str, *arguments: str) -> None:
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, *arguments)
    async with asyncio.timeout(60):
        assert await other.wait() == 0


def _genres(facets: Any) -> list[str]:
    return [one["value"] for one in facets["genres"]]


async def test_what_another_process_changes_is_seen_within_a_second(house: House) -> None:
    library = await _library(house)
    paths = (_FACETS, f"/libraries/{library}/genres")
    kept = [await house.get(path) for path in paths]
    await _unheard(house, "Comedy")
    assert [await house.get(path) for path in paths] == kept, "it is kept"
    await _elsewhere(_ELSEWHERE, house.database.dsn, str(library), "Drama")
    changed = time.monotonic()
    while _genres(await house.get(_FACETS)) != ["Drama"]:
        assert time.monotonic() - changed < 1, "a second after the change it is still told otherwise"
        await asyncio.sleep(0.01)
    assert _genres(await house.get(f"/libraries/{library}/genres")) == ["Drama"]


async def test_who_changes_something_here_sees_it_at_once(house: House) -> None:
    await _library(house)
    assert _genres(await house.get(_FACETS)) == ["Horror"]
    film = (await house.get("/items?kind=movie"))["items"][0]["id"]
    await house.change("PATCH", f"/items/{film}", {"genres": ["Western"]})
    assert _genres(await house.get(_FACETS)) == ["Western"]


async def test_what_somebody_does_they_read_back_at_once(house: House) -> None:
    await _library(house)
    film = (await house.get(_FILMS))["items"][0]["id"]
    for path in (f"{_FACETS}&favorite=true", f"{_FACETS}&%66avorite=true", f"{_FILMS}&favorite=true"):
        assert (await house.get(path))["total"] == 0
        await house.change("PUT", f"/items/{film}/favorite")
        assert (await house.get(path))["total"] == 1
        await house.change("DELETE", f"/items/{film}/favorite")


async def test_home_and_lists_are_kept_until_one_does_something(house: House) -> None:
    await _library(house)
    film = (await house.get(_FILMS))["items"][0]["id"]
    await house.door.person(house.token, "other")
    token = (await house.door.login("other")).json["access_token"]
    paths = ("/home", _FILMS, f"{_FILMS}&sort=-added_at&limit=1")
    kept = [await house.get(path) for path in paths]
    assert kept[0]["favorites"] == []
    async with house.database.transaction() as tx:
        await tx.execute("update catalog.item set title = 'Aliens'")
    assert (await house.door.call("PUT", f"/api/v1/items/{film}/favorite", token=token)).status == 200
    assert [await house.get(path) for path in paths] == kept, "what another did took one's own answers"
    await house.change("PUT", f"/items/{film}/watched")
    home, films, newest = [await house.get(path) for path in paths]
    assert home["latest"][0]["items"][0]["title"] == "Aliens"
    assert [page["items"][0]["user"]["watched"] for page in (films, newest)] == [True, True]


async def test_what_another_does_meanwhile_is_no_reason_not_to_keep(house: House) -> None:
    await _library(house)
    await house.door.person(house.token, "other")
    token = (await house.door.login("other")).json["access_token"]
    async with house.database.transaction() as tx:
        await tx.execute("lock table catalog.item in access exclusive mode")
        asking = asyncio.create_task(house.get(_FILMS))
        await asyncio.sleep(0.2)
        made = await house.door.call("POST", "/api/v1/playlists", {"name": "Mine"}, token=token)
        assert made.status == 201
        assert not asking.done()
    kept = await asking
    async with house.database.transaction() as tx:
        await tx.execute("update catalog.item set title = 'Aliens'")
    assert await house.get(_FILMS) == kept


async def test_what_one_does_at_another_process_is_seen_within_a_second(house: House) -> None:
    await _library(house)
    film = (await house.get(_FILMS))["items"][0]["id"]
    await _elsewhere(_MARKS, house.database.dsn, str(house.account), film)
    changed = time.monotonic()
    while not (await house.get(_FILMS))["items"][0]["user"]["favorite"]:
        assert time.monotonic() - changed < 1, "a second after the mark it is still told otherwise"
        await asyncio.sleep(0.01)


async def test_answers_to_what_was_asked_before_a_change_are_not_kept(house: House) -> None:
    await _library(house)
    film = (await house.get(_FILMS))["items"][0]["id"]
    for _ in range(5):
        for method, marked in (("PUT", True), ("DELETE", False)):
            reads = [asyncio.create_task(house.get(_FILMS)) for _ in range(3)]
            await house.change(method, f"/items/{film}/favorite")
            assert (await house.get(_FILMS))["items"][0]["user"]["favorite"] is marked
            await asyncio.gather(*reads)
            assert (await house.get(_FILMS))["items"][0]["user"]["favorite"] is marked


async def test_a_random_order_is_another_each_time_but_with_a_seed(house: House) -> None:
    async with house.shelf() as shelf:
        library = await shelf.library()
        for n in range(40):
            await shelf.movie(library, f"Film {n}")
    shuffled = {str(await house.get(f"{_FILMS}&{sort}=random")) for sort in ("sort", "%73ort", "sort")}
    assert len(shuffled) == 3
    assert await house.get(f"{_FILMS}&sort=random&seed=1") == await house.get(f"{_FILMS}&sort=random&seed=1")


async def test_nobody_is_told_what_another_may_see(house: House) -> None:
    await _library(house)
    assert (await house.get(_FACETS))["total"] == 1
    child, _ = await house.door.person(house.token, "child")
    async with house.database.transaction() as tx:
        await tx.execute("update accounts.account set max_age = 6, unrated = false where id = $1", child)
    token = (await house.door.login("child")).json["access_token"]
    answer = await house.door.call("GET", f"/api/v1{_FACETS}", token=token)
    assert (answer.status, answer.json["total"]) == (200, 0)


async def test_the_tag_of_a_kept_answer_is_that_of_the_answer(house: House) -> None:
    await _library(house)
    answers = [await house.door.call("GET", f"/api/v1{_FACETS}", token=house.token) for _ in range(3)]
    assert len({answer.body for answer in answers}) == 1
    (tag,) = {dict(answer.headers)["etag"] for answer in answers}
    again = await house.door.call("GET", f"/api/v1{_FACETS}", token=house.token, headers={"if-none-match": tag})
    assert (again.status, again.body) == (304, b"")
    assert await house.get(_FACETS) == answers[0].json


async def test_what_was_kept_is_not_told_when_events_may_have_been_missed(house: House) -> None:
    await _library(house)
    before = await house.get(_FILMS)
    async with house.database.transaction() as tx:
        await tx.execute("update catalog.item set title = 'Aliens'")
        assert await tx.fetchval(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and query ilike 'listen%'"
        )
    lost = time.monotonic()
    while await house.get(_FILMS) == before:
        assert time.monotonic() - lost < 5, "it tells what was, though nobody says whether it still is"
        await asyncio.sleep(0.01)
    # And once it hears again it keeps again.
    for genre in itertools.cycle(("Comedy", "Horror")):
        kept = await house.get(_FACETS)
        await _unheard(house, genre)
        if await house.get(_FACETS) == kept:
            break
        assert time.monotonic() - lost < 10
        await asyncio.sleep(0.05)


async def test_what_is_kept_has_an_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await _library(house)
    monkeypatch.setattr(answers, "_ROOM", 20_000)
    paths = [f"{_FILMS}&limit={n}" for n in range(1, 31)]
    before = [await house.get(path) for path in paths]
    async with house.database.transaction() as tx:
        await tx.execute("update catalog.item set title = 'Aliens'")
    after = [await house.get(path) for path in reversed(paths)][::-1]
    same = [old == new for old, new in zip(before, after, strict=True)]
    assert not any(same[:15]), "the oldest went first"
    assert same[-5:] == [True] * 5
    monkeypatch.setattr(answers, "_LARGEST", 100)
    house.kept.forget()
    assert (await house.get(_FILMS))["items"][0]["title"] == "Aliens"
    async with house.database.transaction() as tx:
        await tx.execute("update catalog.item set title = 'Alien'")
    assert (await house.get(_FILMS))["items"][0]["title"] == "Alien", "it was too large"


async def test_it_needs_no_engine(database: Database, tmp_path: Path, cache: Cache) -> None:
    await cache.connect()
    await cache.close()
    async with open_house(database, tmp_path, cache, keeps=True) as house:
        await _library(house)
        kept = await house.get(_FACETS)
        await _unheard(house, "Comedy")
        assert await house.get(_FACETS) == kept


async def test_nothing_is_kept_while_nobody_listens(database: Database, tmp_path: Path) -> None:
    async with open_house(database, tmp_path) as house:
        await _library(house)
        assert _genres(await house.get(_FACETS)) == ["Horror"]
        await _unheard(house, "Comedy")
        assert _genres(await house.get(_FACETS)) == ["Comedy"]
