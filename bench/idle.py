"""What a server costs that nobody uses, engines included: resident memory, processor time, and the time to its start.

Memory is the proportional set (what processes share is counted once), held against the two engines of the same server;
processor time is what all processes took together; a start is from the command to the answer of /health/ready, held
against what PostgreSQL and the cache alone take from nothing or from their data.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import time
from pathlib import Path

from tests.app.test_supervise import descendants
from tests.engines import make_folder
from tests.journeys.server import Server

from bench.table import Row, show
from hearth.db import Postgres
from hearth.kit.valkey import Valkey

_SETTLE_S = 20.0
_WATCHED_S = 60.0
_WARM_ROUNDS = 5
_GOAL_MB, _GOAL_CPU, _GOAL_COLD_S, _GOAL_WARM_S = 250, 1.0, 5.0, 2.0


def main() -> None:
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    show("A server that nobody uses", [*_starts(), *_costs()])


def _starts() -> list[Row]:
    folder = make_folder("hearth-bench-")
    try:
        bare_cold, bare_warm = asyncio.run(_engines(folder)), asyncio.run(_engines(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    server, cold = _started()
    used, warm, used_warm = _used_s(server), [], []
    for _ in range(_WARM_ROUNDS):
        server.stop()
        began = time.monotonic()
        server.restart()
        warm.append(time.monotonic() - began)
        used_warm.append(_used_s(server))
    server.remove()
    least = min(warm)
    return [
        Row(f"cold start (goal {_GOAL_COLD_S:.0f} s)", cold, "s", f"engines alone {bare_cold:.2f} s", cold / bare_cold),
        Row(
            f"warm start, median (goal {_GOAL_WARM_S:.0f} s)", statistics.median(warm), "s",
            f"engines alone {bare_warm:.2f} s", statistics.median(warm) / bare_warm,
        ),
        Row("  processor time of a cold start", used, "s"),
        Row("  processor time of a warm start, median", statistics.median(used_warm), "s"),
        Row("warm start, the quickest of five", least, "s", f"engines alone {bare_warm:.2f} s", least / bare_warm),
    ]  # fmt: skip


def _used_s(server: Server) -> float:
    """Processor time of all its processes so far: what a start costs, however busy the machine is with other things."""
    return sum(_ticks(pid) for pid in (server.process.pid, *descendants(server.process.pid))) / os.sysconf("SC_CLK_TCK")


async def _engines(folder: Path) -> float:
    postgres, valkey = Postgres(folder), Valkey(folder)
    began = time.monotonic()
    await asyncio.gather(postgres.start(), valkey.start())
    took = time.monotonic() - began
    await asyncio.gather(postgres.stop(), valkey.stop())
    return took


def _started() -> tuple[Server, float]:
    began = time.monotonic()
    return Server(make_folder("hearth-serve-")), time.monotonic() - began


def _costs() -> list[Row]:
    server, _ = _started()
    try:
        time.sleep(_SETTLE_S)
        all_of_it = {server.process.pid: "hearth serve", **descendants(server.process.pid)}
        used, began = {pid: _ticks(pid) for pid in all_of_it}, time.monotonic()
        time.sleep(_WATCHED_S)
        hertz, length_s = os.sysconf("SC_CLK_TCK"), time.monotonic() - began
        share: dict[str, float] = {}
        memory: dict[str, float] = {}
        for pid, line in all_of_it.items():
            part = _part(line)
            share[part] = share.get(part, 0) + (_ticks(pid) - used[pid]) / hertz / length_s * 100
            memory[part] = memory.get(part, 0) + _pss_mb(pid)
    finally:
        server.remove()
    engines = memory["PostgreSQL"] + memory["Valkey"]
    total, busy = sum(memory.values()), sum(share.values())
    rows = [
        Row(f"resident, the whole (goal {_GOAL_MB} MB)", total, "MB", f"its engines {engines:.0f} MB", total / engines)
    ]
    rows += [Row(f"  {part}", memory[part], "MB") for part in sorted(memory, key=lambda part: -memory[part])]
    rows += [Row(f"processor, the whole (goal {_GOAL_CPU:.0f} % of a core)", busy, "%")]
    return rows + [Row(f"  {part}", share[part], "%") for part in sorted(share, key=lambda part: -share[part])]


def _part(line: str) -> str:
    for word, name in (("postgres", "PostgreSQL"), ("valkey", "Valkey"), (" worker", "worker"), (" web ", "web")):
        if word in line:
            return name
    return "supervisor" if "serve" in line else line.split(" ", maxsplit=1)[0]


def _ticks(pid: int) -> int:
    """User and system time of a process and of its children that ended; 0 of one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15])


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
