"""Small secrets that must be read again, encrypted at rest: AES-256-GCM under a key that lies outside the database."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hearth.kit.errors import Unavailable

_NONCE = 12


def seal(key: bytes, text: bytes, about: bytes) -> bytes:
    """The text encrypted; `about` says whose it is, so that it cannot be moved to somebody else's row."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, about)


def unseal(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """The text again; Unavailable when the key is another one now."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except InvalidTag:
        raise Unavailable(
            "A kept secret cannot be read: secrets/lasting.keys is not the one it was made with. Restore it from a"
            " backup, or set the second factor or provider up again."
        ) from None
