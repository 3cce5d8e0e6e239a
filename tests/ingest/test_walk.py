"""What a walk makes of a folder's names, by whichever way it comes to it."""

import importlib
import os
from pathlib import Path

from hearth.ingest.walk import file_kind, list_folder, walk
from hearth.media import names

_RULES = importlib.import_module("hearth.media.names.ignored")
_STEMS = (
    "song", "Song.1", "a.b.c", "small", "SMALL", "AlbumArt_small", ".hidden", "", "desktop", "song.part", "song.TMP",
    "song.partial", "thumbs", "x~", "~", "@eadir", "ärger", "x.temp", "x..y", " ", "-",
)  # fmt: skip
_ENDINGS = (
    ".mp3", ".FLAC", ".mkv", ".jpg", ".PNG", ".nfo", ".lrc", ".srt", ".cue", ".m3u8", ".part", ".tmp", ".txt", ".ini",
    ".mp3~", "", ".",
)  # fmt: skip


def test_a_folder_lists_what_a_library_cares_for_and_its_names_do_not_hide(tmp_path: Path) -> None:
    made = {stem + ending for stem in _STEMS for ending in _ENDINGS} - {"", ".", "..", ".ignore"}
    for name in made:
        (tmp_path / name).write_bytes(b"x")
    wanted = {os.fsencode(name) for name in made if file_kind(os.fsencode(name)) and not names.ignored(name)}
    assert 60 < len(wanted) < len(made)
    assert {b"song.mp3", b"a.b.c.mkv", "ärger.FLAC".encode()} <= wanted
    assert wanted.isdisjoint({b"small.jpg", b"AlbumArt_small.jpg", b".mp3", b".hidden.mkv", b"song.part.mkv"})
    entries = list_folder(os.fsencode(tmp_path), b"")
    assert {entry.name for entry in entries} == wanted
    assert {entry.kind for entry in entries} == {"audio", "video", "image", "text", "subtitle"}


def test_names_with_one_dot_are_passed_over_only_if_they_are_pictures() -> None:
    """What the walk takes for granted, of every name that is passed over."""
    for name in _RULES._NAMES | {f"x{ending}" for ending in _RULES._ENDINGS}:
        kind = file_kind(name.encode())
        assert kind in (None, "image") or name.count(".") > 1, name


def test_what_is_no_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "folder.mp3").mkdir()
    (tmp_path / "folder.mp3" / "in it.mp3").write_bytes(b"x")
    (tmp_path / "song.mp3").write_bytes(b"x")
    (tmp_path / "link.mp3").symlink_to("song.mp3")
    (tmp_path / "nowhere.mp3").symlink_to("nowhere")
    (tmp_path / "linked").symlink_to("folder.mp3")
    (tmp_path / "notes").symlink_to("song.mp3")
    os.mkfifo(tmp_path / "pipe.mp3")
    found = list(walk(os.fsencode(tmp_path)))
    told = {one[0]: one[1] for one in found if isinstance(one, tuple)}
    assert set(told) == {b"link.mp3", b"nowhere.mp3", b"linked"}
    assert all("links are not followed" in reason for reason in told.values())
    assert {one.path: one.files for one in found if not isinstance(one, tuple)} == {b"": 1, b"folder.mp3": 1}
    followed = [one for one in walk(os.fsencode(tmp_path), links=True) if not isinstance(one, tuple)]
    assert {one.path: one.files for one in followed if one.path != b"linked"} in ({b"": 2, b"folder.mp3": 1}, {b"": 2})
    assert len(followed) == 2, "a folder is entered once however many links lead to it"
