"""Rows 4 to 7: playlists that are named like films, and .strm files, open nothing, whichever tool reads them."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hearth.media import Unreadable, ffmpeg, keyframes, probe, tags
from tests import media_files as make
from tests.ingest.conftest import Shelf, films, root, worker  # noqa: F401 - fixtures
from tests.media.conftest import Samples, samples  # noqa: F401 - fixtures


class Listener:
    def __init__(self) -> None:
        # An address of our own: on 127.0.0.1 a stray connection of some other test would count as a failure.
        self.host = f"127.{os.getpid() % 250 + 2}.{os.getpid() // 250 % 250}.7"
        self.socket = socket.create_server((self.host, 0))
        self.socket.settimeout(0.2)
        self.port: int = self.socket.getsockname()[1]
        self.connections = 0
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self.socket.accept()
            except TimeoutError:
                continue
            self.connections += 1
            connection.close()

    def close(self) -> None:
        self.closing.set()
        self.thread.join(5)
        self.socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def _disguises(host: str, port: int, canary: Path) -> dict[str, bytes]:
    url = f"http://{host}:{port}/x"
    hls = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n{}\n#EXT-X-ENDLIST\n"
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S">'
        '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    )
    return {
        "hls-file": hls.format(f"file://{canary}").encode(),
        "hls-relative": hls.format(canary.name).encode(),
        "hls-http": hls.format(url).encode(),
        "hls-concat": hls.format(f"concat:{url}|{canary}").encode(),
        "hls-after-bom": b"\xef\xbb\xbf" + hls.format(url).encode(),
        "ffconcat": f"ffconcat version 1.0\nfile {canary.name}\n".encode(),
        "ffconcat-http": f"ffconcat version 1.0\nfile {url}\n".encode(),
        "dash": dash.format(url).encode(),
        "dash-late": b"<!-- " + b"x" * 2000 + b" -->" + dash.format(url).encode(),
        "sdp": f"v=0\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=video {port} RTP/AVP 96\r\n".encode(),
        "asx": f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>'.encode(),
        "realtext": f"<window><img src='{url}'/></window>".encode(),
    }


KINDS = tuple(_disguises("", 1, Path("canary.mp4")))


@pytest.mark.parametrize("kind", KINDS)
async def test_playlist_named_movie_mkv(
    samples: Samples,  # noqa: F811
    tmp_path: Path,
    listener: Listener,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    canary = tmp_path / "canary.mp4"
    canary.write_bytes(samples("film.mp4").read_bytes())
    os.utime(canary, ns=(1, 10**18))
    path = tmp_path / "movie.mkv"
    path.write_bytes(_disguises(listener.host, listener.port, canary)[kind])
    monkeypatch.chdir(tmp_path)
    read = canary.stat().st_atime_ns
    name = os.fsencode(path)
    with pytest.raises(Unreadable):
        probe(name)
    with pytest.raises(Unreadable):
        keyframes(name)
    with pytest.raises(Unreadable):
        tags(name)
    with pytest.raises(Unreadable):
        await ffmpeg.frame(samples.ffmpeg, name, 0)
    with pytest.raises(Unreadable):
        await ffmpeg.extract_subtitle(samples.ffmpeg, name, 0)
    assert listener.connections == 0
    assert canary.stat().st_atime_ns == read


async def test_the_listener_would_notice(
    listener: Listener,
    samples: Samples,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Without our whitelists the same playlist does connect: the tests above can fail."""
    path = tmp_path / "movie.mkv"
    path.write_bytes(_disguises(listener.host, listener.port, tmp_path / "c.mp4")["hls-http"])
    argv = [samples.ffmpeg, "-nostdin", "-loglevel", "error", "-protocol_whitelist", "file,http,tcp"]
    argv += ["-extension_picky", "0", "-allowed_extensions", "ALL", "-f", "hls", "-i", str(path), "-f", "null", "-"]
    with pytest.raises(ffmpeg.Failed):
        await ffmpeg.run(argv, timeout_s=20)
    assert listener.connections > 0


async def test_a_scan_labels_them_and_opens_nothing(
    films: Shelf,  # noqa: F811
    root: Path,  # noqa: F811
    listener: Listener,
) -> None:
    """All of them in one library, with the addresses that row 7 hides in a .strm and in a film's own name."""
    canary = root / "Canary (2000)" / "Canary (2000).mp4"
    make.video(canary)
    bad = _disguises(listener.host, listener.port, canary)
    for kind, data in bad.items():
        (root / f"{kind} (2001).mkv").write_bytes(data)
    for number, line in enumerate(
        (f"http://{listener.host}:{listener.port}/x", f"file://{canary}", "file:///etc/passwd")
    ):
        make.text(root / f"Tuner {number} (2002)" / f"Tuner {number} (2002).strm", line + "\n")
        make.text(root / f"Named {number} (2003).mp4", line + "\n")
    scan = await films.scan(pictures=True)
    assert scan.state == "done"
    assert await films.titles("movie") == ["Canary"]
    reasons = await films.problems(scan)
    tuners = {name for n in range(3) for name in (f"Tuner {n} (2002).strm", f"Named {n} (2003).mp4")}
    assert set(reasons) == {f"{kind} (2001).mkv" for kind in bad} | tuners
    assert all(reason.endswith(".") for reason in reasons.values())
    assert listener.connections == 0
