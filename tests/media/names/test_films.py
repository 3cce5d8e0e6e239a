"""Films by invented names: one row a trap."""

from typing import Any

import pytest

from hearth.media.names import format_3d, parse, stub

FILMS: list[tuple[str, dict[str, Any]]] = [
    ("Harbour Lights (1998).mkv", {"title": "Harbour Lights", "year": 1998}),
    ("harbour.lights.1998.1080p.bluray.x264-tide.mkv", {"title": "harbour lights", "year": 1998, "quality": "1080p"}),
    ("Harbour_Lights_(1998)_[720p].mp4", {"title": "Harbour Lights", "year": 1998, "quality": "720p"}),
    ("Harbour Lights.mkv", {"title": "Harbour Lights", "year": None}),
    ("Harbour Lights 1998 PROPER 2160p UHD.mkv", {"title": "Harbour Lights", "year": 1998, "quality": "2160p"}),
    ("Harbour Lights [4K].mkv", {"title": "Harbour Lights", "quality": "2160p"}),
    ("Harbour Lights (1920x804).mkv", {"title": "Harbour Lights", "quality": "1080p"}),
    # numbers that are not years, and years that are not the year
    ("2051 Harbour Street (2015).mkv", {"title": "2051 Harbour Street", "year": 2015}),
    ("Harbour.2077.2019.1080p.mkv", {"title": "Harbour 2077", "year": 2019}),
    ("1931.2004.720p.WEB-DL.mkv", {"title": "1931", "year": 2004}),
    ("1931.mkv", {"title": "1931", "year": None}),
    ("Eleven 11 (2001).mkv", {"title": "Eleven 11", "year": 2001}),
    ("(700) Nights (2009).mkv", {"title": "(700) Nights", "year": 2009}),
    ("Tide (2011) - Somebody 2019.mkv", {"title": "Tide", "year": 2011}),
    ("1987 - Low Water.avi", {"title": "Low Water", "year": 1987}),
    # words that may be title or noise
    ("The.Old.Spanish.2006.720p.BluRay.x264-GRP", {"title": "The Old Spanish", "year": 2006}),
    ("Das.Alte.Haus.German.2011.PAL.DVDR-GRP", {"title": "Das Alte Haus", "year": 2011}),
    ("Low.Water.FRENCH.2013.DVDRip.mkv", {"title": "Low Water", "year": 2013}),
    ("Low.Water.GERMAN.DL.1080p.BluRay.x264-GRP", {"title": "Low Water", "year": None}),
    ("A.Web.of.Nets.2006.1080p.mkv", {"title": "A Web of Nets", "year": 2006}),
    ("Real.Limited.Line.2014.mkv", {"title": "Real Limited Line", "year": 2014}),
    ("Mr. Opus (1995).mkv", {"title": "Mr. Opus", "year": 1995}),
    # acronyms, articles, other names
    ("The.Case.of.H.A.R.B.O.U.R.2015.1080p.mkv", {"title": "The Case of H.A.R.B.O.U.R.", "year": 2015}),
    ("Harbour, The (1999).mkv", {"title": "The Harbour", "year": 1999}),
    ("Le.Port.AKA.The.Harbour.1999.mkv", {"title": "Le Port AKA The Harbour", "year": 1999}),
    ("Low Water or (The Harbour Regained) (2014).mkv", {"title": "Low Water or (The Harbour Regained)"}),
    ("港町 Harbour Town (2003).mkv", {"title": "Harbour Town", "year": 2003}),
    ("港町 (2003).mkv", {"title": "港町", "year": 2003}),
    ("[tag] 2 (2009).mkv", {"title": "tag 2", "year": 2009}),
    ("www.example.org - Low Water 2021 1080p.mkv", {"title": "Low Water", "year": 2021}),
    ("[ www.example.org ] - Low.Water.2021.mkv", {"title": "Low Water", "year": 2021}),
    ("[Group] Low Water [BDRip 1920x1080 FLAC] [0AB1C2D3].mkv", {"title": "Low Water", "release_group": "Group"}),
    # editions
    ("Low Water (2001) Director's Cut.mkv", {"title": "Low Water", "edition": "Director's Cut"}),
    ("Low.Water.EXTENDED.2001.1080p.mkv", {"title": "Low Water", "edition": "EXTENDED"}),
    ("Low Water 2001 25th Anniversary Edition.mkv", {"edition": "25th Anniversary Edition"}),
    ("Low Water (2001) {edition-Harbour Master Print}.mkv", {"title": "Low Water", "edition": "Harbour Master Print"}),
    ("Low.Water.2001.Black.and.White.Edition.1080p.mkv", {"edition": "Black and White Edition"}),
    ("The Extended Shore (2012).mkv", {"title": "The Extended Shore", "edition": None}),
    ("The.Final.Cut.2004.DVDRip.mkv", {"title": "The Final Cut", "edition": None}),
    # parts: of one film in several files, or a title's own
    ("Low Water (1999) cd2.avi", {"title": "Low Water", "part": 2}),
    ("Low.Water.1965.CD1.DVDRip.avi", {"title": "Low Water", "part": 1}),
    ("Low Water Part II (1974).mkv", {"title": "Low Water Part II", "part": None}),
    ("Low Water Part II.mkv", {"title": "Low Water", "part": 2, "long_title": "Low Water Part II"}),
    # 3D
    ("Low.Water.3D.2012.HSBS.1080p.mkv", {"title": "Low Water", "is_3d": True, "format_3d": "hsbs"}),
    ("Low Water 3D Christmas (2011).mkv", {"title": "Low Water 3D Christmas", "is_3d": False}),
    # provider ids
    ("Low Water (2016) [tmdbid=4307].mkv", {"title": "Low Water", "provider_ids": {"tmdb": "4307"}}),
    ("Low Water (2016) {imdb-tt0123456}.mkv", {"title": "Low Water", "provider_ids": {"imdb": "tt0123456"}}),
    ("Low Water 2016 [tt0123456] 720p.mkv", {"year": 2016, "provider_ids": {"imdb": "tt0123456"}}),
    ("tt0123456.mkv", {"title": None, "provider_ids": {"imdb": "tt0123456"}}),
    # folders
    ("/m/Low Water (1999)/movie.mkv", {"title": "Low Water", "year": 1999}),
    ("/m/Low.Water.1999.1080p.BluRay.x264-TIDE/tide-lw1080.mkv", {"title": "Low Water", "year": 1999}),
    ("/m/Low.Water.1999.1080p.WEB-DL/b3c0f7a1d2e4958671ffab0c2d9e8f70.mkv", {"title": "Low Water", "year": 1999}),
    ("/m/Low Water (1999)/VIDEO_TS/VTS_01_1.VOB", {"title": "Low Water", "year": 1999}),
    ("/m/Low Water (1999)/CD1/lowwater.avi", {"title": "Low Water", "year": 1999}),
    ("/m/Marée (1999)/Maree.1080p.mkv", {"title": "Marée", "year": 1999}),
    ("/m/Low Water (1999)/Low Water (2000).mkv", {"title": "Low Water", "year": 2000}),
    ("/m/Tide Collection 1080p/High Tide.mkv", {"title": "High Tide", "year": None}),
    ("/m/Some Boxed Films 2008 1080p/High Tide.mkv", {"title": "High Tide", "year": None}),
    ("D:\\films\\Low Water (1999)\\Low.Water.mkv", {"title": "Low Water", "year": 1999}),
    ("/m/Low Water (1999) [tmdbid=4307]/low.mkv", {"year": 1999, "provider_ids": {"tmdb": "4307"}}),
    ("Am\udce9lia (2001).mkv", {"title": "Amélia", "year": 2001}),
]


@pytest.mark.parametrize(("path", "wanted"), FILMS, ids=[path.encode("ascii", "replace").decode() for path, _ in FILMS])
def test_film(path: str, wanted: dict[str, Any]) -> None:
    name = parse(path, "movie")
    assert name.kind == "movie"
    assert {field: getattr(name, field) for field in wanted} == wanted


def test_a_film_has_no_season() -> None:
    name = parse("Low Water S01E02 (1999).mkv", "movie")
    assert (name.season, name.episodes, name.absolute) == (None, (), ())


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Low Water.3d.sbs", "sbs"),
        ("Low Water [fsbs]", "fsbs"),
        ("Low Water Half-OU", "hou"),
        ("Low Water 3D", None),
        ("Keeping Tab on Water", None),
        ("Tab", None),
    ],
)
def test_3d_format(name: str, wanted: str | None) -> None:
    assert format_3d(name) == wanted


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("Low.Water.1999.1080p.BluRay.x264-TIDE.mkv", "TIDE"),
        ("Low.Water.1999.1080p.BluRay.x264-HIGH-TIDE.mkv", "HIGH-TIDE"),
        ("Low.Water.1999.1080p.WEB-DL.DD5.1.H.264-TIDE-postbot.mkv", "TIDE"),
        ("Low.Water.1999.1080p.BluRay.x264-TIDE.[example.org].mkv", "TIDE"),
        ("Low Water (1999) 1080p x265 Tide.mkv", "Tide"),
        ("Low.Water.1999.2160p.x264-UHDTV.mkv", "UHDTV"),
        ("[Tide] Low Water [1080p].mkv", "Tide"),
        ("/m/Low.Water.1999.1080p.BluRay.x264-TIDE/tide-lw.mkv", "TIDE"),
        ("Low.Water.1999.1080p.WEB-DL.mkv", None),
        ("Low Water - Tide.mkv", None),
    ],
)
def test_release_group(path: str, group: str | None) -> None:
    assert parse(path, "movie").release_group == group


def test_stubs() -> None:
    assert stub("Low Water.mkv") is None
    assert [found.kind for path in ("a.disc", "a.dvd.disc", "/m/a (1999).uhd.DISC") if (found := stub(path))] == [
        None,
        "dvd",
        "bluray",
    ]
