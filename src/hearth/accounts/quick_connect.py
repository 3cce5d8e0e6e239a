"""Quick connect: a device without a keyboard shows a code, somebody signed in elsewhere approves it.

The code is for people: six characters, five minutes, once. What the device gets its sign-in with is a secret of its
own; knowing the code alone gives nothing.
"""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from uuid import UUID

import msgspec

from hearth.accounts.audit import By, note
from hearth.accounts.ceremonies import LIFE_S
from hearth.accounts.gate import Begin, Gate
from hearth.accounts.people import account
from hearth.accounts.sessions import Device
from hearth.accounts.signin import SignedIn, open_signed_in
from hearth.accounts.throttle import by_account, by_address, by_beginning
from hearth.accounts.tokens import hash_secret
from hearth.accounts.viewer import Viewer
from hearth.db import Tx
from hearth.kit.errors import Denied, NotFound, Unauthenticated
from hearth.kit.ids import new_id

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 6
_GONE = "There is no such code, or its five minutes are over: ask the device for a new one."


class Shown(msgspec.Struct, frozen=True):
    """What a device is given: the code to show, and the secret to ask with."""

    code: str
    secret: str
    expires_in: int = LIFE_S

    def __repr__(self) -> str:
        return "Shown()"


class Asking(msgspec.Struct, frozen=True):
    """The device behind a code, for whoever is about to let it in."""

    code: str
    device: str | None
    client: str | None
    address: str | None
    created_at: datetime
    expires_at: datetime


async def begin_quick_connect(begin: Begin, gate: Gate, device: Device) -> Shown:
    """A new code for a device; TooMany when its address begins too often."""
    await gate.throttle.reserve(by_beginning(device.address))
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    async with begin() as tx:
        while True:
            code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
            done = await tx.execute(
                """insert into accounts.quick_connect (id, code, secret_hash, device, client, address, expires_at)
                   values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
                   on conflict (code) do nothing""",
                new_id(), code, hash_secret(secret), _line(device.name), _line(device.client), device.address,
                float(LIFE_S),
            )  # fmt: skip
            if not done.endswith(" 0"):
                return Shown(code, secret)


async def find_quick_connect(begin: Begin, gate: Gate, viewer: Viewer, code: str) -> Asking:
    """Which device a code is of. NotFound for one that is none; several of those and it is TooMany."""
    attempts = by_account(viewer.account_id, "codes")
    await gate.throttle.reserve(attempts)
    async with begin() as tx:
        row = await tx.fetchrow(
            """select code, device, client, address, created_at, expires_at from accounts.quick_connect
               where code = $1 and account_id is null and expires_at > now()""",
            _plain(code),
        )
    if row is None:
        raise NotFound(_GONE)
    await gate.throttle.release(attempts)
    return Asking(*row)


async def approve_quick_connect(begin: Begin, gate: Gate, viewer: Viewer, code: str, by: By) -> Asking:
    """Lets the device in as the viewer; a code is approved once. NotFound and TooMany as when it is looked for."""
    asking = await find_quick_connect(begin, gate, viewer, code)
    async with begin() as tx:
        approved = await tx.fetchval(
            """update accounts.quick_connect set account_id = $2
               where code = $1 and account_id is null and expires_at > now() returning id""",
            asking.code,
            viewer.account_id,
        )
        if approved is None:
            raise NotFound(_GONE)
        await note(tx, by, "quick_connect.approved", "device", approved, asking.device, address=asking.address)
    return asking


async def refuse_quick_connect(begin: Begin, gate: Gate, viewer: Viewer, code: str, by: By) -> None:
    """Ends a code that is not the viewer's doing; its device is told so. NotFound and TooMany as when it is looked
    for."""
    asking = await find_quick_connect(begin, gate, viewer, code)
    async with begin() as tx:
        refused = await tx.fetchval(
            "delete from accounts.quick_connect where code = $1 and account_id is null returning id", asking.code
        )
        if refused is None:
            raise NotFound(_GONE)
        await note(tx, by, "quick_connect.refused", "device", refused, asking.device, address=asking.address)


async def finish_quick_connect(
    begin: Begin, gate: Gate, secret: str, device: Device, *, cookie: bool = False
) -> SignedIn | None:
    """Signs the device in, once it was approved; None while nobody did. Unauthenticated when it is over or used."""
    attempts = by_address(device.address)
    await gate.throttle.reserve(attempts)
    async with begin() as tx:
        row = await tx.fetchrow(
            "select id, account_id, device from accounts.quick_connect"
            " where secret_hash = $1 and expires_at > now() for update",
            hash_secret(secret),
        )
        signed_in = (
            None if row is None or row["account_id"] is None else await _enter(tx, gate, row["id"], device, cookie)
        )
    if row is None:
        raise Unauthenticated(_GONE)
    await gate.throttle.release(attempts)
    return signed_in


async def _enter(tx: Tx, gate: Gate, id_: UUID, device: Device, cookie: bool) -> SignedIn:
    row = await tx.fetchrow("delete from accounts.quick_connect where id = $1 returning account_id, device", id_)
    if row is None:
        raise Unauthenticated(_GONE)
    person = await account(tx, row["account_id"])
    if person.disabled:
        raise Denied("This account is disabled: ask an administrator.")
    known = msgspec.structs.replace(device, name=device.name or row["device"])
    return await open_signed_in(tx, gate, person, known, "quick_connect", cookie=cookie)


def _plain(code: str) -> str:
    return code.replace(" ", "").replace("-", "").upper()[:16]


def _line(words: str | None) -> str | None:
    """What a device says of itself, as one short line."""
    return "".join(c for c in words if c.isprintable())[:200].strip() or None if words else None
