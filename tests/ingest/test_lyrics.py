"""What a track's file says of it, over HTTP: its words with their times, gains, ids and artists."""

from pathlib import Path

from tests import media_files as make
from tests.browse.house import House
from tests.ingest.conftest import Shelf

RECORDING = "0f3c8f1e-1111-4222-8333-444455556666"


async def ids(house: House) -> dict[str, str]:
    return {item["title"]: item["id"] for item in (await house.get("/items?kind=track"))["items"]}


async def test_synced_lines_come_with_times(music: Shelf, root: Path, house: House) -> None:
    folder = root / "Mara Quill" / "Tides"
    make.audio(folder / "1.flac", title="Low Tide", artist="Mara Quill", album="Tides", lyrics="[00:00.50]In the tags")
    make.audio(
        folder / "2.flac", title="High Tide", artist="Mara Quill", album="Tides", lyrics="Plain words\nof two lines"
    )
    make.audio(folder / "3.flac", title="Ebb", artist="Mara Quill", album="Tides")
    make.text(folder / "1.lrc", "[ar:Mara Quill]\n[00:00.10]Water\n[00:00.60]comes\n")
    await music.scan()
    tracks = await ids(house)
    assert await house.get(f"/items/{tracks['Low Tide']}/lyrics") == {
        "source": "file", "text": "Water\ncomes",
        "lines": [{"start_ms": 100, "text": "Water"}, {"start_ms": 600, "text": "comes"}],
    }  # fmt: skip
    plain = await house.get(f"/items/{tracks['High Tide']}/lyrics")
    assert plain == {"source": "embedded", "text": "Plain words\nof two lines", "lines": []}
    assert await house.status(f"/items/{tracks['Ebb']}/lyrics") == 404
    (folder / "1.lrc").unlink()
    assert await house.status(f"/items/{tracks['Low Tide']}/lyrics") == 404, "the file is gone, and no scan knows yet"
    await music.scan()
    inside = await house.get(f"/items/{tracks['Low Tide']}/lyrics")
    assert (inside["source"], inside["lines"]) == ("embedded", [{"start_ms": 500, "text": "In the tags"}])


async def test_what_tags_say_is_shown(music: Shelf, root: Path, house: House) -> None:
    make.audio(
        root / "Tides" / "1.flac", title="Low Tide", artist="Mara Quill feat. Ada Vale", album="Tides", discnumber="2",
        composer="Ben Oak", isrc="GBAAA0000001", replaygain_track_gain="-7.25 dB", replaygain_track_peak="0.98",
        musicbrainz_trackid=RECORDING, compilation="1",
    )  # fmt: skip
    await music.scan()
    track = await house.get(f"/items/{(await ids(house))['Low Tide']}")
    assert [artist["title"] for artist in track["artists"]] == ["Mara Quill", "Ada Vale"]
    said = track["track"]
    assert (said["artist_credit"], said["composers"], said["isrc"]) == (
        "Mara Quill feat. Ada Vale", ["Ben Oak"], "GBAAA0000001",
    )  # fmt: skip
    assert (said["replaygain"]["track_gain"], said["replaygain"]["track_peak"]) == (-7.25, 0.98)
    assert (said["musicbrainz"]["recording"], said["compilation"], said["has_lyrics"]) == (RECORDING, True, False)
    assert track["group"] == 2
    album = await house.get(f"/items/{track['album']['id']}")
    assert [artist["title"] for artist in album["artists"]] == ["Various Artists"]
