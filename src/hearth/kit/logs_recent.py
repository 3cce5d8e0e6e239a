"""The last lines of this process, kept in memory for administrators who look at them through the API.

A ring in each process, asked for over `kit.telemetry_peers`, rather than the log's files: most servers write none (the
journal or a container's engine keeps the lines), and a table would be written just when the database is in trouble.
Lines come here as they left: redacted, as JSON.
"""

from __future__ import annotations

import logging
from collections import deque

from hearth.kit.metrics import Counter

KEPT = 1000
LONGEST = 64_000
LINES = Counter(
    "hearth_log_lines_total", "Lines of the log.", ("level",), [("debug",), ("info",), ("warning",), ("error",)]
)
_recent: deque[tuple[int, str]] = deque(maxlen=KEPT)


class Recent(logging.Handler):
    """Keeps the last lines, each with its level's number. What is absurdly long is not kept, nor cut: it is JSON."""

    def emit(self, record: logging.LogRecord) -> None:
        LINES.inc("error" if record.levelno > logging.ERROR else record.levelname.lower())
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
            return
        if len(line) <= LONGEST:
            _recent.append((record.levelno, line))


def recent(level: str = "debug", limit: int = KEPT) -> list[str]:
    """The last lines of this process at a level or above it, the newest last, each a JSON object."""
    least = logging.getLevelNamesMapping().get(level.upper(), logging.DEBUG)
    found = [line for number, line in _recent if number >= least]
    return found[-limit:] if limit > 0 else []


def forget() -> None:
    """Empties the ring."""
    _recent.clear()
