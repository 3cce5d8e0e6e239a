"""Processor time by process: on a machine that others work on it says more than what a clock shows."""

import os
import resource
import time
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def of_tree(pid: int) -> float:
    """Seconds of a process and all below it, those that ended and were waited for among them; 0 when it is gone."""
    try:
        facts = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
        tasks = list((Path("/proc") / str(pid) / "task").iterdir())
        below = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return 0.0
    return sum(map(int, facts[11:15])) * _TICK_S + sum(map(of_tree, below))


def of_this() -> float:
    """Seconds of this process alone."""
    return time.process_time()


def of_ended() -> float:
    """Seconds of the children that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
