"""Walking some folders of a root as a scan of the whole would: with what is identified together with them, and with
what is new below them. Blocks on disk: call it in a thread."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from hearth.ingest.units import main_folder
from hearth.ingest.walk import Listed, Seen, left_out, walk
from hearth.libraries import Kind


class Part:
    """Some folders of a root, by their paths below it; `known` are the digests of those that were filed."""

    def __init__(
        self, kind: Kind, root: bytes, known: Mapping[bytes, bytes], folders: Sequence[bytes], *, links: bool
    ) -> None:
        self._kind: Kind = kind
        self._root = root
        self._known = known
        self._wanted = folders
        self._links = links
        self._seen: dict[bytes, Seen] = {}
        self._below: dict[bytes, set[bytes]] = {}
        self._vanished: set[bytes] = set()

    def walk(self, stop: Callable[[], bool], listed: Callable[[Listed], None]) -> Iterator[Seen | tuple[bytes, str]]:
        """The folders, and what was skipped in them and why; each folder once, parents before children."""
        for start in sorted({place for folder in self._wanted for place in self._places(folder)}):
            if start in self._seen:
                continue
            for found in walk(self._root, start, links=self._links, stop=stop, enter=self._enter, listed=listed):
                if isinstance(found, tuple):
                    yield found
                elif found.path not in self._seen:
                    self._seen[found.path] = found
                    if found.problem is None:
                        self._below.setdefault(found.path, set())
                    yield found

    def is_gone(self, path: bytes) -> bool:
        """Whether a known folder that was not seen is gone, and not just out of sight."""
        while path:
            above = os.path.dirname(path)
            if path in self._vanished or (above in self._below and path not in self._below[above]):
                return True
            path = above
        return path in self._vanished

    def _places(self, folder: bytes) -> Iterator[bytes]:
        """Where to begin for a folder: itself and the one that it belongs to, or what is left above it."""
        while folder and self._is_closed(folder):
            self._vanished.add(folder)
            folder = os.path.dirname(folder)
        yield folder
        yield main_folder(self._kind, folder)

    def _is_closed(self, folder: bytes) -> bool:
        full = os.path.join(self._root, folder)
        # A marker in the folder itself hides it as well: hence the look from below.
        return not os.path.isdir(full) or left_out(self._root, os.path.join(folder, b"x"))

    def _enter(self, path: bytes) -> bool:
        """Whether a folder right below one that was just seen belongs to the part."""
        above = os.path.dirname(path)
        self._below.setdefault(above, set()).add(path)
        if path not in self._known or main_folder(self._kind, path) != path:
            return True
        # A show's NFO and pictures lie above its episodes: what changed above is filed together with what lies below.
        if self._kind == "movies" or not above or above not in self._seen:
            return False
        return self._known.get(above) != self._seen[above].digest
