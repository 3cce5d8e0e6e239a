"""Slowing down who guesses passwords: sliding windows by address and by account.

An address that keeps failing is refused, whatever names it tries. An account that strangers keep failing at is closed
to strangers, but stays open to addresses at which it was signed in: its owner is not locked out by an attack, and
sessions go on in any case. Attempts that succeed, or that were not weighed at all, are given back: only failures count.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections import OrderedDict
from typing import NamedTuple
from uuid import UUID

from hearth.accounts.names import username_key
from hearth.kit.cache import Cache
from hearth.kit.errors import TooMany

_REMEMBERED = 20_000
# How long a limit that other processes filled is believed to be full without asking again.
_FULL_S = 1.0


class Limit(NamedTuple):
    """At most `most` failures of whatever `key` stands for in any `window_s` seconds."""

    key: str
    most: int
    window_s: int
    detail: str


def by_address(address: str | None) -> Limit:
    """One address, or one IPv6 /64: what a single subscriber holds."""
    return Limit(f"address:{_network(address)}", 20, 300, "Too many failed attempts from here")


def by_strangers(username: str) -> Limit:
    """One name, tried from addresses where it was never signed in. Unknown names count like known ones."""
    digest = hashlib.sha256(username_key(username).encode("utf-8", "replace")).hexdigest()
    return Limit(f"name:{digest[:32]}", 60, 900, "Too many failed attempts for this account")


def by_account(account_id: UUID, what: str = "passwords") -> Limit:
    """A signed-in account that is asked for its password again, or that tries codes of devices."""
    return Limit(f"account:{what}:{account_id.hex}", 10, 300, f"Too many wrong {what}")


def by_second_factor(account_id: UUID) -> tuple[Limit, Limit]:
    """An account whose password is known and whose codes are tried: a million codes, of which three are good."""
    detail = "Too many wrong codes"
    return Limit(f"factor:{account_id.hex}", 8, 300, detail), Limit(f"factor-day:{account_id.hex}", 60, 86_400, detail)


def by_beginning(address: str | None) -> Limit:
    """Passkey challenges, redirects and quick-connect codes that one address begins without being anybody yet."""
    return Limit(f"begin:{_network(address)}", 60, 300, "Too many sign-ins begun from here")


class Throttle:
    """Counts in the shared cache, and in this process for when the cache is down; the higher count is believed."""

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._full: OrderedDict[str, float] = OrderedDict()

    async def reserve(self, limit: Limit) -> None:
        """Counts an attempt before it is made, so that many at once are seen; TooMany when there were too many."""
        now, before, passed_s, still = _window(limit)
        if self._counts.get(now, 0) + 1 + self._counts.get(before, 0) * still > limit.most:
            raise _refusal(limit, passed_s)
        if await self._add(now, limit, 1) + await self._read(before) * still <= limit.most:
            return
        await self._add(now, limit, -1)
        self._full[limit.key] = time.monotonic() + _FULL_S
        while len(self._full) > _REMEMBERED:
            self._full.popitem(last=False)
        raise _refusal(limit, passed_s)

    def check(self, limit: Limit) -> None:
        """TooMany when this process counted too many, or was refused within the last second: it asks nobody, so that a
        flood costs next to nothing."""
        now, before, passed_s, still = _window(limit)
        own = self._counts.get(now, 0) + 1 + self._counts.get(before, 0) * still
        if own > limit.most or self._full.get(limit.key, 0.0) > time.monotonic():
            raise _refusal(limit, passed_s)

    async def release(self, *limits: Limit) -> None:
        """Gives attempts back that were right, or that nothing was learnt from."""
        for limit in limits:
            await self._add(f"{limit.key}:{int(time.time() // limit.window_s)}", limit, -1)

    async def _add(self, key: str, limit: Limit, by: int) -> int:
        own = self._counts.pop(key, 0) + by
        if own > 0:
            self._counts[key] = own
            while len(self._counts) > _REMEMBERED:
                self._counts.popitem(last=False)
        shared = await self._cache.incr(f"throttle:{key}", ttl_ms=2000 * limit.window_s, by=by) if self._cache else None
        return max(own, shared or 0)

    async def _read(self, key: str) -> int:
        shared = await self._cache.get(f"throttle:{key}") if self._cache else None
        return max(self._counts.get(key, 0), int(shared) if shared else 0)


def _window(limit: Limit) -> tuple[str, str, float, float]:
    """The keys of this window and of the one before, the seconds since this one began, and how much of the one before
    still lies within: the sliding window is estimated."""
    window, passed_s = divmod(time.time(), limit.window_s)
    return f"{limit.key}:{int(window)}", f"{limit.key}:{int(window) - 1}", passed_s, 1 - passed_s / limit.window_s


def _refusal(limit: Limit, passed_s: float) -> TooMany:
    wait_s = max(1, round(limit.window_s - passed_s))
    return TooMany(
        f"{limit.detail}: try again in {'a minute' if wait_s <= 60 else f'{-(-wait_s // 60)} minutes'}.",
        extra={"retry_after_s": wait_s},
    )


def _network(address: str | None) -> str:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))
    return str(parsed)
