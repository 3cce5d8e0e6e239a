"""Passkeys (WebAuthn): signing in with a device's own key, which asks its owner for a finger, a face or a PIN.

A passkey with user verification is both factors in one. It is bound to the name of the site that it was made at
(`rp_id`), which the browser keeps to; the origin is compared here too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from hearth.accounts.audit import By, note
from hearth.accounts.ceremonies import begin_ceremony, finish_ceremony
from hearth.accounts.gate import Begin, Gate
from hearth.accounts.people import account
from hearth.accounts.sessions import Device
from hearth.accounts.signin import SignedIn, open_signed_in
from hearth.accounts.throttle import by_address, by_beginning
from hearth.accounts.viewer import Viewer
from hearth.db import Tx, columns, struct_row, struct_rows
from hearth.kit.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated
from hearth.kit.ids import new_id

MAX_PASSKEYS = 20
_TRANSPORTS = frozenset({"usb", "nfc", "ble", "internal", "hybrid", "smart-card", "cable"})
_WRONG = "This passkey is not one of ours, or it was not confirmed."


class Passkey(msgspec.Struct, frozen=True):
    """A passkey without its key."""

    id: UUID
    name: str
    rp_id: str
    created_at: datetime
    used_at: datetime | None


class Options(msgspec.Struct, frozen=True):
    """What the browser is asked: `options` goes into navigator.credentials, `ceremony` comes back with its answer."""

    ceremony: str
    options: dict[str, Any]


_PASSKEY = columns(Passkey, "p")


def site_of(origin: str) -> str:
    """The name that passkeys of a page are bound to. Invalid for pages that browsers give none."""
    host = urlsplit(origin).hostname or ""
    if not host or host.replace(".", "").isdigit() or ":" in host:
        raise Invalid("Passkeys need a name: open Hearth by its host name instead of a number.")
    return host


async def begin_passkey(tx: Tx, viewer: Viewer, origin: str) -> Options:
    """The first step of making a passkey. The password was asked for before."""
    import webauthn
    from webauthn.helpers import structs

    held = await tx.fetch("select credential_id from accounts.passkey where account_id = $1", viewer.account_id)
    if len(held) >= MAX_PASSKEYS:
        raise Conflict(f"An account has at most {MAX_PASSKEYS} passkeys: delete one that is not used.")
    site = site_of(origin)
    made = webauthn.generate_registration_options(
        rp_id=site,
        rp_name="Hearth",
        user_name=viewer.username,
        user_id=viewer.account_id.bytes,
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=row["credential_id"]) for row in held],
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    ceremony = await begin_ceremony(
        tx, "passkey.add", viewer.account_id, challenge=made.challenge.hex(), origin=origin, site=site
    )
    return Options(ceremony, msgspec.json.decode(webauthn.options_to_json(made)))


async def add_passkey(
    begin: Begin, viewer: Viewer, ceremony: str, name: str, credential: Mapping[str, Any], by: By
) -> Passkey:
    """The second step: the browser's answer. Invalid when it does not hold, Conflict for a passkey that is known."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    name = _name(name)
    async with begin() as tx:
        begun = await finish_ceremony(tx, "passkey.add", ceremony)
    if begun is None or begun.account_id != viewer.account_id:
        raise Invalid("That took too long: begin again.")
    try:
        proof = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=bytes.fromhex(begun.data["challenge"]),
            expected_rp_id=begun.data["site"],
            expected_origin=begun.data["origin"],
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Invalid("The device's answer does not hold: try again.") from error
    told = credential.get("response")
    given = told.get("transports") if isinstance(told, Mapping) else None
    transports = sorted(_TRANSPORTS.intersection(word for word in given or () if isinstance(word, str)))
    async with begin() as tx:
        row = await tx.fetchrow(
            f"""insert into accounts.passkey as p
                    (id, account_id, credential_id, public_key, sign_count, rp_id, name, transports)
                values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (credential_id) do nothing returning {_PASSKEY}""",  # noqa: S608 - our own words
            new_id(), viewer.account_id, proof.credential_id, proof.credential_public_key, proof.sign_count,
            begun.data["site"], name, transports,
        )  # fmt: skip
        if row is None:
            raise Conflict("This passkey is known already.")
        made = struct_row(Passkey, row)
        await note(tx, by, "passkey.added", "passkey", made.id, made.name)
    return made


async def passkeys_list(tx: Tx, account_id: UUID) -> list[Passkey]:
    """An account's passkeys, the newest first."""
    rows = await tx.fetch(
        f"select {_PASSKEY} from accounts.passkey p where account_id = $1 order by created_at desc, id desc",  # noqa: S608
        account_id,
    )
    return struct_rows(Passkey, rows)


async def rename_passkey(tx: Tx, account_id: UUID, passkey_id: UUID, name: str, by: By) -> Passkey:
    """Gives one of an account's own another name, or NotFound."""
    row = await tx.fetchrow(
        f"update accounts.passkey p set name = $3 where id = $1 and account_id = $2 returning {_PASSKEY}",  # noqa: S608
        passkey_id,
        account_id,
        _name(name),
    )
    if row is None:
        raise NotFound("There is no such passkey.")
    renamed = struct_row(Passkey, row)
    await note(tx, by, "passkey.renamed", "passkey", renamed.id, renamed.name)
    return renamed


async def delete_passkey(tx: Tx, account_id: UUID, passkey_id: UUID, by: By) -> None:
    """Deletes one of an account's own, or NotFound."""
    name = await tx.fetchval(
        "delete from accounts.passkey where id = $1 and account_id = $2 returning name", passkey_id, account_id
    )
    if name is None:
        raise NotFound("There is no such passkey.")
    await note(tx, by, "passkey.removed", "passkey", passkey_id, name)


async def ask_passkey(begin: Begin, gate: Gate, origin: str, address: str | None) -> Options:
    """The first step of signing in with whatever passkey the device holds for this site; says nothing of accounts."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    await gate.throttle.reserve(by_beginning(address))
    site = site_of(origin)
    asked = webauthn.generate_authentication_options(rp_id=site, user_verification=UserVerificationRequirement.REQUIRED)
    async with begin() as tx:
        ceremony = await begin_ceremony(tx, "passkey.login", challenge=asked.challenge.hex(), origin=origin, site=site)
    return Options(ceremony, msgspec.json.decode(webauthn.options_to_json(asked)))


async def login_with_passkey(
    begin: Begin, gate: Gate, ceremony: str, credential: Mapping[str, Any], device: Device, *, cookie: bool = False
) -> SignedIn:
    """The second step: Unauthenticated when the answer does not hold, Denied for a disabled account."""
    attempts = by_address(device.address)
    await gate.throttle.reserve(attempts)
    async with begin() as tx:
        begun = await finish_ceremony(tx, "passkey.login", ceremony)
    if begun is None:
        raise Unauthenticated("That took too long: try again.")
    async with begin() as tx:
        row = await tx.fetchrow(
            "select * from accounts.passkey where credential_id = $1 and rp_id = $2 for update",
            _id_of(credential),
            begun.data["site"],
        )
        count = _verify(credential, begun.data, row["public_key"], row["sign_count"]) if row is not None else None
        if row is not None and count is not None:
            await tx.execute(
                "update accounts.passkey set sign_count = $2, used_at = now() where id = $1", row["id"], count
            )
            person = await account(tx, row["account_id"])
            if person.disabled:
                raise Denied("This account is disabled: ask an administrator.")
            await gate.throttle.release(attempts)
            return await open_signed_in(tx, gate, person, device, "passkey", cookie=cookie)
    raise Unauthenticated(_WRONG)


def _name(words: str) -> str:
    name = "".join(c for c in words if c.isprintable()).strip()[:200]
    if not name:
        raise Invalid("A passkey has a name, to tell it from others.", extra={"field": "name"})
    return name


def _id_of(credential: Mapping[str, Any]) -> bytes:
    from webauthn.helpers import base64url_to_bytes

    found = credential.get("id")
    with contextlib.suppress(ValueError):
        return base64url_to_bytes(found)[:1024] if isinstance(found, str) else b""
    return b""


def _verify(credential: Mapping[str, Any], begun: Mapping[str, Any], public_key: bytes, count: int) -> int | None:
    """The device's new count of signatures, or None. A count that does not grow is a copied key: refused."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        proof = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=bytes.fromhex(begun["challenge"]),
            expected_rp_id=begun["site"],
            expected_origin=begun["origin"],
            credential_public_key=public_key,
            credential_current_sign_count=count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        return None
    return proof.new_sign_count
