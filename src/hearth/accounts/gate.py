"""The gate: what it takes to let people in and to know them again. One of each process, made in wiring.

It holds the password pool, the keys, the throttle and what is remembered of credentials; all that lasts is in the
database.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from uuid import UUID

from hearth.accounts.keyring import Keyring, open_keyring
from hearth.accounts.keys import key_standing
from hearth.accounts.passwords import Passwords
from hearth.accounts.sessions import session_standing
from hearth.accounts.standing import Known, Standing, Standings
from hearth.accounts.throttle import Throttle
from hearth.accounts.tokens import KEY_MARK, AccessTokens, Cookie, hash_secret, read_cookie
from hearth.accounts.viewer import Viewer
from hearth.db import Tx
from hearth.kit.cache import Cache
from hearth.kit.errors import Unauthenticated

Begin = Callable[[], AbstractAsyncContextManager[Tx]]
"""How a door opens a transaction: `database.transaction`. Nearly all recognitions need none."""
Address = Callable[[], str | None]
"""Where a request comes from, asked for only when it is noted."""
_MAX_KEY_LENGTH = 128
_OVER = "This session is over: sign in again."


class Gate:
    """`secrets` is the data folder's `secrets`; without a cache each process remembers and throttles for itself."""

    def __init__(self, keyring: Keyring, cache: Cache | None = None, passwords: Passwords | None = None) -> None:
        self.keyring = keyring
        self.passwords = passwords or Passwords()
        self.tokens = AccessTokens(keyring)
        self.throttle = Throttle(cache)
        self.standings = Standings(cache)
        self.refresh_key = keyring.derive("refresh token")

    @classmethod
    def open(cls, secrets: Path, cache: Cache | None = None) -> Gate:
        """Reads the signing keys, making them at the first start; Unavailable when they cannot be trusted. Blocks."""
        return cls(open_keyring(secrets), cache)

    def close(self) -> None:
        self.passwords.close()

    async def forget(self, *credentials: UUID | bytes) -> None:
        """Called after the commit that changed sessions (by id) or API keys (by hash): felt here at once."""
        await self.standings.forget(*(c.hex if isinstance(c, UUID) else c.hex() for c in credentials))


async def viewer_by_bearer(begin: Begin, gate: Gate, token: str, address: Address) -> Viewer:
    """Who presents an access token or an API key; Unauthenticated when it is not good or its session ended."""
    if token.startswith(KEY_MARK):
        return await _by_key(begin, gate, token)
    claims = gate.tokens.read(token)
    if claims is None:
        raise Unauthenticated("The access token is not valid or has expired: refresh it or sign in again.")
    known = await _session(begin, gate, claims.sid, address)
    if known is None or known.viewer.account_id != claims.sub:
        raise Unauthenticated(_OVER)
    return known.viewer


async def viewer_by_cookie(begin: Begin, gate: Gate, text: str, address: Address) -> tuple[Viewer, Cookie]:
    """Who presents the browser's cookie, and the cookie in its parts; Unauthenticated when it is not good."""
    cookie = read_cookie(text)
    known = await _session(begin, gate, cookie.session_id, address) if cookie else None
    if cookie is None or known is None or known.cookie_hash != cookie.hash:
        raise Unauthenticated(_OVER)
    return known.viewer, cookie


async def _session(begin: Begin, gate: Gate, session_id: UUID, address: Address) -> Known | None:
    async def ask() -> Standing | None:
        async with begin() as tx:
            return await session_standing(tx, session_id, address())

    name = session_id.hex
    return gate.standings.recall(name) or await gate.standings.learn(name, ask)


async def _by_key(begin: Begin, gate: Gate, token: str) -> Viewer:
    if len(token) > _MAX_KEY_LENGTH:
        raise Unauthenticated("This API key is not one of ours.")
    secret_hash = hash_secret(token)

    async def ask() -> Standing | None:
        async with begin() as tx:
            return await key_standing(tx, secret_hash)

    name = secret_hash.hex()
    known = gate.standings.recall(name) or await gate.standings.learn(name, ask)
    if known is None:
        raise Unauthenticated("This API key is unknown or has expired: make a new one under your account.")
    return known.viewer
