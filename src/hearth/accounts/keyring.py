"""The server's signing keys: random, made at the first start, kept in the data folder and never in the database.

`secrets/signing.keys` holds one key a line, `<id> <64 hex digits>`, after a rotation with the Unix time at which it was
retired behind it; the first signs, the others are honoured until what they signed has expired. Whoever reads a copy of
the database can therefore sign nothing. `secrets/lasting.keys` holds the key for what outlives rotations: kept secrets
of second factors, passes of plays under way.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import time
from pathlib import Path

import msgspec

from hearth.kit.errors import Unavailable

_FILE = "signing.keys"
_LASTING = "lasting.keys"
_BYTES = 32
_LINE = re.compile(r"([a-z0-9]{1,16}) ((?:[0-9a-f]{2})+)(?: ([0-9]{1,12}))?")
_MAX_FILE = 64 * 1024
KEPT_S = 660
"""How long a retired key is honoured: as long as an access token lasts, and a minute."""
_ABANDONED_S = 60
_MIN_DISTINCT = 8  # of 32 random bytes, fewer different ones happen less than once in 2^100


class Key(msgspec.Struct, frozen=True):
    """A key with its public id; `retired_at` is when it signed last, in Unix seconds. `repr` never shows the secret."""

    id: str
    secret: bytes
    retired_at: int | None = None

    def __repr__(self) -> str:
        return f"Key({self.id!r})"

    def derive(self, purpose: str) -> bytes:
        """A key of its own for each purpose (32 bytes), so that what was signed for one never passes for another."""
        return hmac.digest(self.secret, b"hearth:" + purpose.encode(), hashlib.sha256)


class Keyring(msgspec.Struct, frozen=True):
    """All keys that are honoured, the signing one first, and the one that lasts."""

    keys: tuple[Key, ...]
    root: Key | None = None

    def __post_init__(self) -> None:
        if not self.keys or any(len(key.secret) < _BYTES for key in self.keys):
            raise Unavailable(f"A signing key has at least {_BYTES} random bytes.")

    @property
    def signing(self) -> Key:
        return self.keys[0]

    def derive(self, purpose: str) -> bytes:
        """The signing key's derived key for a purpose, 32 bytes; another one after a rotation."""
        return self.signing.derive(purpose)

    def lasting(self, purpose: str) -> bytes:
        """A derived key for a purpose, 32 bytes, that rotations leave as it is."""
        return (self.root or self.signing).derive(purpose)


def open_keyring(folder: Path) -> Keyring:
    """Reads the keys in `folder` (the data folder's `secrets`), making folder and first key when there are none.

    Unavailable, with what to do, when the file is empty, short or not ours: a server that went on would sign with a key
    that can be guessed. Processes that start together end up with the same key. Blocks; called at start.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # a share without Unix modes: nothing we could do about it
        folder.chmod(0o700)
    found = []
    for path in (folder / _FILE, folder / _LASTING):
        if not path.exists():
            _make(path)
        with contextlib.suppress(OSError):
            path.chmod(0o600)
        found.append(_read(path))
    return Keyring(found[0], found[1][0])


def rotate_keys(folder: Path, *, at_once: bool = False) -> Keyring:
    """Puts a new signing key in front. Those of before are honoured until what they signed has expired, ten minutes;
    not even that long with `at_once`, for a key that somebody else may have. Tell running processes (`keys_changed`).

    Unavailable while another rotation is under way. Blocks.
    """
    before = open_keyring(folder)
    now = int(time.time())
    fresh = Key(secrets.token_hex(4), secrets.token_bytes(_BYTES))
    kept = [
        msgspec.structs.replace(key, retired_at=key.retired_at or now)
        for key in before.keys
        if not at_once and now - (key.retired_at or now) < KEPT_S
    ]
    path = folder / _FILE
    lock = folder / f".{_FILE}.rotating"
    with contextlib.suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime > _ABANDONED_S:
            lock.unlink()
    try:
        _write_new(lock, "".join(_line(key) for key in (fresh, *kept)))
    except FileExistsError:
        raise Unavailable("The keys are being rotated already: try again in a minute.") from None
    lock.replace(path)
    _sync(folder)
    return open_keyring(folder)


def _line(key: Key) -> str:
    return " ".join([key.id, key.secret.hex(), *([str(key.retired_at)] if key.retired_at else [])]) + "\n"


def _read(path: Path) -> tuple[Key, ...]:
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
        keys.append(Key(match[1], secret, int(match[3]) if match[3] else None))
    return tuple(keys)


def _make(path: Path) -> None:
    """Writes a new key beside and links it into place: a file that is there is whole, and the first one wins."""
    fresh = path.with_name(f".{_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        _write_new(fresh, _line(Key(secrets.token_hex(4), secrets.token_bytes(_BYTES))))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink()
    _sync(path.parent)


def _write_new(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
