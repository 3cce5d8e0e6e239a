"""Which folders are identified together: a folder of media with the folders that only hold what belongs to it."""

import os
from collections.abc import Callable, Collection, Iterable

import structlog

from hearth.ingest.cue import MAX_SIZE as MAX_CUE
from hearth.ingest.cue import Cue, read_cue
from hearth.ingest.findings import Findings, Unit
from hearth.ingest.nfo import MAX_SIZE, BadNfo, Nfo, read_nfo
from hearth.ingest.read import Folders, Read, refuse, settle
from hearth.ingest.walk import Entry, list_folder
from hearth.libraries import Kind, Root
from hearth.media import names

log = structlog.get_logger(__name__)
_TRIPPED = "Hearth made a mistake with this folder and left it out; the log says more. The next scan tries it again."
_SUBTITLES = frozenset((b"subs", b"sub", b"subtitles"))


def group(kind: Kind, changed: Collection[bytes], all_folders: Iterable[bytes]) -> list[Folders]:
    """The units that the changed folders belong to, in the order of their paths; parents come before children.

    Pictures and NFO of a show or artist lie above its episodes and albums: a folder that changed takes those right
    below along, so that what is new in it reaches them. The root is left out of that.
    """
    if not changed:
        return []
    mains = {main_folder(kind, path) for path in changed}
    above = {path for path in changed if path} if kind != "movies" else set()
    members: dict[bytes, list[bytes]] = {main: [] for main in mains}
    for path in all_folders:
        main = main_folder(kind, path)
        if main in mains or os.path.dirname(main) in above:
            members.setdefault(main, []).append(path)
    return [Folders(main, tuple(sorted(paths))) for main, paths in sorted(members.items()) if paths]


def main_folder(kind: Kind, path: bytes) -> bytes:
    """The folder that a folder of extras or subtitles belongs to; any other folder is its own."""
    while kind != "music" and path and _attached(path):
        path = os.path.dirname(path)
    return path


def _attached(path: bytes) -> bool:
    above, name = os.path.split(path)
    if name.lower() in _SUBTITLES or os.path.basename(above).lower() in _SUBTITLES:
        return True
    # "Season 0/Extras" aside, a folder at the top of a library is a film or a show, whatever its name.
    return bool(above) and names.extra(os.fsdecode(os.path.join(path, b"a.mkv"))) is not None


class Disk:
    """What lies beside the files that are identified: listings and NFO files, read once a batch. Blocks on disk."""

    def __init__(self, root: Root, *, links: bool) -> None:
        self._root = root
        self._links = links
        self._listings: dict[bytes, tuple[Entry, ...]] = {}
        self._below: dict[bytes, tuple[bytes, ...]] = {}
        self._nfo: dict[bytes, list[Nfo]] = {}
        self.problems: list[tuple[bytes, str]] = []

    def unit(self, read: Read) -> Unit:
        """The unit to identify."""
        return Unit(
            self._root.path,
            self._root.id,
            read.folders.main,
            read.entries,
            read.media,
            self.listing,
            self.subfolders,
            self.nfo,
            self.cue,
        )

    def identify(self, reads: list[Read], identify: Callable[[Unit], Findings]) -> list[Findings]:
        """Identify several units in one go, for one thread hop a batch. One that trips us up yields nothing, is listed,
        and is tried again by the next scan; the others go on."""
        findings = []
        for read in reads:
            self._listings.update(read.listings)
            try:
                found = identify(self.unit(read))
            except Exception:
                log.exception("folder not understood", folder=read.folders.main.decode("utf-8", "replace"))
                found = Findings.nothing()
                read.unsettled = True
                read.problems.append((read.folders.main, _TRIPPED))
            for path, reason in found.refused:
                refuse(read, path, reason)
            settle(read, {path for path, _ in found.refused})
            findings.append(found)
        return findings

    def subfolders(self, folder: bytes) -> tuple[bytes, ...]:
        """The folders right below one; none when it cannot be listed."""
        if folder not in self._below:
            try:
                with os.scandir(os.path.join(self._root.path, folder)) as found:
                    self._below[folder] = tuple(
                        os.path.join(folder, one.name) for one in found if one.is_dir(follow_symlinks=self._links)
                    )
            except OSError:
                self._below[folder] = ()
        return self._below[folder]

    def listing(self, folder: bytes) -> tuple[Entry, ...]:
        """The files that matter in a folder; none when it cannot be listed."""
        if folder not in self._listings:
            try:
                self._listings[folder] = tuple(list_folder(self._root.path, folder, links=self._links))
            except OSError:
                self._listings[folder] = ()
        return self._listings[folder]

    def nfo(self, path: bytes) -> list[Nfo]:
        """What an NFO says; nothing, and a problem noted, when it is broken."""
        if path not in self._nfo:
            try:
                with open(os.path.join(self._root.path, path), "rb") as file:
                    self._nfo[path] = read_nfo(file.read(MAX_SIZE + 1))
            except OSError as error:
                self._refuse(path, f"The NFO cannot be read ({error.strerror}).")
            except BadNfo as error:
                self._refuse(path, str(error))
        return self._nfo[path]

    def cue(self, path: bytes) -> Cue | None:
        """What a CUE sheet says; None, and a problem noted, when it cannot be read or says nothing of use."""
        try:
            with open(os.path.join(self._root.path, path), "rb") as file:
                cue = read_cue(file.read(MAX_CUE))
        except OSError as error:
            self.problems.append((path, f"The CUE sheet cannot be read ({error.strerror})."))
            return None
        if not cue.tracks:
            self.problems.append((path, "The CUE sheet names no track with a time, or its times run backwards."))
            return None
        return cue

    def _refuse(self, path: bytes, reason: str) -> None:
        self._nfo[path] = []
        self.problems.append((path, reason))
