"""Codes by an authenticator app (TOTP, RFC 6238) as a second factor, and recovery codes for who lost the device.

Six digits, thirty seconds, SHA-1: the setting that every app knows. A code is good for its step and one step before or
after, and once: the step used last is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
import time
from datetime import datetime
from uuid import UUID

import msgspec
import pyotp
import segno

from hearth.accounts.sealed import seal, unseal
from hearth.db import Tx
from hearth.kit.errors import Conflict, Invalid

STEP_S = 30
RECOVERY_CODES = 10
_SPREAD = 1
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH = 10


class Enrolment(msgspec.Struct, frozen=True):
    """What an app is given, once: the secret in base32, as an otpauth: address, and that as an SVG picture."""

    secret: str
    uri: str
    qr_svg: str

    def __repr__(self) -> str:
        return "Enrolment()"


class SecondFactor(msgspec.Struct, frozen=True):
    """How an account stands. `required`: an administrator asks for one, by the account or its role."""

    totp: bool
    totp_since: datetime | None
    recovery_codes: int
    passkeys: int
    required: bool


async def second_factor(tx: Tx, account_id: UUID) -> SecondFactor:
    """Which second factors an account has and whether it must have one."""
    row = await tx.fetchrow(
        """select t.confirmed_at,
               (select count(*) from accounts.recovery_code c where c.account_id = a.id and c.used_at is null) as codes,
               (select count(*) from accounts.passkey p where p.account_id = a.id) as passkeys,
               a.second_factor_required
                   or exists (select from accounts.role_rule r where r.role = a.role and r.second_factor) as required
           from accounts.account a left join accounts.totp t on t.account_id = a.id where a.id = $1""",
        account_id,
    )
    if row is None:
        return SecondFactor(False, None, 0, 0, False)
    since = row["confirmed_at"]
    return SecondFactor(since is not None, since, row["codes"], row["passkeys"], row["required"])


async def begin_totp(tx: Tx, key: bytes, account_id: UUID, username: str) -> Enrolment:
    """A new secret, worth nothing until `confirm_totp`. Conflict while there is an app already. `key` encrypts it."""
    secret = pyotp.random_base32()
    done = await tx.execute(
        """insert into accounts.totp (account_id, secret) values ($1, $2) on conflict (account_id)
           do update set secret = excluded.secret, created_at = now(), last_step = 0
           where totp.confirmed_at is null""",
        account_id,
        seal(key, secret.encode(), account_id.bytes),
    )
    if done.endswith(" 0"):
        raise Conflict("An authenticator app is set up already: take it away first.")
    uri = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name="Hearth")
    picture = io.BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", scale=4, border=4, xmldecl=False, svgns=True)
    return Enrolment(secret, uri, picture.getvalue().decode())


async def confirm_totp(tx: Tx, key: bytes, code_key: bytes, account_id: UUID, code: str) -> list[str]:
    """Makes the app count, by a code of it, and gives the recovery codes. Invalid for a wrong code."""
    if not await check_totp(tx, key, account_id, code, confirmed=False):
        raise Invalid("That is not the code: look again, and check the clock of the device.", extra={"field": "code"})
    await tx.execute("update accounts.totp set confirmed_at = now() where account_id = $1", account_id)
    return await new_recovery_codes(tx, code_key, account_id)


async def check_totp(tx: Tx, key: bytes, account_id: UUID, code: str, *, confirmed: bool = True) -> bool:
    """Whether this is a code of the account's app that was not used before; it is used up by that."""
    row = await tx.fetchrow(
        "select secret, last_step from accounts.totp where account_id = $1 and (confirmed_at is not null) = $2"
        " for update",
        account_id,
        confirmed,
    )
    code = code.replace(" ", "")
    if row is None or len(code) != 6 or not (code.isascii() and code.isdigit()):
        return False
    app = pyotp.TOTP(unseal(key, row["secret"], account_id.bytes).decode())
    now = int(time.time()) // STEP_S
    for step in range(max(now - _SPREAD, row["last_step"] + 1), now + _SPREAD + 1):
        if hmac.compare_digest(app.generate_otp(step), code):
            await tx.execute("update accounts.totp set last_step = $2 where account_id = $1", account_id, step)
            return True
    return False


async def end_totp(tx: Tx, account_id: UUID) -> bool:
    """Takes the app and the recovery codes away; whether there was one."""
    await tx.execute("delete from accounts.recovery_code where account_id = $1", account_id)
    return not (await tx.execute("delete from accounts.totp where account_id = $1", account_id)).endswith(" 0")


async def reset_second_factor(tx: Tx, account_id: UUID) -> bool:
    """Takes app, recovery codes and passkeys away, for whoever lost them all; whether there was one."""
    app = await end_totp(tx, account_id)
    keys = await tx.execute("delete from accounts.passkey where account_id = $1", account_id)
    return app or not keys.endswith(" 0")


async def new_recovery_codes(tx: Tx, code_key: bytes, account_id: UUID) -> list[str]:
    """Ten new codes in place of the old ones; each lets in once, without the app."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES)]
    await tx.execute("delete from accounts.recovery_code where account_id = $1", account_id)
    await tx.executemany(
        "insert into accounts.recovery_code (account_id, hash) values ($1, $2)",
        [(account_id, _hash(code_key, code)) for code in codes],
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]


async def use_recovery_code(tx: Tx, code_key: bytes, account_id: UUID, code: str) -> bool:
    """Whether this is a recovery code that was not used; it is used up by that."""
    plain = code.replace("-", "").replace(" ", "").upper()
    if len(plain) != _LENGTH:
        return False
    done = await tx.execute(
        "update accounts.recovery_code set used_at = now() where account_id = $1 and hash = $2 and used_at is null",
        account_id,
        _hash(code_key, plain),
    )
    return not done.endswith(" 0")


def _hash(code_key: bytes, code: str) -> bytes:
    return hmac.digest(code_key, code.encode("utf-8", "replace"), hashlib.sha256)
