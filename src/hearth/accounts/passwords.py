"""Passwords: the policy, and hashing in a bounded pool of threads beside the event loop.

argon2id with OWASP's setting (Password Storage Cheat Sheet: m=19456 KiB, t=2, p=1). Hashes by bcrypt, as other servers
keep them, are accepted and replaced at the next login.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from typing import NamedTuple, TypeVar

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from hearth.accounts.names import username_key
from hearth.kit.errors import Invalid, TooMany

T = TypeVar("T")

MIN_LENGTH = 8
MAX_LENGTH = 1024
_MAX_WAITING = 32
_NICENESS = 5
# From so many on it is a flood: strangers' guesses then get half of a thread's time, for on a small machine the other
# half is what lists are answered from (measured by `bench flood`).
_CROWDED = 4
_LONGEST_REST_S = 0.1
# Each step doubles the work; what is above this was made to stop a server, not to guard a password.
_MAX_BCRYPT_COST = 14
_BCRYPT_BYTES = 72

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)


class Verdict(NamedTuple):
    """Whether the password was right, and its new hash when the old one should be replaced."""

    right: bool
    upgraded: str | None = None


class Passwords:
    """A pool of threads that hash; it holds at most `workers` x 19 MiB, and `waiting` askers before it says TooMany.

    Half of the places are kept from strangers (whoever signs in from where the account never was): a flood of guesses
    fills its own half, and those at home still get theirs.
    """

    def __init__(self, workers: int | None = None, waiting: int = _MAX_WAITING) -> None:
        self._pool = ThreadPoolExecutor(workers or max(1, (os.cpu_count() or 2) // 2), "passwords", _yield_to_others)
        self._room = waiting
        self._asking = 0
        # What unknown names are compared with, so that they cost what known ones cost.
        self._nobody = _hasher.hash(secrets.token_hex())

    async def make(self, username: str, password: str) -> str:
        """The hash of a password to be kept; Invalid when the policy refuses it, TooMany when the pool is full."""
        check_policy(username, password)
        return await self._run(_hash, password)

    def check_room(self, *, stranger: bool) -> None:
        """TooMany when nobody more may wait now; asks nobody."""
        if self._asking >= (self._room // 2 if stranger else self._room):
            raise TooMany("Too many people are signing in at once: try again in a few seconds.")

    async def verify(self, known: str | None, password: str, *, stranger: bool = False) -> Verdict:
        """Compares with a kept hash; None (nobody of that name) takes as long and is always wrong."""
        self.check_room(stranger=stranger)
        work = _verify_and_rest if stranger and self._asking >= _CROWDED else _verify
        verdict = await self._run(work, known or self._nobody, password)
        return verdict if known else Verdict(right=False)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., T], *args: str) -> T:
        self.check_room(stranger=False)
        self._asking += 1
        try:
            future = self._pool.submit(work, *args)
        except BaseException:
            self._asking -= 1
            raise
        # Counted until the thread is done: a client that hangs up must not make room for more work than there is.
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: _tell(loop, self._leave))
        return await asyncio.wrap_future(future)

    def _leave(self) -> None:
        self._asking -= 1


def check_policy(username: str, password: str) -> None:
    """Invalid unless the password has 8 to 1024 characters, is not the user name and is not among the most common.

    By length and a list, as NIST SP 800-63B (5.1.1.2) has it: rules about kinds of characters make passwords worse.
    """
    field = {"field": "password"}
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise Invalid(f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.", extra=field)
    plain = password.casefold()
    if username_key(password) == username_key(username):
        raise Invalid("The password is the user name: choose another one.", extra=field)
    if plain in _common() or len(set(plain)) == 1:
        raise Invalid("This password is among the first that anybody would try: choose another one.", extra=field)


@functools.cache
def _common() -> frozenset[str]:
    text = resources.files("hearth.accounts").joinpath("common_passwords.txt").read_text("ascii")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def _bytes(password: str) -> bytes:
    """One form for what keyboards write in several (NIST SP 800-63B: NFKC before hashing)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _hash(password: str) -> str:
    return _hasher.hash(_bytes(password))


def _verify(known: str, password: str) -> Verdict:
    if known.startswith("$2"):
        right = _verify_bcrypt(known.encode("utf-8", "replace"), password)
        return Verdict(right, _hash(password) if right else None)
    try:
        _hasher.verify(known, _bytes(password))
    except (VerificationError, InvalidHashError):
        return Verdict(right=False)
    return Verdict(True, _hash(password) if _hasher.check_needs_rehash(known) else None)


def _verify_and_rest(known: str, password: str) -> Verdict:
    began = time.perf_counter()
    try:
        return _verify(known, password)
    finally:
        time.sleep(min(time.perf_counter() - began, _LONGEST_REST_S))


def _verify_bcrypt(known: bytes, password: str) -> bool:
    """bcrypt looks at 72 bytes and no more; those who made these hashes cut there, silently."""
    try:
        if int(known.split(b"$")[2]) > _MAX_BCRYPT_COST:
            return False
        return bcrypt.checkpw(password.encode("utf-8", "surrogatepass")[:_BCRYPT_BYTES], known)
    except (ValueError, IndexError):
        return False


def _tell(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop closed while we were hashing
        loop.call_soon_threadsafe(call)


def _yield_to_others() -> None:
    """Hashing gives way to requests, however nice the whole process is: on Linux niceness is a thread's own."""
    with contextlib.suppress(OSError, AttributeError):
        lower = os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(19, lower))
