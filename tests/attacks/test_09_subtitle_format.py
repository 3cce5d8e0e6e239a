"""Row 9: the format or index of a subtitle that is a path (JF CVE-2026-35031)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.playback.conftest import World, media, media_folder, world
from tests.playback.house import EVERYTHING, House, open_house

__all__ = ["media", "media_folder", "world"]  # fixtures

NAMES = [
    "2...%2f..%2fx", "2.vtt%2f..%2f..%2fx", "..%2f..%2fx", "..%5c..%5cx.vtt", "2.srt", "2.ass", "2.vtt.exe", "2", "vtt",
    ".vtt", "-2.vtt", "2.vtt%00", "%32%2evtt%0a", "02.vtt%20", "99999.vtt", "2.VTT", "%D9%A2.vtt",
]  # fmt: skip


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(world, tmp_path) as opened:
        yield opened


async def test_a_subtitle_is_named_by_a_number(house: House, media: Callable[[str], Path]) -> None:
    source = await house.world.put(media("subtitled.mkv"))
    play = await house.play(source.item_id, EVERYTHING)
    base = play["url"].removesuffix("file")
    before = set(house.world.cache.rglob("*"))
    for name in NAMES:
        for path in (f"subtitles/{name}", name):
            assert (await house.client.get(base + path)).status == 404, name
    assert set(house.world.cache.rglob("*")) == before, "nothing was written"
    assert (await house.client.get(base + "subtitles/2.vtt")).status == 200
