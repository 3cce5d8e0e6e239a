"""Watching trees of folders, on real ones."""

import asyncio
import ctypes
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hearth.media import inotify
from hearth.media.inotify import Change, Inotify, WatchLimit, network_kind


@pytest.fixture
def watch() -> Iterator[Inotify]:
    """A reader with nothing to read yet."""
    reader = Inotify(ignored=lambda name: name.startswith(b"."))
    yield reader
    reader.close()


def at(path: Path) -> bytes:
    return os.fsencode(path)


def test_a_file_is_opened_and_written(watch: Inotify, tmp_path: Path) -> None:
    (tmp_path / "Films").mkdir()
    assert watch.add_tree(at(tmp_path)) == 2
    with open(tmp_path / "Films" / "a.mkv", "wb") as file:
        file.write(b"x")
        file.flush()
        assert watch.take() == [Change("opened", at(tmp_path / "Films"), b"a.mkv")]
    assert watch.take() == [Change("written", at(tmp_path / "Films"), b"a.mkv")]


def test_moves_and_removals_name_both_folders(watch: Inotify, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "a.mkv").write_bytes(b"x")
    watch.add_tree(at(tmp_path))
    os.rename(tmp_path / "one" / "a.mkv", tmp_path / "two" / "b.mkv")
    os.remove(tmp_path / "two" / "b.mkv")
    kinds = [(change.kind, change.folder, change.name) for change in watch.take() if change.kind != "written"]
    assert kinds == [
        ("left", at(tmp_path / "one"), b"a.mkv"),
        ("came", at(tmp_path / "two"), b"b.mkv"),
        ("left", at(tmp_path / "two"), b"b.mkv"),
    ]


def test_nothing_slips_through_in_nested_new_folders(watch: Inotify, tmp_path: Path) -> None:
    watch.add_tree(at(tmp_path))
    for number in range(50):
        deep = tmp_path / f"show {number}" / "season" / "extras"
        deep.mkdir(parents=True)
        (deep / "a.mkv").write_bytes(b"x")
    seen = {change.folder for change in watch.take() if change.kind == "new_folder"}
    assert {at(path) for path in tmp_path.rglob("*") if path.is_dir()} == seen
    assert len(watch) == 151
    (tmp_path / "show 7" / "season" / "extras" / "b.mkv").write_bytes(b"x")
    assert {change.folder for change in watch.take()} == {at(tmp_path / "show 7" / "season" / "extras")}


def test_a_moved_folder_is_watched_under_its_new_name_only(watch: Inotify, tmp_path: Path) -> None:
    (tmp_path / "old" / "below").mkdir(parents=True)
    watch.add_tree(at(tmp_path))
    os.rename(tmp_path / "old", tmp_path / "new")
    changes = watch.take()
    assert Change("left", at(tmp_path), b"old") in changes
    assert {change.folder for change in changes if change.kind == "new_folder"} == {
        at(tmp_path / "new"),
        at(tmp_path / "new" / "below"),
    }
    (tmp_path / "new" / "below" / "a.mkv").write_bytes(b"x")
    assert {change.folder for change in watch.take()} == {at(tmp_path / "new" / "below")}
    assert len(watch) == 3


def test_names_in_any_bytes_and_ignored_folders(watch: Inotify, tmp_path: Path) -> None:
    watch.add_tree(at(tmp_path))
    odd = at(tmp_path) + b"/\xff\xfe film"
    os.mkdir(odd)
    os.mkdir(at(tmp_path) + b"/.hidden")
    with open(odd + b"/\xe9.mkv", "wb"):
        pass
    changes = watch.take()
    assert Change("new_folder", odd) in changes
    assert not any(b".hidden" in change.folder for change in changes)


def test_a_tree_that_goes_is_lost(watch: Inotify, tmp_path: Path) -> None:
    top = tmp_path / "drive"
    (top / "a").mkdir(parents=True)
    watch.add_tree(at(top))
    os.rename(top, tmp_path / "elsewhere")
    assert Change("lost", at(top)) in watch.take()
    assert len(watch) == 0


def test_links_are_left_alone_and_loops_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    os.symlink(tmp_path, tmp_path / "a" / "loop")
    for links in (False, True):
        reader = Inotify(links=links)
        assert reader.add_tree(at(tmp_path)) == 2
        reader.close()


def test_more_than_the_queue_holds_is_an_overflow(watch: Inotify, tmp_path: Path) -> None:
    watch.add_tree(at(tmp_path))
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 100_000:
        pytest.skip("this machine's queue is too long to be filled in a test")
    for number in range(limit // 3 + 100):
        path = tmp_path / f"{number % 500}"
        path.write_bytes(b"")
        path.unlink()
    assert any(change.kind == "overflow" for change in watch.take())


def test_the_watch_limit_is_told_and_leaves_nothing_watched(
    watch: Inotify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        (tmp_path / str(number)).mkdir()
    real: Callable[..., int] = inotify._libc.inotify_add_watch
    given = 0

    class Stingy:
        def __getattr__(self, name: str) -> object:
            return getattr(ctypes.CDLL(None, use_errno=True), name)

        def inotify_add_watch(self, *arguments: object) -> int:
            nonlocal given
            given += 1
            if given > 10:
                ctypes.set_errno(28)
                return -1
            return real(*arguments)

    monkeypatch.setattr(inotify, "_libc", Stingy())
    with pytest.raises(WatchLimit):
        watch.add_tree(at(tmp_path))
    assert len(watch) == 0


async def test_waiting_ends_with_a_change_or_in_time(watch: Inotify, tmp_path: Path) -> None:
    watch.add_tree(at(tmp_path))
    assert await watch.changes(0.05) == []
    waiting = asyncio.create_task(watch.changes(10))
    await asyncio.sleep(0.05)
    (tmp_path / "a.mkv").write_bytes(b"x")
    assert {change.name for change in await waiting} == {b"a.mkv"}


def test_many_folders_are_cheap(watch: Inotify, tmp_path: Path) -> None:
    for number in range(2000):
        os.makedirs(tmp_path / f"{number // 100}" / f"{number}")
    began = time.process_time()
    assert watch.add_tree(at(tmp_path)) == 2021
    assert time.process_time() - began < 1.0


def test_a_local_disk_is_no_network(tmp_path: Path) -> None:
    assert network_kind(at(tmp_path)) is None
