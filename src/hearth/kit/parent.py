"""A child's side of `kit.process`, without what only parents need: a child that is started often starts light."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, death: signal.Signals = signal.SIGKILL) -> None:
    """Called early in a Python child: ties its life to the process `parent` (the id the parent handed over).

    Exits at once when the parent is already gone, which closes the gap between our start and the request.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(death), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
