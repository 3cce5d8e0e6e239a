"""What the kernel knows of other processes, read from /proc."""

from __future__ import annotations

import os
import time
from pathlib import Path


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    return _state(pid) not in ("", "Z", "X")


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def gone(pid: int, within_s: float = 5) -> bool:
    """Waits until the process has ended; False when it has not by then."""
    deadline = time.monotonic() + within_s
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def session_niceness(pid: int) -> int | None:
    """How far the process's session gives way to others; None where the kernel does not share by sessions, or this
    session shares with the rest (one without a group of its own has an empty file)."""
    try:
        _, _, niceness = Path(f"/proc/{pid}/autogroup").read_text().rpartition(" ")
    except FileNotFoundError:
        return None
    return int(niceness) if niceness else None


def environment(pid: int) -> set[str]:
    """The names of its variables."""
    return {part.partition(b"=")[0].decode() for part in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")}


def children() -> set[int]:
    """Our own living children."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == os.getpid() and alive(int(entry.name)):
                found.add(int(entry.name))
    return found
