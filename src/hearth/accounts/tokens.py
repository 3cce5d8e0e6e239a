"""What clients present: signed access tokens of minutes, and opaque secrets of which only hashes are kept.

An access token is a JWT (RFC 7519) signed with HS256. We are its only issuer, so its header is compared as a whole with
the few that we write: "none", other algorithms, other keys and header tricks all fail at that comparison.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
from uuid import UUID

import msgspec

from hearth.accounts.keyring import Key, Keyring

ACCESS_S = 600
MAX_ACCESS_LENGTH = 1024
KEY_MARK = "hearth_"
_SECRET = 32
_COOKIE = re.compile(r"[A-Za-z0-9_-]{64}")  # base64url of 16 + 32 bytes
_LEEWAY_S = 5
_SPREAD_S = 30  # until the last process signs with the new key
# The first part of a header of ours; the key's id follows.
_FOREIGN = re.compile(
    re.escape(base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT","kid":"')[:44]) + rb"[A-Za-z0-9_-]{1,60}"
)


class Claims(msgspec.Struct, frozen=True):
    """`sub` is the account, `sid` the session; times are Unix seconds. `role` is for the client alone."""

    sub: UUID
    sid: UUID
    iat: int
    exp: int
    role: str


_claims = msgspec.json.Decoder(Claims)


class AccessTokens:
    """Signs and reads access tokens with the keys of a keyring, derived once."""

    def __init__(self, keyring: Keyring) -> None:
        self._keys = {_header(key): key.derive("access token") for key in keyring.keys}
        self._retired = {_header(key): key.retired_at for key in keyring.keys if key.retired_at is not None}
        self._header = _header(keyring.signing)

    def sign(self, account: UUID, session: UUID, role: str) -> str:
        """A token that is good for ACCESS_S seconds, or until its session ends."""
        now = int(time.time())
        claims = msgspec.json.encode(Claims(sub=account, sid=session, iat=now, exp=now + ACCESS_S, role=role))
        signed = self._header + b"." + _b64(claims)
        return (signed + b"." + _b64(hmac.digest(self._keys[self._header], signed, hashlib.sha256))).decode()

    def read(self, token: str) -> Claims | None:
        """The claims of a token that we signed and that is not over, else None. Its session may have ended since."""
        if len(token) > MAX_ACCESS_LENGTH or token.count(".") != 2 or not token.isascii():
            return None
        signed, _, signature = token.encode().rpartition(b".")
        header, _, body = signed.partition(b".")
        key = self._keys.get(header)
        if key is None or not hmac.compare_digest(_b64(hmac.digest(key, signed, hashlib.sha256)), signature):
            return None
        try:
            claims = _claims.decode(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
        except (msgspec.DecodeError, binascii.Error, ValueError):
            return None
        now = time.time()
        if not claims.iat - _LEEWAY_S <= now < claims.exp:
            return None
        # A retired key vouches for what it signed before, and for nothing that lasts longer than that may.
        retired_at = self._retired.get(header)
        if retired_at is not None and not (
            claims.iat <= retired_at + _SPREAD_S and claims.exp <= claims.iat + ACCESS_S
        ):
            return None
        return claims

    def is_foreign(self, token: str) -> bool:
        """Whether it looks like a token of ours by a key that we do not have."""
        match = _FOREIGN.fullmatch(token[:MAX_ACCESS_LENGTH].encode("ascii", "replace").partition(b".")[0])
        return match is not None and match[0] not in self._keys


def new_refresh_token() -> str:
    return _b64(secrets.token_bytes(_SECRET)).decode()


def next_refresh_token(key: bytes, nonce: bytes, token: str) -> str:
    """The one successor of a used token: whoever lost the answer and asks again gets the same, so the line never forks.

    Nothing kept in the database suffices to compute it: it takes the key, which lies elsewhere, and the token itself.
    """
    return _b64(hmac.digest(key, nonce + token.encode(), hashlib.sha256)).decode()


def new_api_key() -> str:
    return KEY_MARK + _b64(secrets.token_bytes(_SECRET)).decode()


def shown_prefix(api_key: str) -> str:
    """As much of an API key as lists show, to tell one from another: 36 of its 256 bits."""
    return api_key[: len(KEY_MARK) + 6]


def hash_secret(secret: str) -> bytes:
    """SHA-256 of a secret of ours; 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class Cookie(msgspec.Struct, frozen=True):
    """The browser's cookie: which session, and the secret that proves it. The secret is never kept, its hash is."""

    session_id: UUID
    secret: bytes

    def __repr__(self) -> str:
        return f"Cookie({self.session_id})"

    @property
    def text(self) -> str:
        return _b64(self.session_id.bytes + self.secret).decode()

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.secret).digest()

    @property
    def csrf(self) -> str:
        """The token that writes must repeat in a header: derived from the secret, so nothing is kept for it."""
        return _b64(hmac.digest(self.secret, b"hearth:csrf", hashlib.sha256)).decode()


def new_cookie(session_id: UUID) -> Cookie:
    return Cookie(session_id, secrets.token_bytes(_SECRET))


def read_cookie(text: str) -> Cookie | None:
    """The cookie in its parts, else None. Whether it is any good is not asked."""
    if _COOKIE.fullmatch(text) is None:
        return None
    data = base64.urlsafe_b64decode(text)
    return Cookie(UUID(bytes=data[:16]), data[16:])


def _header(key: Key) -> bytes:
    return _b64(msgspec.json.encode({"alg": "HS256", "typ": "JWT", "kid": key.id}))


def _b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
