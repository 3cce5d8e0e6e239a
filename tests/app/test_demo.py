"""The demo library: every file of it is what it pretends to be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hearth.app import demo_letters, demo_plan
from hearth.app.demo import DemoLibrary, make_demo
from hearth.kit.errors import Conflict
from hearth.media import AudioTags, MediaInfo, Prober, cover, images, probe, tags

Made = tuple[DemoLibrary, list[tuple[str, int, int]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    steps: list[tuple[str, int, int]] = []
    return make_demo(tmp_path_factory.mktemp("demo"), lambda *step: steps.append(step), small=True), steps


def _media(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in {".mp4", ".mkv", ".webm"})


async def test_everything_plays(made: Made) -> None:
    library, _ = made
    films, shows = _media(library.films), _media(library.shows)
    songs = sorted(path for path in library.music.rglob("*") if path.suffix in {".mp3", ".flac", ".opus", ".m4a"})
    assert len(films) == 10
    assert len(shows) == 12
    assert len(songs) == 24
    async with Prober() as prober:
        found = await prober.probe_many([os.fsencode(path) for path in (*films, *shows, *songs)])
    for path, facts in zip((*films, *shows, *songs), found, strict=True):
        assert isinstance(facts, MediaInfo | AudioTags), (path, facts)
        assert facts.duration_ms and facts.duration_ms > 3500, path
        assert not facts.warnings, path
        if isinstance(facts, MediaInfo):
            assert facts.video and facts.audio, path
        else:
            assert facts.title and facts.album and facts.artists and facts.track, path


def _probe(path: Path) -> MediaInfo:
    return probe(os.fsencode(path))


def test_films_show_what_a_player_must_cope_with(made: Made) -> None:
    films = made[0].films
    kinds = {(info.container, info.video[0].codec, info.audio[0].codec) for info in map(_probe, _media(films))}
    assert {("mp4", "h264", "aac"), ("mkv", "hevc", "ac3"), ("webm", "vp9", "opus"), ("webm", "av1", "opus")} <= kinds
    moons = _probe(films / "Paper Moons (2021)" / "Paper Moons (2021).mkv")
    assert [audio.language for audio in moons.audio] == ["eng", "deu"]
    assert [(text.language, text.text) for text in moons.subtitles] == [("eng", True), ("deu", True)]
    assert len(moons.chapters) == 4
    versions = _media(films / "A Quiet Orbit (2022)")
    assert len({_probe(path).video[0].height for path in versions}) == len(versions) == 2
    beside = {path.name for path in (films / "Monday Underwater (2018)").glob("*.srt")}
    assert beside == {"Monday Underwater (2018).en.srt", "Monday Underwater (2018).de.forced.srt"}
    assert [path.suffix for path in (films / "Ember Season (2020)").iterdir()] == [".mkv"]


def test_art_is_art(made: Made) -> None:
    library, _ = made
    posters = list(library.root.rglob("poster.jpg"))
    assert len(posters) == 10
    for path in posters:
        picture = images.describe(path.read_bytes())
        assert picture.height == picture.width * 1.5
        assert picture.accent != "#9aa3b2"
    assert len({images.describe(path.read_bytes()).thumbhash for path in posters}) == len(posters)
    assert (library.films / "The Last Lighthouse (2019)" / "fanart.jpg").exists()


def test_albums(made: Made) -> None:
    music = made[0].music
    compilation = sorted((music / "Various Artists").rglob("*.mp3"))
    facts = [tags(os.fsencode(path)) for path in compilation]
    assert all(one.compilation and one.album_artists == ("Various Artists",) for one in facts)
    assert len({one.artists for one in facts}) == 5
    discs = [tags(os.fsencode(path)) for path in sorted((music / "The Paper Lanterns").rglob("*.opus"))]
    assert [(one.disc, one.track, one.disc_total) for one in discs] == [(d, n, 2) for d in (1, 2) for n in (1, 2, 3)]
    assert (music / "The Paper Lanterns" / "Atlas of Small Things (2016)" / "folder.jpg").exists()
    for suffix in ("mp3", "m4a"):
        embedded = [path for path in music.rglob(f"*.{suffix}") if "Various" not in str(path)]
        assert all(cover(os.fsencode(path)) for path in embedded)
    first = tags(os.fsencode(next(music.rglob("01 - Slow Weather.flac"))))
    assert first.lyrics is not None and len(first.lyrics.lines) == 4
    assert first.replaygain.track_gain is not None


def test_progress_and_count(made: Made) -> None:
    library, steps = made
    total = steps[0][2]
    assert [done for _, done, _ in steps] == list(range(1, total + 1))
    assert library.files == total
    on_disk = [path for path in library.root.rglob("*") if path.is_file() and path.name != "hearth-demo.json"]
    assert library.size == sum(path.stat().st_size for path in on_disk)
    assert not [path for path in on_disk if ".part" in path.name]


def test_a_second_call_makes_nothing(made: Made) -> None:
    library, _ = made
    steps: list[str] = []
    assert make_demo(library.root, lambda what, _done, _total: steps.append(what), small=True) == library
    assert steps == []


def test_what_is_missing_is_made_again(made: Made) -> None:
    library, _ = made
    poster = library.films / "Paper Moons (2021)" / "poster.jpg"
    song = next(library.music.rglob("01 - Slow Weather.flac"))
    before = song.stat().st_mtime_ns
    poster.unlink()
    assert make_demo(library.root, small=True).files == library.files
    assert poster.stat().st_size > 0
    assert song.stat().st_mtime_ns == before


def test_other_peoples_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.mp4").write_bytes(b"x")
    with pytest.raises(Conflict, match="empty folder"):
        make_demo(tmp_path, small=True)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.mp4"]


def test_the_alphabet_has_every_letter_of_the_plan() -> None:
    plan = demo_plan.full()
    words = [text for film in plan.films for text in (film.title, film.tagline)]
    words += [show.title for show in plan.shows]
    words += [title for show in plan.shows for episodes in show.seasons.values() for title, _ in episodes]
    words += [text for album in plan.albums for text in (album.title, album.artist)]
    for text in words:
        assert demo_letters.width(text, 100, 0.3) > 0


def test_the_full_plan_promises() -> None:
    plan = demo_plan.full()
    assert len(plan.films) >= 6 and all(30 <= film.seconds <= 90 for film in plan.films)
    assert all(20 <= show.seconds <= 40 for show in plan.shows)
    assert any(0 in show.seasons and len(show.seasons) >= 3 for show in plan.shows)
    assert {album.suffix for album in plan.albums} == {"mp3", "flac", "opus", "m4a"}
