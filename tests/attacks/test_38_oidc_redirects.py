"""Row 38: signing in by a provider (Immich CVE-2025-43856, CVE-2026-53662), against a real one on loopback."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from hearth import accounts, providers
from hearth.db import Database
from hearth.kit.errors import Unavailable
from tests.accounts.door import OURS, Answer, Door, opened_door
from tests.accounts.provider import OpenIdProvider, open_provider, path_of


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with open_provider() as opened:
        yield opened


async def _set_up(door: Door, provider: OpenIdProvider, **rules: Any) -> str:
    admin = str((await door.set_up()).json["access_token"])
    settings = {"create_accounts": True, "allow_private": True, **rules}
    wanted = accounts.Provider(name="id", title="Our id", issuer=provider.issuer, client_id="hearth", **settings)
    async with door.database.transaction() as tx:
        key = door.gate.sealing_key
        await accounts.put_oidc_provider(tx, key, wanted, provider.secret, accounts.COMMAND_LINE)
        assert provider.secret.encode() not in await tx.fetchval("select client_secret from accounts.oidc_provider")
    return admin


async def _depart(door: Door, path: str = "/api/v1/auth/oidc/id", token: str | None = None, **body: str) -> Answer:
    return await door.call("POST", path, body, headers=OURS, token=token)


async def _return(door: Door, away: Answer, cookie: str | None = None, **changes: str) -> Answer:
    """Goes to the provider as a browser would, and comes back with what it says."""
    assert away.status == 200, away.body
    async with httpx2.AsyncClient() as browser:
        sent = await browser.get(away.json["url"])
    back = path_of(sent.headers["location"])
    for old, new in changes.items():
        value = parse_qs(urlsplit(back).query)[old][0]
        back = back.replace(value, new)
    binding = away.cookie("hearth_oidc") if cookie is None else cookie
    return await door.call("GET", back, headers={"cookie": f"hearth_oidc={binding}"})


async def _name(door: Door, answer: Answer) -> str:
    assert answer.status == 303, answer.body
    cookie = {"cookie": f"hearth_session={answer.cookie('hearth_session')}"}
    return str((await door.call("GET", "/api/v1/me", headers=cookie)).json["username"])


async def test_who_comes_for_the_first_time_gets_an_account_and_the_same_one_again(
    door: Door, provider: OpenIdProvider
) -> None:
    await _set_up(door, provider)
    assert (await door.call("GET", "/api/v1/auth/oidc")).json["items"] == [{"name": "id", "title": "Our id"}]
    first = await _return(door, await _depart(door, return_to="/library/5?sort=title"))
    assert dict(first.headers)["location"] == "/library/5?sort=title"
    assert await _name(door, first) == "grace"
    provider.claims["preferred_username"] = "renamed"
    assert await _name(door, await _return(door, await _depart(door))) == "grace"
    provider.claims = {"sub": "4712", "preferred_username": "ADA"}
    assert await _name(door, await _return(door, await _depart(door))) == "ADA-2", "ada is somebody else"
    assert (await door.login("grace", "")).status == 400
    assert (await door.login("grace", "x")).status == 401, "no password opens it"


async def test_nobody_began_it_or_another_browser_did(door: Door, provider: OpenIdProvider) -> None:
    await _set_up(door, provider)
    callback = "/api/v1/auth/oidc/id/callback"
    for query in ("", "?code=x", "?code=x&state=y", "?state=", "?error=access_denied&state=x"):
        assert (await door.call("GET", callback + query)).status == 400, query
    for odd in ("", "x" * 43):
        assert (await _return(door, await _depart(door), cookie=odd)).status == 400
    assert (await _return(door, await _depart(door), state="x" * 43)).status == 400
    away = await _depart(door)
    assert (await _return(door, away)).status == 303
    assert (await _return(door, away)).status == 400, "a state is good once"
    old = await _depart(door)
    async with door.database.transaction() as tx:
        await tx.execute("update accounts.ceremony set expires_at = now()")
    assert (await _return(door, old)).status == 400
    for headers in ({}, {"origin": "https://evil.example"}):
        assert (await door.call("POST", "/api/v1/auth/oidc/id", {}, headers=headers)).status == 403


async def test_a_person_is_told_by_our_own_page_in_our_own_words(door: Door, provider: OpenIdProvider) -> None:
    await _set_up(door, provider)
    page = {"accept": "text/html,application/xhtml+xml"}
    for query in ("?code=x&state=y", "?error=%3Cscript%3E&state=x&trouble=ours", "?error=Call+0800+555&state="):
        answer = await door.call("GET", f"/api/v1/auth/oidc/id/callback{query}", headers=page)
        assert (answer.status, dict(answer.headers)["location"]) == (303, "/login?trouble=invalid")
        assert not answer.cookies


@pytest.mark.parametrize(
    "place",
    ["javascript:alert(1)", "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
     "/a\r\nSet-Cookie: x=y", "data:text/html,x", "", " /x", "/\t/evil.example"],
)  # fmt: skip
async def test_one_comes_back_to_our_own_pages_alone(door: Door, provider: OpenIdProvider, place: str) -> None:
    await _set_up(door, provider)
    assert (await _depart(door, return_to=place)).status == 400


ODD: list[dict[str, Any]] = [
    {"nonce": "another"}, {"nonce": None}, {"aud": "somebody else"}, {"iss": "https://evil.example"}, {"sub": ""},
    {"exp": int(time.time()) - 3600}, {"exp": None}, {"iat": int(time.time()) + 3600}, {"sub": None},
    {"aud": ["hearth", "other"]}, {"azp": "other"},
]  # fmt: skip


async def test_tokens_that_do_not_hold_are_refused(door: Door, provider: OpenIdProvider) -> None:
    await _set_up(door, provider)
    for odd in ODD:
        provider.odd = odd
        assert (await _return(door, await _depart(door))).status == 401, odd
    provider.odd = {}
    stranger = ec.generate_private_key(ec.SECP256R1())
    for signing in ((stranger, "ES256"), ("a shared secret " * 4, "HS256"), (None, "none")):
        provider.signing = signing
        assert (await _return(door, await _depart(door))).status == 401, signing[1]
    provider.signing = None
    assert (await _return(door, await _depart(door), code="another")).status == 503, "the provider refuses it"
    provider.odd = {"issuer_told": "https://evil.example"}
    assert (await _depart(door)).status == 503
    provider.odd = {}
    assert (await _return(door, await _depart(door))).status == 303


async def test_accounts_are_made_by_rule_and_roles_come_from_claims(door: Door, provider: OpenIdProvider) -> None:
    rules = {
        "require_claim": "realm.groups", "require_values": ["family"], "role_claim": "realm.groups",
        "roles": {"bosses": "moderator"}, "default_role": "guest",
    }  # fmt: skip
    admin = await _set_up(door, provider, **rules)

    async def comes_as(groups: list[str]) -> int:
        provider.claims["realm"] = {"groups": groups}
        return (await _return(door, await _depart(door))).status

    async def role() -> str:
        users = (await door.call("GET", "/api/v1/users", token=admin)).json["items"]
        return str(next(u["role"] for u in users if u["username"] == "grace"))

    assert await comes_as(["strangers"]) == 403
    assert await comes_as(["family"]) == 303
    assert await role() == "guest"
    assert await comes_as(["bosses"]) == 303
    assert await role() == "moderator"
    assert await comes_as([]) == 303
    assert await role() == "guest", "what was taken there is taken here"
    async with door.database.transaction() as tx:
        await tx.execute("update accounts.account set disabled = true where username = 'grace'")
    assert await comes_as(["family"]) == 403


async def test_an_account_is_linked_by_its_owner_alone(door: Door, provider: OpenIdProvider) -> None:
    admin = await _set_up(door, provider, create_accounts=False)
    assert (await _return(door, await _depart(door))).status == 403, "nobody belongs to it"
    _, kim = await door.person(admin, "kim")
    assert (await _depart(door, "/api/v1/me/oidc/id")).status == 401
    linked = await _return(door, await _depart(door, "/api/v1/me/oidc/id", kim))
    assert linked.status == 303
    assert "hearth_session" not in linked.cookies
    assert await _name(door, await _return(door, await _depart(door))) == "kim"
    assert (await _return(door, await _depart(door, "/api/v1/me/oidc/id", admin))).status == 409
    (found,) = (await door.call("GET", "/api/v1/me/oidc", token=kim)).json["items"]
    assert (found["provider"], found["name"]) == ("id", "grace")
    assert (await door.call("DELETE", f"/api/v1/me/oidc/{found['id']}", token=admin)).status == 404
    assert (await door.call("DELETE", f"/api/v1/me/oidc/{found['id']}", token=kim)).status == 204
    assert (await _return(door, await _depart(door))).status == 403


async def test_settings_over_http_do_not_reach_inwards(door: Door, provider: OpenIdProvider) -> None:
    admin = await _set_up(door, provider)
    path = "/api/v1/oidc-providers/inner"
    body = {"title": "x", "issuer": "https://127.0.0.1", "client_id": "x"}
    assert (await door.call("PUT", path, {**body, "allow_private": True}, token=admin)).status == 400
    assert (await door.call("PUT", path, {**body, "issuer": provider.issuer}, token=admin)).status == 400, "no TLS"
    assert (await door.call("PUT", path, {**body, "default_role": "nobody"}, token=admin)).status == 400
    kept = await door.call("PUT", path, {**body, "client_secret": "s3cret"}, token=admin)
    assert (kept.status, kept.json["allow_private"]) == (200, False)
    assert "s3cret" not in kept.body.decode()
    assert (await _depart(door, "/api/v1/auth/oidc/inner")).status == 503
    mine = {**body, "issuer": "https://id.example.org"}
    moved = await door.call("PUT", "/api/v1/oidc-providers/id", mine, token=admin)
    assert moved.json["allow_private"] is False, "another address was not allowed"
    assert (await door.call("DELETE", path, token=admin)).status == 204


INWARD = [
    "127.0.0.1", "0.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "nonsense",
]  # fmt: skip


@pytest.mark.parametrize("address", INWARD)
def test_addresses_inside_are_none_of_the_internet(address: str) -> None:
    assert not providers.is_public(address)


async def test_nothing_inside_is_connected_to(provider: OpenIdProvider) -> None:
    assert providers.is_public("9.9.9.9")
    assert providers.is_public("2620:fe::fe")
    port = urlsplit(provider.issuer).port
    async with providers.outside() as client:
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
            with pytest.raises(Unavailable):
                await providers.fetch_json(client, f"http://{host}:{port}/.well-known/openid-configuration")
    async with providers.outside(inward=True) as client:
        assert (await providers.discover(client, provider.issuer)).issuer == provider.issuer
