"""Disks that hang, fail or change under a scan's hands: it says so, and loses nothing."""

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from hearth import catalog, libraries
from hearth.db import Tx
from hearth.ingest import roots, walk
from hearth.libraries import folders
from hearth.media.prober import Prober
from tests import media_files as make
from tests.ingest.conftest import Shelf


def some(root: Path) -> None:
    """Three films, each in a folder of its own."""
    for name in ("Glass (2017)", "Long Road (2001)", "Paper Moons (2021)"):
        make.video(root / name / f"{name}.mp4")


TITLES = ["Glass", "Long Road", "Paper Moons"]


async def test_a_root_that_hangs_pauses(films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some(root)
    await films.scan()
    look = folders.look

    async def impatient(see: Callable[..., object], *args: object, what: bytes, patience_s: float = 0.2) -> object:
        return await look(see, *args, what=what, patience_s=0.2)

    def hang(_: bytes) -> None:
        time.sleep(1.5)

    with monkeypatch.context() as patch:
        patch.setattr(libraries, "look", impatient)
        patch.setattr(libraries, "access_problem", hang)
        scan = await films.scan()
    assert scan.state == "paused"
    assert "did not answer" in (scan.message or "")
    assert await films.titles("movie") == TITLES
    (now,) = await films.rows("select problem from libraries.root")
    assert "Check its network or drive" in now["problem"]
    assert (await films.scan()).state == "done"
    (now,) = await films.rows("select problem from libraries.root")
    assert now["problem"] is None


async def test_a_root_that_falls_silent_in_the_midst_pauses(
    films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(root)
    await films.scan()
    whole = walk.walk

    def stall(*args: bytes, **options: Callable[[], bool]) -> Iterator[object]:
        for number, seen in enumerate(whole(*args, **options)):  # type: ignore[arg-type]  # passed on as they come
            if number == 2:
                time.sleep(3)
            yield seen

    with monkeypatch.context() as patch:
        patch.setattr(roots, "walk", stall)
        patch.setattr(roots, "_SILENCE_S", 0.5)
        scan = await films.scan()
    assert scan.state == "paused"
    assert "fell silent" in (scan.message or "")
    assert await films.titles("movie") == TITLES
    again = await films.scan()
    assert (again.state, again.counts.new, again.counts.missing) == ("done", 0, 0)


async def test_a_folder_that_fails_to_be_read_keeps_its_films(
    films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(root)
    await films.scan()
    scandir = os.scandir

    def failing(path: bytes) -> object:
        if os.fsencode(path).endswith(b"Glass (2017)"):
            raise OSError(errno.EIO, "Input/output error")
        return scandir(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", failing)
        scan = await films.scan()
        reasons = await films.problems(scan)
    assert (scan.state, scan.counts.missing) == ("done", 0)
    assert "Input/output error" in reasons["Glass (2017)"]
    assert await films.titles("movie") == TITLES


def grow(path: bytes) -> None:
    with open(path, "ab") as file:
        file.write(b"\0" * 8)


async def test_a_file_that_changes_while_it_is_read_is_left_to_the_next_scan(
    films: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(root)
    mark_many = Prober.mark_many

    async def disturbed(prober: Prober, files: Sequence[tuple[bytes, int]]) -> object:
        found = await mark_many(prober, files)
        for path, _ in files:
            if b"Glass" in path:
                grow(path)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Prober, "mark_many", disturbed)
        assert (await films.scan()).state == "done"
    assert await films.titles("movie") == ["Long Road", "Paper Moons"]
    assert (await films.scan()).counts.new == 1
    assert await films.titles("movie") == TITLES
    (row,) = await films.rows("select size from libraries.file where name = 'Glass (2017).mp4'")
    assert row["size"] == (root / "Glass (2017)" / "Glass (2017).mp4").stat().st_size


async def test_what_a_person_wrote_survives_a_rename(films: Shelf, root: Path) -> None:
    some(root)
    await films.scan()
    edit = "update catalog.item set title = 'My Glass', locked = '{title}' where title = 'Glass'"
    async with films.database.transaction() as tx:
        await tx.execute(edit)
    (before,) = await films.rows("select id from catalog.item where title = 'My Glass'")
    os.rename(root / "Glass (2017)", root / "Glas (2018)")
    os.rename(root / "Glas (2018)" / "Glass (2017).mp4", root / "Glas (2018)" / "Glas (2018).mp4")
    assert (await films.scan()).counts.moved == 1
    (after,) = await films.rows("select title, year from catalog.item where id = $1", before["id"])
    assert tuple(after) == ("My Glass", 2018)


async def test_an_artist_whose_music_was_gone_is_back_with_a_new_album(music: Shelf, root: Path) -> None:
    def album(name: str) -> None:
        for number in (1, 2):
            make.audio(
                root / "Mara Quill" / name / f"0{number}.mp3",
                title=f"{name} {number}", artist="Mara Quill", album=name, tracknumber=str(number),
            )  # fmt: skip

    album("Tides")
    for number in range(30):
        make.audio(root / "Others" / "Many" / f"{number}.mp3", title=f"{number}", artist="Others", album="Many")
    await music.scan()
    shutil.rmtree(root / "Mara Quill")
    assert (await music.scan()).counts.missing == 2
    assert await music.titles("artist") == ["Others"]
    album("Winds")
    assert (await music.scan()).state == "done"
    assert await music.titles("artist") == ["Mara Quill", "Others"]
    assert await music.titles("album") == ["Many", "Winds"]


async def test_what_another_put_in_between_is_met_by_filing_folder_by_folder(
    music: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        make.audio(root / "Ann" / f"Tides {number}" / "01.flac", title="Low", artist="Ann", album=f"Tides {number}")
    asked = catalog.find_items
    looks = []

    async def blind(tx: Tx, library_id: UUID, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
        looks.append(len(keys))
        return {} if len(looks) == 2 else await asked(tx, library_id, keys)

    assert (await music.scan()).state == "done"
    before = await music.rows("select id, kind, identity from catalog.item order by id")
    await _look_again(music)
    looks.clear()
    looks.append(0)
    monkeypatch.setattr(catalog, "find_items", blind)
    assert (await music.scan()).state == "done"
    assert len(looks) > 2
    assert await music.rows("select id, kind, identity from catalog.item order by id") == before


async def _look_again(shelf: Shelf) -> None:
    async with shelf.database.transaction() as tx:
        files = await tx.fetch("select id from libraries.file")
        await libraries.look_again(tx, [row["id"] for row in files], read=True)


async def test_folders_at_the_top_are_told_by_name_whatever_it_is(music: Shelf) -> None:
    root_id = music.library.roots[0].id
    paths = (b"", b"A", b"A b/x", b"A/1/2", b"A/3", b"\\x/y", b"\xff/z", b"%/_")
    async with music.database.transaction() as tx:
        await libraries.put_folders(tx, [libraries.FolderSeen(root_id, path, b"d", 1, None) for path in paths])
        found = await libraries.top_folders(tx, root_id)
        known, times = await libraries.filed_folders(tx, root_id)
    assert sorted(found) == [b"%", b"A", b"A b", b"\\x", b"\xff"]
    assert known == dict.fromkeys(paths, b"d") and times == dict.fromkeys(paths)
