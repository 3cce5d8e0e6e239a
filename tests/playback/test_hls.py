"""HLS with a real encoder and a real database: segments from anywhere are one film, and nothing is left behind."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import pytest

from hearth import jobs, playback
from hearth.kit.errors import Unavailable
from hearth.media import MediaInfo, probe
from hearth.playback import Client, Encoder, shelf
from tests.playback.encoding import NOTHING, children, encoding, get

from .conftest import FFMPEG, World

BROWSER = Client(("mp4",), ("h264",), ("aac", "flac"))
COPIES = Client(("webm",), ("h264",), ("ac3", "aac", "flac"))
VIDEO_ONLY = Client(("webm",), ("h264",), ())


def times(data: bytes, kind: str) -> list[tuple[float, float]]:
    """(start, length) of each packet of a kind, by the time at which it is shown."""
    with av.open(io.BytesIO(data), "r") as container:
        stream = next(s for s in container.streams if s.type == kind)
        base = float(stream.time_base or 0)
        found = [(p.pts * base, (p.duration or 0) * base) for p in container.demux(stream) if p.pts is not None]
    return sorted(found)


def decoded(data: bytes) -> dict[str, int]:
    count: dict[str, int] = {}
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(*container.streams):
            kind = type(frame).__name__
            count[kind] = count.get(kind, 0) + 1
    return count


def check_whole(init: bytes, segments: list[bytes], seconds: float, frame_s: float) -> None:
    """No gap or overlap of more than a frame of video or 50 ms of sound, from the beginning to the end."""
    data = init + b"".join(segments)
    shown = [at for at, _ in times(data, "video")]
    assert 0 <= shown[0] < 0.1
    assert shown[-1] > seconds - 0.3
    assert max(b - a for a, b in pairwise(shown)) < frame_s * 2 + 0.002
    assert min(b - a for a, b in pairwise(shown)) > 0
    heard = times(data, "audio")
    assert heard[0][0] < 0.05
    assert heard[-1][0] > seconds - 0.3
    assert max(abs(b[0] - a[0] - a[1]) for a, b in pairwise(heard)) < 0.05


@pytest.mark.parametrize(
    ("name", "client", "method"),
    [
        ("film.mkv", NOTHING, "transcode"),
        ("film.mkv", COPIES, "remux"),
        ("film.mkv", VIDEO_ONLY, "transcode"),
        ("film.ts", COPIES, "remux"),
        ("clip.webm", Client(("mp4",), ("vp9",), ("opus",)), "remux"),
        ("old.avi", NOTHING, "transcode"),
        ("film.mp4", NOTHING, "transcode"),
        ("film.mp4", COPIES, "remux"),
    ],
)
async def test_segments_from_anywhere_are_one_film(
    world: World, media: Callable[[str], Path], name: str, client: Client, method: str
) -> None:
    """Asked for backwards, each segment is made by another run that begins in the middle: together they are whole."""
    session = await world.begin(await world.put(media(name)), client)
    assert session.decision.method == method
    count = len(session.cuts) - 1
    assert count >= 3
    folder = shelf.session_folder(world.cache, session.id)
    segments: dict[int, bytes] = {}
    for number in reversed(range(count)):
        encoder = asyncio.create_task(Encoder(world.database, world.cache, FFMPEG).work(session.id))
        segments[number] = await get(world, session, number)
        encoder.cancel()
        await asyncio.gather(encoder, return_exceptions=True)
        for left in folder.glob("*.m4s"):
            left.unlink()
    assert children() == []
    init = (folder / shelf.INIT).read_bytes()
    check_whole(init, [segments[n] for n in range(count)], 15.0, 1001 / 24000)
    for number, data in segments.items():
        begins = times(init + data, "video")[0][0]
        assert abs(begins - session.cuts[number] / 1000) < 0.13, number


async def test_gaps_of_the_source_are_kept(world: World, media: Callable[[str], Path]) -> None:
    """Frames that come irregularly, and a pause in the picture: shown exactly when the source shows them."""
    path = media("jumpy.mkv")
    source = await world.put(path)
    want = [at for at, _ in times(path.read_bytes(), "video")]
    for client in (BROWSER, NOTHING):
        session = await world.begin(source, client)
        async with encoding(world, session):
            init = await get(world, session, None)
            data = [await get(world, session, number) for number in range(len(session.cuts) - 1)]
        shown = [at for at, _ in times(init + b"".join(data), "video")]
        assert len(shown) == len(want)
        assert max(abs(a - b) for a, b in zip(shown, want, strict=True)) < 0.002


async def test_hdr_becomes_sdr(world: World, media: Callable[[str], Path]) -> None:
    session = await world.begin(await world.put(media("hdr.mkv")), BROWSER)
    assert session.decision.video is not None
    assert session.decision.video.tone_map == "hdr10"
    async with encoding(world, session):
        data = await get(world, session, None) + await get(world, session, 0)
    with av.open(io.BytesIO(data), "r") as container:
        frame = next(container.decode(video=0))
        assert frame.format.name == "yuv420p"
        assert frame.color_trc in (1, 2)
        # A test picture that is neither black nor white after the conversion.
        luma = bytes(frame.planes[0])
        assert 30 < sum(luma) / len(luma) < 220


async def test_interlaced_becomes_progressive(world: World, media: Callable[[str], Path]) -> None:
    session = await world.begin(await world.put(media("interlaced.ts")), BROWSER)
    assert session.decision.video is not None
    assert session.decision.video.deinterlace
    async with encoding(world, session):
        init = await get(world, session, None)
        data = [await get(world, session, number) for number in range(len(session.cuts) - 1)]
    with av.open(io.BytesIO(init + b"".join(data)), "r") as container:
        frames = list(container.decode(video=0))
    assert not any(frame.interlaced_frame for frame in frames)
    assert len(frames) > 150


async def test_music_becomes_aac(world: World, media: Callable[[str], Path]) -> None:
    session = await world.begin(await world.put(media("song.flac")), Client(("mp4",), (), ("aac",)))
    assert session.decision.method == "transcode"
    async with encoding(world, session):
        init = await get(world, session, None)
        data = [await get(world, session, number) for number in reversed(range(len(session.cuts) - 1))][::-1]
    heard = times(init + b"".join(data), "audio")
    assert heard[0][0] == 0
    assert heard[-1][0] > 14.9
    assert max(abs(b[0] - a[0] - a[1]) for a, b in pairwise(heard)) < 0.001


@pytest.mark.parametrize(
    ("name", "client", "words"),
    [
        ("film.mkv", NOTHING, 'CODECS="avc1.6400'),
        ("film.mkv", COPIES, ',ac-3"'),
        ("jumpy.mkv", COPIES, ',fLaC"'),
        ("hdr.mkv", Client(("mp4",), ("hevc", "hdr10"), ("aac",)), 'CODECS="hvc1.2.4.L'),
    ],
)
async def test_master_playlist_is_truthful(
    world: World, media: Callable[[str], Path], name: str, client: Client, words: str
) -> None:
    session = await world.begin(await world.put(media(name)), client)
    async with encoding(world, session):
        text = playback.master_playlist(session.decision, await get(world, session, None))
    assert words in text
    assert "RESOLUTION=320x180" in text
    assert ("VIDEO-RANGE=PQ" in text) == ("hdr10" in client.video)


def test_media_playlist_knows_the_whole_file() -> None:
    text = playback.media_playlist((0, 3000, 6000, 7500))
    assert text.count("#EXTINF:") == 3
    assert "#EXT-X-TARGETDURATION:3\n" in text
    assert '#EXT-X-MAP:URI="init.mp4"' in text
    assert text.endswith("#EXT-X-ENDLIST\n")
    assert "#EXTINF:1.500,\n2.m4s" in text


async def test_a_damaged_file_says_why(world: World, media: Callable[[str], Path], tmp_path: Path) -> None:
    whole = media("film.mkv")
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    source = await world.put(torn, probe(os.fsencode(whole)))
    session = await world.begin(source, NOTHING)
    encoder = Encoder(world.database, world.cache, FFMPEG)
    worker = jobs.Worker(world.database, {playback.ENCODE: encoder.encode}, {"encode": 2}, finish_s=0.1)
    async with worker.running(grace_s=6):
        await get(world, session, 0)
        # However far ahead of the player it was noticed: each segment beyond is tried for, and the reason told.
        for number in (len(session.cuts) - 2, len(session.cuts) - 3):
            with pytest.raises(Unavailable, match="damaged or ends"):
                await get(world, session, number)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{canary}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile canary.mkv\n",
        '<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:9/x</BaseURL></MPD>',
    ],
)
async def test_attacks_4_and_5_a_playlist_named_as_a_film_plays_nothing(
    world: World, media: Callable[[str], Path], tmp_path: Path, text: str
) -> None:
    """Even when the scan was deceived: ffmpeg opens real containers alone, and nothing but the file itself."""
    canary = tmp_path / "canary.mkv"
    canary.write_bytes(media("film.mkv").read_bytes())
    junk = tmp_path / "movie.mkv"
    junk.write_text(text.format(canary=canary))
    session = await world.begin(await world.put(junk, probe(os.fsencode(media("film.mkv")))), NOTHING)
    async with encoding(world, session):
        with pytest.raises(Unavailable, match="at its beginning"):
            await get(world, session, 0)


async def test_a_file_that_vanished_says_so(world: World, media: Callable[[str], Path], tmp_path: Path) -> None:
    gone = tmp_path / "gone.mkv"
    gone.write_bytes(media("film.mkv").read_bytes())
    source = await world.put(gone)
    session = await world.begin(source, NOTHING)
    gone.unlink()
    async with encoding(world, session):
        with pytest.raises(Unavailable, match="not there any more"):
            await get(world, session, 0)


async def test_a_turned_video_stands_upright(world: World, media: Callable[[str], Path], tmp_path: Path) -> None:
    """Encoded upright; copied with the turn that players make."""
    turned = await asyncio.to_thread(_turn, media("film.mp4"), tmp_path / "turned.mp4")
    source = await world.put(turned)
    assert isinstance(source.media, MediaInfo)
    assert source.media.video[0].rotation == 90
    for client, size in ((NOTHING, (180, 320)), (COPIES, (320, 180))):
        session = await world.begin(source, client)
        async with encoding(world, session):
            data = await get(world, session, None) + await get(world, session, 0)
        with av.open(io.BytesIO(data), "r") as container:
            frame = next(container.decode(video=0))
            assert (frame.width, frame.height) == size
            assert abs(frame.rotation) == (0 if client is NOTHING else 90)


def _turn(path: Path, to: Path) -> Path:
    argv = [FFMPEG, "-v", "error", "-display_rotation", "270", "-i", os.fspath(path), "-c", "copy", os.fspath(to)]
    subprocess.run(argv, check=True, timeout=60)
    return to
