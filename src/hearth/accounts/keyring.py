"""The server's signing keys: random, made at the first start, kept in the data folder and never in the database.

`secrets/signing.keys` holds one key a line, `<id> <64 hex digits>`; the first signs, all of them are honoured. Whoever
reads a copy of the database can therefore sign nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

import msgspec

from hearth.kit.errors import Unavailable

_FILE = "signing.keys"
_BYTES = 32
_LINE = re.compile(r"([a-z0-9]{1,16}) ((?:[0-9a-f]{2})+)")
_MAX_FILE = 64 * 1024
_MIN_DISTINCT = 8  # of 32 random bytes, fewer different ones happen less than once in 2^100


class Key(msgspec.Struct, frozen=True):
    """A key with its public id. `repr` never shows the secret."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id!r})"

    def derive(self, purpose: str) -> bytes:
        """A key of its own for each purpose (32 bytes), so that what was signed for one never passes for another."""
        return hmac.digest(self.secret, b"hearth:" + purpose.encode(), hashlib.sha256)


class Keyring(msgspec.Struct, frozen=True):
    """All keys that are honoured, the signing one first."""

    keys: tuple[Key, ...]

    def __post_init__(self) -> None:
        if not self.keys or any(len(key.secret) < _BYTES for key in self.keys):
            raise Unavailable(f"A signing key has at least {_BYTES} random bytes.")

    @property
    def signing(self) -> Key:
        return self.keys[0]

    def derive(self, purpose: str) -> bytes:
        """The signing key's derived key for a purpose, 32 bytes."""
        return self.signing.derive(purpose)


def open_keyring(folder: Path) -> Keyring:
    """Reads the keys in `folder` (the data folder's `secrets`), making folder and first key when there are none.

    Unavailable, with what to do, when the file is empty, short or not ours: a server that went on would sign with a key
    that can be guessed. Processes that start together end up with the same key. Blocks; called at start.
    """
    path = folder / _FILE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # a share without Unix modes: nothing we could do about it
        folder.chmod(0o700)
    if not path.exists():
        _make(path)
    with contextlib.suppress(OSError):
        path.chmod(0o600)
    return _read(path)


def _read(path: Path) -> Keyring:
    remedy = f"Restore {path} from a backup, or delete it to make a new key: everybody then signs in again."
    with path.open("rb") as file:
        text = file.read(_MAX_FILE + 1).decode("ascii", "replace")
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise Unavailable(f"The signing key is empty, and Hearth does not start without one. {remedy}")
    keys = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or len(text) > _MAX_FILE:
            raise Unavailable(f"The signing key cannot be read. {remedy}")
        secret = bytes.fromhex(match[2])
        if len(secret) < _BYTES or len(set(secret)) < _MIN_DISTINCT:
            raise Unavailable(f"The signing key is too short or not random ({_BYTES} bytes are needed). {remedy}")
        keys.append(Key(match[1], secret))
    return Keyring(tuple(keys))


def _make(path: Path) -> None:
    """Writes a new key beside and links it into place: a file that is there is whole, and the first one wins."""
    fresh = path.with_name(f".{_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(f"{secrets.token_hex(4)} {secrets.token_hex(_BYTES)}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
