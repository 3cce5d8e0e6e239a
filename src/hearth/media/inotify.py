"""A small reader of Linux inotify: whole trees are watched, and changes come folder by folder.

The facts are those of inotify(7): watches are not recursive, so a folder that appears is watched and then listed, for
what was put into it meanwhile told nobody; events come in order, and names are bytes. The kernel's own queue is the
buffer: when it runs over, `overflow` says so and everything must be looked at again.
"""

import asyncio
import ctypes
import errno
import os
import select
import struct
import threading
from collections.abc import Callable, Iterable
from enum import IntFlag
from typing import Literal

from msgspec import Struct

_libc = ctypes.CDLL(None, use_errno=True)
_EVENT = struct.Struct("iIII")
_READ_BYTES = 256 * 1024
_MAX_DEPTH = 64


class _Mask(IntFlag):
    """The bits of inotify.h that we use."""

    ATTRIB = 0x4
    CLOSE_WRITE = 0x8
    MOVED_FROM = 0x40
    MOVED_TO = 0x80
    CREATE = 0x100
    DELETE = 0x200
    DELETE_SELF = 0x400
    MOVE_SELF = 0x800
    UNMOUNT = 0x2000
    Q_OVERFLOW = 0x4000
    IGNORED = 0x8000
    ONLYDIR = 0x0100_0000
    DONT_FOLLOW = 0x0200_0000
    EXCL_UNLINK = 0x0400_0000
    ISDIR = 0x4000_0000


_WANTED = (
    _Mask.ATTRIB
    | _Mask.CLOSE_WRITE
    | _Mask.MOVED_FROM
    | _Mask.MOVED_TO
    | _Mask.CREATE
    | _Mask.DELETE
    | _Mask.DELETE_SELF
    | _Mask.MOVE_SELF
    | _Mask.ONLYDIR
    | _Mask.EXCL_UNLINK
)

ChangeKind = Literal["opened", "written", "came", "left", "new_folder", "lost", "overflow"]


class Change(Struct, frozen=True):
    """What happened in a folder (a full path). `name` is the file or folder in it, empty when it is the folder itself.

    opened: a file was made and whoever made it may still write; written: a file was closed after writing, or its rights
    or times changed; came, left: something was moved here, was moved away or deleted; new_folder: this folder is
    watched from now on and was not before; lost: a watched tree is gone from its place; overflow: changes were lost.
    """

    kind: ChangeKind
    folder: bytes
    name: bytes = b""


class WatchLimit(Exception):
    """The machine gives no further watches: fs.inotify.max_user_watches or max_user_instances is used up."""


class Inotify:
    """Watches on trees of folders. Methods block on disk and may be called from any thread, `changes` from the loop.

    `ignored` says of a folder's name that it is left out; with `links` links to folders are followed.
    """

    def __init__(self, *, ignored: Callable[[bytes], bool] = lambda _: False, links: bool = False) -> None:
        self._ignored = ignored
        self._links = links
        self._paths: dict[int, bytes] = {}
        self._watches: dict[bytes, int] = {}
        self._trees: set[bytes] = set()
        self._lock = threading.Lock()
        self._fd = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            code = ctypes.get_errno()
            if code in (errno.EMFILE, errno.ENFILE):
                raise WatchLimit
            raise OSError(code, os.strerror(code))

    def close(self) -> None:
        """End all watches."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
                self._paths.clear()
                self._watches.clear()

    def __len__(self) -> int:
        return len(self._paths)

    def add_tree(self, top: bytes) -> int:
        """Watch a folder and all below it; how many folders that are. WatchLimit leaves none of them watched.

        OSError when the folder itself cannot be watched; those below that cannot be are left out.
        """
        with self._lock:
            try:
                if not self._add(top, is_top=True):
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), top)
                self._trees.add(top)
                return 1 + sum(1 for _ in self._add_below(top))
            except BaseException:
                self._drop(top)
                raise

    def remove_tree(self, top: bytes) -> None:
        """End the watches on a folder and all below it."""
        with self._lock:
            self._trees.discard(top)
            self._drop(top)

    async def changes(self, timeout_s: float) -> list[Change]:
        """What happened since the last call, at most after `timeout_s`; empty when nothing did.

        WatchLimit when a new folder could not be watched for want of watches: the tree is not watched completely.
        """
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._fd, ready.set)
        try:
            async with asyncio.timeout(timeout_s):
                await ready.wait()
        except TimeoutError:
            return []
        finally:
            loop.remove_reader(self._fd)
        return await asyncio.to_thread(self.take)

    def take(self) -> list[Change]:
        """What happened since the last call, without waiting."""
        found: dict[Change, None] = {}
        with self._lock:
            while self._fd >= 0 and select.select([self._fd], [], [], 0)[0]:
                data = os.read(self._fd, _READ_BYTES)
                at = 0
                while at < len(data):
                    watch, mask, _cookie, length = _EVENT.unpack_from(data, at)
                    at += _EVENT.size
                    name = data[at : at + length].rstrip(b"\0")
                    at += length
                    found.update(dict.fromkeys(self._understand(watch, _Mask(mask), name)))
        return list(found)

    def _understand(self, watch: int, mask: _Mask, name: bytes) -> Iterable[Change]:
        if mask & _Mask.Q_OVERFLOW:
            yield Change("overflow", b"")
            return
        folder = self._paths.get(watch)
        if folder is None:
            return
        if mask & (_Mask.IGNORED | _Mask.UNMOUNT | _Mask.DELETE_SELF | _Mask.MOVE_SELF):
            if folder in self._trees:
                self._trees.discard(folder)
                self._drop(folder)
                yield Change("lost", folder)
            elif mask & _Mask.IGNORED:
                del self._paths[watch]
                if self._watches.get(folder) == watch:
                    del self._watches[folder]
            return
        if not name:
            return
        if mask & _Mask.ISDIR:
            yield from self._understand_folder(folder, mask, name)
        elif mask & (_Mask.MOVED_FROM | _Mask.DELETE):
            yield Change("left", folder, name)
        elif mask & _Mask.MOVED_TO:
            yield Change("came", folder, name)
        else:
            yield Change("opened" if mask & _Mask.CREATE else "written", folder, name)

    def _understand_folder(self, folder: bytes, mask: _Mask, name: bytes) -> Iterable[Change]:
        path = os.path.join(folder, name)
        if mask & (_Mask.MOVED_FROM | _Mask.DELETE):
            # Watches stay with what was moved, whatever it is called now: where it goes it is watched anew.
            self._drop(path)
            yield Change("left", folder, name)
        elif mask & (_Mask.MOVED_TO | _Mask.CREATE) and not self._ignored(name):
            yield Change("came", folder, name)
            if self._add(path):
                yield Change("new_folder", path)
                for below in self._add_below(path):
                    yield Change("new_folder", below)
        elif mask & _Mask.ATTRIB and path not in self._watches and not self._ignored(name) and self._add(path):
            # Its rights may have been what kept us out.
            yield Change("new_folder", path)
            for below in self._add_below(path):
                yield Change("new_folder", below)

    def _add(self, path: bytes, *, is_top: bool = False) -> bool:
        """Watch one folder; False when it is gone, closed to us or watched already under this name."""
        mask = _WANTED if self._links or is_top else _WANTED | _Mask.DONT_FOLLOW
        watch = _libc.inotify_add_watch(self._fd, path, ctypes.c_uint32(mask))
        if watch < 0:
            code = ctypes.get_errno()
            if code == errno.ENOSPC:
                raise WatchLimit
            if is_top:
                raise OSError(code, os.strerror(code), path)
            return False
        before = self._paths.get(watch)
        if before is not None and before != path and self._links and before in self._watches:
            return False  # another way to a folder that is watched: a loop of links would never end
        if before == path:
            return False
        if before is not None:
            self._watches.pop(before, None)
        self._paths[watch] = path
        self._watches[path] = watch
        return True

    def _add_below(self, top: bytes) -> Iterable[bytes]:
        """Watch the folders below one that is watched; each is listed after its watch began, so none slips through."""
        todo = [(top, 0)]
        while todo:
            path, depth = todo.pop()
            if depth >= _MAX_DEPTH:
                continue
            try:
                with os.scandir(path) as entries:
                    below = [
                        entry.path
                        for entry in entries
                        if entry.is_dir(follow_symlinks=self._links) and not self._ignored(entry.name)
                    ]
            except OSError:
                continue
            for found in below:
                if self._add(found):
                    yield found
                    todo.append((found, depth + 1))

    def _drop(self, top: bytes) -> None:
        inside = top.rstrip(b"/") + b"/"
        for path in [path for path in self._watches if path == top or path.startswith(inside)]:
            watch = self._watches.pop(path)
            self._paths.pop(watch, None)
            _libc.inotify_rm_watch(self._fd, watch)


_NETWORK = frozenset(
    (
        *("9p", "afs", "ceph", "cifs", "coda", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3"),
        *("smbfs", "virtiofs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    )
)


def network_kind(path: bytes) -> str | None:
    """The kind of network file system that a path lies on ("nfs4", "cifs"), None for a local one. Blocks on disk.

    Told by /proc/self/mountinfo (proc(5)), which unlike statfs(2) tells one kind of FUSE from another. Changes that
    other machines make on such a mount tell nobody here.
    """
    place = os.stat(path).st_dev
    number = f"{os.major(place)}:{os.minor(place)}".encode()
    try:
        with open("/proc/self/mountinfo", "rb") as mounts:
            for line in mounts:
                words = line.split()
                if words[2] == number and b"-" in words:
                    kind = words[words.index(b"-") + 1].decode("ascii", "replace")
                    return kind if kind in _NETWORK else None
    except OSError:
        return None
    return None
