"""Processes of one server that ask each other."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hearth.kit import telemetry_peers as peers

_OTHER = """
import asyncio, sys
from pathlib import Path
from hearth.kit import telemetry_peers as peers
async def main():
    answers = {"say": lambda words: words.upper().encode(), "much": lambda n: b"x" * int(n)}
    async with peers.answering(Path(sys.argv[1]), sys.argv[2], answers):
        print("ready", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


def start(data: Path, name: str) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", _OTHER, str(data), name], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.wait(10)
    assert child.stdout is not None
    child.stdout.close()


async def test_everybody_answers_but_the_one_who_asks(tmp_path: Path) -> None:
    others = [start(tmp_path, name) for name in ("worker 1", "web 2")]
    try:
        async with peers.answering(tmp_path, "web 1", {"say": lambda _: b"me"}):
            told = await peers.ask(tmp_path, "say", "hello there")
            assert [(one.process, one.data) for one in told] == [
                ("web 2", b"HELLO THERE"),
                ("worker 1", b"HELLO THERE"),
            ]
            assert [len(one.data) for one in await peers.ask(tmp_path, "much", "3000000")] == [3_000_000] * 2
            assert [one.data for one in await peers.ask(tmp_path, "unknown")] == []
        assert peers.folder_of(tmp_path).stat().st_mode & 0o077 == 0
    finally:
        for child in others:
            end(child)


async def test_who_was_killed_or_hangs_is_left_out(tmp_path: Path) -> None:
    killed, hanging, well = (start(tmp_path, name) for name in ("killed", "hanging", "well"))
    try:
        end(killed)
        hanging.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert [one.process for one in await peers.ask(tmp_path, "say", "x")] == ["well"]
        assert time.monotonic() - began < 5
        assert not list(peers.folder_of(tmp_path).glob("*.killed.sock"))
    finally:
        end(hanging)
        end(well)


async def test_a_long_path_is_no_obstacle(tmp_path: Path) -> None:
    data = tmp_path / ("long" * 30)
    data.mkdir()
    other = await asyncio.to_thread(start, data, "worker 1")
    try:
        assert [one.data for one in await peers.ask(data, "say", "x")] == [b"X"]
    finally:
        end(other)


async def test_a_folder_that_cannot_be_had_costs_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "run").write_text("a file where a folder should be")
    async with peers.answering(tmp_path, "web 1", {}):
        assert await peers.ask(tmp_path, "say") == []
    assert "cannot ask this one" in caplog.text
