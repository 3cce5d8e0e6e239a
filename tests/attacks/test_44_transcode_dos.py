"""Row 44: one account starts a hundred transcodes."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest

from tests.playback.conftest import World, media, media_folder, world
from tests.playback.house import EVERYTHING, NOTHING, House, open_house

__all__ = ["media", "media_folder", "world"]  # fixtures


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(world, tmp_path, encode_limit=3, encode_limit_per_user=2) as opened:
        yield opened


async def test_a_hundred_starts_by_one_account_are_two(house: House, media: Callable[[str], Path]) -> None:
    path, facts = media("film.mkv"), None
    items = []
    for _ in range(10):
        source = await house.world.put(path, facts)
        facts = source.media
        items.append(source.item_id)
    direct = await house.play((await house.world.put(media("film.mp4"))).item_id, EVERYTHING)
    starts = [house.call("POST", f"/items/{items[n % 10]}/play", {"client": NOTHING}) for n in range(100)]
    flood = asyncio.gather(*starts)
    slowest = 0.0
    while not flood.done():
        began = time.monotonic()
        assert (await house.client.get(direct["url"], Range="bytes=0-9")).status == 206
        slowest = max(slowest, time.monotonic() - began)
        await asyncio.sleep(0.05)
    replies = await flood
    assert slowest < 5
    counts = Counter(reply.status for reply in replies)
    # Starting one's own play again ends the earlier one, so a few more than two may have begun; two are left.
    assert counts[429] >= 80
    assert set(counts) == {201, 429}
    refused = msgspec.json.decode(next(reply for reply in replies if reply.status == 429).body)
    assert "already playing 2 titles" in refused["detail"]
    async with house.world.database.transaction() as tx:
        assert await tx.fetchval("select count(*) from playback.session where ended_at is null and encodes") <= 2
    await asyncio.sleep(1.5)
    assert len(_encoders()) <= 2


async def test_the_server_is_not_for_a_few_accounts_alone(house: House, media: Callable[[str], Path]) -> None:
    path = media("film.mkv")
    sources = [await house.world.put(path) for _ in range(3)]
    statuses = []
    for name in ("ada2", "bob", "eve"):
        _, token = await house.another(name)
        for source in sources:
            reply = await house.call("POST", f"/items/{source.item_id}/play", {"client": NOTHING}, token)
            statuses.append(reply.status)
    assert statuses.count(201) == 3
    assert statuses.count(503) >= 3
    assert statuses.count(429) >= 1


async def test_an_ended_play_makes_room(house: House, media: Callable[[str], Path]) -> None:
    path = media("film.mkv")
    first, second, third = [await house.world.put(path) for _ in range(3)]
    play = await house.play(first.item_id, NOTHING)
    await house.play(second.item_id, NOTHING)
    assert (await house.call("POST", f"/items/{third.item_id}/play", {"client": NOTHING})).status == 429
    await house.call("DELETE", f"/play/{play['session']}")
    await house.play(third.item_id, NOTHING)


def _encoders() -> list[int]:
    found = []
    for entry in os.listdir("/proc"):
        try:
            command = Path(f"/proc/{entry}/cmdline").read_bytes()
            parent = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        if b"ffmpeg" in command and parent == os.getpid():
            found.append(int(entry))
    return found
