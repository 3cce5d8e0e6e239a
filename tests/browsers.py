"""The machine's Chromium, without a window."""

from __future__ import annotations

import shutil

import pytest

# The first has no browser around its pages: a page costs a third less processor time (measured).
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The program; skips the test where there is none."""
    for name in _NAMES:
        if program := shutil.which(name):
            return program
    pytest.skip("no Chromium on this machine: apt-get install chromium-headless-shell")
