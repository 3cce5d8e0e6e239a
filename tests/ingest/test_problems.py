"""Files that cannot be used: listed with their reason and what to do, read again, ignored; and what scans tell."""

from pathlib import Path

from hearth import jobs, libraries
from hearth.db import migrate
from tests import media_files as make
from tests.browse.house import House
from tests.ingest.conftest import Shelf


async def settled(shelf: Shelf) -> None:
    for row in await shelf.rows("select id from libraries.scan where state in ('queued', 'running')"):
        await shelf.ended(row["id"], pictures=False)


async def test_fifty_corrupt_files_are_fifty_labels(films: Shelf, root: Path, house: House) -> None:
    make.video(root / "Whole (2001).mp4")
    for number in range(50):
        make.text(root / f"Broken {number} (2001).mkv", "this is no film " * (number + 1))
    await films.scan()
    page = await house.get("/problems?limit=30")
    assert (page["total"], len(page["items"])) == (50, 30)
    rest = await house.get(f"/problems?limit=30&after={page['next']}")
    found = [*page["items"], *rest["items"]]
    assert len({one["name"] for one in found}) == 50
    assert rest["next"] is None
    for one in found:
        assert (one["about"], one["folder"], one["ignored"]) == ("content", str(root), False)
        assert one["reason"].endswith(".")
        assert one["size"] > 0
        assert "good copy" in one["advice"]


async def test_a_repaired_file_is_read_again_when_asked(films: Shelf, root: Path, house: House) -> None:
    path = root / "Broken (2001).mp4"
    make.text(path, "this is no film")
    await films.scan()
    (one,) = (await house.get("/problems"))["items"]
    before = await films.rows("select mtime_ns from libraries.file")
    assert await house.status(f"/problems/{one['id']}/retry", "POST") == 202
    await settled(films)
    (again,) = (await house.get("/problems"))["items"]
    assert (again["id"], again["reason"]) == (one["id"], one["reason"]), "it is as broken as it was"
    assert await films.rows("select mtime_ns from libraries.file") == before, "it was read again"
    make.video(path)
    assert await house.status(f"/problems/{one['id']}/retry", "POST") == 202
    await settled(films)
    assert (await house.get("/problems"))["total"] == 0
    assert await films.titles("movie") == ["Broken"]
    assert await house.status(f"/problems/{one['id']}/retry", "POST") == 404


async def test_an_ignored_file_is_left_out_until_it_is_refused_otherwise(
    shows: Shelf, root: Path, house: House
) -> None:
    path = root / "Signal Hill" / "holiday.mp4"
    make.video(path)
    await shows.scan()
    (one,) = (await house.get("/problems"))["items"]
    assert (one["about"], "season and episode" in one["reason"]) == ("name", True)
    assert await house.status(f"/problems/{one['id']}/ignored", "PUT", {"ignored": True}) == 204
    assert (await house.get("/problems"))["total"] == 0
    assert (await house.get("/problems?ignored=true"))["total"] == 1
    make.video(root / "Signal Hill" / "Signal Hill S01E01.mp4")
    await shows.scan()
    assert (await house.get("/problems"))["total"] == 0
    make.text(path, "no film any more")
    await shows.scan()
    assert [found["about"] for found in (await house.get("/problems"))["items"]] == ["content"]


async def test_a_scan_tells_what_it_did(films: Shelf, root: Path) -> None:
    for name in ("One (2001).mp4", "Two (2002).mp4", "Three (2003).mp4"):
        make.video(root / name)
    await films.scan()
    (root / "One (2001).mp4").rename(root / "One More (2001).mp4")
    (root / "Two (2002).mp4").unlink()
    make.video(root / "Three (2003).mp4")
    make.video(root / "Four (2004).mp4")
    scan = await films.scan(accept_missing=True)
    rows = await films.rows(
        "select unnest(paths) as path, change from libraries.scan_change where scan_id = $1", scan.id
    )
    assert {(Path(row["path"].decode()).name, row["change"]) for row in rows} == {
        ("One More (2001).mp4", "moved"), ("Two (2002).mp4", "missing"), ("Three (2003).mp4", "changed"),
        ("Four (2004).mp4", "new"),
    }  # fmt: skip


async def test_what_scans_did_survives_going_down_and_up(films: Shelf, root: Path, database_url: str) -> None:
    for name in ("One (2001).mp4", "Two (2002).mp4"):
        make.video(root / name)
    scan = await films.scan()
    await migrate.down(database_url, 130)
    by_file = await films.rows("select path, change from libraries.scan_change where scan_id = $1", scan.id)
    assert {Path(row["path"].decode()).name for row in by_file} == {"One (2001).mp4", "Two (2002).mp4"}
    await migrate.up(database_url, after_up=jobs.install)
    async with films.database.transaction(readonly=True) as tx:
        assert len(await libraries.changes(tx, scan.id)) == 2
