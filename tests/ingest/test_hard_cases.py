"""What a review of scanning found broken, each as a test."""

import os
from pathlib import Path

import pytest

from hearth import jobs, libraries
from hearth.app.reactions import REACTIONS
from hearth.db import Database
from hearth.media import fingerprint
from tests import media_files as make
from tests.engines import make_folder
from tests.ingest.conftest import Shelf


async def ids(shelf: Shelf, kind: str) -> dict[str, str]:
    rows = await shelf.rows("select title, id from catalog.item where kind = $1 and available", kind)
    return {row["title"]: row["id"] for row in rows}


async def test_a_cancelled_scan_does_not_swallow_the_next(database: Database, root: Path) -> None:
    """Cancelled while it waited, its job must not run the next one's job away."""
    with jobs.reacting_with(REACTIONS):
        async with database.transaction() as tx:
            library = await libraries.create(tx, "Films", "movies", [os.fsencode(root)])
            first = await libraries.request_scan(tx, library.id)
        async with database.transaction() as tx:
            assert (await libraries.cancel_scan(tx, first.id)).state == "cancelled"
        async with database.transaction() as tx:
            second = await libraries.request_scan(tx, library.id)
            begun = await libraries.begin_scan(tx, library.id)
        assert begun is not None
        assert begun[0].id == second.id != first.id


async def test_asking_while_a_scan_runs_makes_another_follow(database: Database, root: Path) -> None:
    with jobs.reacting_with(REACTIONS):
        async with database.transaction() as tx:
            library = await libraries.create(tx, "Films", "movies", [os.fsencode(root)])
            first = await libraries.request_scan(tx, library.id)
            await libraries.begin_scan(tx, library.id)
            joined = await libraries.request_scan(tx, library.id, accept_missing=True)
            assert joined.id == first.id
            await libraries.end_scan(tx, first.id, "done")
            begun = await libraries.begin_scan(tx, library.id)
        assert begun is not None
        assert (begun[0].id != first.id, begun[1]) == (True, True)


async def test_a_scan_cancelled_while_its_worker_was_away_ends(database: Database, root: Path) -> None:
    with jobs.reacting_with(REACTIONS):
        async with database.transaction() as tx:
            library = await libraries.create(tx, "Films", "movies", [os.fsencode(root)])
            first = await libraries.request_scan(tx, library.id)
            await libraries.begin_scan(tx, library.id)
            await libraries.cancel_scan(tx, first.id)
            assert await libraries.begin_scan(tx, library.id) is None
            assert (await libraries.scan(tx, first.id)).state == "cancelled"


async def test_odd_names_and_endless_tags_keep_nobody_out(films: Shelf, root: Path) -> None:
    make.video(root / "Film (2000)" / "Film (2000).mp4")
    make.text(os.fsencode(root / "Film (2000)") + b"/Film (2000).Caf\xe9.srt", "1\n00:00:00,000 --> 00:00:01,000\nOh\n")
    make.video(root / ("극" * 70 + " (2001).mp4"))
    scan = await films.scan()
    assert (scan.state, scan.counts.refused) == ("done", 0)
    assert len(await ids(films, "movie")) == 2


async def test_endless_tags_are_filed(music: Shelf, root: Path) -> None:
    make.audio(root / "a" / "1.flac", title="노" * 300, artist="가" * 200, album="앨" * 300, albumartist="가" * 200)
    make.audio(root / "b" / "1.flac", title="Short", artist="Ann", album="Brief")
    scan = await music.scan()
    assert (scan.state, scan.counts.refused) == ("done", 0)
    assert len(await ids(music, "track")) == 2


async def test_a_file_that_moves_between_roots_stays(films: Shelf, root: Path) -> None:
    other = make_folder("hearth-media-")
    for number in range(12):
        make.video(root / "many" / f"Film {number} (2000).mp4")
    async with films.database.transaction() as tx:
        await libraries.update(tx, films.library.id, paths=[os.fsencode(root), os.fsencode(other)])
    await films.scan()
    before = await ids(films, "movie")
    os.rename(root / "many" / "Film 3 (2000).mp4", other / "Film 3 (2000).mp4")
    scan = await films.scan()
    assert (scan.state, scan.counts.moved, scan.counts.missing) == ("done", 1, 0)
    assert await ids(films, "movie") == before


async def test_a_rename_after_an_upgrade_keeps_the_item(films: Shelf, root: Path) -> None:
    for number in range(12):
        make.video(root / f"Other {number} (2000).mp4")
    make.video(root / "Old (1999)" / "Old (1999) - 480p.mp4")
    make.video(root / "Old (1999)" / "Old (1999) - 1080p.mp4", size="1920x800")
    await films.scan()
    before = (await ids(films, "movie"))["Old"]
    (root / "Old (1999)" / "Old (1999) - 480p.mp4").unlink()
    await films.scan()
    os.rename(root / "Old (1999)", root / "New (1998)")
    os.rename(root / "New (1998)" / "Old (1999) - 1080p.mp4", root / "New (1998)" / "New (1998) - 1080p.mp4")
    await films.scan()
    assert (await ids(films, "movie"))["New"] == before


async def test_a_renamed_show_keeps_series_and_seasons(shows: Shelf, root: Path) -> None:
    for season in (1, 2):
        make.video(root / "Old Show" / f"Season {season}" / f"Old Show S0{season}E01.mp4")
    await shows.scan()
    series, seasons = await ids(shows, "series"), await ids(shows, "season")
    os.rename(root / "Old Show", root / "New Show (2020)")
    await shows.scan()
    assert await ids(shows, "series") == {"New Show": series["Old Show"]}
    assert await ids(shows, "season") == seasons


async def test_a_chain_of_renames(films: Shelf, root: Path) -> None:
    make.video(root / "Alpha (2000).mp4")
    make.video(root / "Beta (2000).mp4")
    await films.scan()
    before = await ids(films, "movie")
    os.rename(root / "Beta (2000).mp4", root / "Gamma (2000).mp4")
    os.rename(root / "Alpha (2000).mp4", root / "Beta (2000) 720p.mp4")
    await films.scan()
    assert await ids(films, "movie") == {"Beta": before["Alpha"], "Gamma": before["Beta"]}


async def test_different_films_stay_apart(films: Shelf, root: Path) -> None:
    make.video(root / "Holiday" / "clip1.mp4")
    make.video(root / "Birthday" / "clip1.mp4")
    make.video(root / "Film {tmdb-1} (2000).mp4")
    make.video(root / "Film {tmdb-2} (2000).mp4")
    await films.scan()
    rows = await films.rows("select count(*) from catalog.item where kind = 'movie'")
    assert rows[0]["count"] == 4


async def test_one_series_stays_whole(shows: Shelf, root: Path) -> None:
    folder = root / "The Bureau (US) (2005)"
    make.text(folder / "tvshow.nfo", "<tvshow><title>The Bureau (US)</title><plot>Paper.</plot></tvshow>")
    make.video(folder / "Season 1" / "The.Bureau.S01E01.mp4")
    make.video(folder / "The.Bureau.S00E01.mp4")
    make.video(folder / "Trailers" / "First.mp4")
    await shows.scan()
    rows = await shows.rows("select title, overview from catalog.item where kind = 'series'")
    assert [tuple(row) for row in rows] == [("The Bureau (US)", "Paper.")]
    assert list(await ids(shows, "extra")) == ["First"]


async def test_an_extra_hangs_on_the_film_that_it_names(films: Shelf, root: Path) -> None:
    make.video(root / "flat" / "Alpha (2000).mp4")
    make.video(root / "flat" / "Beta (2001).mp4")
    make.video(root / "flat" / "Beta (2001)-trailer.mp4")
    await films.scan()
    (owner,) = await films.rows("select p.title from catalog.item e join catalog.item p on p.id = e.parent_id")
    assert owner["title"] == "Beta"


async def test_pictures_come_go_and_are_not_replaced_by_weaker_ones(films: Shelf, root: Path) -> None:
    folder = root / "A" / "Film (2000)"
    make.video(folder / "Film (2000).mp4")
    make.image(folder / "poster.jpg")
    make.image(folder / "fanart.jpg", "navy", "640x360")
    await films.scan(pictures=True)
    make.video(root / "B" / "Film (2000)" / "Film (2000).mp4")
    await films.scan(pictures=True)
    query = "select type, source from artwork.image order by type"
    shown = [tuple(row) for row in await films.rows(query)]
    assert shown == [("backdrop", "local"), ("poster", "local"), ("thumb", "frame")]
    (folder / "fanart.jpg").unlink()
    (folder / "poster.jpg").unlink()
    await films.scan(pictures=True)
    assert [tuple(row) for row in await films.rows(query)] == [("poster", "frame"), ("thumb", "frame")]


async def test_a_cover_above_the_discs_is_found_later(music: Shelf, root: Path) -> None:
    for disc in (1, 2):
        make.audio(root / "Ann" / "Set" / f"CD{disc}" / "1.flac", title=f"Part {disc}", artist="Ann", album="Set")
    await music.scan(pictures=True)
    make.image(root / "Ann" / "Set" / "cover.jpg")
    await music.scan(pictures=True)
    (image,) = await music.rows("select source from artwork.image a join catalog.item i on i.id = a.item_id")
    assert image["source"] == "local"


async def test_folders_that_were_left_out_come_back(films: Shelf, root: Path) -> None:
    make.video(root / "Film (2000).mp4")
    await films.scan()
    before = await ids(films, "movie")
    (root / ".ignore").touch()
    assert (await films.scan(accept_missing=True)).counts.missing == 1
    (root / ".ignore").unlink()
    assert (await films.scan()).state == "done"
    assert await ids(films, "movie") == before


async def test_a_series_without_episodes_stays_hidden(shows: Shelf, root: Path) -> None:
    make.video(root / "Gone" / "Gone S01E01.mp4")
    for number in range(12):
        make.video(root / "Here" / f"Here S01E{number + 1:02d}.mp4")
    make.image(root / "Gone" / "poster.jpg")
    await shows.scan()
    (root / "Gone" / "Gone S01E01.mp4").unlink()
    await shows.scan()
    make.image(root / "Gone" / "fanart.jpg", "navy", "640x360")
    await shows.scan()
    assert list(await ids(shows, "series")) == ["Here"]


async def test_refused_files_stay_listed(films: Shelf, root: Path) -> None:
    (root / "Empty (2002).mkv").write_bytes(b"")
    first = await films.scan()
    second = await films.scan()
    assert (first.counts.refused, second.counts.refused) == (1, 1)
    assert set(await films.problems(second)) == {"Empty (2002).mkv"}


@pytest.mark.parametrize("size", [70_000, 120_000, 131_072, 400_000])
def test_a_fingerprint_looks_at_both_ends(tmp_path: Path, size: int) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"a" * size)
    other.write_bytes(b"a" * (size - 1) + b"b")
    assert fingerprint(os.fsencode(one), size) != fingerprint(os.fsencode(other), size)
