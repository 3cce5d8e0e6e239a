"""What is found out after a scan, when nobody waits: how loud music is, and where films can be cut."""

import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hearth import jobs, libraries
from hearth.db import Tx
from hearth.ingest import LOUDNESS, Meter, measure
from hearth.media import ffmpeg, loudness
from hearth.playback import KEYFRAMES, Ahead, ahead, keyframe_index
from tests import media_files as make
from tests.browse.house import House
from tests.ingest.conftest import Shelf


async def _idle(_: Tx) -> bool:
    return False


@contextlib.asynccontextmanager
async def working(
    shelf: Shelf, cache: Path, *, wanted: Callable[[], bool] = lambda: True, playing: Any = _idle
) -> AsyncIterator[None]:
    """A worker that finds facts, for as long as there are any to find."""
    handlers: dict[jobs.Task[Any], jobs.Handler] = {
        LOUDNESS: Meter(ffmpeg.find(), wanted, playing).measure,
        KEYFRAMES: Ahead(cache).seek,
    }
    async with jobs.Worker(shelf.database, handlers, {"facts": 1}, poll_s=0.1).running(grace_s=5):
        yield
        await done(shelf)


async def done(shelf: Shelf) -> None:
    await shelf.until(
        "select not exists (select from jobs.job where queue = 'facts' and state in ('waiting', 'running'))"
    )
    assert not await shelf.rows("select * from jobs.job where queue = 'facts' and state <> 'done'")


async def progress(shelf: Shelf, task: str) -> list[tuple[int, int]]:
    """How far the jobs of a task came, the latest last."""
    rows = await shelf.rows("select progress_done, progress_total from jobs.job where task = $1 order by id", task)
    return [(row["progress_done"], row["progress_total"]) for row in rows]


async def test_music_without_tags_is_measured_and_told(
    music: Shelf, root: Path, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = root / "Mara Quill" / "Tides"
    tags: dict[str, Any] = {"artist": "Mara Quill", "album": "Tides"}
    make.audio(folder / "01.flac", title="Low", tracknumber="1", **tags)
    make.audio(folder / "02.opus", title="High", tracknumber="2", **tags)
    make.audio(folder / "03.flac", title="Said", tracknumber="3", replaygain_track_gain="-6.00 dB", **tags)
    await music.scan()
    tracks = {one["title"]: one["id"] for one in (await house.get("/items?kind=track"))["items"]}
    (album,) = (await house.get("/items?kind=album"))["items"]
    assert (await house.get(f"/items/{tracks['Low']}"))["loudness"] is None
    told = (await house.get(f"/items/{tracks['Said']}"))["loudness"]
    assert (told["track_gain"], told["album_gain"], told["source"]) == (-6.0, None, "tags")
    async with working(music, tmp_path):
        pass
    # The tone of these files is ffmpeg's: an eighth of full scale, so -18 dBFS, which 440 Hz is heard a little below.
    low = (await house.get(f"/items/{tracks['Low']}"))["loudness"]
    assert abs(low["track_gain"] - 0.7) <= 0.5 and abs(low["track_peak"] - 0.125) < 0.01
    assert low["source"] == "measured"
    rows = await music.rows("select lufs from libraries.loudness")
    assert len(rows) == 2, "what tags say is not measured"
    # Two of about -18.7 and one that is said to be -12, of one length: -15 together.
    assert abs(low["album_gain"] + 3.0) <= 0.5
    whole = (await house.get(f"/items/{album['id']}"))["loudness"]
    assert (whole["album_gain"], whole["track_gain"]) == (low["album_gain"], None)
    make.audio(folder / "01.flac", title="Low", tracknumber="1", comment="changed", **tags)
    await music.scan()
    assert (await house.get(f"/items/{tracks['Low']}"))["loudness"] is None, "a changed file is not what was measured"
    measured: list[str] = []
    real = loudness.measure

    async def watched(program: str, path: bytes, **more: Any) -> loudness.Loudness:
        measured.append(os.path.basename(path).decode())
        return await real(program, path, **more)

    monkeypatch.setattr(loudness, "measure", watched)
    async with working(music, tmp_path):
        pass
    assert measured == ["01.flac"]


async def test_pieces_of_a_recording_are_measured_each(music: Shelf, root: Path, tmp_path: Path) -> None:
    make.audio(root / "Long Tides.flac")
    await music.scan()
    async with working(music, tmp_path):
        pass
    sheet = 'TITLE "Long Tides"\nFILE "Long Tides.flac" WAVE\n'
    for number, second in ((1, "00:00:00"), (2, "00:00:40")):
        sheet += f'TRACK {number:02} AUDIO\nTITLE "Part {number}"\nINDEX 01 {second}\n'
    make.text(root / "Long Tides.cue", sheet)
    await music.scan()
    async with working(music, tmp_path):
        pass
    rows = await music.rows("select start_ms, end_ms, lufs from libraries.loudness order by 1")
    assert [(row["start_ms"], row["end_ms"]) for row in rows] == [(0, 533), (533, None)]
    assert all(-20 < row["lufs"] < -17 for row in rows)


async def test_silence_and_damage_are_not_measured_again(music: Shelf, root: Path, tmp_path: Path) -> None:
    make.audio(root / "A" / "B" / "1.flac", title="One")
    await music.scan()
    path = root / "A" / "B" / "1.flac"
    times = path.stat()
    path.write_bytes(os.urandom(times.st_size))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    async with working(music, tmp_path):
        pass
    (row,) = await music.rows("select lufs, peak from libraries.loudness")
    assert tuple(row) == (None, None)


async def test_who_wants_no_measuring_has_none(music: Shelf, root: Path, tmp_path: Path) -> None:
    make.audio(root / "A" / "B" / "1.flac", title="One")
    await music.scan()
    async with working(music, tmp_path, wanted=lambda: False):
        pass
    assert await music.rows("select * from libraries.loudness") == []


async def test_measuring_makes_way_for_players(
    music: Shelf, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "_PLAYERS_S", 0.05)
    make.audio(root / "A" / "B" / "1.flac", title="One")
    await music.scan()
    somebody = [True]

    async def playing(_: Tx) -> bool:
        return somebody[0]

    async with working(music, tmp_path, playing=playing):
        await music.until("select error like 'Waiting while%' from jobs.job where task = 'ingest.loudness'")
        assert await music.rows("select * from libraries.loudness") == []
        somebody.clear()
        somebody.append(False)
    assert len(await music.rows("select * from libraries.loudness")) == 1
    assert await progress(music, "ingest.loudness") == [(1, 1)]


async def test_measuring_waits_while_a_library_is_scanned(
    music: Shelf, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("hearth.libraries.scans"), "_WAIT_S", 0.05)
    make.audio(root / "A" / "B" / "1.flac", title="One")
    await music.scan()
    await waits_for_a_scan(music, tmp_path, "ingest.loudness")


async def test_seeking_keyframes_waits_while_a_library_is_scanned(
    films: Shelf, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("hearth.libraries.scans"), "_WAIT_S", 0.05)
    make.video(root / "Paper Moons (2021).mp4")
    await films.scan()
    await waits_for_a_scan(films, tmp_path, "playback.keyframes")


async def test_a_scan_that_fell_silent_holds_nothing_up(music: Shelf) -> None:
    under_way = await music.scan_under_way()
    async with music.database.transaction() as tx:
        with pytest.raises(jobs.Later):
            await libraries.make_way(tx)
        await tx.execute(
            "update libraries.scan set updated_at = now() - interval '11 minutes' where id = $1", under_way
        )
        await libraries.make_way(tx)


async def waits_for_a_scan(shelf: Shelf, cache: Path, task: str) -> None:
    under_way = await shelf.scan_under_way()
    async with working(shelf, cache):
        waits = "error = 'Waiting while a library is scanned.'"
        await shelf.until(f"select bool_or({waits}) from jobs.job where task = '{task}'")  # noqa: S608 - our own name
        assert await progress(shelf, task) == [(0, 1)]
        async with shelf.database.transaction() as tx:
            await libraries.end_scan(tx, under_way, "done", None)
    assert await progress(shelf, task) == [(1, 1)]


async def test_keyframes_are_there_before_the_first_play(
    films: Shelf, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.video(root / "Paper Moons (2021).mp4", seconds=3)
    make.video(root / "Far Light (2016).mp4")
    await films.scan()
    async with working(films, tmp_path):
        pass
    kept = list((tmp_path / keyframe_index.FOLDER).iterdir())
    assert len(kept) == 2
    assert all(json.loads(one.read_bytes())[0] == 0 for one in kept)

    async def no_child(*_: Any, **__: Any) -> bytes:
        raise AssertionError("a play had to look for keyframes")

    path = os.fsencode(root / "Paper Moons (2021).mp4")
    with monkeypatch.context() as patch:
        patch.setattr(keyframe_index, "run", no_child)
        assert await keyframe_index.find_keyframes(path, 0, tmp_path)
    make.video(root / "Paper Moons (2021).mp4", seconds=2)
    await films.scan()
    async with working(films, tmp_path):
        pass
    assert len(list((tmp_path / keyframe_index.FOLDER).iterdir())) == 3, "a changed file is looked through anew"
    assert (await progress(films, "playback.keyframes"))[-1] == (2, 2)


async def test_keyframes_are_sought_again_when_the_cache_was_emptied(films: Shelf, root: Path, tmp_path: Path) -> None:
    make.video(root / "Paper Moons (2021).mp4")
    await films.scan()
    async with working(films, tmp_path):
        pass
    folder = tmp_path / keyframe_index.FOLDER
    for one in folder.iterdir():
        one.unlink()
    folder.rmdir()
    await films.scan()
    async with working(films, tmp_path):
        pass
    assert len(list(folder.iterdir())) == 1


async def test_what_is_too_large_to_read_through_is_given_up_once(
    films: Shelf, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.broadcast(root / "Paper Moons (2021).ts")
    await films.scan()
    monkeypatch.setattr(ahead, "_MAX_BYTES", 5_000)
    async with working(films, tmp_path):
        pass
    (kept,) = (tmp_path / keyframe_index.FOLDER).iterdir()
    assert json.loads(kept.read_bytes()) == []
    path = os.fsencode(root / "Paper Moons (2021).ts")
    assert await keyframe_index.find_keyframes(path, 0, tmp_path) == [], "the play that follows encodes at once"
