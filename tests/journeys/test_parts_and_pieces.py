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
# Which files were heard or seen, and how far the title was by its own count.
WATCH = """() => {
  window.seen = [];
  setInterval(() => {
    for (const media of [document.querySelector('video'), ...(window.sounds ?? [])]) {
      if (!media || media.paused || media.currentTime < 0.2 || window.seen.includes(media.currentSrc)) continue;
      window.seen.push(media.currentSrc);
    }
  }, 50);
}"""


@pytest.fixture(scope="module")
def libraries(client: Client) -> Iterator[dict[str, str]]:
    """A library of films and one of music beside the others, by their names."""
    folder = make_folder("hearth-parts-")
    for part in (1, 2):
        make.video(folder / "Films" / "Long Road (2001)" / f"Long Road (2001) cd{part}.mp4", seconds=4)
    recording = folder / "Music" / "Oda Lind" / "One Evening" / "One Evening.flac"
    make.audio(recording, seconds=9)
    make.text(recording.with_suffix(".cue"), SHEET)
    yield {
        "films": client.add_library("Stacks", "movies", folder / "Films"),
        "music": client.add_library("Recordings", "music", folder / "Music"),
    }
    shutil.rmtree(folder, ignore_errors=True)


def test_a_film_in_two_parts_plays_through(
    sized_page: Page, server: Server, client: Client, libraries: dict[str, str]
) -> None:
    (film,) = client.get("/items", kind="movie", library=libraries["films"])["items"]
    client.send("DELETE", f"/items/{film['id']}/watched", status=204)
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


def test_tracks_of_one_recording_play_one_after_the_other(
    sized_page: Page, server: Server, client: Client, libraries: dict[str, str]
) -> None:
    (album,) = client.get("/items", kind="album", library=libraries["music"])["items"]
    tracks = client.get(f"/items/{album['id']}/children")["items"]
    assert [(one["title"], one["duration_ms"]) for one in tracks] == [("Dusk", 3000), ("Night", 3000), ("Dawn", 3000)]
    before = [client.get(f"/items/{one['id']}")["user"]["play_count"] for one in tracks]
    sized_page.goto(f"{server.address}/items/{album['id']}")
    sized_page.get_by_test_id("track-row").first.click()
    title = sized_page.get_by_test_id("player-title")
    for name in ("Dusk", "Night", "Dawn"):
        expect(title).to_have_text(name)
    # The last one ends with the recording, and the player stops where it began.
    expect(sized_page.get_by_test_id("player-toggle")).to_have_attribute("aria-label", "Play", timeout=60_000)
    for one, played in zip(tracks, before, strict=True):
        assert eventually(lambda: client.get(f"/items/{one['id']}")["user"]["play_count"] > played or None, 30)  # noqa: B023
