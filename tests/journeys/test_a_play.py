"""Journey 3: a film is played as it is, and one that no browser takes is made playable, from anywhere in it."""

import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import av

from tests import media_files as make
from tests.engines import make_folder
from tests.journeys.server import Client, Server, eventually

BROWSER = {
    "containers": ["mp4", "webm", "mp3", "flac", "ogg", "wav"],
    "video": ["h264", "vp8", "vp9", "av1"],
    "audio": ["aac", "mp3", "opus", "vorbis", "flac"],
    "subtitles": ["webvtt"],
}


def find(client: Client, kind: str, title: str) -> Any:
    (item,) = [one for one in client.get("/items", kind=kind)["items"] if one["title"] == title]
    return item


def play(client: Client, item: Any, **more: Any) -> Any:
    return client.send("POST", f"/items/{item['id']}/play", {"client": BROWSER, **more}, status=201)


def test_a_film_is_played_as_it_is(client: Client, media: Path) -> None:
    session = play(client, find(client, "movie", "Paper Moons"))
    assert (session["method"], session["reasons"], session["mime_type"]) == ("direct", [], "video/mp4")
    whole = (media / "Films" / "Paper Moons (2021)" / "Paper Moons (2021).mp4").read_bytes()
    head = client.http.head(session["url"])
    assert (head.status_code, int(head.headers["content-length"]), head.content) == (200, len(whole), b"")
    assert head.headers["accept-ranges"] == "bytes"
    middle = client.http.get(session["url"], headers={"Range": "bytes=100-199"})
    assert (middle.status_code, middle.content) == (206, whole[100:200])
    assert middle.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    tail = client.http.get(session["url"], headers={"Range": "bytes=-64"})
    assert tail.content == whole[-64:]
    beyond = client.http.get(session["url"], headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole)}")
    stale = client.http.get(session["url"], headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (stale.status_code, stale.content) == (200, whole)
    client.send("DELETE", f"/play/{session['session']}", status=204)
    assert client.http.get(session["url"]).status_code == 404


def test_its_subtitles_come_as_webvtt(client: Client) -> None:
    session = play(client, find(client, "movie", "Paper Moons"))
    (subtitle,) = session["subtitles"]
    assert subtitle["language"] == "eng"
    answer = client.http.get(subtitle["url"])
    assert answer.headers["content-type"].startswith("text/vtt")
    assert answer.text.startswith("WEBVTT")
    assert "Good evening." in answer.text


def test_what_no_browser_takes_is_encoded_from_anywhere(client: Client) -> None:
    session = play(client, find(client, "movie", "Ember Season"))
    assert session["method"] == "transcode"
    assert session["reasons"]
    base = session["url"].rsplit("/", 1)[0]
    master = client.http.get(session["url"]).text
    assert re.search(r'CODECS="avc1\.[0-9A-F]{6},mp4a\.40\.2"', master)
    playlist = client.http.get(f"{base}/main.m3u8").text
    lengths = [float(length) for length in re.findall(r"#EXTINF:([\d.]+)", playlist)]
    assert 11.5 <= sum(lengths) <= 12.6
    assert playlist.rstrip().endswith("#EXT-X-ENDLIST")
    init = client.http.get(f"{base}/init.mp4").content
    last = len(lengths) - 1
    for number in (last, 0):
        segment = client.http.get(f"{base}/{number}.m4s")
        assert segment.status_code == 200, segment.text
        with av.open(io.BytesIO(init + segment.content), "r") as container:
            frames = list(container.decode(video=0))
        begins = sum(lengths[:number])
        assert frames[0].time is not None
        assert abs(frames[0].time - begins) < 0.2, f"segment {number} begins where the playlist says"
        assert len(frames) >= 24 * lengths[number] * 0.8
    client.send("DELETE", f"/play/{session['session']}", status=204)
    eventually(lambda: not _encoders(), 20)


def _encoders() -> str:
    """The encoders that run, for an abandoned play must leave none."""
    return subprocess.run(
        ["pgrep", "-f", "ffmpeg.*Ember Season"], capture_output=True, text=True, check=False, timeout=10
    ).stdout


def test_a_position_is_kept_and_offered_again(client: Client) -> None:
    film = find(client, "movie", "Paper Moons")
    client.send("DELETE", f"/items/{film['id']}/watched")  # a browser may have shown it
    session = play(client, film, start_ms=0)
    client.send("PUT", f"/play/{session['session']}", {"position_ms": 6_000, "paused": False}, status=204)
    client.send("DELETE", f"/play/{session['session']}", status=204)
    state = client.get(f"/items/{film['id']}")["user"]
    assert (state["watched"], state["position_ms"]) == (False, 0), "twelve seconds are too short to resume"
    session = play(client, film)
    client.send("PUT", f"/play/{session['session']}", {"position_ms": 11_900, "paused": False}, status=204)
    client.send("DELETE", f"/play/{session['session']}", status=204)
    assert client.get(f"/items/{film['id']}")["user"]["watched"] is True
    client.send("DELETE", f"/items/{film['id']}/watched")


def test_an_episode_and_a_track_play(client: Client) -> None:
    (episode,) = [one for one in client.get("/items", kind="episode")["items"] if one["group"] == 2]
    assert play(client, episode)["method"] == "direct"
    track = find(client, "track", "Low Tide")
    session = play(client, track)
    assert (session["method"], session["mime_type"]) == ("direct", "audio/flac")
    assert client.http.get(session["url"], headers={"Range": "bytes=0-3"}).content == b"fLaC"


def test_media_addresses_are_worth_nothing_without_their_session(server: Server, client: Client) -> None:
    session = play(client, find(client, "movie", "Paper Moons"))
    head, _, name = session["url"].rpartition("/")
    forged = head[:-4] + ("AAAA" if not head.endswith("AAAA") else "BBBB")
    for url in (f"{forged}/{name}", f"{head}/..%2f..%2fetc%2fpasswd", f"{head}/../file", f"{head}/0.m4s%00"):
        assert client.http.get(url).status_code in (404, 400), url


def test_parts_of_a_film_follow_each_other(client: Client) -> None:
    folder = make_folder("hearth-stack-")
    for part, seconds in ((1, 4), (2, 3)):
        make.video(folder / "Long Road (2001)" / f"Long Road (2001) cd{part}.mp4", seconds=seconds)
    library = client.add_library("Stacks", "movies", folder)
    try:
        film = find(client, "movie", "Long Road")
        first = play(client, film)
        total = first["duration_ms"]
        assert (first["position_ms"], first["clip"]["offset_ms"], first["clip"]["more"]) == (0, 0, True)
        assert 6_900 <= total <= 7_300
        one = (folder / "Long Road (2001)" / "Long Road (2001) cd1.mp4").read_bytes()
        assert client.http.get(first["url"]).content == one
        second = play(client, film, start_ms=5_000)
        assert (second["position_ms"], second["duration_ms"], second["clip"]["more"]) == (5_000, total, False)
        assert 3_900 <= second["clip"]["offset_ms"] <= 4_200
        assert client.http.get(second["url"]).content != one
        client.send("PUT", f"/play/{second['session']}", {"position_ms": 6_900, "paused": False}, status=204)
        client.send("DELETE", f"/play/{second['session']}", status=204)
        assert client.get(f"/items/{film['id']}")["user"]["watched"] is True
    finally:
        client.send("DELETE", f"/libraries/{library}", status=204)
        shutil.rmtree(folder, ignore_errors=True)
