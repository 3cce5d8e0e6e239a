"""A real browser plays what we make: from the beginning, after seeks both ways, to the end, without a gap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.browsers import chromium

from .conftest import World
from .house import NOTHING, House, open_house

HLS = Path(__file__).resolve().parents[2] / "ui/node_modules/hls.js/dist/hls.min.js"
PAGE = b"""<!doctype html><title>play</title><video id="v" muted playsinline></video>
<script src="/hls.js"></script><script>
const v = document.getElementById('v'), errors = [];
function start(url, at) {
  const hls = window.hls = new Hls({startPosition: at, maxBufferLength: 60});
  hls.on(Hls.Events.ERROR, (_, d) => errors.push([d.type, d.details, d.fatal, String(d.error)]));
  hls.loadSource(url); hls.attachMedia(v);
}
function state() {
  const b = []; for (let i = 0; i < v.buffered.length; i++) b.push([v.buffered.start(i), v.buffered.end(i)]);
  const q = v.getVideoPlaybackQuality();
  return {at: v.currentTime, duration: v.duration, width: v.videoWidth, buffered: b, ended: v.ended, errors,
          frames: q.totalVideoFrames, failed: v.error && v.error.message};
}
</script>"""
MP4 = {"containers": ["mp4"], "video": ["vp9"], "audio": ["opus"]}
COPIES = {"containers": ["webm"], "video": ["h264"], "audio": ["aac", "flac"]}


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    program = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield await browser.new_page()
        await browser.close()


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    if not HLS.is_file():
        pytest.skip("the interface's packages are not installed: npm ci in ui/ brings hls.js")
    pages = {"/": ("text/html", PAGE), "/hls.js": ("text/javascript", await asyncio.to_thread(HLS.read_bytes))}
    async with open_house(world, tmp_path, pages) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "client", "start"),
    [
        ("film.mkv", NOTHING, 0),
        ("film.mp4", COPIES, 7),
        ("jumpy.mkv", COPIES, 0),
        ("film.ts", COPIES, 0),
        ("clip.webm", MP4, 0),
    ],
)
async def test_a_browser_plays(
    house: House, media: Callable[[str], Path], page: Page, name: str, client: dict[str, list[str]], start: int
) -> None:
    source = await house.world.put(media(name))
    play = await house.play(source.item_id, client, start_ms=start * 1000)
    await page.goto(f"http://127.0.0.1:{house.client.port}/")
    await page.evaluate("([url, at]) => start(url, at)", [play["url"], start])
    await page.evaluate("v.play()")
    begun = await until(page, lambda s: s["at"] > start + 0.5)
    assert begun["width"] == 320
    assert abs(begun["duration"] - 15) < 0.2
    for target in (11.0, 2.0):
        await page.evaluate("t => { v.currentTime = t }", target)
        moved = await until(page, _past(target + 0.4))
        assert moved["at"] < target + 5
    whole = await until(page, lambda s: len(s["buffered"]) == 1 and s["buffered"][0][1] > 14.5)
    assert whole["buffered"][0][0] < 0.1, "from beginning to end in one piece, whatever run made which part"
    await page.evaluate("v.currentTime = 13.5")
    done = await until(page, lambda s: s["ended"])
    # A busy machine may keep a player waiting, which it survives.
    assert [error for error in done["errors"] if error[1] != "bufferStalledError"] == []
    assert done["failed"] is None
    assert done["frames"] > 40


def _past(at: float) -> Callable[[dict[str, Any]], bool]:
    return lambda state: bool(state["at"] > at)


async def until(page: Page, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for _ in range(200):
        state = await page.evaluate("state()")
        if holds(state):
            return state
        await asyncio.sleep(0.1)
    pytest.fail(f"the player did not get there: {state}")
