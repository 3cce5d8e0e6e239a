"""Signing in by an OpenID provider, linking it to one's account, and setting providers up.

The browser is sent away with PKCE, state and nonce, and bound to what it began by a cookie: an answer that another
browser began, or that nobody began, is refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER
from msgspec import Meta, Struct, field, structs

from hearth import accounts, providers
from hearth.accounts import Gate, Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import PUBLIC, Access, Asked, requires
from hearth.api.v1.cookies import session_cookies
from hearth.db import Database
from hearth.kit.errors import Denied, HearthError, Invalid, Unauthenticated

_COOKIE = "hearth_oidc"
_PATH = "/api/v1/auth/oidc"
_Words = Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=100)]
_Text = Annotated[str, Meta(min_length=1, max_length=2048)]
Answered = Annotated[str | None, QueryParameter(max_length=4096)]


class OfferedProvider(Struct, frozen=True):
    """A provider as the login page offers it."""

    name: str
    title: str


class OfferedProviders(Struct, frozen=True):
    items: list[OfferedProvider]
    next: str | None
    total: int


class Departure(Struct, frozen=True, forbid_unknown_fields=True):
    """`return_to` is a path of the interface to come back to."""

    return_to: Annotated[str, Meta(max_length=1024)] = "/"


class Away(Struct, frozen=True):
    """The provider's page: go there in this browser."""

    url: str


class LinkedIdentity(Struct, frozen=True):
    id: UUID
    provider: str
    name: str | None
    created_at: datetime
    used_at: datetime | None


class LinkedIdentities(Struct, frozen=True):
    items: list[LinkedIdentity]
    next: str | None
    total: int


class OidcProvider(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A provider's settings; a new account is made for who is new if `create_accounts`, and `require_claim` is none or
    holds one of `require_values`. `roles` maps values of `role_claim` to roles."""

    title: views.Name
    issuer: _Text
    client_id: _Text
    scopes: _Words = field(default_factory=lambda: ["openid", "profile"])
    enabled: bool = True
    create_accounts: bool = False
    require_claim: Annotated[str, Meta(max_length=200)] | None = None
    require_values: _Words = []
    username_claim: Annotated[str, Meta(min_length=1, max_length=200)] = "preferred_username"
    role_claim: Annotated[str, Meta(max_length=200)] | None = None
    roles: dict[str, views.Word] = {}
    default_role: views.Word = "user"


class OidcProviderChange(OidcProvider, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`client_secret` null keeps the one that is there."""

    client_secret: Annotated[str, Meta(max_length=1024)] | None = None


class KeptOidcProvider(OidcProvider, frozen=True, kw_only=True):
    """`allow_private`: it may lie in this machine's network; `hearth oidc put --allow-private` says so."""

    name: str
    allow_private: bool


class OidcProviderPage(Struct, frozen=True):
    items: list[KeptOidcProvider]
    next: str | None
    total: int


@get("/auth/oidc", opt=PUBLIC, tags=["accounts"])
async def offered(database: Given[Database]) -> OfferedProviders:
    """The providers that one may sign in by."""
    async with database.transaction(readonly=True) as tx:
        found = [OfferedProvider(p.name, p.title) for p in await accounts.oidc_providers(tx, enabled=True)]
    return OfferedProviders(found, None, len(found))


@post("/auth/oidc/{name:str}", opt=PUBLIC, status_code=HTTP_200_OK, tags=["accounts"])
async def depart(
    name: FromPath[str],
    data: JSONBody[Departure],
    request: Asked,
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> Response[Away]:
    """Begins a sign-in by a provider; for pages of ours, which then go to `url`."""
    await gate.throttle.reserve(accounts.by_beginning(access.address(request.scope)))
    return await _depart(name, data, request, access, gate, database, None)


@post("/me/oidc/{name:str}", opt=requires("me:write"), status_code=HTTP_200_OK, tags=["accounts"])
async def depart_to_link(
    name: FromPath[str],
    data: JSONBody[Departure],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> Response[Away]:
    """Begins linking a provider to one's account."""
    return await _depart(name, data, request, access, gate, database, viewer)


async def _depart(
    name: str, data: Departure, request: Asked, access: Access, gate: Gate, database: Database, viewer: Viewer | None
) -> Response[Away]:
    origin = request.headers.get("origin")
    if origin is None or not access.own_origin(request.scope):
        raise Denied("Signing in by a provider begins on Hearth's own pages.")
    return_to = _own_path(data.return_to)
    async with database.transaction(readonly=True) as tx:
        provider, _ = await accounts.oidc_provider(tx, gate, name)
    async with providers.outside(inward=provider.allow_private) as client:
        issuer = await providers.discover(client, provider.issuer)
    verifier, nonce, binding = (secrets.token_urlsafe(32) for _ in range(3))
    back = f"{origin}{_PATH}/{name}/callback"
    async with database.transaction() as tx:
        state = await accounts.begin_ceremony(
            tx,
            "oidc",
            viewer.account_id if viewer else None,
            provider=name,
            verifier=verifier,
            nonce=nonce,
            binding=_digest(binding),
            return_to=return_to,
            redirect_uri=back,
        )
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back,
        "scope": " ".join(provider.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(issuer.authorization_endpoint).query else "?"
    secure = access.https(request.scope)
    return Response(
        Away(f"{issuer.authorization_endpoint}{joint}{urlencode(asked)}"),
        cookies=[Cookie(_COOKIE, _PATH, binding, 600, httponly=True, samesite="lax", secure=secure)],
        headers={"Cache-Control": "no-store"},
    )


@get("/auth/oidc/{name:str}/callback", opt=PUBLIC, include_in_schema=False)
async def come_back(
    name: FromPath[str],
    request: Asked,
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
    code: Answered = None,
    word: Annotated[str | None, QueryParameter(name="state", max_length=4096)] = None,
    error: Answered = None,
) -> Response[None]:
    """Where the provider sends the browser back to; ends with the browser's cookies and a page of ours.

    A browser that shows pages is told of trouble by our sign-in page: by a word, which no address can fill with text.
    """
    try:
        return await _come_back(name, request, access, gate, database, code, word, error)
    except HearthError as trouble:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        place = f"/login?{urlencode({'trouble': type(trouble).__name__.lower()})}"
        return Response(None, status_code=HTTP_303_SEE_OTHER, headers={"Location": place, "Cache-Control": "no-store"})


async def _come_back(
    name: str,
    request: Asked,
    access: Access,
    gate: Gate,
    database: Database,
    code: str | None,
    word: str | None,
    error: str | None,
) -> Response[None]:
    binding = request.cookies.get(_COOKIE, "")
    async with database.transaction() as tx:
        begun = await accounts.finish_ceremony(tx, "oidc", word or "")
    kept = begun.data if begun is not None else {}
    if begun is None or kept["provider"] != name or not hmac.compare_digest(kept["binding"], _digest(binding)):
        raise Invalid("Nobody began this sign-in in this browser, or it took too long: begin again.")
    if error is not None or not code:
        raise Denied("The provider did not let you in.")
    async with database.transaction(readonly=True) as tx:
        provider, secret = await accounts.oidc_provider(tx, gate, name)
    who = await _identity(provider, secret, code, kept)
    secure = access.https(request.scope)
    gone = Cookie(_COOKIE, _PATH, "", 0, httponly=True, samesite="lax", secure=secure)
    device = access.device(request.scope, None)
    if begun.account_id is not None:
        async with database.transaction() as tx:
            person = await accounts.account(tx, begun.account_id)
            if person.disabled:
                raise Unauthenticated
            by = accounts.By(person.username, person.id, device.address, device.client)
            await accounts.link(tx, person.id, provider, who.subject, who.claims, by)
        cookies = [gone]
    else:
        signed_in = await accounts.login_by_identity(
            database.transaction, gate, provider, who.subject, who.claims, device, cookie=True
        )
        cookies = [gone, *session_cookies(signed_in, secure=secure)]
    headers = {"Location": kept["return_to"], "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(None, status_code=HTTP_303_SEE_OTHER, headers=headers, cookies=cookies)


async def _identity(
    provider: accounts.Provider, secret: str | None, code: str, kept: dict[str, Any]
) -> providers.Identity:
    async with providers.outside(inward=provider.allow_private) as client:
        return await providers.exchange(
            client,
            await providers.discover(client, provider.issuer),
            client_id=provider.client_id,
            client_secret=secret,
            code=code,
            verifier=kept["verifier"],
            redirect_uri=kept["redirect_uri"],
            nonce=kept["nonce"],
        )


@get("/me/oidc", opt=requires("me:read"), tags=["accounts"])
async def my_links(viewer: Given[Viewer], database: Given[Database]) -> LinkedIdentities:
    """What identities open one's account."""
    async with database.transaction(readonly=True) as tx:
        found = await accounts.links_list(tx, viewer.account_id)
    items = [LinkedIdentity(x.id, x.provider, x.name, x.created_at, x.used_at) for x in found]
    return LinkedIdentities(items, None, len(items))


@delete("/me/oidc/{link_id:uuid}", opt=requires("me:write"), tags=["accounts"])
async def unlink(
    link_id: FromPath[UUID], request: Asked, viewer: Given[Viewer], access: Given[Access], database: Given[Database]
) -> None:
    """Takes a link away; 409 for the only way into the account."""
    async with database.transaction() as tx:
        await accounts.unlink(tx, viewer.account_id, link_id, access.by(request))


@get("/oidc-providers", opt=requires("settings:read"), tags=["accounts"])
async def read_providers(database: Given[Database]) -> OidcProviderPage:
    """The providers with their settings, without their secrets."""
    async with database.transaction(readonly=True) as tx:
        found = [_view(p) for p in await accounts.oidc_providers(tx)]
    return OidcProviderPage(found, None, len(found))


@put("/oidc-providers/{name:str}", opt=requires("settings:manage"), status_code=HTTP_200_OK, tags=["accounts"])
async def put_provider(
    name: FromPath[str],
    data: JSONBody[OidcProviderChange],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    gate: Given[Gate],
    database: Given[Database],
) -> KeptOidcProvider:
    """Makes or replaces a provider. 403 for a role that may do more than one may oneself."""
    gate.roles.check_reach(viewer, data.default_role, *data.roles.values())
    plain = {key: value for key, value in structs.asdict(data).items() if key != "client_secret"}
    async with database.transaction() as tx:
        before = {p.name: p for p in await accounts.oidc_providers(tx)}.get(name)
        # Whether it may lie in our network is kept for the same address only: that was said on the command line.
        private = before is not None and before.allow_private and before.issuer == data.issuer
        wanted = accounts.Provider(name=name, allow_private=private, **plain)
        made = await accounts.put_oidc_provider(tx, gate.sealing_key, wanted, data.client_secret, access.by(request))
    return _view(made)


@delete("/oidc-providers/{name:str}", opt=requires("settings:manage"), tags=["accounts"])
async def delete_provider(
    name: FromPath[str], request: Asked, access: Given[Access], database: Given[Database]
) -> None:
    """Deletes a provider and its links; the accounts stay."""
    async with database.transaction() as tx:
        await accounts.delete_oidc_provider(tx, name, access.by(request))


def _view(found: accounts.Provider) -> KeptOidcProvider:
    return KeptOidcProvider(**structs.asdict(found))


def _own_path(path: str) -> str:
    """A path of ours to come back to: never another site, never a script."""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or any(ord(c) <= 32 or c == "\\" for c in path):
        raise Invalid("One comes back to a page of Hearth: a path that begins with one slash.")
    return path


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode("utf-8", "replace")).hexdigest()


handlers = [
    offered, depart, depart_to_link, come_back, my_links, unlink, read_providers, put_provider, delete_provider,
]  # fmt: skip
