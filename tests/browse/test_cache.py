"""ETags: who has an answer is told so, whatever changed it is seen at once, and without the cache all is the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hearth.db import Database
from hearth.kit.cache import Cache
from tests.browse.house import House, open_house


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(database, tmp_path) as opened:
        yield opened


async def ask(house: House, path: str, tag: str | None = None) -> tuple[int, str | None, bytes]:
    headers = {"if-none-match": tag} if tag else {}
    answer = await house.door.call("GET", f"/api/v1{path}", token=house.token, headers=headers)
    return answer.status, dict(answer.headers).get("etag"), answer.body


async def test_a_change_is_seen_within_a_second(house: House) -> None:
    async with house.shelf() as shelf:
        film = await shelf.movie(await shelf.library(), "Alien", genres=["Horror"])
    for path in ("/items?kind=movie", f"/items/{film}", "/home", "/facets?kind=movie", "/search?q=alien"):
        status, tag, body = await ask(house, path)
        assert status == 200
        assert tag
        assert body
        assert await ask(house, path, tag) == (304, tag, b"")
        assert (await ask(house, path, f'"x", W/{tag}'))[0] == 304
        assert (await ask(house, path, '"x"'))[0] == 200
    _, tag, _ = await ask(house, "/items?kind=movie")
    # What the viewer did, and what a scan wrote without a word to this process.
    await house.change("PUT", f"/items/{film}/favorite")
    status, after, _ = await ask(house, "/items?kind=movie", tag)
    assert (status, after == tag) == (200, False)
    async with house.database.transaction() as tx:
        await tx.execute("update catalog.item set title = 'Aliens'")
    status, last, body = await ask(house, "/items?kind=movie", after)
    assert (status, last == after, b"Aliens" in body) == (200, False, True)


async def test_answers_about_accounts_are_kept_nowhere(house: House) -> None:
    for path in ("/me", "/me/sessions", "/users"):
        assert (await ask(house, path))[:2] == (200, None)


async def test_errors_carry_no_tag(house: House) -> None:
    assert (await ask(house, "/items?sort=x"))[:2] == (400, None)


async def test_without_the_cache_answers_are_the_same(database: Database, tmp_path: Path, cache: Cache) -> None:
    paths = ("/items?kind=movie&sort=-year", "/home", "/facets?kind=movie", "/search?q=alien", "/playlists")
    await cache.connect()
    async with open_house(database, tmp_path, cache) as house:
        async with house.shelf() as shelf:
            await shelf.movie(await shelf.library(), "Alien", year=1979)
        with_it = [await ask(house, path) for path in paths]
        assert {status for status, _, _ in with_it} == {200}
        await cache.close()
        assert [await ask(house, path) for path in paths] == with_it
