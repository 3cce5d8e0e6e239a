"""Whatever lies on a disk: nothing raises, and nothing takes long."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearth.media import names
from tests.media.names.timing import processor_seconds

READERS: dict[str, Callable[[str], object]] = {
    "film": lambda text: names.parse(text, "movie"),
    "episode": lambda text: names.parse(text, "episode"),
    "unknown": names.parse,
    "extra": lambda text: names.extra(text, text[:9]),
    "stub": names.stub,
    "ignored": names.ignored,
    "season": names.season_folder,
    "series": names.series_folder,
    "disc": names.disc_folder,
    "sidecar": lambda text: names.external(f"q{text}.srt", "q"),
    "stereo": names.format_3d,
    "language": names.language,
    "stacks": lambda text: names.stacks([text, f"{text} part1.mkv", f"{text} part2.mkv"]),
    "films listed": lambda text: names.versions([text, f"{text} part1.mkv", f"{text}/a.mkv"]),
    "shows listed": lambda text: names.versions([text, f"{text} part1.mkv", f"{text}/a.mkv"], "shows"),
}
MORSELS = [
    *(
        "S01E02",
        "1x02",
        "E05-E07",
        " - 07",
        "[Group]",
        "(2010)",
        "2010",
        "2010-01-02",
        "1080p",
        "x264",
        "Season 1",
        "part1",
    ),
    *(
        ".",
        "_",
        " ",
        "-",
        "/",
        "\\",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "第05话",
        "【",
        "】",
        " / ",
        "A.B.C.",
        "Title",
        "the",
        "'",
    ),
    *(
        "\udcff",
        "\ud800",
        "\x00",
        "漢字",
        "é",
        "IX",
        "of",
        "cd2",
        "trailer",
        "hi",
        ".mkv",
        "{tmdb-1}",
        "99999",
        "²",
        "１２",
        "٣",
    ),
]
texts = st.text(st.characters(), max_size=255) | st.lists(st.sampled_from(MORSELS), max_size=40).map("".join)


@given(texts)
@settings(max_examples=400, deadline=None)
def test_no_text_raises(text: str) -> None:
    for read in READERS.values():
        read(text)


@given(texts, st.sampled_from(["movie", "episode", None]))
@settings(max_examples=300, deadline=None)
def test_a_name_keeps_its_promises(text: str, kind: names.Kind | None) -> None:
    name = names.parse(text, kind)
    assert name == names.parse(text, kind)
    assert kind is None or name.kind == kind
    assert name.title != ""
    assert name.title is None or not any(0xD800 <= ord(char) <= 0xDFFF for char in name.title)
    assert name.year is None or 1880 <= name.year <= 2099
    assert len(name.episodes) == len(set(name.episodes)) <= 2001
    assert (name.format_3d is not None) == name.is_3d
    if name.kind == "movie":
        assert (name.season, name.episodes, name.absolute) == (None, (), ())


@given(st.lists(st.lists(st.sampled_from(MORSELS), min_size=1, max_size=6).map("".join), max_size=12, unique=True))
@settings(max_examples=200, deadline=None)
def test_every_file_of_a_listing_is_in_exactly_one_item(listing: list[str]) -> None:
    for library in ("movies", "shows"):
        items = names.versions(listing, "shows" if library == "shows" else "movies")
        files = [file for item in items for version in (item.primary, *item.alternates) for file in version.files]
        assert sorted(files) == sorted(listing)


@given(
    st.integers(1, 60), st.integers(1, 400), st.sampled_from(["{t} S{s:02}E{e:02}", "{t}.s{s}e{e}", "{t} - {s}x{e:02}"])
)
@settings(deadline=None)
def test_any_season_and_episode_are_read_back(season: int, episode: int, style: str) -> None:
    name = names.parse(style.format(t="Low Water", s=season, e=episode) + ".mkv", "episode")
    assert (name.title, name.season, name.episodes) == ("Low Water", season, (episode,))


@given(st.integers(1900, 2025), st.sampled_from(["{t} ({y})", "{t}.{y}.1080p.BluRay", "{t} [{y}] x264", "{t} {y}"]))
@settings(deadline=None)
def test_any_year_is_read_back(year: int, style: str) -> None:
    name = names.parse(style.format(t="Low Water", y=year) + ".mkv", "movie")
    assert (name.title, name.year) == ("Low Water", year)


HOSTILE = [
    *(
        "a",
        "1",
        " ",
        ".",
        "-",
        "_-",
        "[",
        "]",
        "(",
        "[a]",
        "(a)",
        "a.b.",
        "S01E01",
        " E01",
        "-E01",
        " - 01",
        "1x01-",
        "01-",
    ),
    *(
        "Part 1 ",
        "2010 ",
        "(2010",
        "2010.01.01.",
        "s1 ",
        "x264 ",
        "漢_A",
        " / a",
        "\udc80",
        "A.I.",
        "extended cut ",
        "a/",
    ),
    *(
        "\\",
        "C:\\",
        "[tmdbid=",
        "{imdb-tt1234567}",
        "www.a.com - ",
        "1 of 2 ",
        "season ix ",
        "season 1 ",
        "&1",
        "1,",
        "hi.",
    ),
]


@pytest.mark.parametrize("morsel", HOSTILE)
def test_hostile_names_take_bounded_time(morsel: str) -> None:
    """10,000 characters made to mislead patterns: processor time, so that a busy machine does not fail it."""
    for text in (morsel * (10_000 // len(morsel)), "/m/" + morsel * (10_000 // len(morsel)) + "!"):
        for reader in ("film", "episode", "unknown", "extra", "season", "series", "disc", "sidecar", "stereo", "stub"):
            assert seconds(READERS[reader], text) < 0.05, reader


def seconds(read: Callable[[str], object], text: str) -> float:
    """Processor time of one reading."""
    return processor_seconds(lambda: read(text))


def test_the_longest_names_of_a_file_system() -> None:
    stem = "Low Water " * 24
    name = names.parse(f"{stem[:240]} S01E02.mkv"[-255:], "episode")
    assert (name.season, name.episodes) == (1, (2,))
