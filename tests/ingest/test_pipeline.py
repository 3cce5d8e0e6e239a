"""The work of a scan side by side: in order where it must be, at once where it may, and whole in the end."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hearth.ingest import pipeline, report, roots, scan
from hearth.ingest.findings import Key
from hearth.ingest.pipeline import SideBySide
from hearth.ingest.read import Folders, Read, Reader
from tests import media_files as make
from tests.ingest.conftest import Shelf

A: set[Key] = {("artist", "a")}
B: set[Key] = {("artist", "b")}
C: set[Key] = {("artist", "c")}


class Watched:
    """Acts that note when they begin and end, and end when they are told to."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}

    def act(self, name: str) -> Callable[[], Awaitable[None]]:
        self.ends[name] = asyncio.Event()

        async def act() -> None:
            self.seen.append(f"{name} begins")
            try:
                await asyncio.wait_for(self.ends[name].wait(), 5)
            except asyncio.CancelledError:
                self.seen.append(f"{name} is given up")
                raise
            self.seen.append(f"{name} ends")

        return act

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


async def test_no_more_than_so_many_at_a_time() -> None:
    watched = Watched()
    async with SideBySide(2) as acts:
        await acts.begin(watched.act("one"), A)
        await acts.begin(watched.act("two"), B)
        third = asyncio.create_task(acts.begin(watched.act("three"), C))
        await watched.settle()
        assert watched.seen == ["one begins", "two begins"]
        watched.ends["two"].set()
        await third
        await watched.settle()
        assert watched.seen == ["one begins", "two begins", "two ends", "three begins"]
        watched.ends["one"].set()
        watched.ends["three"].set()
    assert sorted(watched.seen[-2:]) == ["one ends", "three ends"]


async def test_what_shares_a_key_waits_its_turn() -> None:
    watched = Watched()
    async with SideBySide(2) as acts:
        await acts.begin(watched.act("one"), A | B)
        second = asyncio.create_task(acts.begin(watched.act("two"), B | C))
        await watched.settle()
        assert watched.seen == ["one begins"]
        watched.ends["one"].set()
        await second
        watched.ends["two"].set()
    assert watched.seen == ["one begins", "one ends", "two begins", "two ends"]


async def test_an_error_ends_the_others_and_is_raised() -> None:
    watched = Watched()

    async def fails() -> None:
        raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        async with SideBySide(2) as acts:
            await acts.begin(watched.act("one"), A)
            await acts.begin(fails, B)
    assert watched.seen == ["one begins", "one is given up"]


async def test_leaving_by_an_error_leaves_nothing_running() -> None:
    watched = Watched()
    with pytest.raises(KeyError):
        async with SideBySide(2) as acts:
            await acts.begin(watched.act("one"), A)
            await watched.settle()
            raise KeyError
    assert watched.seen == ["one begins", "one is given up"]


class Filings:
    """How many batches were being filed each time that one began. With `hold` one that is alone waits half a second for
    another, so that it does not matter which of reading and filing is faster here."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.under_way = 0
        self.hold = False

    async def met(self) -> None:
        for _ in range(50):
            if not self.hold or self.under_way > 1 or max(self.seen) > 1:
                return
            await asyncio.sleep(0.01)


@pytest.fixture
def filings(monkeypatch: pytest.MonkeyPatch) -> Filings:
    """Of scans of which a folder is a batch."""
    for name in ("_SMALLEST_BATCH", "_FIRST_BATCH", "_LARGEST_BATCH"):
        monkeypatch.setattr(pipeline, name, 1)
    found = Filings()
    file = scan._Course._file_together

    async def watched(self: scan._Course, *batch: Any) -> None:
        found.under_way += 1
        found.seen.append(found.under_way)
        try:
            await found.met()
            await file(self, *batch)
        finally:
            found.under_way -= 1

    monkeypatch.setattr(scan._Course, "_file_together", watched)
    return found


def _albums(root: Path, artists: Sequence[str], albums: int) -> None:
    for artist in artists:
        for number in range(albums):
            path = root / artist / f"{artist} {number}" / "1.flac"
            make.audio(path, title=f"{artist} {number}", artist=artist, album=f"{artist} {number}")


async def test_a_first_scan_files_two_artists_at_once(music: Shelf, root: Path, filings: Filings) -> None:
    names = ("Ada", "Bo", "Cy", "Di", "Eve", "Flo")
    _albums(root, names, 2)
    filings.hold = True
    done = await music.scan()
    assert (done.state, done.counts.items_added) == ("done", 6 + 12 + 12)
    assert max(filings.seen) == 2
    assert sorted(await music.titles("artist")) == sorted(names)
    assert sorted(await music.titles("track")) == sorted(f"{name} {number}" for name in names for number in (0, 1))
    # What comes to a library that holds something may have moved or been corrected: one after the other.
    filings.seen.clear()
    _albums(root, ("Gil", "Hal", "Ida", "Jo"), 1)
    assert (await music.scan()).counts.items_added == 12
    assert set(filings.seen) == {1}


async def test_albums_of_one_artist_are_filed_in_turn(music: Shelf, root: Path, filings: Filings) -> None:
    _albums(root, ("Ada",), 6)
    assert (await music.scan()).counts.items_added == 1 + 6 + 6
    assert set(filings.seen) == {1}
    assert await music.titles("artist") == ["Ada"]


async def test_a_batch_ends_with_an_artists_folder(music: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_SMALLEST_BATCH", "_FIRST_BATCH", "_LARGEST_BATCH"):
        monkeypatch.setattr(pipeline, name, 4)
    batches = []
    file = scan._Course._file_together

    async def watched(self: scan._Course, walked: Any, reads: Any, findings: Any) -> None:
        batches.append([os.fsdecode(read.folders.main) for read in reads if read.folders.main.count(b"/")])
        await file(self, walked, reads, findings)

    monkeypatch.setattr(scan._Course, "_file_together", watched)
    _albums(root, ("Ada", "Bo", "Cy"), 3)
    _albums(root, ("Max",), 7)
    await music.scan()
    of = [{name.split("/")[0] for name in batch} for batch in batches if batch]
    assert of == [{"Ada"}, {"Bo"}, {"Cy"}, {"Max"}, {"Max"}], "who has more than fits is not held together"


async def test_no_batch_is_read_before_one_that_is_filed_earlier(
    music: Shelf, root: Path, filings: Filings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    read = Reader.read

    async def watched(self: Reader, units: Sequence[Folders]) -> list[Read]:
        number = sum(one.endswith("begins") for one in seen)
        seen.append(f"{number} begins")
        if number == 1:
            await asyncio.sleep(0.2)  # a slower folder than the next
        done = await read(self, units)
        seen.append(f"{number} ends")
        return done

    monkeypatch.setattr(Reader, "read", watched)
    _albums(root, ("Ada", "Bo", "Cy", "Di"), 1)
    assert (await music.scan()).state == "done"
    assert len(seen) >= 8
    assert seen == [f"{number} {what}" for number in range(len(seen) // 2) for what in ("begins", "ends")]


async def test_changes_are_announced_once_a_while_and_at_the_end(
    music: Shelf, root: Path, filings: Filings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "_ANNOUNCED_EVERY_S", 3600.0)
    _albums(root, ("Ada", "Bo", "Cy", "Di"), 2)
    await music.scan()
    assert len(filings.seen) > 4
    events = "select count(*) from jobs.event where type = 'items'"
    assert [row[0] for row in await music.rows(events)] == [2], "with the first batch, and when all was filed"
    await music.scan()
    assert [row[0] for row in await music.rows(events)] == [2], "nothing changed"


@pytest.mark.parametrize(("attempt", "told"), [(1, 0), (2, 1)])
async def test_what_a_killed_try_left_unsaid_the_next_one_says(music: Shelf, attempt: int, told: int) -> None:
    run: Any = SimpleNamespace(attempt=attempt)
    after = report.Report(music.database, music.library, music.library.id, run)
    async with music.database.transaction() as tx:
        await after.announce_rest(tx)
    assert [row[0] for row in await music.rows("select count(*) from jobs.event where type = 'items'")] == [told]


async def test_what_changed_after_the_walk_is_found_by_the_next_scan(
    films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.video(root / "Paper Moons (2021)" / "Paper Moons (2021).mp4")
    make.video(root / "Far Light (2016)" / "Far Light (2016).mp4")
    walk = roots.walk_root

    async def then_changed(*about: Any, **more: Any) -> Any:
        walked = await walk(*about, **more)
        make.video(root / "Paper Moons (2021)" / "Paper Moons (2021) - Director's Cut.mp4")
        make.video(root / "Far Light (2016)" / "Far Light (2016).mp4", seconds=3)
        return walked

    monkeypatch.setattr(scan, "walk_root", then_changed)
    await films.scan()
    monkeypatch.setattr(scan, "walk_root", walk)
    await films.scan()
    lengths = await films.rows("select round(duration_ms / 1000.0) from catalog.item where title = 'Far Light'")
    assert [int(row[0]) for row in lengths] == [3]
    versions = await films.rows("select count(*) from catalog.version v join catalog.item i on i.id = v.item_id"
                                " where i.title = 'Paper Moons'")  # fmt: skip
    assert versions[0][0] == 2


async def test_folders_beyond_what_is_remembered_are_listed_again(
    films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roots, "_LISTED", 0)
    make.video(root / "Paper Moons (2021)" / "Paper Moons (2021).mp4")
    assert (await films.scan()).counts.items_added == 1
    assert (await films.scan()).counts.to_file == 0
