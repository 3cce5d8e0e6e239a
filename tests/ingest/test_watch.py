"""Scans of some folders, markers, tombstones and who watches: what the journey does not show."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast
from uuid import UUID

import pytest

from hearth import jobs, libraries
from hearth.app.tidy import Tidier, TidyArgs
from hearth.ingest import Watcher, watch
from hearth.ingest.changes import Changes
from hearth.ingest.settle import State, being_written
from hearth.ingest.walk import touched, walk
from hearth.media.inotify import Change, Inotify, WatchLimit
from tests import media_files as make
from tests.ingest.conftest import Shelf


async def scan_folders(shelf: Shelf, *folders: Path) -> libraries.Scan:
    async with shelf.database.transaction() as tx:
        asked = await libraries.request_scan(tx, shelf.library.id, folders=[os.fsencode(folder) for folder in folders])
    return await shelf.ended(asked.id, pictures=False)


async def test_a_scan_of_a_folder_leaves_the_rest_alone(films: Shelf, root: Path) -> None:
    for name in ("Glass (2017)", "Long Road (2001)", "Paper Moons (2021)"):
        make.video(root / name / f"{name}.mp4")
    await films.scan()
    make.video(root / "Glass (2017)" / "Trailers" / "First look.mp4")
    make.video(root / "New" / "Ember Season (2020)" / "Ember Season (2020).mp4")
    shutil.rmtree(root / "Long Road (2001)")
    make.video(root / "Unasked (1999)" / "Unasked (1999).mp4")
    scan = await scan_folders(films, root / "Glass (2017)", root / "New", root / "Long Road (2001)")
    # The folder above what is gone was looked at as well, and what is new in it was found.
    assert (scan.state, scan.counts.new, scan.counts.missing) == ("done", 3, 1)
    assert await films.titles("movie") == ["Ember Season", "Glass", "Paper Moons", "Unasked"]
    assert await films.titles("extra") == ["First look"]
    again = await films.scan()
    assert (again.counts.new, again.counts.missing, again.counts.to_file) == (0, 0, 0)


async def test_scans_of_folders_join_and_a_whole_one_covers_them(films: Shelf, root: Path) -> None:
    one, two = os.fsencode(root / "one"), os.fsencode(root / "two")
    async with films.database.transaction() as tx:
        first = await libraries.request_scan(tx, films.library.id, folders=[one])
        await libraries.request_scan(tx, films.library.id, folders=[two, one])
        assert sorted(await libraries.scan_folders(tx, first.id) or []) == [one, two]
        await libraries.request_scan(tx, films.library.id)
        await libraries.request_scan(tx, films.library.id, folders=[two])
        assert await libraries.scan_folders(tx, first.id) is None
        begun = await libraries.begin_scan(tx, films.library.id)
        assert begun is not None
        await libraries.request_scan(tx, films.library.id, folders=[two])
        await libraries.end_scan(tx, first.id, "done")
        (newest,) = (await libraries.latest_scans(tx, [films.library.id])).values()
        assert newest.id != first.id
        assert await libraries.scan_folders(tx, newest.id) == [two]
        raise_away = await libraries.cancel_scan(tx, newest.id)
        assert raise_away.state == "cancelled"


async def test_a_root_that_lost_its_marker_and_its_folders_pauses(films: Shelf, root: Path) -> None:
    for number in range(4):
        make.video(root / f"Film {number} (2001)" / f"Film {number} (2001).mp4")
    await films.scan()
    assert (root / ".hearth").read_text().strip() == str(films.library.roots[0].id)
    (root / ".hearth").unlink()
    assert (await films.scan()).state == "done"
    assert (root / ".hearth").exists(), "the folders are there, so it is the same place"
    other = root.with_name(root.name + "-other")
    os.rename(root, other)
    make.video(root / "Something Else (2001)" / "Something Else (2001).mp4")
    try:
        paused = await films.scan()
        assert paused.state == "paused"
        assert "does not look like the folder" in (paused.message or "")
        assert len(await films.titles("movie")) == 4
        shutil.rmtree(root)
    finally:
        os.rename(other, root)
    assert (await films.scan()).state == "done"
    assert len(await films.titles("movie")) == 4


async def test_tombstones_are_kept_for_thirty_days(shows: Shelf, root: Path) -> None:
    for number in range(1, 12):
        make.video(root / "Signal Hill" / "Season 1" / f"Signal Hill S01E{number:02}.mp4")
    make.video(root / "Far Light" / "Season 1" / "Far Light S01E01.mp4")
    await shows.scan()
    shutil.rmtree(root / "Far Light")
    assert (await shows.scan()).counts.missing == 1
    tidier = Tidier(root.parent / "nothing")

    class Run:
        database = shows.database

    async def tidy_after(days: int) -> int:
        async with shows.database.transaction() as tx:
            await tx.execute(
                "update libraries.file set missing_since = now() - make_interval(days => $1)"
                " where missing_since is not null",
                days,
            )
        await tidier.tidy(TidyArgs(), cast(jobs.Run, Run()))
        (row,) = await shows.rows("select count(*) as n from catalog.item where title = 'Far Light' or not available")
        return int(row["n"])

    assert await tidy_after(29) > 0
    assert await tidy_after(31) == 0
    assert await shows.titles("series") == ["Signal Hill"]
    (row,) = await shows.rows("select count(*) as n from libraries.file")
    assert row["n"] == 11


def test_an_open_file_is_being_written(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with open(path, "wb") as file:
        file.write(b"x")
        assert being_written(os.fsencode(path)) is True
    assert being_written(os.fsencode(path)) is False
    assert being_written(os.fsencode(tmp_path / "nothing")) is None


async def watch_of(shelf: Shelf) -> str | None:
    async with shelf.database.transaction(readonly=True) as tx:
        return (await libraries.library(tx, shelf.library.id)).roots[0].watch


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(40):
        while not await look():  # noqa: ASYNC110 - the database says it, nobody here
            await asyncio.sleep(0.05)


def watcher(shelf: Shelf) -> Watcher:
    return Watcher(shelf.database, settle_s=0.3, every_h=24, network_every_h=1)


async def test_what_happened_while_nobody_watched_is_found(films: Shelf, root: Path) -> None:
    make.video(root / "Glass (2017)" / "Glass (2017).mp4")
    await films.scan()
    make.video(root / "Long Road (2001)" / "Long Road (2001).mp4")
    async with films.database.transaction() as tx:
        (rooted,) = films.library.roots
        assert await libraries.lease_root(tx, rooted.id, "elsewhere:1")
        assert not await libraries.lease_root(tx, rooted.id, "another:2")
        await libraries.release_roots(tx, "elsewhere:1")
    async with watcher(films).running():

        async def seen() -> bool:
            return await films.titles("movie") == ["Glass", "Long Road"]

        await until(seen)
        assert await watch_of(films) == "watched"


async def test_nothing_is_compared_while_a_library_is_scanned(
    films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comparing what a first scan has yet to file took most of its time, and as much memory again as the scan."""
    monkeypatch.setattr(watch, "_ROUND_S", 0.1)
    make.video(root / "Glass (2017)" / "Glass (2017).mp4")
    under_way = await films.scan_under_way()
    async with watcher(films).running():
        await asyncio.sleep(1)
        assert await watch_of(films) is None
        await end(films, under_way)

        async def found() -> bool:
            return await watch_of(films) == "watched" and await films.titles("movie") == ["Glass"]

        await until(found)
        under_way = await films.scan_under_way()
        await asyncio.sleep(1)  # who began to look before it ends looking
        looked = 0

        def look(changes: Changes, now: float) -> dict[bytes, State]:
            nonlocal looked
            looked += 1
            return real(changes, now)

        real = Changes._look
        monkeypatch.setattr(Changes, "_look", look)
        make.video(root / "Long Road (2001)" / "Long Road (2001).mp4")
        await asyncio.sleep(1.5)
        assert looked == 0
        await end(films, under_way)

        async def followed() -> bool:
            return await films.titles("movie") == ["Glass", "Long Road"]

        await until(followed)


async def end(shelf: Shelf, scan_id: UUID) -> None:
    async with shelf.database.transaction() as tx:
        await libraries.end_scan(tx, scan_id, "done", None)


@pytest.mark.parametrize("trouble", ["network", "limit"])
async def test_a_root_that_cannot_be_watched_says_so_and_is_scanned_by_the_clock(
    films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    def no_watches(*_: object) -> int:
        raise WatchLimit

    if trouble == "network":
        monkeypatch.setattr(watch, "network_kind", lambda _: "nfs4")
    else:
        monkeypatch.setattr(Inotify, "add_tree", no_watches)
    make.video(root / "Glass (2017)" / "Glass (2017).mp4")
    async with watcher(films).running():

        async def told() -> bool:
            return "nfs4" in (await watch_of(films) or "") or "max_user_watches" in (await watch_of(films) or "")

        await until(told)

        async def found() -> bool:
            return await films.titles("movie") == ["Glass"]

        await until(found)  # it was never scanned, so a scan was due


async def test_a_glance_at_folder_times_finds_what_came_and_went(
    films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "network_kind", lambda _: "nfs4")
    monkeypatch.setattr(watch, "_GLANCE_S", 0.0)
    monkeypatch.setattr(watch, "_BUSY", 0)
    monkeypatch.setattr(watch, "_ROUND_S", 0.1)
    monkeypatch.setattr(libraries, "overdue", nothing_due)
    for name in ("Glass (2017)", "Long Road (2001)"):
        make.video(root / name / f"{name}.mp4")
    await films.scan()
    async with watcher(films).running():
        make.video(root / "Glass (2017)" / "Trailers" / "First look.mp4")
        make.video(root / "New" / "Ember Season (2020)" / "Ember Season (2020).mp4")
        shutil.rmtree(root / "Long Road (2001)")

        async def seen() -> bool:
            return await films.titles("movie") == ["Ember Season", "Glass"] and bool(await films.titles("extra"))

        await until(seen)


async def nothing_due(*_: object) -> list[object]:
    return []


def test_folder_times_tell_entries_and_not_contents(tmp_path: Path) -> None:
    for name in ("kept", "renamed", "emptied", "retagged"):
        make.text(tmp_path / name / "a.nfo", "x")
        os.utime(tmp_path / name, (1_000_000_000, 1_000_000_000))
    fresh = next(one for one in walk(os.fsencode(tmp_path)) if not isinstance(one, tuple) and not one.path)
    assert fresh.mtime_ns is None, "what changed just now may change again within the same tick"
    os.utime(tmp_path, (1_000_000_000, 1_000_000_000))
    times = {one.path: one.mtime_ns for one in walk(os.fsencode(tmp_path)) if not isinstance(one, tuple)}
    assert touched(os.fsencode(tmp_path), times) == []
    os.rename(tmp_path / "renamed" / "a.nfo", tmp_path / "renamed" / "b.nfo")
    (tmp_path / "emptied" / "a.nfo").unlink()
    (tmp_path / "retagged" / "a.nfo").write_text("longer")
    assert sorted(touched(os.fsencode(tmp_path), times)) == [b"emptied", b"renamed"]


async def test_what_an_overflow_swallowed_is_found(films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make.video(root / "Glass (2017)" / "Glass (2017).mp4")
    await films.scan()
    told: list[bool] = []

    async def swallow(_: Inotify, timeout_s: float) -> list[Change]:
        """The first change comes as an overflow, and its details never."""
        if not told:
            make.video(root / "Long Road (2001)" / "Long Road (2001).mp4")
            told.append(True)
            return [Change("overflow", b"")]
        await asyncio.sleep(timeout_s)
        return []

    monkeypatch.setattr(Inotify, "changes", swallow)
    async with watcher(films).running():

        async def seen() -> bool:
            return await films.titles("movie") == ["Glass", "Long Road"]

        await until(seen)
