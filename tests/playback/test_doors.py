"""A play through the front door: decided, served, reported, ended."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import av
import msgspec
import pytest

from hearth.api.v1 import views
from hearth.kit.ids import new_id

from .conftest import World
from .house import EVERYTHING, NOTHING, House, open_house

Media = Callable[[str], Path]


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(world, tmp_path) as opened:
        yield opened


async def test_direct_play(house: House, media: Media) -> None:
    path = media("film.mp4")
    source = await house.world.put(path)
    play = await house.play(source.item_id, EVERYTHING)
    msgspec.convert(play, views.PlaySession)
    assert (play["method"], play["reasons"], play["mime_type"]) == ("direct", [], "video/mp4")
    whole = await house.client.get(play["url"])
    assert (whole.status, whole.body) == (200, path.read_bytes())
    part = await house.client.get(play["url"], Range="bytes=100-199")
    assert (part.status, part.body) == (206, path.read_bytes()[100:200])
    assert (await house.client.get(play["url"], "HEAD")).headers["content-length"] == str(path.stat().st_size)
    for name in ("master.m3u8", "main.m3u8", "init.mp4", "0.m4s"):
        assert (await house.client.get(play["url"].replace("/file", f"/{name}"))).status == 404


async def test_hls_play(house: House, media: Media) -> None:
    """As a player does it: master, playlist, init, segments, all by the addresses that each of them names."""
    source = await house.world.put(media("film.mkv"))
    play = await house.play(source.item_id, NOTHING, start_ms=7000)
    assert play["method"] == "transcode"
    assert play["position_ms"] == 7000
    assert "The video codec H.264 is not supported by this player." in play["reasons"]
    base = play["url"].removesuffix("master.m3u8")
    master = await house.client.get(play["url"])
    assert master.headers["content-type"] == "application/vnd.apple.mpegurl"
    name = master.body.decode().strip().splitlines()[-1]
    playlist = (await house.client.get(base + name)).body.decode()
    names = [line for line in playlist.splitlines() if not line.startswith("#")]
    assert len(names) == 5
    init = await house.client.get(base + "init.mp4")
    third = await house.client.get(base + names[2])
    assert (init.status, third.status) == (200, 200)
    with av.open(io.BytesIO(init.body + third.body), "r") as container:
        first = next(container.decode(video=0))
        assert first.time == pytest.approx(6.006, abs=0.01)
    assert (await house.client.get(base + "file")).status == 404


async def test_seeking_is_bounded(house: House, media: Media) -> None:
    source = await house.world.put(media("film.mkv"))
    play = await house.play(source.item_id, NOTHING)
    base = play["url"].removesuffix("master.m3u8")
    for number in (4, 0, 3, 1):
        began = time.monotonic()
        assert (await house.client.get(f"{base}{number}.m4s")).status == 200
        assert time.monotonic() - began < 15
    beyond = await house.client.get(f"{base}5.m4s")
    assert beyond.status == 404
    assert msgspec.json.decode(beyond.body)["type"] == "urn:hearth:problem:not-found"


async def test_reports_reach_activity(house: House, media: Media) -> None:
    source = await house.world.put(media("film.mp4"))
    play = await house.play(source.item_id, EVERYTHING)
    assert (await house.call("PUT", f"/play/{play['session']}", {"position_ms": 14_500, "paused": True})).status == 204
    async with house.world.database.transaction() as tx:
        row = await tx.fetchrow("select position_ms, paused from playback.session")
        kept = await tx.fetchrow("select method, position_ms from activity.play")
    assert row is not None
    assert tuple(row) == (14_500, True)
    assert kept is not None
    assert tuple(kept) == ("direct", 14_500)
    assert (await house.call("DELETE", f"/play/{play['session']}")).status == 204
    async with house.world.database.transaction() as tx:
        assert await tx.fetchval("select stopped_at is not null from activity.play")
    assert (await house.call("PUT", f"/play/{play['session']}", {"position_ms": 1})).status == 404
    assert (await house.call("DELETE", f"/play/{play['session']}")).status == 404


async def test_the_end_of_a_play_ends_its_bytes(house: House, media: Media) -> None:
    source = await house.world.put(media("film.mp4"))
    play = await house.play(source.item_id, EVERYTHING)
    assert (await house.client.get(play["url"])).status == 200
    assert (await house.call("DELETE", f"/play/{play['session']}")).status == 204
    assert (await house.client.get(play["url"])).status == 404


async def test_the_end_of_the_sign_in_ends_the_bytes(house: House, media: Media, tmp_path: Path) -> None:
    """Within five seconds, for new requests and for a body that flows."""
    large = tmp_path / "large.mp4"
    large.write_bytes(media("film.mp4").read_bytes())
    facts = (await house.world.put(large)).media
    with large.open("ab") as file:
        file.truncate(2**30)
    source = await house.world.put(large, facts)
    play = await house.play(source.item_id, EVERYTHING)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.client.port, limit=2**16)
    writer.write(f"GET {play['url']} HTTP/1.1\r\nHost: hearth\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    async with house.world.database.transaction() as tx:
        await tx.execute("update accounts.session set ended_at = now()")
    began, got = time.monotonic(), 0
    while data := await reader.read(2**15):
        got += len(data)
        await asyncio.sleep(0.004)
        assert time.monotonic() - began < 6
    assert got < 2**30
    writer.close()
    assert (await house.client.get(play["url"])).status == 404


async def test_another_persons_play_is_not_there(house: House, media: Media) -> None:
    source = await house.world.put(media("film.mp4"))
    play = await house.play(source.item_id, EVERYTHING)
    _, token = await house.another("eve")
    assert (await house.call("PUT", f"/play/{play['session']}", {"position_ms": 1}, token)).status == 404
    assert (await house.call("DELETE", f"/play/{play['session']}", token=token)).status == 404
    assert (await house.client.get(play["url"])).status == 200


async def test_playing_again_ends_the_play_before(house: House, media: Media) -> None:
    source = await house.world.put(media("film.mp4"))
    first = await house.play(source.item_id, EVERYTHING)
    second = await house.play(source.item_id, EVERYTHING)
    assert (await house.client.get(second["url"])).status == 200
    assert (await house.client.get(first["url"])).status == 404


async def test_what_cannot_be_played_says_why(house: House, media: Media) -> None:
    assert (await house.call("POST", f"/items/{new_id()}/play", {"client": NOTHING})).status == 404
    source = await house.world.put(media("film.mp4"))
    async with house.world.database.transaction() as tx:
        await tx.execute("update libraries.file set missing_since = now()")
    gone = await house.call("POST", f"/items/{source.item_id}/play", {"client": NOTHING})
    assert gone.status == 404
    assert b"drive" in gone.body
    async with house.world.database.transaction() as tx:
        await tx.execute("update libraries.file set missing_since = null, media = null, problem = 'It is truncated.'")
    broken = await house.call("POST", f"/items/{source.item_id}/play", {"client": NOTHING})
    assert (broken.status, msgspec.json.decode(broken.body)["detail"]) == (409, "It is truncated.")
    other = {"client": NOTHING, "version": str(new_id())}
    async with house.world.database.transaction() as tx:
        await tx.execute("update libraries.file set problem = null, media = $1", source.media)
    assert (await house.call("POST", f"/items/{source.item_id}/play", other)).status == 404


async def test_subtitles(house: House, media: Media) -> None:
    path = media("subtitled.mkv")
    source = await house.world.put(path)
    folder = path.parent
    (folder / "subtitled.de.srt").write_bytes(
        "1\r\n00:00:01,5 --> 00:00:02,500\r\nGrüße <script>alert(1)</script>\r\n".encode("cp1252")
    )
    (folder / "subtitled.en.ass").write_text(
        "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\\i1}Hello{\\i0} there\n",
        "utf-16",
    )
    await _put_beside(house, source, "subtitled.de.srt", "subtitled.en.ass")
    play = await house.play(source.item_id, EVERYTHING)
    named: dict[int, Any] = {one["index"]: one for one in play["subtitles"]}
    assert sorted(named) == [2, 3, 500, 501]
    texts = {}
    for index, one in named.items():
        reply = await house.client.get(one["url"])
        assert reply.headers["content-type"] == "text/vtt; charset=utf-8"
        texts[index] = reply.body.decode()
        assert texts[index].startswith("WEBVTT\n")
    for index in (2, 3):
        assert "00:00:01.000 --> 00:00:02.500" in texts[index]
        assert "<i>line</i>" in texts[index]
        assert "äöü" in texts[index]
    assert "00:00:01.500 --> 00:00:02.500\nGrüße alert(1)" in texts[500]
    assert "00:00:03.000 --> 00:00:04.000\n<i>Hello</i> there" in texts[501]
    base = play["url"].rpartition("/")[0]
    for name in ("0", "1", "99", "502", "9999"):
        assert (await house.client.get(f"{base}/subtitles/{name}.vtt")).status == 404


async def _put_beside(house: House, source: Any, *names: str) -> None:
    async with house.world.database.transaction() as tx:
        root = await tx.fetchval("select root_id from libraries.file where id = $1", source.file_id)
        for name in names:
            file = new_id()
            await tx.execute(
                """insert into libraries.file (id, root_id, folder, name, kind, size, mtime_ns, inode)
                   values ($1, $2, '', $3, 'subtitle', 1, 1, 1)""",
                file,
                root,
                name.encode(),
            )
            await tx.execute(
                "insert into catalog.sidecar (item_id, file_id, kind) values ($1, $2, 'subtitle')", source.item_id, file
            )


async def test_the_version_that_takes_least_work(house: House, media: Media) -> None:
    best = await house.world.put(media("film.mkv"))
    plain = await house.world.put(media("film.mp4"))
    async with house.world.database.transaction() as tx:
        await tx.execute(
            "update catalog.version set item_id = $1, rank = 1 where id = $2", best.item_id, plain.version_id
        )
    browser = {"containers": ["mp4"], "video": ["h264"], "audio": ["aac"]}
    assert (await house.play(best.item_id, browser))["version"] == str(plain.version_id)
    assert (await house.play(best.item_id, EVERYTHING))["version"] == str(best.version_id)
    asked = await house.play(best.item_id, browser, version=str(best.version_id))
    assert (asked["version"], asked["method"]) == (str(best.version_id), "transcode")
