"""The one file that a backup is: a compressed tar of a mark, the tables, the files, the manifest and its hash.

Plain POSIX tar and gzip, so that other tools can look into it. Reading is for files from anywhere: headers are parsed
one block at a time and nothing is kept that they ask for, only ordinary files under names of our own making pass, and
whatever unpacks to too much is left as soon as that shows.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import re
import tarfile
import zlib
from collections.abc import Iterator
from typing import IO, Protocol

import msgspec

from hearth.kit.errors import Conflict, Invalid

FORMAT = 1
MARK = "hearth-backup.json"
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
PART = 4 * 2**20
"""Bytes of a table in one member, at most; its last part is smaller."""
FOLDERS = ("artwork", "secrets")
"""The folders below the data folder that go with the database."""
_BLOCK = tarfile.BLOCKSIZE
_PIECE = 2**20
_LEVEL = 3  # pictures do not shrink; of the rest, higher levels make a tenth less in three times the time
_MARK_LIMIT = 4096
_MANIFEST_LIMIT = 256 * 2**20
_SLACK = 8 * 2**20
_SEGMENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}"
_FILE_NAME = re.compile(rf"files/(?:{'|'.join(FOLDERS)})(?:/{_SEGMENT}){{1,6}}")
_TABLE_NAME = re.compile(r"tables/([a-z0-9_]{1,63}\.[a-z0-9_]{1,63})/([0-9]{6})")


class Limits(msgspec.Struct, frozen=True):
    """What an archive may unpack to: bytes altogether and of one file, members, and times its own size."""

    total: int = 512 * 2**30
    file: int = 256 * 2**20
    members: int = 5_000_000
    ratio: int = 200


class Step(msgspec.Struct, frozen=True):
    """A migration that was applied."""

    version: int
    name: str
    sha256: str


class Table(msgspec.Struct, frozen=True):
    """A table in PostgreSQL's text COPY format, ordered by its key: rows, bytes and SHA-256 of the whole."""

    name: str
    columns: list[str]
    rows: int
    bytes: int
    sha256: str


class File(msgspec.Struct, frozen=True):
    """A file, by its path below the data folder."""

    path: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What is in the archive. `schema` is the number of the last migration; `sequences` are name -> last number."""

    format: int
    made_by: str
    made_at: str
    postgres: str
    schema: int
    steps: list[Step]
    tables: list[Table]
    sequences: dict[str, int]
    files: list[File]


class Hash(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


class Writer:
    """Writes an archive; blocks, so call it from a thread, one call at a time."""

    def __init__(self, file: IO[bytes]) -> None:
        self._gzip = gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 - see close
        self.add(MARK, msgspec.json.encode({"format": FORMAT}))

    def add(self, name: str, data: bytes) -> None:
        """Adds a member."""
        self._tar.addfile(_header(name, len(data)), io.BytesIO(data))

    def add_file(self, path: str, file: IO[bytes], size: int) -> File:
        """Adds a file by its path below the data folder; OSError when it is shorter than `size`."""
        hashed = _Hashed(file)
        self._tar.addfile(_header(f"files/{path}", size), hashed)  # type: ignore[arg-type] # it calls read alone
        return File(path, size, hashed.total.hexdigest())

    def close(self, manifest: Manifest) -> None:
        """Ends it with its manifest."""
        content = msgspec.json.encode(manifest)
        self.add(MANIFEST, content)
        self.add(SEAL, hashlib.sha256(content).hexdigest().encode())
        self._tar.close()
        self._gzip.close()


def storable(path: str) -> bool:
    """Whether a path below the data folder can be part of an archive; what is half-written, by its dot, cannot."""
    return _FILE_NAME.fullmatch(f"files/{path}") is not None


def part_name(table: str, number: int) -> str:
    return f"tables/{table}/{number:06}"


def _header(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.total: Hash = hashlib.sha256()
        self._file = file

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.total.update(data)
        return data


class Member:
    """One member while the reader stands at it: its name, its size, its bytes, once."""

    def __init__(self, name: str, size: int, source: _Bounded) -> None:
        self.name = name
        self.size = size
        self.left = size
        self._source = source

    @property
    def table(self) -> str | None:
        """The table it is a part of."""
        match = _TABLE_NAME.fullmatch(self.name)
        return match[1] if match else None

    @property
    def file(self) -> str | None:
        """The path below the data folder of the file that it is."""
        return self.name.removeprefix("files/") if self.name.startswith("files/") else None

    def pieces(self) -> Iterator[bytes]:
        """Its bytes, a megabyte at a time."""
        while self.left:
            data = self._source.exactly(min(self.left, _PIECE))
            self.left -= len(data)
            yield data

    def read(self) -> bytes:
        """Its bytes; only parts of tables, the mark and the manifest are small enough for that."""
        return b"".join(self.pieces())


class _Bounded:
    """The unpacked bytes of a gzip file, up to the limits."""

    def __init__(self, file: IO[bytes], limits: Limits) -> None:
        self._packed = file
        self._gzip = gzip.GzipFile(fileobj=file, mode="rb")
        self._limits = limits
        self._read = 0

    def some(self, size: int) -> bytes:
        try:
            data = self._gzip.read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Invalid(f"This backup is damaged or was cut off: {error}. Use another one.") from error
        self._read += len(data)
        if self._read > self._limits.total:
            raise Invalid("This file unpacks to more than a backup may hold: it was refused.")
        if self._read > _SLACK + self._limits.ratio * self._packed.tell():
            raise Invalid("This file unpacks to far more than its size, which no backup does: it was refused.")
        return data

    def exactly(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            data = self.some(size - len(found))
            if not data:
                raise Invalid("This backup was cut off: its end is missing. Use another one.")
            found += data
        return bytes(found)


def members(file: IO[bytes], limits: Limits) -> Iterator[Member]:
    """The members after the mark, in order, to the archive's very end. Blocks.

    Invalid for whatever is no backup, is damaged, or could lead out of the folders it is meant for; Conflict for the
    format of a newer version. The bytes of a member that are not asked for are read all the same.
    """
    source = _Bounded(file, limits)
    for number, member in enumerate(_raw(source, limits)):
        if number == 0:
            _check_mark(member)
        elif number > limits.members:
            raise Invalid("This file has more members than a backup may have: it was refused.")
        else:
            yield member
        for _ in member.pieces():
            pass
        source.exactly(-member.size % _BLOCK)
    while rest := source.some(_PIECE):
        if rest.strip(b"\0"):
            raise Invalid("Something follows the end of this backup: it was refused.")


def _raw(source: _Bounded, limits: Limits) -> Iterator[Member]:
    while (block := source.exactly(_BLOCK)).strip(b"\0"):
        try:
            info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError, ValueError) as error:
            raise Invalid(f"This is no backup of Hearth, or it is damaged: {error}.") from error
        yield Member(_allowed(info, limits), info.size, source)


def _allowed(info: tarfile.TarInfo, limits: Limits) -> str:
    """The member's name, when both are of the kinds that we write: no links, no devices, no way out by `..` or `/`."""
    if info.type != tarfile.REGTYPE:
        raise Invalid(f"{info.name!r} in this file is not an ordinary file, as a backup's are: it was refused.")
    most = {MARK: _MARK_LIMIT, MANIFEST: _MANIFEST_LIMIT, SEAL: 64}.get(info.name)
    if most is None and _TABLE_NAME.fullmatch(info.name):
        most = PART
    if most is None and _FILE_NAME.fullmatch(info.name):
        most = limits.file
    if most is None:
        raise Invalid(f"{info.name!r} is no name that a backup has in it: the file was refused.")
    if not 0 <= info.size <= most:
        raise Invalid(f"{info.name!r} in this file is larger than it may be: it was refused.")
    return info.name


def _check_mark(member: Member) -> None:
    if member.name != MARK:
        raise Invalid("This is no backup of Hearth.")
    found: object = None
    with contextlib.suppress(msgspec.DecodeError):
        found = msgspec.json.decode(member.read())
    if not isinstance(found, dict) or not isinstance(found.get("format"), int):
        raise Invalid("This is no backup of Hearth.")
    if found["format"] != FORMAT:
        raise Conflict("This backup was made by a newer version of Hearth: restore it with that one.")
