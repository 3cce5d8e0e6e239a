"""The marker file of a root: it tells a drive that was swapped or not mounted from one whose files are gone.

It holds the root's id and is written where we may write; where we may not, nothing is asked of it.
"""

import contextlib
import os
from collections.abc import Sequence

from hearth import libraries
from hearth.libraries import Root

NAME = b".hearth"
_MAX_BYTES = 200
_ALIKE = 0.5


def check_marker(root: Root, known: Sequence[bytes], accept: bool) -> tuple[str | None, bool]:
    """Why a root is not the place that it was, for people (None when it is), and whether its marker lies there now.

    `known` are the folders filed earlier: a root that has lost its marker is another place when fewer than half of the
    folders at its top are there. With `accept` whatever lies there now is the root. Blocks on disk.
    """
    found = _read(root.path)
    own = str(root.id)
    if found == own:
        return None, True
    if root.marked and not accept and not _looks_alike(root.path, known):
        what = "is that of another library's folder" if found else "is gone"
        return (
            f"{libraries.text(root.path)} does not look like the folder that was scanned before: the file .hearth in it"
            f" {what}, and so are most of its folders. Nothing was removed: check which drive is mounted there and scan"
            " again, or scan and accept that the rest is gone.",
            False,
        )
    return None, _write(root.path, own)


def _looks_alike(path: bytes, known: Sequence[bytes]) -> bool:
    before = {folder.split(b"/", 1)[0] for folder in known if folder}
    if not before:
        return True  # all files lie at the top: how many of them are gone is the sweep's question
    try:
        now = set(os.listdir(path))
    except OSError:
        return False
    return len(before & now) >= len(before) * _ALIKE


def _read(path: bytes) -> str | None:
    try:
        handle = os.open(os.path.join(path, NAME), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with contextlib.suppress(OSError), open(handle, "rb", closefd=True) as file:
        return file.read(_MAX_BYTES).decode("utf-8", "replace").strip() or None
    return None


def _write(path: bytes, text: str) -> bool:
    """Put the marker there in one step; False, and nothing changes, where we may not or there is nothing yet."""
    try:
        with os.scandir(path) as entries:
            if all(entry.name == NAME for entry in entries):
                return False  # an empty folder may be the place where a drive is to be mounted
        made = os.path.join(path, NAME + b".tmp")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
        with open(handle, "wb") as file:
            file.write(f"{text}\n".encode())
        os.rename(made, os.path.join(path, NAME))
    except OSError:
        return False
    return True
