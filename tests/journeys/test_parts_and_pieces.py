"""What is not one file a title plays through in the browser: a film in two parts, and tracks that are one recording."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import media_files as make
from tests.engines import make_folder
from tests.journeys.server import Client, Server, eventually

SHEET = """PERFORMER "Oda Lind"
TITLE "One Evening"
FILE "One Evening.flac" WAVE
  TRACK 01 AUDIO
    TITLE "Dusk"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Night"
    INDEX 01 00:03:00
  TRACK 03 AUDIO
    TITLE "Dawn"
    INDEX 01 00:06:00
"""
# Which files of a film were seen.
WATCH = """() => {
  window.seen = [];
  setInterval(() => {
    const film = document.querySelector('video');
    if (film && !film.paused && film.currentTime > 0.2 && !seen.includes(film.currentSrc)) seen.push(film.currentSrc);
  }, 50);
}"""
# The music player's elements are in no document.
LISTEN = "window.sounds = []; window.Audio = class extends Audio { constructor() { super(); sounds.push(this); } }"


@pytest.fixture(scope="module")
def libraries(client: Client) -> Iterator[dict[str, str]]:
    """A library of films and one of music beside the others, by their names."""
    folder = make_folder("hearth-parts-")
    for part in (1, 2):
        make.video(folder / "Films" / "Long Road (2001)" / f"Long Road (2001) cd{part}.mp4", seconds=4)
    recording = folder / "Music" / "Oda Lind" / "One Evening" / "One Evening.flac"
    make.audio(recording, seconds=9, replaygain_track_gain="-6.00 dB")
    make.text(recording.with_suffix(".cue"), SHEET)
    made = {
        "films": client.add_library("Stacks", "movies", folder / "Films"),
        "music": client.add_library("Recordings", "music", folder / "Music"),
    }
    yield made
    for library in made.values():  # the other files of these tests count what they made themselves
        client.send("DELETE", f"/libraries/{library}", status=204)
    shutil.rmtree(folder, ignore_errors=True)


def test_a_film_in_two_parts_plays_through(
    sized_page: Page, server: Server, client: Client, libraries: dict[str, str]
) -> None:
    (film,) = client.get("/items", kind="movie", library=libraries["films"])["items"]
    client.send("DELETE", f"/items/{film['id']}/watched")
    assert abs(film["duration_ms"] - 8000) < 400
    sized_page.goto(f"{server.address}/items/{film['id']}")
    sized_page.evaluate(WATCH)
    sized_page.get_by_test_id("play-button").first.click()
    sized_page.wait_for_function("() => window.seen.length === 2", timeout=60_000)
    # The second file's first second is the film's fifth.
    sized_page.wait_for_function(
        "() => +document.querySelector('[data-testid=player-seek]').closest('[role=slider]')"
        "?.getAttribute('aria-valuenow') > 4000"
    )
    assert eventually(lambda: client.get(f"/items/{film['id']}")["user"]["watched"] or None, 60)


# Tracks of three seconds may pass between two looks from outside, where the machine is busy.
_NOTE_TITLES = """() => { window.titles = []; setInterval(() => {
    const title = document.querySelector("[data-testid=player-title]")?.textContent.trim();
    if (title && titles.at(-1) !== title) titles.push(title); }, 50) }"""


def test_tracks_of_one_recording_play_one_after_the_other(
    sized_page: Page, server: Server, client: Client, libraries: dict[str, str]
) -> None:
    (album,) = client.get("/items", kind="album", library=libraries["music"])["items"]
    tracks = client.get(f"/items/{album['id']}/children")["items"]
    assert [(one["title"], one["duration_ms"]) for one in tracks] == [("Dusk", 3000), ("Night", 3000), ("Dawn", 3000)]
    for one in tracks:
        # Heard by the other size just now: an end that is told again without its beginning is not another play.
        client.send("DELETE", f"/items/{one['id']}/watched")
    before = [client.get(f"/items/{one['id']}")["user"]["play_count"] for one in tracks]
    sized_page.add_init_script(LISTEN)
    sized_page.goto(f"{server.address}/items/{album['id']}")
    sized_page.evaluate(_NOTE_TITLES)
    sized_page.get_by_test_id("track-row").first.click()
    sized_page.wait_for_function("() => titles.length > 2", timeout=60_000)
    assert sized_page.evaluate("titles") == ["Dusk", "Night", "Dawn"]
    # The last one ends with the recording, and the player stops where it began.
    expect(sized_page.get_by_test_id("player-toggle")).to_have_attribute("aria-label", "Play", timeout=60_000)
    for one, played in zip(tracks, before, strict=True):
        assert eventually(lambda: client.get(f"/items/{one['id']}")["user"]["play_count"] > played or None, 30)  # noqa: B023


def test_music_is_evened_out(sized_page: Page, server: Server, client: Client, libraries: dict[str, str]) -> None:
    """The tag asks for 6 dB less, which is half; whoever does not want that hears the file as it is."""
    (album,) = client.get("/items", kind="album", library=libraries["music"])["items"]
    sized_page.add_init_script(LISTEN)
    sized_page.goto(f"{server.address}/items/{album['id']}")
    sized_page.get_by_test_id("track-row").first.click()
    sized_page.wait_for_function(f"() => sounds.some((sound) => Math.abs(sound.volume - {10 ** (-6 / 20)}) < 0.001)")
    sized_page.get_by_test_id("player-bar").locator("button[aria-label*='ueue']:visible").first.click()
    even = sized_page.get_by_test_id("even")
    expect(even).to_be_checked()
    even.uncheck()
    sized_page.wait_for_function("() => sounds.every((sound) => sound.volume === 1)")
