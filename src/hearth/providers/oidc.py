"""An OpenID provider: what it says of itself (discovery), and who somebody is (the code exchanged, the token checked).

OpenID Connect Core 1.0 with PKCE (RFC 7636). The identity token is taken from the provider's own answer, and its
signature, issuer, audience, times and nonce are checked all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import jwt
import msgspec

from hearth.kit.errors import Unauthenticated, Unavailable
from hearth.providers.outside import fetch_json

# Signatures by keys that the provider alone has. "none" and secrets shared with us are not among them.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_LEEWAY_S = 60
_MOST_KEYS = 50


class Issuer(msgspec.Struct, frozen=True):
    """What a provider says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    code_challenge_methods_supported: list[str] = []
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(default_factory=lambda: ["client_secret_basic"])


class Identity(msgspec.Struct, frozen=True):
    """Who somebody is to a provider: `subject` for ever, the claims as they are now."""

    subject: str
    claims: dict[str, Any]


async def discover(client: httpx2.AsyncClient, issuer: str) -> Issuer:
    """What stands at the issuer's well-known address; Unavailable when it is not what it should be."""
    told = await fetch_json(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    try:
        found = msgspec.convert(told, Issuer)
    except msgspec.ValidationError as error:
        raise Unavailable(f"The provider's description is not complete: {error}.") from error
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise Unavailable("The provider says that it is another one: check its address.")
    return found


async def exchange(
    client: httpx2.AsyncClient,
    issuer: Issuer,
    *,
    client_id: str,
    client_secret: str | None,
    code: str,
    verifier: str,
    redirect_uri: str,
    nonce: str,
) -> Identity:
    """Who the code is of. Unauthenticated when the token does not hold, Unavailable when the provider is away."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": client_id,
        "code_verifier": verifier,
    }
    auth = None
    if client_secret is not None:
        if "client_secret_basic" in issuer.token_endpoint_auth_methods_supported:
            auth = (client_id, client_secret)
        else:
            form["client_secret"] = client_secret
    told = await fetch_json(client, issuer.token_endpoint, form=form, auth=auth)
    token = told.get("id_token")
    if not isinstance(token, str):
        raise Unavailable("The provider gave no identity token: is the scope openid allowed?")
    keys = await fetch_json(client, issuer.jwks_uri)
    claims = await asyncio.to_thread(_claims, token, keys, issuer.issuer, client_id)
    if claims.get("nonce") != nonce or not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise Unauthenticated("The provider's answer belongs to another sign-in: begin again.")
    several = isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client_id:
        raise Unauthenticated("The provider's answer is for another program.")
    return Identity(claims["sub"][:255], claims)


def _claims(token: str, keys: Mapping[str, Any], issuer: str, client_id: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in _ALGORITHMS:
            raise Unauthenticated("The provider signs in a way that is not safe.")
        listed = keys.get("keys")
        candidates = [
            key
            for key in (listed[:_MOST_KEYS] if isinstance(listed, list) else [])
            if isinstance(key, dict) and key.get("use", "sig") == "sig" and key.get("kid") == header.get("kid")
        ]
        if len(candidates) != 1:
            raise Unauthenticated("The provider signed with a key that it does not name.")
        found: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(candidates[0], algorithm=algorithm),
            algorithms=[algorithm],
            audience=client_id,
            issuer=issuer,
            leeway=_LEEWAY_S,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise Unauthenticated("The provider's answer does not hold.") from error
    return found
