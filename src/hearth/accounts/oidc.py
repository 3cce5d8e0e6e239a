"""Signing in by an OpenID provider: which ones there are, whose account an identity opens, and what role it gives.

An identity is known by provider and subject, never by a name or address that the provider may let people choose. The
provider itself is asked by `hearth.providers`; here is what follows from its answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from hearth.accounts.audit import By, note
from hearth.accounts.gate import Begin, Gate
from hearth.accounts.names import MAX_LENGTH, clean_username, username_key
from hearth.accounts.people import Account, account, change_account, create_account
from hearth.accounts.roles import check_role
from hearth.accounts.sealed import seal, unseal
from hearth.accounts.sessions import Device
from hearth.accounts.signin import SignedIn, open_signed_in
from hearth.db import Tx, columns, struct_row, struct_rows
from hearth.kit.errors import Conflict, Denied, Invalid, NotFound
from hearth.kit.ids import new_id

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_NOBODY = "Nobody here belongs to this sign-in: ask an administrator, or link it under your account."


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID provider. `allow_private`: it may lie in this machine's network; the command line alone says so.

    `create_accounts`: who comes for the first time gets an account, if `require_claim` is none or holds one of
    `require_values`. `roles` maps a value of `role_claim` to a role, the first that fits; `default_role` else.
    """

    name: str
    title: str
    issuer: str
    client_id: str
    scopes: list[str] = msgspec.field(default_factory=lambda: ["openid", "profile"])
    enabled: bool = True
    allow_private: bool = False
    create_accounts: bool = False
    require_claim: str | None = None
    require_values: list[str] = []
    username_claim: str = "preferred_username"
    role_claim: str | None = None
    roles: dict[str, str] = {}
    default_role: str = "user"


class Link(msgspec.Struct, frozen=True):
    """An identity at a provider that opens an account; `name` is what the provider calls it."""

    id: UUID
    provider: str
    name: str | None
    created_at: datetime
    used_at: datetime | None


_PROVIDER = columns(Provider, "p")
_LINK = columns(Link, "l")


async def oidc_providers(tx: Tx, *, enabled: bool = False) -> list[Provider]:
    """The providers by title, without their secrets; with `enabled` those alone."""
    rows = await tx.fetch(
        f"select {_PROVIDER} from accounts.oidc_provider p where p.enabled or not $1 order by title, name",  # noqa: S608
        enabled,
    )
    return struct_rows(Provider, rows)


async def oidc_provider(tx: Tx, gate: Gate, name: str) -> tuple[Provider, str | None]:
    """One enabled provider and its secret, or NotFound."""
    row = await tx.fetchrow(
        f"select {_PROVIDER} from accounts.oidc_provider p where name = $1 and enabled",  # noqa: S608 - our own words
        name,
    )
    if row is None:
        raise NotFound("There is no such provider.")
    sealed = await tx.fetchval("select client_secret from accounts.oidc_provider where name = $1", name)
    secret = unseal(gate.sealing_key, sealed, name.encode()).decode() if sealed is not None else None
    return struct_row(Provider, row), secret


async def put_oidc_provider(
    tx: Tx, sealing_key: bytes, wanted: Provider, client_secret: str | None, by: By
) -> Provider:
    """Makes or replaces a provider; `client_secret` None keeps the one that is there. Invalid for what makes no sense.

    Another issuer drops the secret and the links: a subject there is somebody else.
    """
    if _NAME.fullmatch(wanted.name) is None:
        raise Invalid("A provider's name is made of a-z, 0-9, - and _, up to 32 of them.", extra={"field": "name"})
    if not wanted.issuer.startswith(("https://", "http://")) or "?" in wanted.issuer or "#" in wanted.issuer:
        raise Invalid("The issuer is an address that begins with https://.", extra={"field": "issuer"})
    if wanted.issuer.startswith("http://") and not wanted.allow_private:
        raise Invalid("The issuer is an address that begins with https://.", extra={"field": "issuer"})
    for role in {wanted.default_role, *wanted.roles.values()}:
        await check_role(tx, role)
    scopes = list(dict.fromkeys(["openid", *wanted.scopes]))
    before = await tx.fetchval("select issuer from accounts.oidc_provider where name = $1 for update", wanted.name)
    if before is not None and before != wanted.issuer:
        await tx.execute("delete from accounts.oidc_provider where name = $1", wanted.name)
    fields = {**msgspec.structs.asdict(wanted), "scopes": scopes}
    secret = None if client_secret is None else seal(sealing_key, client_secret.encode(), wanted.name.encode())
    names = [*fields, "client_secret"]
    places = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    updates = ", ".join(f"{name} = excluded.{name}" for name in names[1:-1])
    row = await tx.fetchrow(
        f"insert into accounts.oidc_provider as p ({', '.join(names)}) values ({places}) on conflict (name) do update"  # noqa: S608 - our own words
        f" set {updates}, client_secret = coalesce(excluded.client_secret, p.client_secret), updated_at = now()"
        f" returning {_PROVIDER}",
        *fields.values(),
        secret,
    )
    if row is None:
        raise NotFound("There is no such provider.")
    await note(tx, by, "oidc.provider_changed", "provider", wanted.name, wanted.title, issuer=wanted.issuer)
    return struct_row(Provider, row)


async def delete_oidc_provider(tx: Tx, name: str, by: By) -> None:
    """Deletes a provider with its links; accounts stay. NotFound when there is none."""
    title = await tx.fetchval("delete from accounts.oidc_provider where name = $1 returning title", name)
    if title is None:
        raise NotFound("There is no such provider.")
    await note(tx, by, "oidc.provider_deleted", "provider", name, title)


async def links_list(tx: Tx, account_id: UUID) -> list[Link]:
    """What identities open an account."""
    rows = await tx.fetch(
        f"select {_LINK} from accounts.oidc_link l where account_id = $1 order by created_at",  # noqa: S608
        account_id,
    )
    return struct_rows(Link, rows)


async def unlink(tx: Tx, account_id: UUID, link_id: UUID, by: By) -> None:
    """Takes a link away. Conflict for the last way into an account without a password or passkey."""
    row = await tx.fetchrow(
        """select l.provider, a.password_hash is not null
               or exists (select from accounts.passkey p where p.account_id = a.id)
               or (select count(*) from accounts.oidc_link o where o.account_id = a.id) > 1 as ok
           from accounts.oidc_link l join accounts.account a on a.id = l.account_id
           where l.id = $1 and a.id = $2 for update of a""",
        link_id,
        account_id,
    )
    if row is None:
        raise NotFound("There is no such link.")
    if not row["ok"]:
        raise Conflict("This is the only way into your account: make a passkey first, or ask for a password.")
    await tx.execute("delete from accounts.oidc_link where id = $1", link_id)
    await note(tx, by, "oidc.unlinked", "provider", row["provider"], row["provider"])


async def link(tx: Tx, account_id: UUID, provider: Provider, subject: str, claims: Mapping[str, Any], by: By) -> None:
    """Makes an identity open the account. Conflict when it opens another one."""
    taken = await tx.fetchval(
        "select account_id from accounts.oidc_link where provider = $1 and subject = $2", provider.name, subject
    )
    if taken is not None:
        raise Conflict("This sign-in is linked already." if taken == account_id else "It belongs to another user here.")
    await _link(tx, account_id, provider, subject, claims)
    await note(tx, by, "oidc.linked", "provider", provider.name, provider.title)


async def login_by_identity(
    begin: Begin,
    gate: Gate,
    provider: Provider,
    subject: str,
    claims: Mapping[str, Any],
    device: Device,
    *,
    cookie: bool = False,
) -> SignedIn:
    """Signs in whom the identity belongs to; makes an account for who is new, if the provider's rule says so.

    Denied when nobody belongs to it, and for a disabled account.
    """
    async with begin() as tx:
        found = await tx.fetchval(
            "update accounts.oidc_link set used_at = now() where provider = $1 and subject = $2 returning account_id",
            provider.name,
            subject,
        )
        person = await account(tx, found) if found is not None else await _create(tx, provider, subject, claims, device)
        if person.disabled:
            raise Denied("This account is disabled: ask an administrator.")
        role = _role(provider, claims)
        if found is not None and role is not None and role != person.role:
            person = await change_account(tx, person.id, role=role)
            by = By(f"provider {provider.name}", None, device.address, device.client)
            await note(tx, by, "user.changed", "user", person.id, person.username, role=role)
        return await open_signed_in(tx, gate, person, device, "oidc", cookie=cookie)


def values_of(claims: Mapping[str, Any], name: str) -> list[str]:
    """A claim's values as text; dots lead into objects ("realm_access.roles"), as providers nest them."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for step in name.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    listed = found if isinstance(found, list) else [] if found is None else [found]
    return [str(value) for value in listed if isinstance(value, (str, int, bool))]


def _role(provider: Provider, claims: Mapping[str, Any]) -> str | None:
    """The role that the claims give; None when roles are not the provider's business."""
    if provider.role_claim is None:
        return None
    held = set(values_of(claims, provider.role_claim))
    return next((role for value, role in provider.roles.items() if value in held), provider.default_role)


async def _create(tx: Tx, provider: Provider, subject: str, claims: Mapping[str, Any], device: Device) -> Account:
    rule = provider.require_claim
    if not provider.create_accounts or (
        rule is not None and not set(values_of(claims, rule)).intersection(provider.require_values)
    ):
        raise Denied(_NOBODY)
    wanted = next(iter(values_of(claims, provider.username_claim)), "") or f"{provider.name}-{subject}"
    role = _role(provider, claims) or provider.default_role
    made = await create_account(tx, await _free_name(tx, wanted[:MAX_LENGTH]), None, role)
    await _link(tx, made.id, provider, subject, claims)
    by = By(f"provider {provider.name}", None, device.address, device.client)
    await note(tx, by, "user.created", "user", made.id, made.username, role=role)
    return made


async def _free_name(tx: Tx, wanted: str) -> str:
    """The name, with a number behind it when somebody has it: who comes second never gets the first one's account."""
    try:
        name = clean_username(wanted)
    except Invalid:
        name = "user"
    for n in range(1, 1000):
        tried = name if n == 1 else f"{name[: MAX_LENGTH - 4]}-{n}"
        if not await tx.fetchval("select true from accounts.account where username_key = $1", username_key(tried)):
            return tried
    raise Conflict("Too many users have this name.")


async def _link(tx: Tx, account_id: UUID, provider: Provider, subject: str, claims: Mapping[str, Any]) -> None:
    name = next(iter(values_of(claims, provider.username_claim) or values_of(claims, "email")), None)
    await tx.execute(
        "insert into accounts.oidc_link (id, account_id, provider, subject, name) values ($1, $2, $3, $4, $5)",
        new_id(),
        account_id,
        provider.name,
        subject,
        name[:200] if name else None,
    )
