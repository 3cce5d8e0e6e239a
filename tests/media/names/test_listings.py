"""Listings of folders: parts, versions, sidecars."""

import pytest

from hearth.media.names import External, external, language, stacks, versions


def shape(paths: list[str], library: str = "movies") -> list[tuple[list[list[str]], str | None]]:
    """Items as ([primary's files, an alternate's files, ...], extra), file names without folder."""
    found = versions(paths, "shows" if library == "shows" else "movies")
    return [
        (
            [[file.rsplit("/", 1)[-1] for file in version.files] for version in (item.primary, *item.alternates)],
            item.extra,
        )
        for item in found
    ]


def test_parts_stack_in_order_and_others_stay_alone() -> None:
    found = stacks(["Quay part2.avi", "Quay part10.avi", "Quay part1.avi", "Quay.avi", "Low cd1.avi", "Tide 1.avi"])
    assert [(stack.name, stack.files) for stack in found] == [
        ("Quay", ("Quay part1.avi", "Quay part2.avi", "Quay part10.avi"))
    ]


@pytest.mark.parametrize(
    "style",
    ["Quay cd{}.avi", "Quay (disc {}).avi", "Quay.pt{}.avi", "Quay_part_{}.avi", "Quay CD{}of2.avi"],
)
def test_styles_of_parts(style: str) -> None:
    assert [stack.name for stack in stacks([style.format(1), style.format(2)])] == ["Quay"]


def test_letters_and_digits_and_folders_do_not_stack_together() -> None:
    assert stacks(["Quay part1.avi", "Quay parta.avi"]) == []
    assert stacks(["a/Quay part1.avi", "b/Quay part2.avi"]) == []
    assert stacks(["Quay part1.avi", "Quay part2.mkv"]) == []
    assert stacks(["Quay part1-trailer.avi", "Quay part2-trailer.avi"]) == []


def test_files_named_after_their_folder_are_versions() -> None:
    folder = "/m/Low Water (1999)"
    names = ["Low Water (1999) - 720p.mkv", "Low Water (1999) - 2160p.mkv", "Low Water (1999) [Uncut].mkv"]
    assert shape([f"{folder}/{name}" for name in names]) == [([[names[1]], [names[0]], [names[2]]], None)]


def test_the_plain_name_comes_first() -> None:
    assert shape(["/m/Tide/Tide - 2160p.mkv", "/m/Tide/Tide.mkv"]) == [([["Tide.mkv"], ["Tide - 2160p.mkv"]], None)]


def test_one_other_film_in_the_folder_keeps_all_apart() -> None:
    assert len(shape(["/m/Tide/Tide.mkv", "/m/Tide/Tide (2001).mkv", "/m/Tide/Gull.mkv"])) == 3


def test_a_flat_folder_groups_by_title_year_and_stated_version() -> None:
    paths = ["/m/Tide.1999.720p.mkv", "/m/Tide.1999.1080p.mkv", "/m/Tide.2005.1080p.mkv", "/m/Gull (1999).mkv"]
    assert [item[0] for item in shape(paths)] == [
        [["Tide.1999.1080p.mkv"], ["Tide.1999.720p.mkv"]],
        [["Tide.2005.1080p.mkv"]],
        [["Gull (1999).mkv"]],
    ]


def test_stacks_are_versions_too_and_extras_are_items() -> None:
    folder = "/m/Tide (1999)/"
    names = ["Tide (1999).mkv", "Tide (1999) - 4k part1.mkv", "Tide (1999) - 4k part2.mkv", "Tide (1999)-trailer.mkv"]
    assert shape([folder + name for name in names]) == [([[names[0]], names[1:3]], None), ([[names[3]]], "trailer")]


def test_episodes_group_by_number_in_shows_only() -> None:
    paths = [
        "/tv/Q/Season 1/Q - S01E01 - 720p.mkv",
        "/tv/Q/Season 1/Q - S01E01 - 1080p.mkv",
        "/tv/Q/Season 1/Q - S01E02.mkv",
    ]
    assert [item[0] for item in shape(paths, "shows")] == [
        [["Q - S01E01 - 1080p.mkv"], ["Q - S01E01 - 720p.mkv"]],
        [["Q - S01E02.mkv"]],
    ]
    assert len(shape(paths)) == 3


def test_only_videos_are_items() -> None:
    folder = "/m/Tide (1999)/"
    names = ["Tide (1999).mkv", "Tide (1999).en.srt", "Tide (1999)-poster.jpg", "Tide (1999).nfo", "theme.mp3"]
    assert shape([folder + name for name in names]) == [([["Tide (1999).mkv"]], None), ([["theme.mp3"]], "theme_song")]


def test_a_bracket_left_open_sets_a_file_apart() -> None:
    assert len(shape(["/m/Tide (1999)/Tide (1999) [One].mkv", "/m/Tide (1999)/Tide (1999) [Two.mkv"])) == 2


def test_an_empty_listing_has_no_items() -> None:
    assert versions([]) == []
    assert stacks([]) == []


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Quay.srt", External()),
        ("Quay.en.srt", External(language="eng", tag="en")),
        ("Quay.EN.forced.srt", External(language="eng", tag="en", forced=True)),
        ("/m/quay.ger.sdh.ass", External(language="ger", tag="de", hearing_impaired=True)),
        ("Quay.deu.srt", External(language="ger", tag="de")),
        ("Quay.Français.srt", External(language="fre", tag="fr")),
        ("Quay.pt-BR.srt", External(language="por", tag="pt-BR")),
        ("Quay.zh-hans.srt", External(language="chi", tag="zh-Hans")),
        ("Quay.hi.srt", External(language="hin", tag="hi")),
        ("Quay.en.hi.srt", External(language="eng", tag="en", hearing_impaired=True)),
        ("Quay.en_forced.srt", External(language="eng", tag="en", forced=True)),
        (
            "Quay.Harbour Master.en.default.ac3",
            External(language="eng", tag="en", title="Harbour Master", default=True),
        ),
        ("Subs/2_English.srt", External(language="eng", tag="en")),
        ("Subs/Quay/3_Spanish.srt", External(language="spa", tag="es")),
        ("Quayside.en.srt", None),
        ("Quay.en.mkv", None),
        ("Quay.en.txt", None),
        ("Subs/readme.srt", None),
    ],
)
def test_external(path: str, wanted: External | None) -> None:
    assert external(path, "Quay") == wanted


def test_language() -> None:
    assert {language(word) for word in ("fr", "fre", "fra", "French", "FRANÇAIS")} == {("fre", "fr")}
    assert language("en-GB") == ("eng", "en-GB")
    assert language("es-419") == ("spa", "es-419")
    assert language("quay") is None
    assert language("") is None
