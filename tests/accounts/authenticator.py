"""A passkey device in software (WebAuthn Level 3, "none" attestation, ES256), for the tests alone."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Authenticator:
    """Holds one key. What a browser would keep it from doing (another origin, another site) it does when asked."""

    def __init__(self, origin: str = "http://hearth.test") -> None:
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.count = 0

    def make(self, options: dict[str, Any], **odd: Any) -> dict[str, Any]:
        """The answer to navigator.credentials.create."""
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self._data(odd.get("site", options["rp"]["id"]), _ATTESTED, **odd) + attested
        told = {
            "clientDataJSON": b64(self._client("webauthn.create", options, **odd)),
            "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            "transports": ["internal", "no such thing"],
        }
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": told}

    def sign(self, options: dict[str, Any], **odd: Any) -> dict[str, Any]:
        """The answer to navigator.credentials.get."""
        self.count += odd.get("step", 1)
        data = self._data(odd.get("site", options["rpId"]), 0, **odd)
        client = self._client("webauthn.get", options, **odd)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        told = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": told}

    def _data(self, place: str, flags: int, *, verified: bool = True, **_: Any) -> bytes:
        flags |= _PRESENT | (_VERIFIED if verified else 0)
        return hashlib.sha256(place.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any], *, origin: str | None = None, **odd: Any) -> bytes:
        challenge = odd.get("challenge", options["challenge"])
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin or self.origin}).encode()
