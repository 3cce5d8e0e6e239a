"""The gate: what it takes to let people in and to know them again. One of each process, made in wiring.

It holds the password pool, the keys, the throttle and what is remembered of credentials; all that lasts is in the
database.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from uuid import UUID

from hearth.accounts.homes import Homes
from hearth.accounts.keyring import Keyring, open_keyring
from hearth.accounts.keys import key_standing
from hearth.accounts.passwords import Passwords
from hearth.accounts.permissions import Roles, compile_roles
from hearth.accounts.roles import CHANNEL, own_roles
from hearth.accounts.sessions import session_standing
from hearth.accounts.standing import Known, Standing, Standings
from hearth.accounts.throttle import Throttle
from hearth.accounts.tokens import KEY_MARK, AccessTokens, Claims, Cookie, hash_secret, read_cookie
from hearth.accounts.viewer import Viewer
from hearth.db import Database, Tx
from hearth.kit.cache import Cache
from hearth.kit.errors import HearthError, Unauthenticated

log = logging.getLogger(__name__)

Begin = Callable[[], AbstractAsyncContextManager[Tx]]
"""How a door opens a transaction: `database.transaction`. Nearly all recognitions need none."""
Address = Callable[[], str | None]
"""Where a request comes from, asked for only when it is noted."""
_MAX_KEY_LENGTH = 128
_TRY_AGAIN_S = 2.0
_OVER = "This session is over: sign in again."


class Gate:
    """`secrets` is the data folder's `secrets`; without a cache each process remembers and throttles for itself."""

    def __init__(
        self,
        keyring: Keyring,
        cache: Cache | None = None,
        passwords: Passwords | None = None,
        secrets: Path | None = None,
    ) -> None:
        self.keyring = keyring
        self.passwords = passwords or Passwords()
        self.tokens = AccessTokens(keyring)
        self.throttle = Throttle(cache)
        self.homes = Homes()
        self.roles = Roles()
        self.standings = Standings(self.roles, cache)
        self.refresh_key = keyring.lasting("refresh token")
        self.sealing_key = keyring.lasting("kept secrets")
        self.recovery_key = keyring.lasting("recovery codes")
        self._secrets = secrets
        self._looked = 0.0

    @classmethod
    def open(cls, secrets: Path, cache: Cache | None = None) -> Gate:
        """Reads the signing keys, making them at the first start; Unavailable when they cannot be trusted. Blocks."""
        return cls(open_keyring(secrets), cache, secrets=secrets)

    @contextlib.asynccontextmanager
    async def following(self, database: Database) -> AsyncIterator[None]:
        """For the length of a block, feels what other processes change: roles, who may see what, the keys."""
        changed: set[str] = {"roles"}
        told = asyncio.Event()
        told.set()

        def hear(what: str) -> None:
            changed.add(what)
            told.set()

        def reconnected() -> None:
            changed.update(("roles", "access", "keys"))
            told.set()

        async def follow() -> None:
            while True:
                await told.wait()
                told.clear()
                now = changed.copy()
                changed.clear()
                try:
                    await self._feel(database.transaction, now)
                except (HearthError, OSError, TimeoutError) as error:
                    log.warning("what changed could not be read, trying again: %s", error)
                    changed.update(now)
                    await asyncio.sleep(_TRY_AGAIN_S)
                    told.set()

        await self.roles_changed(database.transaction)
        stop = await database.listen(CHANNEL, hear, on_reconnect=reconnected)
        task = asyncio.create_task(follow(), name="accounts-follow")
        try:
            yield
        finally:
            stop()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _feel(self, begin: Begin, what: set[str]) -> None:
        if "keys" in what:
            await asyncio.to_thread(self.read_keys)
        if "roles" in what:
            await self.roles_changed(begin)
        elif "access" in what:
            self.standings.forget_here()

    async def roles_changed(self, begin: Begin) -> None:
        """Compiles the roles anew; called after the commit that changed them, so that it is felt here at once."""
        async with begin() as tx:
            own = await own_roles(tx)
        self.roles.replace(await asyncio.to_thread(compile_roles, own))
        self.standings.forget_here()

    async def access_changed(self, credentials: Sequence[UUID | bytes]) -> None:
        """Called after a commit that changed what many may see: felt here at once, elsewhere within 5 s."""
        self.standings.forget_here()
        await self.forget(*credentials)

    def read_keys(self) -> None:
        """Takes up the keys as they lie on disk now, after a rotation; those in use stay when they cannot be read."""
        if self._secrets is None:
            return
        try:
            keyring = open_keyring(self._secrets)
        except (HearthError, OSError) as error:
            log.error("the signing keys cannot be read, going on with those of before: %s", error)
            return
        self.keyring, self.tokens = keyring, AccessTokens(keyring)

    async def read(self, token: str) -> Claims | None:
        """An access token's claims. One by a key that we do not know makes us look, once a second, for a new key."""
        claims = self.tokens.read(token)
        if claims is None and self._secrets is not None and self.tokens.is_foreign(token):
            now = time.monotonic()
            if now - self._looked >= 1:
                self._looked = now
                await asyncio.to_thread(self.read_keys)
                claims = self.tokens.read(token)
        return claims

    def close(self) -> None:
        self.passwords.close()

    async def forget(self, *credentials: UUID | bytes) -> None:
        """Called after the commit that changed sessions (by id) or API keys (by hash): felt here at once."""
        await self.standings.forget(*(c.hex if isinstance(c, UUID) else c.hex() for c in credentials))


async def viewer_by_bearer(begin: Begin, gate: Gate, token: str, address: Address) -> Viewer:
    """Who presents an access token or an API key; Unauthenticated when it is not good or its session ended."""
    if token.startswith(KEY_MARK):
        return await _by_key(begin, gate, token)
    claims = await gate.read(token)
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
