"""Signing in: with a password, by setting the server up, with a refresh token; and changing the password.

These take `begin`, the door's way to open a transaction, in place of a transaction: a password takes milliseconds of a
thread to hash and may wait its turn, and nobody's database connection is to wait with it.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from hearth.accounts.audit import By, note
from hearth.accounts.ceremonies import LIFE_S, begin_ceremony, finish_ceremony, peek_ceremony
from hearth.accounts.gate import Begin, Gate
from hearth.accounts.names import readable, username_key
from hearth.accounts.people import Account, account, create_first_account, set_password, setup_required
from hearth.accounts.sessions import Device, end_sessions, open_session, renew, session_standing
from hearth.accounts.throttle import by_account, by_address, by_second_factor, by_strangers
from hearth.accounts.tokens import ACCESS_S
from hearth.accounts.totp import SecondFactor, check_totp, second_factor, use_recovery_code
from hearth.accounts.viewer import Viewer
from hearth.db import Tx
from hearth.kit.errors import Conflict, Denied, Invalid, TooMany, Unauthenticated

_DISABLED = "This account is disabled: ask an administrator."
_WRONG = "The user name or the password is wrong."


class SignedIn(msgspec.Struct, frozen=True):
    """What a client gets, once. `expires_in` is the access token's life in seconds."""

    account: Account
    session_id: UUID
    permissions: frozenset[str]
    access_token: str
    refresh_token: str
    expires_in: int = ACCESS_S
    cookie: str | None = None
    csrf: str | None = None


class _Found(msgspec.Struct, frozen=True):
    """What a name led to. Nobody of that name looks the same but for `id`."""

    id: UUID | None = None
    password_hash: str | None = None
    known_address: bool = False


async def set_up(
    begin: Begin, gate: Gate, username: str, password: str, device: Device, *, cookie: bool = False
) -> SignedIn:
    """Makes the first account, an administrator, and signs it in; Conflict once there is a user."""
    async with begin() as tx:
        if not await setup_required(tx):
            raise Conflict("This server is set up already: sign in instead.")
    password_hash = await gate.passwords.make(username, password)
    async with begin() as tx:
        first = await create_first_account(tx, username, password_hash)
        return await open_signed_in(tx, gate, first, device, "setup", cookie=cookie)


async def login(
    begin: Begin,
    gate: Gate,
    username: str,
    password: str,
    device: Device,
    *,
    cookie: bool = False,
    code: str | None = None,
) -> SignedIn:
    """Signs in with a password. Unauthenticated with one answer, and after the same time, for whatever is wrong with
    name or password; Denied for a disabled account; TooMany when the address or the account is throttled.

    For an account with a second factor that is half of it: with `code` the other half follows at once, without one
    Unauthenticated carries the ticket that `second_step` takes.
    """
    counted, strangers = [by_address(device.address)], by_strangers(username)
    gate.throttle.check(counted[0])
    try:
        gate.throttle.check(strangers)
        gate.passwords.check_room(stranger=True)
    except TooMany:
        if not await gate.homes.include(begin, username, device.address):
            raise
    await gate.throttle.reserve(counted[0])
    try:
        async with begin() as tx:
            found = await _find(tx, username, device.address)
        if not found.known_address:
            await gate.throttle.reserve(strangers)
            counted.append(strangers)
        verdict = await gate.passwords.verify(found.password_hash, password, stranger=not found.known_address)
    except BaseException:
        await gate.throttle.release(*counted)
        raise
    if not verdict.right or found.id is None:
        async with begin() as tx:
            # A name that is nobody's may be a password in the wrong field: it is not kept.
            by = By(username if found.id else "somebody", None, device.address, device.client)
            await note(tx, by, "login.failed", "user", found.id, username if found.id else None)
        raise Unauthenticated(_WRONG)
    await gate.throttle.release(*counted)
    async with begin() as tx:
        now = await tx.fetchval("select password_hash from accounts.account where id = $1 for update", found.id)
        if now == found.password_hash:
            if verdict.upgraded:
                await set_password(tx, found.id, verdict.upgraded)
            person = await account(tx, found.id)
            if person.disabled:
                raise Denied(_DISABLED)
            factor = await second_factor(tx, person.id)
            if not factor.totp and not (factor.required and factor.passkeys):
                return await open_signed_in(tx, gate, person, device, "password", cookie=cookie)
            ticket = await begin_ceremony(tx, "half", person.id)
            await note(tx, By(person.username, person.id, device.address, device.client), "login.half")
    if now == found.password_hash:
        if code is None or not factor.totp:
            raise _half(ticket, factor, "Enter the code of your authenticator app.")
        return await second_step(begin, gate, ticket, code, device, cookie=cookie)
    # The password, or its hash alone, changed while this one was checked: checked again, against what is there now.
    return await login(begin, gate, username, password, device, cookie=cookie, code=code)


async def second_step(
    begin: Begin, gate: Gate, ticket: str, code: str, device: Device, *, cookie: bool = False
) -> SignedIn:
    """The other half of a sign-in: a code of the app, or a recovery code. The ticket is good for five minutes and one
    sign-in, and for nothing else. Unauthenticated for a wrong code, TooMany after several."""
    async with begin() as tx:
        half = await peek_ceremony(tx, "half", ticket)
    if half is None or half.account_id is None:
        raise Unauthenticated("That took too long: sign in again.")
    limits = by_second_factor(half.account_id)
    for limit in limits:
        await gate.throttle.reserve(limit)
    async with begin() as tx:
        method = await _check_code(tx, gate, half.account_id, code)
        if method is not None and await finish_ceremony(tx, "half", ticket) is not None:
            person = await account(tx, half.account_id)
            if person.disabled:
                raise Denied(_DISABLED)
            await gate.throttle.release(*limits)
            return await open_signed_in(tx, gate, person, device, method, cookie=cookie)
        factor = await second_factor(tx, half.account_id)
        person = await account(tx, half.account_id)
        by = By(person.username, None, device.address, device.client)
        await note(tx, by, "login.failed", "user", person.id, person.username, second_factor=True)
    raise _half(ticket, factor, "That is not the code, or it was used already: wait for the next one.")


async def _check_code(tx: Tx, gate: Gate, account_id: UUID, code: str) -> str | None:
    if await check_totp(tx, gate.sealing_key, account_id, code):
        return "totp"
    return "recovery_code" if await use_recovery_code(tx, gate.recovery_key, account_id, code) else None


def _half(ticket: str, factor: SecondFactor, detail: str) -> Unauthenticated:
    methods = (["totp", "recovery_code"] if factor.totp else []) + (["passkey"] if factor.passkeys else [])
    return Unauthenticated(
        detail, extra={"second_factor": {"ticket": ticket, "methods": methods, "expires_in": LIFE_S}}
    )


async def confirm_password(begin: Begin, gate: Gate, viewer: Viewer, password: str | None) -> None:
    """Asks a signed-in account for its password again, before what a stolen session must not do. Invalid when wrong.

    An account without a password (it signs in by a provider) is not asked.
    """
    async with begin() as tx:
        known = await tx.fetchval("select password_hash from accounts.account where id = $1", viewer.account_id)
    if known is None:
        return
    attempts = by_account(viewer.account_id)
    await gate.throttle.reserve(attempts)
    if not (await gate.passwords.verify(known, password or "")).right:
        raise Invalid("The password is wrong.", extra={"field": "password"})
    await gate.throttle.release(attempts)


async def refresh(begin: Begin, gate: Gate, token: str) -> SignedIn:
    """New tokens for a refresh token, which is then used up; Unauthenticated when it is not good.

    A token used before, more than ten seconds ago, ends its session: somebody holds a copy.
    """
    async with begin() as tx:
        renewed = await renew(tx, token, gate.refresh_key)
        person = await account(tx, renewed.account_id) if renewed else None
        words = await _permissions(tx, gate, renewed.session_id) if renewed else frozenset()
    if renewed is None or person is None:
        raise Unauthenticated("This session is over: sign in again.")
    access = gate.tokens.sign(renewed.account_id, renewed.session_id, renewed.role)
    return SignedIn(person, renewed.session_id, words, access, renewed.refresh_token)


async def change_password(begin: Begin, gate: Gate, viewer: Viewer, current: str, new: str, by: By) -> None:
    """Replaces the viewer's own password and ends all sessions but this one; Invalid when `current` is wrong."""
    attempts = by_account(viewer.account_id)
    await gate.throttle.reserve(attempts)
    async with begin() as tx:
        known = await tx.fetchval("select password_hash from accounts.account where id = $1", viewer.account_id)
    if not (await gate.passwords.verify(known, current)).right:
        raise Invalid("The current password is wrong.", extra={"field": "current"})
    await gate.throttle.release(attempts)
    password_hash = await gate.passwords.make(viewer.username, new)
    async with begin() as tx:
        await set_password(tx, viewer.account_id, password_hash)
        ended = await end_sessions(tx, viewer.account_id, keep=viewer.session_id)
        await note(tx, by, "password.changed", "user", viewer.account_id, viewer.username)
    await gate.forget(*ended)


async def _find(tx: Tx, username: str, address: str | None) -> _Found:
    """`known_address`: the account was signed in from there within the time that sessions are kept."""
    row = await tx.fetchrow(
        "select a.id, a.password_hash, exists (select from accounts.session s"
        " where s.account_id = a.id and s.address = $2) as known_address"
        " from accounts.account a where a.username_key = $1",
        username_key(username) if readable(username) else None,
        address,
    )
    return _Found(row["id"], row["password_hash"], row["known_address"]) if row else _Found()


async def open_signed_in(
    tx: Tx, gate: Gate, person: Account, device: Device, method: str, *, cookie: bool = False
) -> SignedIn:
    """Opens a session for somebody who has shown who they are by `method`, and notes it."""
    opened = await open_session(tx, person.id, device, cookie=cookie, method=method)
    by = By(person.username, person.id, device.address, device.client)
    action = "setup" if method == "setup" else "login"
    await note(tx, by, action, "session", opened.session_id, device.name, method=method)
    return SignedIn(
        person,
        opened.session_id,
        await _permissions(tx, gate, opened.session_id),
        gate.tokens.sign(person.id, opened.session_id, person.role),
        opened.refresh_token,
        cookie=opened.cookie,
        csrf=opened.csrf,
    )


async def _permissions(tx: Tx, gate: Gate, session_id: UUID) -> frozenset[str]:
    standing = await session_standing(tx, session_id)
    return standing.viewer(gate.roles).permissions if standing else frozenset()
