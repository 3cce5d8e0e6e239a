"""What the operating system knows about this process, under the names that Prometheus' own clients use.

Read when somebody looks. On systems without /proc only the processor time and the start are known.
"""

from __future__ import annotations

import contextlib
import os
import time

from hearth.kit.metrics import Counter, Family, Gauge, Sample

_STARTED = time.time()
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def _memory() -> float:
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * _PAGE
    return 0.0


def _descriptors() -> float:
    with contextlib.suppress(OSError):
        return len(os.listdir("/proc/self/fd"))
    return 0.0


class _ProcessorTime(Counter):
    def family(self) -> Family:
        times = os.times()
        return Family(self.name, self.kind, self.about, [Sample(self.name, {}, times.user + times.system)])


_ProcessorTime("process_cpu_seconds_total", "Processor time this process used, in seconds.")
Gauge("process_resident_memory_bytes", "Memory of this process that is in RAM.", read=_memory)
Gauge("process_open_fds", "Open file descriptors of this process.", read=_descriptors)
Gauge("process_start_time_seconds", "When this process started, in seconds since 1970.", read=lambda: _STARTED)
