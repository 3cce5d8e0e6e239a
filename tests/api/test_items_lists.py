"""Playlists, collections, facets, letters and similar items through the front door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from hearth.db import Database
from tests.browse.house import House, open_house


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(database, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("kind", ["playlists", "collections"])
async def test_a_list_from_making_to_deleting(house: House, kind: str) -> None:
    async with house.shelf() as shelf:
        library = await shelf.library()
        films = [str(await shelf.movie(library, f"Film {n}")) for n in range(3)]
    made = await house.door.call("POST", f"/api/v1/{kind}", {"name": "Best"}, token=house.token)
    assert made.status == 201
    path = f"/{kind}/{made.json['id']}"
    added = await house.door.call("POST", f"/api/v1{path}/entries", {"item_ids": films}, token=house.token)
    assert added.status == 201
    places = added.json["ids"]
    assert await house.status(f"{path}/entries/{places[2]}/place", "PUT", {"after": None}) == 204
    assert await house.status(f"{path}/entries/{places[0]}", "DELETE") == 204
    page = await house.get(f"{path}/entries")
    assert [entry["item"]["title"] for entry in page["items"]] == ["Film 2", "Film 1"]
    assert (page["total"], page["next"]) == (2, None)
    changed = await house.change("PATCH", path, {"name": "Better", "overview": "Mine"})
    assert (changed["name"], changed["overview"], changed["own"]) == ("Better", "Mine", kind == "playlists")
    assert [one["name"] for one in (await house.get(f"/{kind}"))["items"]] == ["Better"]
    assert await house.status(f"{path}/entries", "POST", {"item_ids": [str(uuid4())]}) == 404
    assert await house.status(path, "DELETE") == 204
    assert await house.status(path) == 404


async def test_panels_letters_genres_and_the_like(house: House) -> None:
    async with house.shelf() as shelf:
        library = await shelf.library()
        one = await shelf.movie(library, "Alien", year=1979, genres=["Horror"], quality="4K HDR", rating=8.0)
        await shelf.movie(library, "Brazil", year=1985, genres=["Comedy"], rating=7.0)
        await shelf.movie(library, "Aliens", year=1986, genres=["Horror"], rating=8.5)
    facets = await house.get("/facets?kind=movie")
    assert (facets["total"], facets["exact"]) == (3, True)
    assert facets["resolutions"] == [{"value": "4K", "count": 1}]
    assert facets["genres"] == [{"value": "Horror", "count": 2}, {"value": "Comedy", "count": 1}]
    assert await house.status("/facets?sort=title") == 400
    letters = await house.get(f"/libraries/{library}/letters")
    assert letters["letters"] == [
        {"letter": "A", "position": 0, "count": 2},
        {"letter": "B", "position": 2, "count": 1},
    ]
    assert [genre["value"] for genre in (await house.get(f"/libraries/{library}/genres"))["genres"]] == [
        "Comedy",
        "Horror",
    ]
    assert await house.status(f"/libraries/{uuid4()}/letters") == 404
    similar = await house.get(f"/items/{one}/similar")
    assert [item["title"] for item in similar["items"]] == ["Aliens"]
    assert await house.status(f"/items/{one}/watch-later", "PUT") == 204
    assert [item["title"] for item in (await house.get("/items?watch_later=true"))["items"]] == ["Alien"]
    assert await house.status(f"/items/{one}/watch-later", "DELETE") == 204
    assert (await house.get("/items?watch_later=true"))["total"] == 0
    assert (await house.get("/items?kind=movie&resolution=4K&hdr=HDR"))["total"] == 1


async def test_episodes_tell_their_plot_and_number(house: House) -> None:
    async with house.shelf() as shelf:
        show = await shelf.show(await shelf.library("Shows", "shows"), "Dark", 1, 2, overview="It rains.")
    (first, _) = (await house.get(f"/items/{show.seasons[0]}/children"))["items"]
    assert first["overview"] == "It rains."
    detail = await house.get(f"/items/{first['id']}")
    assert (detail["overview"], detail["next"]["group"], detail["next"]["number"]) == ("It rains.", 1, 2)
    series = await house.get(f"/items/{show.id}")
    assert (series["play_target"]["group"], series["play_target"]["number"]) == (1, 1)
    assert series["overview"] == "It rains."
