"""Folders of the server's machine: what the folder picker shows, and whether a folder can be a library's root."""

import asyncio
import os
import stat
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from msgspec import Struct

from hearth.kit.errors import Invalid

_MAX_FOLDERS = 2000
_SYSTEM = frozenset((b"/proc", b"/sys", b"/dev", b"/run"))


class Folder(Struct, frozen=True):
    """A folder; `problem` says, for people, why it cannot be a library's root, None when it can."""

    name: str
    path: str
    problem: str | None


class FolderListing(Struct, frozen=True):
    """What lies in a folder: at most 2,000 folders by name, and how many media files lie right here."""

    path: str
    parent: str | None
    folders: list[Folder]
    media_files: int
    problem: str | None
    shortcuts: list[Folder]


def text(path: bytes) -> str:
    """A path for people and for JSON: bytes that are not UTF-8 show as U+FFFD."""
    return path.decode("utf-8", "replace")


T = TypeVar("T")
_PATIENCE_S = 15.0
# A dead network mount holds a thread for as long as it likes: these looks have threads of their own, so that a few of
# them cannot stop all other file work of the process.
_threads = ThreadPoolExecutor(8, thread_name_prefix="look")


async def look(see: Callable[..., T], *args: object, what: bytes, patience_s: float = _PATIENCE_S) -> T:
    """Call a function that looks at the disk in a thread; Invalid when the disk does not answer in time."""
    try:
        async with asyncio.timeout(patience_s):
            return await asyncio.get_running_loop().run_in_executor(_threads, lambda: see(*args))
    except TimeoutError:
        raise Invalid(
            f"{text(what)} did not answer for {patience_s:.0f} s. Check its network or drive, then try again."
        ) from None


def normal(path: bytes) -> bytes:
    """The path without `.`, `..` and doubled slashes, links left as they are."""
    return os.path.normpath(path)


def access_problem(path: bytes) -> str | None:
    """Why this folder cannot be read at all, as a sentence that says what to do; None when it can. Blocks on disk."""
    shown = text(path)
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return f"{shown} does not exist. Check the spelling, and that its drive is mounted."
    except PermissionError:
        return f"{shown} may not be looked at by the server. Give its user read access to it and the folders above."
    except OSError as error:
        return f"{shown} cannot be reached ({error.strerror}). Check that its drive is mounted and healthy."
    if not stat.S_ISDIR(mode):
        return f"{shown} is a file. Choose the folder that it lies in."
    try:
        with os.scandir(path) as entries:
            next(entries, None)
    except PermissionError:
        return f"{shown} is not readable by the server. Give its user read access: chmod o+rx, or a group it is in."
    except OSError as error:
        return f"{shown} cannot be listed ({error.strerror}). Check that its drive is mounted and healthy."
    return None


def root_problem(path: bytes, taken: Iterable[tuple[bytes, str]]) -> str | None:
    """Why `path` cannot become a root beside the `taken` ones (path, library name); None when it can.

    Blocks on disk.
    """
    shown = text(path)
    if not path.startswith(b"/") or b"\0" in path:
        return f"{shown} is not a full path. Write it from the top, like /srv/films."
    real = os.path.realpath(path)
    if any(real == system or real.startswith(system + b"/") for system in _SYSTEM) or real == b"/":
        return f"{shown} belongs to the system. Choose the folder that holds your media."
    if problem := access_problem(path):
        return problem
    for other, name in taken:
        other_real = os.path.realpath(other)
        if real == other_real:
            return f"{shown} is already a folder of the library {name}."
        if real.startswith(other_real + b"/"):
            return f"{shown} lies inside {text(other)}, which the library {name} already covers."
        if other_real.startswith(real + b"/"):
            return f"{shown} contains {text(other)} of the library {name}. Libraries may not lie inside each other."
    return None


def list_folders(path: bytes, taken: list[tuple[bytes, str]]) -> FolderListing:
    """What the folder picker shows of `path`; what cannot be read is listed with its problem. Blocks on disk."""
    path = normal(path)
    from hearth.media import names  # patterns by the hundred, which no web process needs to answer its first request

    folders: list[Folder] = []
    media_files = 0
    problem = access_problem(path)
    if problem is None:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith(b".") or len(folders) >= _MAX_FOLDERS:
                    continue
                if _is_folder(entry):
                    folders.append(Folder(text(entry.name), text(entry.path), _folder_problem(entry)))
                elif os.path.splitext(os.fsdecode(entry.name))[1].lower() in names.VIDEO | names.AUDIO:
                    media_files += 1
        problem = root_problem(path, taken)
    folders.sort(key=lambda folder: folder.name.casefold())
    parent = None if path == b"/" else text(os.path.dirname(path))
    return FolderListing(text(path), parent, folders, media_files, problem, _shortcuts())


def home() -> bytes:
    """Where the folder picker begins: the home folder of the server's account."""
    return os.path.expanduser(b"~")


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _folder_problem(entry: os.DirEntry[bytes]) -> str | None:
    if not os.access(entry.path, os.R_OK | os.X_OK):
        return "Not readable by the server."
    try:
        entry.path.decode()
    except UnicodeDecodeError:
        return "Its name is not UTF-8, so it cannot be chosen here: add it with `hearth library add`, or rename it."
    return None


def _shortcuts() -> list[Folder]:
    """Where media usually lies: the home folder, mounts, and what they hold."""
    own = home()
    wanted = [own, *(os.path.join(own, name) for name in (b"Videos", b"Movies", b"Music"))]
    wanted += [b"/media", b"/mnt", b"/srv", b"/data", b"/Volumes", b"/"]
    found = [path for path in dict.fromkeys(wanted) if os.path.isdir(path)]
    return [Folder("Home" if path == own else text(os.path.basename(path) or path), text(path), None) for path in found]
