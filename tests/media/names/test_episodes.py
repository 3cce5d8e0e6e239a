"""Episodes by invented names: one row a trap."""

from typing import Any

import pytest

from hearth.media.names import parse
from hearth.media.names.episodes import CLEARLY, SEASON, SURE, first_match

EPISODES: list[tuple[str, dict[str, Any]]] = [
    ("Quay.S02E05.1080p.WEB-DL.mkv", {"title": "Quay", "season": 2, "episodes": (5,), "quality": "1080p"}),
    ("Quay - 2x05 - Title.mkv", {"title": "Quay", "season": 2, "episodes": (5,), "episode_title": "Title"}),
    ("Quay s2 e5.mkv", {"season": 2, "episodes": (5,)}),
    ("Quay Season 2 Episode 5.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("Quay - Staffel 2 Folge 5.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("Quay 2. Staffel Folge 5.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("Quay Temporada 2 Capitulo 5.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("Quay - Temporada 2 [HDTV][Cap.205].mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("Причал 2 сезон 5 серия.mkv", {"title": "Причал", "season": 2, "episodes": (5,)}),
    ("grp-quays02e05-720p.mkv", {"title": "grp-quay", "season": 2, "episodes": (5,)}),
    ("Quay S2019E05.mkv", {"season": 2019, "episodes": (5,), "year": 2019}),
    ("Quay.S00E03.mkv", {"season": 0, "episodes": (3,)}),
    # several in one file
    ("Quay S02E05-E07.mkv", {"episodes": (5, 6, 7)}),
    ("Quay S02E05E07.mkv", {"episodes": (5, 7)}),
    ("Quay S02E05-06.mkv", {"episodes": (5, 6)}),
    ("Quay S02E05 & S02E06.mkv", {"episodes": (5, 6)}),
    ("Quay - 2x05-2x06 - Title.mkv", {"episodes": (5, 6)}),
    ("Quay.2x05x06x07.mkv", {"episodes": (5, 6, 7)}),
    ("Quay S02E05-3 Acts.mkv", {"episodes": (5,)}),
    ("Quay S02E05 6-10 to Port.mkv", {"episodes": (5,)}),
    ("Quay S02E05-720p.mkv", {"episodes": (5,)}),
    ("Quay.S02E05.x264.mkv", {"episodes": (5,)}),
    # titles that hold numbers, years, countries
    ("24 Piers - S01E02.mkv", {"title": "24 Piers", "season": 1, "episodes": (2,)}),
    ("7-7-7.S02E03.720p.mkv", {"title": "7-7-7", "season": 2, "episodes": (3,)}),
    ("Quay.2014.S03E05.mkv", {"title": "Quay", "year": 2014, "season": 3}),
    ("Quay (2014) - 3x05.mkv", {"title": "Quay", "year": 2014, "season": 3}),
    ("The Quay (UK) - S03E05.mkv", {"title": "The Quay", "country": "UK"}),
    ("Quay.S01E01.2008.1080p.BluRay.mkv", {"title": "Quay", "year": 2008}),
    ("P.I.E.R.S.S02E05.mkv", {"title": "P.I.E.R.S.", "season": 2}),
    # no season
    ("Quay.E07.1080p.mkv", {"title": "Quay", "season": None, "episodes": (7,), "absolute": (7,)}),
    ("Quay Episode 12.mkv", {"title": "Quay", "episodes": (12,)}),
    ("Quay.14.of.21.720p.mkv", {"title": "Quay", "episodes": (14,)}),
    ("Quay Part 3 720p HDTV.mkv", {"title": "Quay", "season": 1, "episodes": (3,)}),
    ("Quay.Part.Three.720p.HDTV.mkv", {"title": "Quay", "episodes": (3,)}),
    ("Iskele 79.Bölüm (25.06.2023) 720p.mkv", {"title": "Iskele", "episodes": (79,)}),
    ("Quay 104.mkv", {"title": "Quay", "season": 1, "episodes": (4,), "absolute": (104,)}),
    ("quay.0308.hdtv.mkv", {"season": 3, "episodes": (8,)}),
    ("quay.103.104.hdtv.mkv", {"title": "quay", "season": 1, "episodes": (3, 4)}),
    # running numbers
    ("[Sub] Minato no Uta - 07 [1080p][0AB1C2D3].mkv", {"title": "Minato no Uta", "absolute": (7,), "season": None}),
    ("[Sub]_Minato_no_Uta_-_07v2_[720p].mkv", {"title": "Minato no Uta", "absolute": (7,), "release_group": "Sub"}),
    ("[Sub] Minato 100 - 07 [1080p].mkv", {"title": "Minato 100", "absolute": (7,)}),
    ("[Sub] 86 Ports - 01 [1080p].mkv", {"title": "86 Ports", "absolute": (1,)}),
    ("[Sub] Minato no Uta 1004 [1080p].mkv", {"title": "Minato no Uta", "absolute": (1004,)}),
    ("[Sub] Minato - 100 Years - 02 (720p).mkv", {"title": "Minato - 100 Years", "absolute": (2,)}),
    ("[Sub] Minato no Uta S2 - 07 [1080p].mkv", {"title": "Minato no Uta S2", "season": 2, "episodes": (7,)}),
    ("[Sub] Minato no Uta (01-12) [1080p]", {"absolute": tuple(range(1, 13))}),
    ("[字幕组][港之歌][Minato no Uta][2019][07][1080P][MP4]", {"title": "Minato no Uta", "absolute": (7,)}),
    ("[字幕组] 港之歌 / Minato no Uta - 07 [1080p]", {"title": "Minato no Uta", "absolute": (7,)}),
    ("[字幕组][港之歌][第07话][1080P]", {"title": "港之歌", "absolute": (7,)}),
    ("Minato S16E03-04 - 313-314.mkv", {"season": 16, "episodes": (3, 4), "absolute": (313, 314)}),
    ("[Sub] Minato - 12 (S01E12) [1080p].mkv", {"title": "Minato", "season": 1, "absolute": (12,)}),
    # days
    ("The Pier Report 2019-03-04.mkv", {"title": "The Pier Report", "date": "2019-03-04", "episodes": ()}),
    ("The.Pier.Report.2019.03.04.Guest.720p.mkv", {"title": "The Pier Report", "date": "2019-03-04"}),
    ("The Pier Report - 04.03.2019.mkv", {"date": "2019-03-04"}),
    ("The Pier Report 03-29-2019.mkv", {"date": "2019-03-29"}),
    ("The Pier Report 4th Mar 2019.mkv", {"title": "The Pier Report", "date": "2019-03-04"}),
    ("The.Pier.Report.2019.16.02.mkv", {"date": "2019-02-16"}),
    ("The.Pier.Report.190304.720p.HDTV.mkv", {"title": "The Pier Report", "date": "2019-03-04"}),
    ("The Pier Report 20190304.mkv", {"title": "The Pier Report", "date": "2019-03-04"}),
    ("The Pier Report 2019 03 04 S20E142.mkv", {"title": "The Pier Report", "season": 20, "episodes": (142,)}),
    ("The Pier Report 2019-02-30.mkv", {"date": None}),
    # folders
    ("/tv/Quay/Season 2/05 - Title.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("/tv/Quay/Season 2/05.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("/tv/Quay/Season 2/205 Title.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("/tv/Quay/Season 2/5 - 12 Angry Gulls.mkv", {"episodes": (5,)}),
    ("/tv/Quay/Season 2/05-06 - Title.mkv", {"season": 2, "episodes": (5, 6)}),
    ("/tv/Quay/2-05 - Title.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("/tv/Quay (2014)/Specials/03.mkv", {"title": "Quay", "season": 0, "episodes": (3,), "year": 2014}),
    ("/tv/Quay/Quay - 101.mkv", {"title": "Quay", "absolute": (101,), "season": None}),
    ("/tv/Quay/Quay 112.mkv", {"absolute": (112,), "season": 1, "episodes": (12,)}),
    ("/tv/Quay/S02E05.mkv", {"title": "Quay", "season": 2}),
    ("/tv/Quay/2x05 - Quay - Title.mkv", {"title": "Quay", "episodes": (5,)}),
    ("/dl/Quay.S02E05.720p.HDTV-GRP/b3c0f7a1d2e4958671ffab0c2d9e8f70.mkv", {"title": "Quay", "episodes": (5,)}),
    ("/dl/Quay.S02E05.720p.HDTV-GRP/q205.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("/dl/Quay.S02.720p.HDTV-GRP/Quay.S02E05.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("/tv/The Quay/Season 1/The.Quay.US.S01E02.mkv", {"title": "The Quay", "country": "US"}),
    ("Z:\\tv\\Quay\\Season 2\\05.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("50E20S.yauQ.mkv", {"title": "Quay", "season": 2, "episodes": (5,)}),
    ("/tv/Quay (2014) {tvdb-123}/Season 2/Quay S02E05.mkv", {"provider_ids": {"tvdb": "123"}, "year": 2014}),
    # a season's pack, and nothing at all
    ("Quay.S02.720p.HDTV", {"title": "Quay", "season": 2, "episodes": ()}),
    ("Quay Season 1-3 Complete", {"title": "Quay", "season": 1, "episodes": ()}),
    ("Quay Saison VII FRENCH.BDRip", {"title": "Quay", "season": 7}),
    ("b3c0f7a1d2e4958671ffab0c2d9e8f70.mkv", {"title": None, "season": None, "episodes": (), "absolute": ()}),
    ("S02E05.mkv", {"title": None, "season": 2, "episodes": (5,)}),
]


@pytest.mark.parametrize(
    ("path", "wanted"), EPISODES, ids=[path.encode("ascii", "replace").decode() for path, _ in EPISODES]
)
def test_episode(path: str, wanted: dict[str, Any]) -> None:
    name = parse(path, "episode")
    assert name.kind == "episode"
    assert {field: getattr(name, field) for field in wanted} == wanted


@pytest.mark.parametrize("table", [SURE, CLEARLY, SEASON])
def test_every_pattern_finds_its_example(table: Any) -> None:
    for pattern in table:
        found = first_match((pattern,), pattern.example)
        assert found is not None and found.pattern == pattern.name, pattern.name


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Low Water (1999).mkv", "movie"),
        ("Low Water.mkv", "movie"),
        ("Low.Water.1080p.BluRay", "movie"),
        ("12 Gulls.mkv", "movie"),
        ("Gull's 8.mkv", "movie"),
        ("Quay.S01E02.mkv", "episode"),
        ("Quay - 1x02.mkv", "episode"),
        ("tv/Quay/Season 1/02.mkv", "episode"),
        ("[Sub] Minato - 07 [720p].mkv", "episode"),
        ("The Pier Report 2019-03-04.mkv", "episode"),
        ("Low Water", None),
        ("b3c0f7a1d2e4958671ffab0c2d9e8f70", None),
    ],
)
def test_a_kind_is_guessed_from_what_the_name_states(path: str, kind: str | None) -> None:
    name = parse(path)
    assert name.kind == kind or (kind is None and name.title is None)
