"""How a credential stands right now, remembered for moments so that a request need not ask the database.

A change (a session ended, a role taken, an account disabled) is felt everywhere within LOCAL_MS + SHARED_MS, which
together are under 5 s: what the shared cache says may be SHARED_MS old and is remembered here for LOCAL_MS more.
The process that made the change, and the shared cache, are told at once (`Standings.forget`).
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from hearth.accounts.permissions import Roles
from hearth.accounts.viewer import Viewer
from hearth.db import Row
from hearth.kit.cache import Cache

LOCAL_MS = 2_000
SHARED_MS = 2_800
_ENTRIES = 10_000


class Standing(msgspec.Struct, frozen=True, array_like=True):
    """An account as a live session or API key speaks for it. `scope` None means all that the role may do; `enrols`: it
    must have a second factor first. The rest is what it may see, as `Viewer` has it."""

    account_id: UUID
    username: str
    role: str
    session_id: UUID | None = None
    key_id: UUID | None = None
    cookie_hash: bytes | None = None
    scope: tuple[str, ...] | None = None
    enrols: bool = False
    libraries: tuple[UUID, ...] | None = None
    max_age: int | None = None
    unrated: bool = False

    def viewer(self, roles: Roles) -> Viewer:
        return Viewer(
            self.account_id,
            self.username,
            self.role,
            roles.granted(self.role, self.scope, by_key=self.key_id is not None, enrols=self.enrols),
            self.session_id,
            self.key_id,
            self.libraries,
            self.max_age,
            self.unrated,
        )


STANDING = """a.id, a.username, a.role, accounts.libraries_of(a.id) as libraries, a.max_age, a.unrated,
    (a.second_factor_required
        or exists (select from accounts.role_rule r where r.role = a.role and r.second_factor))
        and not exists (select from accounts.totp t where t.account_id = a.id and t.confirmed_at is not null)
        and not exists (select from accounts.passkey p where p.account_id = a.id) as enrols"""
"""The columns that `read_standing` needs, of `accounts.account a`."""


def read_standing(row: Row, **more: Any) -> Standing:
    """A standing of a row with the columns above."""
    libraries = row["libraries"]
    return Standing(
        row["id"],
        row["username"],
        row["role"],
        enrols=row["enrols"],
        libraries=None if libraries is None else tuple(libraries),
        max_age=row["max_age"],
        unrated=row["unrated"],
        **more,
    )


class Known(NamedTuple):
    """A remembered credential: until when (monotonic seconds), the viewer, and the hash its cookie must have."""

    until: float
    viewer: Viewer
    cookie_hash: bytes | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Standing).decode


class Standings:
    """What this process remembers, at most 10,000 credentials, in front of what all processes share."""

    def __init__(self, roles: Roles, cache: Cache | None = None) -> None:
        self._roles = roles
        self._cache = cache
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Known | None]] = {}

    def recall(self, name: str) -> Known | None:
        """What this process remembers; nothing is waited for."""
        known = self._known.get(name)
        if known is None or known.until < time.monotonic():
            return None
        return known

    async def learn(self, name: str, ask: Callable[[], Awaitable[Standing | None]]) -> Known | None:
        """From the shared cache, else by `ask` (the database). Those who want the same at once wait for one answer."""
        task = self._asking.get(name)
        if task is None:
            task = asyncio.create_task(self._learn(name, ask), name="standing")
            self._asking[name] = task
            task.add_done_callback(lambda done: self._answered(name, done))
        # Shielded: one client that hangs up does not take the answer from the others.
        return await asyncio.shield(task)

    async def forget(self, *names: str) -> None:
        """After a change: the next request asks the database again, here and where the shared cache is asked."""
        for name in names:
            self._known.pop(name, None)
            self._asking.pop(name, None)
        if self._cache is not None and names:
            await self._cache.delete(*(_key(name) for name in names))

    def forget_here(self) -> None:
        """All that this process remembers, after a change that concerns many; what is shared ends by itself."""
        self._known.clear()
        self._asking.clear()

    def _answered(self, name: str, task: asyncio.Task[Known | None]) -> None:
        if self._asking.get(name) is task:
            del self._asking[name]
        if not task.cancelled():
            task.exception()  # seen, even when everybody who waited has gone

    def _current(self, name: str) -> bool:
        """False when a `forget` came between our question and its answer, which may then be from before the change."""
        return self._asking.get(name) is asyncio.current_task()

    async def _learn(self, name: str, ask: Callable[[], Awaitable[Standing | None]]) -> Known | None:
        standing = await self._shared(name)
        if standing is None:
            # The clock starts before the question: the answer is as old as that.
            asked = time.monotonic()
            standing = await ask()
            if standing is None:
                return None
            left_ms = SHARED_MS - round((time.monotonic() - asked) * 1000)
            if self._cache is not None and left_ms > 0 and self._current(name):
                await self._cache.set(_key(name), _encode(standing), ttl_ms=left_ms)
            known = Known(asked + LOCAL_MS / 1000, standing.viewer(self._roles), standing.cookie_hash)
        else:
            known = Known(time.monotonic() + LOCAL_MS / 1000, standing.viewer(self._roles), standing.cookie_hash)
        if self._current(name):
            self._known[name] = known
            self._known.move_to_end(name)
            while len(self._known) > _ENTRIES:
                self._known.popitem(last=False)
        return known

    async def _shared(self, name: str) -> Standing | None:
        data = await self._cache.get(_key(name)) if self._cache is not None else None
        if data is None:
            return None
        try:
            return _decode(data)
        except msgspec.MsgspecError:
            return None  # written by another version


def _key(name: str) -> str:
    return f"standing:{name}"
