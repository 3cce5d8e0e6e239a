"""Row 30: tokens signed with an empty or well-known key, or not at all (ND CVE-2023-51442, CVE-2026-49852)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from hearth.accounts import Gate
from hearth.db import Database
from hearth.kit.errors import Unavailable
from tests.accounts.door import Door, opened_door


@pytest.fixture
async def door(database: Database, tmp_path: Path) -> AsyncIterator[Door]:
    async with opened_door(database, tmp_path) as opened:
        yield opened


def _b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _signed(header: dict[str, str], claims: dict[str, object], key: bytes | None) -> str:
    signed = _b64(msgspec.json.encode(header)) + b"." + _b64(msgspec.json.encode(claims))
    signature = b"" if key is None else _b64(hmac.digest(key, signed, hashlib.sha256))
    return (signed + b"." + signature).decode()


async def test_a_token_signed_with_a_key_that_can_be_guessed_is_refused(door: Door) -> None:
    real = (await door.set_up()).json
    head, body, _ = real["access_token"].split(".")
    header = msgspec.json.decode(base64.urlsafe_b64decode(head + "=="))
    claims = msgspec.json.decode(base64.urlsafe_b64decode(body + "=="))
    assert UUID(claims["sub"]) == UUID(real["user"]["id"]), "the forgeries name a real account and a live session"
    claims["exp"] = int(time.time()) + 600
    keys = [b"", b"not so secret", b"secret", b"changeme", b"hearth", bytes(32), claims["sid"].encode(), head.encode()]
    forged = [_signed({**header, **odd}, claims, key) for key in keys for odd in ({}, {"alg": "HS256", "kid": ""})]
    forged += [_signed({**header, "alg": alg}, claims, None) for alg in ("none", "None", "NONE", "HS256", "")]
    forged += [f"{head}.{body}.", f"{head}.{body}"]
    statuses = [(await door.call("GET", "/api/v1/me", token=token)).status for token in forged]
    assert statuses == [401] * len(forged)
    assert (await door.call("GET", "/api/v1/me", token=real["access_token"])).status == 200


async def test_a_session_known_to_be_live_does_not_help_a_forgery(door: Door) -> None:
    """The memory of live sessions stands behind the signature, not before it."""
    real = (await door.set_up()).json["access_token"]
    assert (await door.call("GET", "/api/v1/me", token=real)).status == 200
    signed, _, signature = real.rpartition(".")
    flipped = ("A" if signature[0] != "A" else "B") + signature[1:]
    assert (await door.call("GET", "/api/v1/me", token=f"{signed}.{flipped}")).status == 401


@pytest.mark.parametrize("content", ["", "\n", "k1 \n", "k1 00\n", f"k1 {'00' * 32}\n", "not so secret"])
def test_the_server_does_not_start_on_an_empty_or_short_key(tmp_path: Path, content: str) -> None:
    (tmp_path / "signing.keys").write_text(content)
    with pytest.raises(Unavailable, match="signing key"):
        Gate.open(tmp_path)


def test_the_server_makes_its_own_random_key(tmp_path: Path) -> None:
    keys = {Gate.open(tmp_path / str(n)).keyring.signing.secret for n in range(5)}
    assert len(keys) == 5
    assert all(len(key) == 32 and len(set(key)) > 8 for key in keys)
