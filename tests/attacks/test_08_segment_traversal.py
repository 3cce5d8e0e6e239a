"""Row 8: a segment's name that climbs out of its folder, in every spelling (JF CVE-2021-21402)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.playback.conftest import World, media, media_folder, world
from tests.playback.house import NOTHING, House, open_house

__all__ = ["media", "media_folder", "world"]  # fixtures

NAMES = [
    "..%5C..%5Csecret.m4s", "%2e%2e%2fsecret.m4s", "%2e%2e/secret.m4s", "%252e%252e%252fsecret.m4s", "..%2fsecret.m4s",
    "....//secret.m4s", "..;/secret.m4s", "%c0%ae%c0%ae/secret.m4s", "0.m4s%00.mp4", "0.m4s%2f..%2f..%2fsecret.m4s",
    "-1.m4s", "+1.m4s", "1e3.m4s", "0x1.m4s", "%D9%A1.m4s", "1_0.m4s", "1.5.m4s", "9999999.m4s", " 1.m4s", "1.M4S",
    "1.ts", "secret", "secret.m4s", "init.mp4/..", "main.m3u8%0a", "file%20", ".init.mp4.1",
]  # fmt: skip


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(world, tmp_path) as opened:
        yield opened


async def test_only_segments_of_the_playlist_are_served(house: House, media: Callable[[str], Path]) -> None:
    source = await house.world.put(media("film.mkv"))
    play = await house.play(source.item_id, NOTHING)
    base = play["url"].removesuffix("master.m3u8")
    assert (await house.client.get(base + "0.m4s")).status == 200
    for folder in (house.world.cache, house.world.cache / "hls", *(house.world.cache / "hls").iterdir()):
        (folder / "secret").write_text("CANARY")
        (folder / "secret.m4s").write_text("CANARY")
    for name in NAMES:
        reply = await house.client.get(base + name.replace(" ", "%20"))
        assert reply.status == 404, name
        assert b"CANARY" not in reply.body


async def test_only_our_own_passes_open_anything(house: House, media: Callable[[str], Path]) -> None:
    source = await house.world.put(media("film.mkv"))
    play = await house.play(source.item_id, NOTHING)
    word = play["url"].split("/")[-2]
    flipped = word[:-1] + ("A" if word[-1] != "A" else "B")
    for bad in (
        "",
        "x",
        "..",
        "%2e%2e",
        flipped,
        word[:-1],
        word + "A",
        word.swapcase(),
        "A" * 48,
        "A" * 10_000,
        "%00" * 48,
    ):
        for name in ("main.m3u8", "0.m4s", "file"):
            assert (await house.client.get(f"/api/v1/media/{bad}/{name}")).status == 404, bad
    assert (await house.client.get(f"/api/v1/media/{word}/main.m3u8")).status == 200
    assert (await house.client.get(f"/api/v1/media/{word}/main.m3u8", "POST")).status == 405
