"""What folders and lone names say: seasons, series, discs, extras, what a scanner skips."""

import pytest

from hearth.media.names import (
    AUDIO,
    IMAGE,
    MARKERS,
    SUBTITLE,
    VIDEO,
    disc_folder,
    extra,
    film_series,
    ignored,
    is_sample,
    season_folder,
    series_folder,
)


@pytest.mark.parametrize(
    ("name", "season"),
    [
        ("Season 1", 1),
        ("season01", 1),
        ("S03", 3),
        ("Saison 3", 3),
        ("3.Staffel", 3),
        ("2ª Temporada", 2),
        ("Сезон 4", 4),
        ("第2季", 2),
        ("Specials", 0),
        ("Season 0", 0),
        ("7", 7),
        ("2019", 2019),
        ("Season 7 (2016)", 7),
        ("Season 7 - Low Water", 7),
        ("Quay Season 2", 2),
        ("Quay.S02.1080p.WEB-DL", 2),
        ("Season (8)", None),
        ("S01E02", None),
        ("Season 1080p", None),
        ("Quay", None),
        ("12 Gulls", None),
        ("2024-01-24 5090 Gulls", None),
    ],
)
def test_season_folder(name: str, season: int | None) -> None:
    assert season_folder(f"/tv/Quay/{name}") == season
    assert season_folder(name, "/tv/Quay") == season


def test_a_library_of_mixed_kinds_reads_only_plain_seasons() -> None:
    assert season_folder("/m/Box/1", specials=False, numbers=False) is None
    assert season_folder("/m/Box/Specials", specials=False, numbers=False) is None
    assert season_folder("/m/Box/Season 1", specials=False, numbers=False) == 1


@pytest.mark.parametrize(
    ("path", "series"),
    [
        ("/tv/Quay", "Quay"),
        ("/tv/Quay/Season 1", "Quay"),
        ("/tv/Quay (2014)/S01", "Quay"),
        ("/tv/Quay (2014) [tvdbid=123]", "Quay"),
        ("The.Quay.S01.COMPLETE.720p", "The Quay"),
        ("The_Quay_Season_1", "The Quay"),
        ("/tv/1931 (2022)", "1931"),
        ("D:\\tv\\The Quay\\Season 02", "The Quay"),
    ],
)
def test_series_folder(path: str, series: str) -> None:
    assert series_folder(path) == series


@pytest.mark.parametrize(
    ("name", "disc"),
    [
        ("CD1", 1),
        ("CD 02", 2),
        ("disc-3", 3),
        ("Disk 4 (Live)", 4),
        ("Volume 2", 2),
        ("Discography", None),
        ("CD", None),
        ("Disc One", None),
        ("Low Water", None),
        ("", None),
    ],
)
def test_disc_folder(name: str, disc: int | None) -> None:
    assert disc_folder(f"/music/Artist/{name}" if name else "") == disc


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Low Water-trailer.mkv", "trailer"),
        ("Low Water.trailer.mp4", "trailer"),
        ("Low Water - trailer2.mp4", "trailer"),
        ("trailer.mkv", "trailer"),
        ("Low Water/Trailers/first.mkv", "trailer"),
        ("Low Water/behind.the.scenes/first.mkv", "behind_the_scenes"),
        ("Low Water/Deleted Scenes/first.mkv", "deleted_scene"),
        ("Low Water-interview.mkv", "interview"),
        ("Low Water/theme-music/any.flac", "theme_song"),
        ("Low Water/theme.mp3", "theme_song"),
        ("Low Water/backdrops/any.mp4", "theme_video"),
        ("Low Water/extras/any.mkv", "extra"),
        ("Low Water-other.mkv", "extra"),
        ("Low Water/Sample/lw.mkv", "sample"),
        ("The Trailer.mkv", None),
        ("The Water Sample.mkv", None),
        ("The.Big.Short.mkv", None),
        ("Low Water/trailer.mp3", None),
        ("Low Water/extras/poster.jpg", None),
        ("Low Water/Extras of Hope/any.mkv", None),
    ],
)
def test_extra(path: str, kind: str | None) -> None:
    assert extra(path) == kind


def test_a_library_root_is_no_extras_folder() -> None:
    assert extra("/data/shorts/Low Water.mkv", "/data/shorts") is None
    assert extra("/data/shorts/Low Water/shorts/any.mkv", "/data/shorts") == "short"
    assert extra("/data/shorts/Low Water.mkv") == "short"


def test_is_sample() -> None:
    assert is_sample("low.water.1999-sample.mkv")
    assert is_sample("/m/Low Water/Sample/any.mkv")
    assert not is_sample("/m/The Water Sample (1999).mkv")


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store",
        "._Low Water.mkv",
        ".hidden",
        "@eaDir",
        "#recycle",
        "$RECYCLE.BIN",
        "lost+found",
        "System Volume Information",
        "Thumbs.db",
        "Low Water.mkv.part",
        "Low Water.mkv.!qB",
        "Low Water.mkv.crdownload",
        "Low Water.tmp",
        "Low Water.tmp.mkv",
        "notes.txt~",
        *sorted(MARKERS),
    ],
)
def test_ignored(name: str) -> None:
    assert ignored(name)


@pytest.mark.parametrize("name", ["Low Water.mkv", "Part 1.mkv", "Extras", "Season 1", "Recycle.mkv", "metadata.nfo"])
def test_not_ignored(name: str) -> None:
    assert not ignored(name)


def test_extensions_are_lower_case_with_a_dot_and_of_one_kind() -> None:
    kinds = [VIDEO, AUDIO, SUBTITLE, IMAGE]
    every = [extension for kind in kinds for extension in kind]
    assert len(every) == len(set(every))
    assert all(extension.startswith(".") and extension == extension.lower() for extension in every)
    assert ".mkv" in VIDEO and ".flac" in AUDIO and ".srt" in SUBTITLE and ".jpg" in IMAGE


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("The Quay Collection/Quay (1999)/Quay (1999).mkv", "The Quay Collection"),
        ("Low.Water.Trilogy.(1999-2003)/Low Water (1999).mkv", "Low Water Trilogy"),
        ("Low Water [Trilogy]/Low Water 2 (2001).mkv", "Low Water Trilogy"),
        ("Harbour - Saga/Harbour (2011)/Harbour.mkv", "Harbour Saga"),
        ("Lanterns_Box_Set/Lanterns.mkv", "Lanterns Box Set"),
        ("A Collection/The Quay Collection/Quay.mkv", "The Quay Collection"),
        ("My Collection/Quay (1999).mkv", None),
        ("Movies Collection/Quay (1999).mkv", None),
        ("The Collection (2012)/The Collection (2012).mkv", None),
        ("Collection/Quay.mkv", None),
        ("Collections of Light (2004)/Collections of Light.mkv", None),
        ("The Quay Collection.mkv", None),
        ("", None),
    ],
)
def test_a_folder_names_a_set_of_films(path: str, name: str | None) -> None:
    assert film_series(path) == name
