"""Folders of shows become series, seasons and episodes."""

from pathlib import Path

from tests import media_files as make
from tests.ingest.conftest import Shelf


async def test_seasons_specials_and_titles(shows: Shelf, root: Path) -> None:
    make.video(root / "Signal Hill (2020)" / "Season 1" / "Signal Hill - S01E01 - First Light.mp4")
    make.video(root / "Signal Hill (2020)" / "Season 1" / "Signal Hill - S01E02-E03 - Double.mp4")
    make.video(root / "Signal Hill (2020)" / "Season 2" / "2x01.mp4")
    make.video(root / "Signal Hill (2020)" / "Specials" / "Signal Hill S00E01 Making of.mp4")
    make.image(root / "Signal Hill (2020)" / "poster.jpg")
    make.image(root / "Signal Hill (2020)" / "season01-poster.jpg", "red")
    scan = await shows.scan(pictures=True)
    assert (scan.state, scan.counts.refused) == ("done", 0)
    series = await shows.rows("select title, year from catalog.item where kind = 'series'")
    assert [tuple(row) for row in series] == [("Signal Hill", 2020)]
    seasons = await shows.rows("select title, number from catalog.item where kind = 'season' order by number")
    assert [tuple(row) for row in seasons] == [("Specials", 0), ("Season 1", 1), ("Season 2", 2)]
    episodes = await shows.rows(
        "select e.group_number, e.number, e.last_number, e.title, t.kind as top from catalog.item e"
        " join catalog.item t on t.id = e.top_id where e.kind = 'episode' order by e.group_number, e.number"
    )
    assert [tuple(row) for row in episodes] == [
        (0, 1, None, "Making of", "series"),
        (1, 1, None, "First Light", "series"),
        (1, 2, 3, "Double", "series"),
        (2, 1, None, "Episode 1", "series"),
    ]
    images = await shows.rows(
        "select i.kind, a.type, a.source from artwork.image a join catalog.item i on i.id = a.item_id"
        " where i.kind <> 'episode' order by i.kind"
    )
    assert [tuple(row) for row in images] == [("season", "poster", "local"), ("series", "poster", "local")]


async def test_daily_shows_and_names_without_numbers(shows: Shelf, root: Path) -> None:
    make.video(root / "Evening Paper" / "Evening Paper 2023-05-31.mp4")
    make.video(root / "Evening Paper" / "no number at all.mp4")
    scan = await shows.scan()
    (episode,) = await shows.rows("select title, released, number from catalog.item where kind = 'episode'")
    assert (str(episode["released"]), episode["number"]) == ("2023-05-31", None)
    assert "No season and episode number" in (await shows.problems(scan))["no number at all.mp4"]


async def test_a_moved_show_keeps_its_episodes(shows: Shelf, root: Path) -> None:
    for number in (1, 2):
        make.video(root / "Old Name" / "Season 1" / f"Old Name S01E0{number}.mp4")
    await shows.scan()
    before = await shows.rows("select id from catalog.item where kind = 'episode' order by number")
    (root / "Old Name").rename(root / "New Name")
    scan = await shows.scan()
    assert (scan.state, scan.counts.moved) == ("done", 2)
    assert await shows.rows("select id from catalog.item where kind = 'episode' order by number") == before
    assert await shows.titles("series") == ["New Name"]
