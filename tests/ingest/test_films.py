"""Folders of films become films."""

import os
from pathlib import Path

from tests import media_files as make
from tests.ingest.conftest import Shelf


async def test_films_by_folder_and_by_name(films: Shelf, root: Path) -> None:
    make.video(root / "The Last Lighthouse (2019)" / "The Last Lighthouse (2019).mp4")
    make.video(root / "Paper.Moons.2021.1080p.BluRay.x264-GRP.mkv")
    scan = await films.scan()
    assert scan.state == "done"
    assert (scan.counts.new, scan.counts.items_added, scan.counts.refused) == (2, 2, 0)
    rows = await films.rows("select title, year, duration_ms from catalog.item order by sort_title")
    assert [(row["title"], row["year"]) for row in rows] == [("The Last Lighthouse", 2019), ("Paper Moons", 2021)]
    assert all(900 <= row["duration_ms"] <= 1200 for row in rows)


async def test_sets_of_films_are_told_by_folders_unless_an_nfo_knows_better(films: Shelf, root: Path) -> None:
    for year in (1999, 2001):
        make.video(root / "The Quay Collection" / f"Quay ({year})" / f"Quay ({year}).mp4")
    make.text(
        root / "The Quay Collection" / "Quay (2001)" / "movie.nfo",
        "<movie><title>Quay</title><year>2001</year><set><name>Quays</name></set></movie>",
    )
    make.video(root / "Alone (2000).mp4")
    await films.scan()
    rows = await films.rows("select year, film_series from catalog.item where kind = 'movie' order by year")
    assert [tuple(row) for row in rows] == [(1999, "The Quay Collection"), (2000, None), (2001, "Quays")]


async def test_a_second_scan_only_looks(films: Shelf, root: Path) -> None:
    make.video(root / "Quiet Harbour (2020).mp4")
    await films.scan()
    before = await films.rows("select id, updated_at from catalog.item")
    again = await films.scan()
    assert (again.state, again.counts.files) == ("done", 1)
    assert (again.counts.new, again.counts.changed, again.counts.to_file) == (0, 0, 0)
    assert await films.rows("select id, updated_at from catalog.item") == before


async def test_versions_parts_and_extras_hang_on_one_film(films: Shelf, root: Path) -> None:
    folder = root / "Northern Line (2018)"
    make.video(folder / "Northern Line (2018) - 1080p.mp4", size="1920x800")
    make.video(folder / "Northern Line (2018) - 480p.mp4", size="640x360")
    make.video(folder / "Trailers" / "First look.mp4")
    make.video(root / "Long Road (2001)" / "Long Road (2001) cd1.mp4")
    make.video(root / "Long Road (2001)" / "Long Road (2001) cd2.mp4")
    await films.scan()
    assert await films.titles("movie") == ["Long Road", "Northern Line"]
    assert await films.titles("extra") == ["First look"]
    versions = await films.rows(
        "select i.title, v.label, count(*) as parts from catalog.version v join catalog.item i on i.id = v.item_id"
        " join catalog.part p on p.version_id = v.id where i.kind = 'movie' group by v.id, i.title, v.label, v.rank"
        " order by i.title, v.rank"
    )
    assert [(row["title"], row["label"], row["parts"]) for row in versions] == [
        ("Long Road", "SD", 2),
        ("Northern Line", "1080p", 1),
        ("Northern Line", "SD", 1),
    ]
    owner = await films.rows("select p.title from catalog.item x join catalog.item p on p.id = x.parent_id")
    assert [row["title"] for row in owner] == ["Northern Line"]


async def test_hdr10_plus_is_a_quality_of_its_own(films: Shelf, root: Path) -> None:
    make.hdr10_plus_video(root / "Quiet Harbour (2020).mkv")
    await films.scan()
    (film,) = await films.rows("select quality from catalog.item where kind = 'movie'")
    assert film["quality"] == "SD HDR10+"
    facets = await films.rows("select value from catalog.tally where facet = 'hdr'")
    assert [row["value"] for row in facets] == ["HDR10+"]


async def test_subtitles_beside_and_in_a_folder(films: Shelf, root: Path) -> None:
    make.video(root / "Glass (2017)" / "Glass (2017).mp4")
    make.text(root / "Glass (2017)" / "Glass (2017).de.forced.srt", "1\n00:00:00,000 --> 00:00:01,000\nHallo\n")
    make.text(root / "Glass (2017)" / "Subs" / "English.srt", "1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    await films.scan()
    rows = await films.rows("select language, is_forced from catalog.sidecar order by is_forced")
    assert [(row["language"], row["is_forced"]) for row in rows] == [("eng", False), ("ger", True)]


async def test_nfo_and_pictures_win_over_guesses(films: Shelf, root: Path) -> None:
    folder = root / "fl.2016.720p"
    make.video(folder / "fl.2016.720p.mp4")
    make.image(folder / "poster.jpg")
    make.image(folder / "fanart.jpg", "navy", "640x360")
    make.text(
        folder / "movie.nfo",
        "<movie><title>Far Light</title><year>2016</year><plot>A lamp.</plot><genre>Drama / Mystery</genre>"
        "<uniqueid type='tmdb'>77</uniqueid><rating>7.5</rating><actor><name>Ada Vale</name><role>Keeper</role></actor>"
        "</movie>\nhttps://example.org/movie/77",
    )
    await films.scan(pictures=True)
    (film,) = await films.rows("select * from catalog.item where kind = 'movie'")
    assert (film["title"], film["year"], film["overview"]) == ("Far Light", 2016, "A lamp.")
    assert (film["genres"], film["provider_ids"]) == (["Drama", "Mystery"], {"tmdb": "77"})
    (person,) = await films.rows(
        "select p.name, c.role, c.character from catalog.credit c join catalog.person p on true"
    )
    assert tuple(person) == ("Ada Vale", "actor", "Keeper")
    images = await films.rows("select type, source from artwork.image order by type")
    assert [tuple(row) for row in images] == [("backdrop", "local"), ("poster", "local"), ("thumb", "frame")]


async def test_a_renamed_film_keeps_its_item(films: Shelf, root: Path) -> None:
    make.video(root / "Fast Fishes (2011)" / "Fast Fishes (2011).mp4")
    await films.scan()
    (before,) = await films.rows("select id from catalog.item where kind = 'movie'")
    os.rename(root / "Fast Fishes (2011)", root / "Vast Wishes (2012)")
    os.rename(
        root / "Vast Wishes (2012)" / "Fast Fishes (2011).mp4", root / "Vast Wishes (2012)" / "Vast Wishes (2012).mp4"
    )
    scan = await films.scan()
    assert (scan.state, scan.counts.moved, scan.counts.missing) == ("done", 1, 0)
    (after,) = await films.rows("select id, title, year, available from catalog.item where kind = 'movie'")
    assert tuple(after) == (before["id"], "Vast Wishes", 2012, True)


async def test_what_is_removed_hides_and_returns_as_it_was(films: Shelf, root: Path) -> None:
    for number in range(12):
        make.video(root / f"Film number {number} (2000).mp4")
    await films.scan()
    (before,) = await films.rows("select id from catalog.item where title = 'Film number 3'")
    kept = (root / "Film number 3 (2000).mp4").rename(root.parent / f"{root.name}.kept")
    gone = await films.scan()
    assert (gone.state, gone.counts.missing) == ("done", 1)
    assert "Film number 3" not in await films.titles("movie")
    kept.rename(root / "Film number 3 (2000).mp4")
    await films.scan()
    (after,) = await films.rows("select id, available from catalog.item where title = 'Film number 3'")
    assert tuple(after) == (before["id"], True)


async def test_a_root_that_lost_much_pauses_and_says_so(films: Shelf, root: Path) -> None:
    for number in range(10):
        make.video(root / f"Film number {number} (2000).mp4")
    await films.scan()
    for number in range(4):
        (root / f"Film number {number} (2000).mp4").unlink()
    scan = await films.scan()
    assert scan.state == "paused"
    assert scan.message is not None
    assert "4 of 10 files are missing" in scan.message
    assert len(await films.titles("movie")) == 10
    accepted = await films.scan(accept_missing=True)
    assert (accepted.state, accepted.counts.missing) == ("done", 4)
    assert len(await films.titles("movie")) == 6


async def test_a_root_that_vanished_or_is_empty_loses_nothing(films: Shelf, root: Path) -> None:
    make.video(root / "Alone (2000).mp4")
    await films.scan()
    away = root.rename(root.with_name(f"{root.name}-away"))
    vanished = await films.scan()
    assert vanished.state == "paused"
    assert "does not exist" in (vanished.message or "")
    root.mkdir()
    empty = await films.scan()
    assert empty.state == "paused"
    assert "1 of 1 files are missing" in (empty.message or "")
    assert await films.titles("movie") == ["Alone"]
    root.rmdir()
    away.rename(root)
    back = await films.scan()
    assert (back.state, back.message) == ("done", None)


async def test_bad_files_are_refused_with_reasons_and_the_scan_goes_on(films: Shelf, root: Path) -> None:
    make.video(root / "Good (2001).mp4")
    (root / "Empty (2002).mkv").write_bytes(b"")
    (root / "Noise (2003).mkv").write_bytes(os.urandom(50_000))
    make.image(root / "Misnamed (2004).mkv")
    whole = (root / "Good (2001).mp4").read_bytes()
    (root / "Cut (2005).mp4").write_bytes(whole[: len(whole) // 3])
    scan = await films.scan()
    assert (scan.state, scan.counts.refused) == ("done", 3)
    assert await films.titles("movie") == ["Cut", "Good"], "what remains of a cut film can be watched"
    reasons = await films.problems(scan)
    assert set(reasons) == {"Empty (2002).mkv", "Noise (2003).mkv", "Misnamed (2004).mkv", "Cut (2005).mp4"}
    assert "empty" in reasons["Empty (2002).mkv"]
    assert all(reason.endswith(".") and len(reason) > 15 for reason in reasons.values())


async def test_names_in_any_bytes(films: Shelf, root: Path) -> None:
    base = os.fsencode(root)
    make.video(base + b"/Caf\xe9 Noir (1999).mp4")
    make.video(base + b"/" + b"L" * 240 + b" (2001).mp4")
    scan = await films.scan()
    assert (scan.state, scan.counts.refused) == ("done", 0)
    titles = await films.titles("movie")
    assert "Café Noir" in titles
    assert any(title.startswith("LLLL") for title in titles)


async def test_links_are_skipped_and_reported(films: Shelf, root: Path, tmp_path: Path) -> None:
    make.video(tmp_path / "Outside (2000).mp4")
    (root / "Linked (2000).mp4").symlink_to(tmp_path / "Outside (2000).mp4")
    (root / "etc").symlink_to("/etc")
    scan = await films.scan()
    assert await films.titles("movie") == []
    assert set(await films.problems(scan)) == {"Linked (2000).mp4", "etc"}
