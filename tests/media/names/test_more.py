"""More of the same kinds by invented names, each a way that people or programs write them."""

from typing import Any

import pytest

from hearth.media.names import disc_folder, external, extra, parse, season_folder

FILMS: list[tuple[str, dict[str, Any]]] = [
    ("Salt Road (2009) {imdb-tt7654321}.mkv", {"title": "Salt Road", "year": 2009, "ids": {"imdb": "tt7654321"}}),
    ("Salt Road (2009) [tmdbid-4421]/Salt Road (2009).mkv", {"title": "Salt Road", "ids": {"tmdb": "4421"}}),
    ("Salt.Road.2009.Directors.Cut.1080p.BluRay.x265-TIDE.mkv", {"title": "Salt Road", "edition": True}),
    ("Salt Road (2009) {edition-Harbour Cut}.mkv", {"title": "Salt Road", "edition": True}),
    ("Salt Road (2009) Extended Edition.mkv", {"title": "Salt Road", "year": 2009, "edition": True}),
    ("Salt.Road.2009.REMASTERED.2160p.UHD.BluRay.HDR10.HEVC.mkv", {"title": "Salt Road", "quality": "2160p"}),
    ("Salt Road (2009) - pt1.avi", {"title": "Salt Road", "year": 2009, "part": 1}),
    ("Salt Road (2009) CD2.avi", {"title": "Salt Road", "year": 2009, "part": 2}),
    ("[TideSubs] Salt Road (2009) [BD 1080p][AAC].mkv", {"title": "Salt Road", "year": 2009, "quality": "1080p"}),
    ("salt-road-2009-720p.mp4", {"title": "salt road", "year": 2009, "quality": "720p"}),
    ("Salt.Road.2009.MULTi.1080p.WEB.H264-GRP.mkv", {"title": "Salt Road", "year": 2009}),
    ("Salt Road 2 (2012).mkv", {"title": "Salt Road 2", "year": 2012}),
    ("Salt Road III (2015).mkv", {"title": "Salt Road III", "year": 2015}),
    ("Salt & Road (2009).mkv", {"title": "Salt & Road", "year": 2009}),
    ("What Is Salt? (2009).mkv", {"title": "What Is Salt?", "year": 2009}),
    ("Salt Road - The Long Way (2009).mkv", {"title": "Salt Road - The Long Way", "year": 2009}),
    ("Salt Road (2009)/salt.road.bluray.mkv", {"title": "Salt Road"}),
    ("S.A.L.T. (2009).mkv", {"title": "S.A.L.T.", "year": 2009}),
    ("Salt.Road.2009.3D.HSBS.1080p.mkv", {"title": "Salt Road", "is_3d": True}),
    ("Salt Road (2009) [DVDRip].avi", {"title": "Salt Road", "year": 2009}),
    ("1984 (1956).mkv", {"title": "1984", "year": 1956}),
    ("300 Miles (2007).mkv", {"title": "300 Miles", "year": 2007}),
    ("Blade & Salt 2049 (2017) 2160p.mkv", {"title": "Blade & Salt 2049", "year": 2017}),
]

EPISODES: list[tuple[str, dict[str, Any]]] = [
    (
        "Tide House/Season 02/Tide House - S02E05 - The Wake.mkv",
        {"season": 2, "episodes": (5,), "episode_title": "The Wake"},
    ),
    ("Tide.House.S02E05E06.720p.WEB.mkv", {"title": "Tide House", "season": 2, "episodes": (5, 6)}),
    ("Tide House S02E05-E07.mkv", {"season": 2, "episodes": (5, 6, 7)}),
    ("Tide House S02E05-07.mkv", {"season": 2, "episodes": (5, 6, 7)}),
    ("Tide House 2x05 The Wake.avi", {"title": "Tide House", "season": 2, "episodes": (5,)}),
    ("tide_house_s2e5.mkv", {"season": 2, "episodes": (5,)}),
    ("Tide House/Season 2/05 - The Wake.mkv", {"season": 2, "episodes": (5,)}),
    ("Tide House/Season 2/E05.mkv", {"season": 2, "episodes": (5,)}),
    ("Tide House/Specials/Tide House S00E01 Behind.mkv", {"season": 0, "episodes": (1,)}),
    (
        "Tide House (2011)/Season 1/Tide House (2011) - s01e01.mkv",
        {"title": "Tide House", "season": 1, "episodes": (1,)},
    ),
    ("Tide House (US) S01E02.mkv", {"title": "Tide House", "country": "US", "episodes": (2,)}),
    ("[SubTide] Tide House - 14 [1080p].mkv", {"title": "Tide House", "absolute": (14,)}),
    ("[SubTide] Tide House - 014v2 (BD 720p).mkv", {"title": "Tide House", "absolute": (14,)}),
    ("Tide House - 2021-03-09 - Guest.mkv", {"title": "Tide House", "date": "2021-03-09"}),
    ("Tide.House.2021.03.09.720p.HDTV.mkv", {"title": "Tide House", "date": "2021-03-09"}),
    ("Tide House S2021E09.mkv", {"season": 2021, "episodes": (9,)}),
    ("Tide House Season 2 Episode 5.mkv", {"season": 2, "episodes": (5,)}),
    ("Tide House - S01E01 - pt1.mkv", {"season": 1, "episodes": (1,)}),
    ("Tide.House.S01E100.mkv", {"season": 1, "episodes": (100,)}),
    ("Tide House/Staffel 3/Tide House S03E04.mkv", {"season": 3, "episodes": (4,)}),
]


def _told(name: Any, field: str) -> Any:
    return (
        name.provider_ids
        if field == "ids"
        else name.edition is not None
        if field == "edition"
        else getattr(name, field)
    )


@pytest.mark.parametrize(("path", "expected"), FILMS, ids=[path for path, _ in FILMS])
def test_films(path: str, expected: dict[str, Any]) -> None:
    name = parse(path, "movie")
    assert {field: _told(name, field) for field in expected} == expected


@pytest.mark.parametrize(("path", "expected"), EPISODES, ids=[path for path, _ in EPISODES])
def test_episodes(path: str, expected: dict[str, Any]) -> None:
    name = parse(path, "episode")
    assert {field: _told(name, field) for field in expected} == expected


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Salt Road (2009)/Salt Road (2009)-trailer.mkv", "trailer"),
        ("Salt Road (2009)/Behind The Scenes/Ropes.mkv", "behind_the_scenes"),
        ("Salt Road (2009)/Deleted Scenes/The pier.mkv", "deleted_scene"),
        ("Salt Road (2009)/Salt Road (2009).mkv", None),
        ("Trailer Park (2009)/Trailer Park (2009).mkv", None),
    ],
)
def test_extras(path: str, kind: str | None) -> None:
    assert extra(path) == kind


@pytest.mark.parametrize(
    ("folder", "season"),
    [("Tide House/Season 1", 1), ("Tide House/S03", 3), ("Tide House/Specials", 0), ("Tide House/Series 4", 4),
     ("Tide House/Saison 2", 2), ("Tide House/Temporada 5", 5), ("Tide House", None)],
)  # fmt: skip
def test_season_folders(folder: str, season: int | None) -> None:
    assert season_folder(folder) == season


@pytest.mark.parametrize(
    ("folder", "disc"),
    [("Quill/Tides/CD1", 1), ("Quill/Tides/Disc 2", 2), ("Quill/Tides/disk03", 3), ("Quill/Tides/CD 2 - Live", 2),
     ("Quill/Tides", None), ("Quill/Discovery", None)],
)  # fmt: skip
def test_disc_folders(folder: str, disc: int | None) -> None:
    assert disc_folder(folder) == disc


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Salt Road.en.srt", ("eng", False, False)),
        ("Salt Road.ger.forced.srt", ("ger", True, False)),
        ("Salt Road.English.SDH.srt", ("eng", False, True)),
        ("Salt Road.pt-BR.ass", ("por", False, False)),
        ("Salt Road.srt", (None, False, False)),
    ],
)
def test_subtitles(name: str, expected: tuple[str | None, bool, bool]) -> None:
    said = external(name, "Salt Road")
    assert said is not None
    assert (said.language, said.forced, said.hearing_impaired) == expected
