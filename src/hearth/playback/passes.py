"""The passes in media URLs: each opens one session's bytes, for as long as that session and its sign-in last."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import struct
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import msgspec

from hearth.db import Database, Tx
from hearth.kit.errors import NotFound, Unavailable

from .facts import Session
from .sessions import read_session

LENGTH = 48
_BODY = struct.Struct(">16sI")
_MAC = 16
_LONGEST_S = 7 * 86_400
_IDLE_S = 12 * 3600
# Together under the five seconds within which an ended session is felt: how long an answer is believed, and how often
# a body that flows looks again.
_BELIEVED_S = 2.0
_LOOK_EVERY_S = 2.0
# The database away: what flows goes on flowing for so long.
_PATIENCE_S = 60.0
_REMEMBERED = 2_000
_GONE = "This play has ended: start it again."


def make_pass(key: bytes, session_id: UUID, now_s: float | None = None) -> str:
    """The word that goes into media URLs: the session, when it was made, and a signature; 48 URL-safe characters."""
    body = _BODY.pack(session_id.bytes, int(time.time() if now_s is None else now_s))
    return base64.urlsafe_b64encode(body + _sign(key, body)).decode()


def read_pass(key: bytes, word: str, now_s: float | None = None) -> UUID | None:
    """The session a pass was made for; None when it is not ours or older than a week."""
    if len(word) != LENGTH:
        return None
    try:
        data = base64.b64decode(word.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, mac = data[: _BODY.size], data[_BODY.size :]
    if len(data) != _BODY.size + _MAC or not hmac.compare_digest(mac, _sign(key, body)):
        return None
    session, made = _BODY.unpack(body)
    age = (time.time() if now_s is None else now_s) - made
    return UUID(bytes=session) if -60 <= age <= _LONGEST_S else None


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"media-pass:" + body, hashlib.sha256)[:_MAC]


class Opened(msgspec.Struct, frozen=True):
    """A session as the bytes door needs it; `path` and `root` are those of its file now."""

    session: Session
    path: bytes
    root: bytes


class Passes:
    """What this process believes of passes for two seconds, in front of the database."""

    def __init__(self, database: Database, key: bytes) -> None:
        if len(key) < 32:
            raise ValueError("the key of media passes has at least 32 bytes")
        self._database = database
        self._key = key
        self._known: OrderedDict[UUID, tuple[float, Opened | None]] = OrderedDict()

    def issue(self, session_id: UUID) -> str:
        return make_pass(self._key, session_id)

    async def open(self, word: str) -> Opened:
        """The session behind a pass; NotFound when it is forged or old, or its session or sign-in has ended."""
        session_id = read_pass(self._key, word)
        if session_id is None:
            raise NotFound(_GONE)
        opened = await self._look(session_id)
        if opened is None:
            raise NotFound(_GONE)
        return opened

    def forget(self, session_id: UUID) -> None:
        """After a change made here: the next look asks the database."""
        self._known.pop(session_id, None)

    @contextlib.asynccontextmanager
    async def following(self, session_id: UUID) -> AsyncIterator[Callable[[], bool]]:
        """While bytes flow: gives what tells whether the session still lasts."""
        lasts = True

        async def look() -> None:
            nonlocal lasts
            answered = time.monotonic()
            while lasts:
                await asyncio.sleep(_LOOK_EVERY_S)
                try:
                    lasts = await self._look(session_id) is not None
                    answered = time.monotonic()
                except (Unavailable, TimeoutError):
                    lasts = time.monotonic() - answered < _PATIENCE_S

        looking = asyncio.create_task(look(), name="media-pass")
        try:
            yield lambda: lasts
        finally:
            looking.cancel()

    async def _look(self, session_id: UUID) -> Opened | None:
        known = self._known.get(session_id)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        until = time.monotonic() + _BELIEVED_S
        async with self._database.transaction() as tx:
            opened = await _open(tx, session_id)
        self._known[session_id] = (until, opened)
        self._known.move_to_end(session_id)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return opened


async def _open(tx: Tx, session_id: UUID) -> Opened | None:
    """The session if it may still be used; looking is a sign of life, noted at most every ten seconds."""
    row = await tx.fetchrow(
        """select s.*, f.folder, f.name, r.path as root
           from playback.session s
               join accounts.account c on c.id = s.account_id and not c.disabled
               left join accounts.session a on a.id = s.auth_session_id
               left join accounts.api_key k on k.id = s.api_key_id
               join libraries.file f on f.id = s.file_id join libraries.root r on r.id = f.root_id
           where s.id = $1 and accounts.sees(s.account_id, s.item_id)
               and s.ended_at is null and s.seen_at > now() - make_interval(secs => $2)
               and (s.auth_session_id is null or (a.ended_at is null and a.expires_at > now()))
               and (s.api_key_id is null or k.expires_at is null or k.expires_at > now())""",
        session_id,
        float(_IDLE_S),
    )
    if row is None:
        return None
    await tx.execute(
        "update playback.session set seen_at = now() where id = $1 and seen_at < now() - interval '10 seconds'",
        session_id,
    )
    session, path, root = read_session(row)
    return Opened(session, path, root)
