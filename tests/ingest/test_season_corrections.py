"""Seasons that a person merged or moved stay so, with what comes to their folders later."""

from pathlib import Path

from tests import media_files as make
from tests.browse.house import House
from tests.ingest.conftest import Shelf, listed, send


async def test_two_seasons_become_one_and_stay_one(shows: Shelf, root: Path, house: House) -> None:
    for number in (1, 2):
        make.video(root / "Signal Hill" / "Season 1" / f"Signal Hill S01E0{number}.mp4")
    make.video(root / "Signal Hill Reloaded" / "Season 1" / "Signal Hill Reloaded S01E03.mp4")
    await shows.scan()
    series = await listed(house, "series")
    seasons = {one["parent_id"]: one["id"] for one in (await house.get("/items?kind=season"))["items"]}
    gone, kept = seasons[series["Signal Hill Reloaded"]], seasons[series["Signal Hill"]]
    third = (await listed(house, "episode"))["Episode 3"]
    may_be = (await house.get(f"/items/{gone}/candidates"))["items"]
    assert ("Signal Hill · Season 1", kept) in [(one["title"], one["item_id"]) for one in may_be]
    await send(house, f"/items/{gone}/merge", {"into": kept})
    assert await listed(house, "series") == {"Signal Hill": series["Signal Hill"]}
    make.video(root / "Signal Hill Reloaded" / "Season 1" / "Signal Hill Reloaded S01E04.mp4")
    await shows.scan()
    assert await listed(house, "series") == {"Signal Hill": series["Signal Hill"]}
    held = (await house.get(f"/items/{kept}/children"))["items"]
    assert [one["number"] for one in held] == [1, 2, 3, 4]
    assert held[2]["id"] == third
    for one in held:
        assert [parent["id"] for parent in (await house.get(f"/items/{one['id']}"))["parents"]] == [
            series["Signal Hill"], kept,
        ]  # fmt: skip


async def test_a_season_moves_to_another_series_with_what_comes_later(shows: Shelf, root: Path, house: House) -> None:
    make.video(root / "Signal Hill" / "Season 1" / "Signal Hill S01E01.mp4")
    make.video(root / "Far Light" / "Season 1" / "Far Light S01E01.mp4")
    make.video(root / "Far Light" / "Season 2" / "Far Light S02E01.mp4")
    await shows.scan()
    series = await listed(house, "series")
    (season,) = [one["id"] for one in (await house.get("/items?kind=season"))["items"] if one["title"] == "Season 2"]
    await house.change("PATCH", f"/items/{season}", {"parent_id": series["Signal Hill"]})
    make.video(root / "Far Light" / "Season 2" / "Far Light S02E02.mp4")
    await shows.scan()
    held = (await house.get(f"/items/{series['Signal Hill']}/children"))["items"]
    assert [one["title"] for one in held] == ["Season 1", "Season 2"]
    for one in (await house.get(f"/items/{season}/children"))["items"]:
        assert [parent["title"] for parent in (await house.get(f"/items/{one['id']}"))["parents"]] == [
            "Signal Hill", "Season 2",
        ]  # fmt: skip
    assert len((await house.get(f"/items/{season}/children"))["items"]) == 2
    (root / "Far Light").rename(root / "Fern Licht")
    for path in (root / "Fern Licht" / "Season 2").iterdir():
        path.rename(path.with_name(path.name.replace("Far Light", "Fern Licht")))
    await shows.scan(accept_missing=True)
    assert len((await house.get(f"/items/{season}/children"))["items"]) == 2
    for one in (await house.get(f"/items/{season}/children"))["items"]:
        assert (await house.get(f"/items/{one['id']}"))["parents"][0]["title"] == "Signal Hill"


async def test_a_season_joins_the_one_with_its_number(shows: Shelf, root: Path, house: House) -> None:
    make.video(root / "Signal Hill" / "Season 2" / "Signal Hill S02E01.mp4")
    make.video(root / "Signal Hill (2021)" / "Season 2" / "Signal Hill (2021) S02E02.mp4")
    await shows.scan()
    seasons = (await house.get("/items?kind=season"))["items"]
    series = {one["id"]: one["year"] or 0 for one in (await house.get("/items?kind=series"))["items"]}
    own, stray = sorted(seasons, key=lambda one: series[one["parent_id"]])
    (second,) = (await house.get(f"/items/{stray['id']}/children"))["items"]
    await house.change("PUT", f"/items/{second['id']}/watched")
    answer = await house.change("PATCH", f"/items/{stray['id']}", {"parent_id": own["parent_id"], "overview": "One."})
    assert (answer["id"], answer["overview"]) == (own["id"], "One.")
    for _ in range(2):
        assert [one["id"] for one in (await house.get("/items?kind=season"))["items"]] == [own["id"]]
        first, held = (await house.get(f"/items/{own['id']}/children"))["items"]
        assert (first["number"], held["number"], held["id"]) == (1, 2, second["id"])
        assert (first["user"]["watched"], held["user"]["watched"]) == (False, True)
        assert [one["year"] for one in (await house.get("/items?kind=series"))["items"]] == [None]
        await shows.scan()
