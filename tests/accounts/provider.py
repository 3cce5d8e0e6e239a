"""A small OpenID provider on loopback: discovery, a page that sends back at once, codes by PKCE, signed tokens."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import msgspec
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec


class OpenIdProvider:
    """Whoever comes is `claims`; `odd` changes the next token, for what a provider must not get away with."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.issuer = ""
        self.secret = "the client's secret"
        self.claims: dict[str, Any] = {"sub": "4711", "preferred_username": "grace"}
        self.odd: dict[str, Any] = {}
        self.signing: Any = None
        self.codes: dict[str, dict[str, str]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        path, query = scope["path"], scope["query_string"].decode()
        headers: list[tuple[bytes, bytes]] = []
        status, answer = 404, {}
        if path == "/.well-known/openid-configuration":
            status, answer = 200, self._describe()
        elif path == "/keys":
            public = msgspec.json.decode(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
            status, answer = 200, {"keys": [{**public, "kid": "k1", "use": "sig", "alg": "ES256"}]}
        elif path == "/authorize":
            status, headers = 302, [(b"location", self._send_back(_flat(query)).encode())]
        elif path == "/token":
            status, answer = self._token(dict(scope["headers"]), _flat(body.decode()))
        headers.append((b"content-type", b"application/json"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": msgspec.json.encode(answer)})

    def _describe(self) -> dict[str, Any]:
        return {
            "issuer": self.odd.get("issuer_told", self.issuer),
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def _send_back(self, asked: dict[str, str]) -> str:
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def _token(self, headers: dict[bytes, bytes], form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        known = base64.b64encode(f"hearth:{self.secret}".encode()).decode().replace("%20", " ")
        if (
            asked is None
            or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
            or headers.get(b"authorization", b"").decode() != f"Basic {known}"
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "hearth", "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= self.claims | {name: value for name, value in self.odd.items() if name != "issuer_told"}
        claims = {name: value for name, value in claims.items() if value is not None}
        key, algorithm = self.signing or (self.key, "ES256")
        return 200, {"id_token": jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "k1"})}


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@contextlib.asynccontextmanager
async def open_provider() -> AsyncIterator[OpenIdProvider]:
    """The provider, listening on a port of its own."""
    provider = OpenIdProvider()
    config = uvicorn.Config(provider, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # not this process's business
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    provider.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield provider
    finally:
        server.should_exit = True
        await serving


def path_of(url: str) -> str:
    """The path and query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
