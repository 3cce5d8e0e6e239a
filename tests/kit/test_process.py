"""Children end with us, however we end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest

from hearth.kit import process
from tests.media import processes
from tests.media.processes import gone


@pytest.mark.parametrize("with_setpriv", [True, False])
def test_a_guarded_child_dies_with_a_killed_parent(with_setpriv: bool) -> None:
    code = (
        "import sys, time\nfrom hearth.kit import process\n"
        + ("" if with_setpriv else "process._found = lambda name: None\n")
        + "child = process.spawn(['sleep', '60'])\ntime.sleep(0.3)\nprint(child.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert processes.name(child) == "sleep"
        parent.kill()
    assert gone(child)


def test_guard_names_the_signal() -> None:
    argv = process.guard(["true"], signal.SIGINT)
    assert argv[-1] == "true"
    assert argv[1:3] == ["--pdeathsig", "INT"] or "2" in argv


def test_die_with_parent_ends_an_orphan_at_once() -> None:
    code = "from hearth.kit.parent import die_with_parent\ndie_with_parent(1 << 22)\nprint('alive')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=20)
    assert (done.returncode, done.stdout) == (1, b"")


_STUBBORN = "trap '' TERM; sleep 60 & echo $!; wait; wait"


async def test_stop_kills_the_whole_group() -> None:
    child = await process.start(["sh", "-c", _STUBBORN], stdout=subprocess.PIPE)
    assert child.stdout
    grandchild = int(await child.stdout.readline())
    assert os.getsid(grandchild) == child.pid != os.getsid(0)
    began = time.monotonic()
    code = await process.stop(child, grace_s=0.2)
    assert code == -signal.SIGKILL
    assert time.monotonic() - began < 3
    assert gone(grandchild)


async def test_stop_lets_it_end_by_itself() -> None:
    child = await process.start(["sh", "-c", "trap 'exit 7' TERM; echo; sleep 60 & wait"], stdout=subprocess.PIPE)
    assert child.stdout
    await child.stdout.readline()
    assert await process.stop(child, grace_s=5) == 7
    assert await process.stop(child) == 7


async def test_stop_when_cancelled_still_kills() -> None:
    child = await process.start(["sh", "-c", _STUBBORN], stdout=subprocess.PIPE)
    assert child.stdout
    await child.stdout.readline()
    task = asyncio.create_task(process.stop(child, grace_s=30))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.wait_for(child.wait(), 5) == -signal.SIGKILL


def test_stop_blocking() -> None:
    child = process.spawn(["sh", "-c", _STUBBORN], stdout=subprocess.PIPE)
    assert child.stdout
    grandchild = int(child.stdout.readline())
    assert process.stop_blocking(child, grace_s=0.2) == -signal.SIGKILL
    child.stdout.close()
    assert gone(grandchild)


async def test_niceness() -> None:
    child = await process.start(["sleep", "60"], niceness=7)
    try:
        for _ in range(100):
            if processes.name(child.pid) == "sleep":
                break
            await asyncio.sleep(0.02)
        assert os.getpriority(os.PRIO_PROCESS, child.pid) >= 7
        for _ in range(100):
            if processes.session_niceness(child.pid) in (7, None):
                break
            await asyncio.sleep(0.02)
        assert processes.session_niceness(child.pid) in (7, None)
    finally:
        await process.stop(child, grace_s=1)


def test_giving_way_leaves_the_sessions_of_others_alone() -> None:
    """A worker started from a shell must not make the shell slow."""
    with subprocess.Popen(["sleep", "60"]) as child:
        before = processes.session_niceness(child.pid)
        process.give_way(child.pid, 9)
        assert processes.session_niceness(child.pid) == before
        child.kill()
    process.give_way(child.pid, 9)  # it is gone, and nobody minds
