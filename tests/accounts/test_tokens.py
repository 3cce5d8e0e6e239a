"""Access tokens, cookies and keys as strings: what is taken and what is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import stat
import threading
import time
from pathlib import Path
from uuid import uuid4

import jwt
import pytest

from hearth.accounts import Gate
from hearth.accounts.keyring import KEPT_S, Key, Keyring, open_keyring, rotate_keys
from hearth.accounts.tokens import AccessTokens, new_api_key, new_cookie, read_cookie, shown_prefix
from hearth.kit.errors import Unavailable

KEYRING = Keyring((Key("k1", bytes(range(32))),))
SIGNING = KEYRING.derive("access token")
HEADER = {"alg": "HS256", "typ": "JWT", "kid": "k1"}


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _claims(**changes: object) -> dict[str, object]:
    now = int(time.time())
    plain = {"sub": str(uuid4()), "sid": str(uuid4()), "iat": now, "exp": now + 600, "role": "admin"}
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


def _forge(header: object = HEADER, claims: object = None, key: bytes = SIGNING, algorithm: str = "sha256") -> str:
    compact = {"separators": (",", ":")}
    body = _claims() if claims is None else claims
    signed = f"{_b64(json.dumps(header, **compact).encode())}.{_b64(json.dumps(body, **compact).encode())}"  # type: ignore[arg-type] # compact is json's own
    return f"{signed}.{_b64(hmac.digest(key, signed.encode(), algorithm))}"


def test_a_token_carries_its_claims_for_ten_minutes() -> None:
    account, session = uuid4(), uuid4()
    token = AccessTokens(KEYRING).sign(account, session, "user")
    claims = AccessTokens(KEYRING).read(token)
    assert claims is not None
    assert (claims.sub, claims.sid, claims.role, claims.exp - claims.iat) == (account, session, "user", 600)


def test_our_tokens_are_what_the_standard_says() -> None:
    token = AccessTokens(KEYRING).sign(uuid4(), uuid4(), "user")
    assert jwt.get_unverified_header(token) == HEADER
    assert jwt.decode(token, SIGNING, algorithms=["HS256"])["role"] == "user"


def test_a_token_forged_with_the_right_key_is_taken_so_that_the_table_below_means_something() -> None:
    assert AccessTokens(KEYRING).read(_forge()) is not None


@pytest.mark.parametrize(
    "token",
    [
        "", ".", "..", "...", "a.b.c", "hearth", "\u00e9.\u00e9.\u00e9", "x" * 5000,
        _forge(key=b""),
        _forge(key=b"not so secret"),
        _forge(key=bytes(32)),
        _forge(key=KEYRING.signing.secret),
        _forge({**HEADER, "alg": "none"}),
        _forge({**HEADER, "alg": "none"}).rpartition(".")[0] + ".",
        _forge({**HEADER, "alg": "HS512"}, algorithm="sha512"),
        _forge({**HEADER, "alg": "hs256"}),
        _forge({**HEADER, "kid": "k2"}),
        _forge({**HEADER, "jwk": {"kty": "oct", "k": "AAAA"}}),
        _forge({"alg": "HS256", "typ": "JWT"}),
        _forge(claims=_claims(exp=int(time.time()) - 1)),
        _forge(claims=_claims(iat=int(time.time()) + 86_400)),  # the tests after collection may take minutes
        _forge(claims=_claims(exp=None)),
        _forge(claims=_claims(sid=None)),
        _forge(claims=_claims(sub="admin")),
        _forge(claims=_claims(exp="9999999999")),
        _forge(claims=[1, 2]),
        _forge().rpartition(".")[0] + ".",
        _forge()[:-2],
        _forge() + "A",
        _forge() + ".x",
    ],
)  # fmt: skip
def test_what_we_did_not_sign_is_refused(token: str) -> None:
    assert AccessTokens(KEYRING).read(token) is None


def test_a_key_that_no_longer_signs_is_honoured() -> None:
    old = AccessTokens(KEYRING).sign(uuid4(), uuid4(), "user")
    fresh = Key("k2", bytes(range(1, 33)))
    assert AccessTokens(Keyring((fresh, *KEYRING.keys))).read(old) is not None
    assert AccessTokens(Keyring((fresh,))).read(old) is None


def test_cookies_hold_a_session_and_a_secret() -> None:
    cookie = new_cookie(uuid4())
    assert read_cookie(cookie.text) == cookie
    assert cookie.hash == hashlib.sha256(cookie.secret).digest()
    assert cookie.csrf != new_cookie(cookie.session_id).csrf
    assert cookie.text not in repr(cookie)


@pytest.mark.parametrize("text", ["", "x", "A" * 63, "A" * 65, "A" * 63 + "=", "!" * 64, "\u00e9" * 64])
def test_other_cookies_are_nobodys(text: str) -> None:
    assert read_cookie(text) is None


def test_api_keys_show_little_of_themselves() -> None:
    key = new_api_key()
    assert key.startswith("hearth_")
    assert len(base64.urlsafe_b64decode(key.removeprefix("hearth_") + "=")) == 32
    assert (shown_prefix(key), len(shown_prefix(key))) == (key[:13], 13)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = open_keyring(folder)
    assert len(made.signing.secret) == 32
    assert open_keyring(folder) == made
    assert stat.S_IMODE((folder / "signing.keys").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(p.name for p in folder.iterdir()) == ["lasting.keys", "signing.keys"]
    assert made.signing.secret.hex() not in repr(made)
    assert open_keyring(tmp_path / "other") != made


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    found: list[Keyring] = []
    starters = [threading.Thread(target=lambda: found.append(open_keyring(tmp_path / "secrets"))) for _ in range(8)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    "content",
    ["", "\n\n", "k1", "k1 \n", f"k1 {'ab' * 31}\n", f"k1 {'00' * 32}\n", f"k1 {'ab' * 32}\n", "secret",
     f"k1 {bytes(range(32)).hex()}\nrubbish\n", f"k1 {bytes(range(32)).hex()}\n" * 2000],
)  # fmt: skip
def test_no_start_with_a_key_that_could_be_guessed(tmp_path: Path, content: str) -> None:
    (tmp_path / "signing.keys").write_text(content)
    with pytest.raises(Unavailable, match=r"signing key.*Restore .* or delete it"):
        open_keyring(tmp_path)
    assert (tmp_path / "signing.keys").read_text() == content


def test_a_rotated_key_is_honoured_until_what_it_signed_has_expired(tmp_path: Path) -> None:
    before = open_keyring(tmp_path)
    old = AccessTokens(before).sign(uuid4(), uuid4(), "user")
    after = rotate_keys(tmp_path)
    assert open_keyring(tmp_path) == after
    assert after.signing.secret != before.signing.secret
    assert after.lasting("x") == before.lasting("x"), "what is kept encrypted can still be read"
    tokens = AccessTokens(after)
    assert tokens.read(old) is not None
    assert tokens.read(tokens.sign(uuid4(), uuid4(), "user")) is not None
    assert AccessTokens(before).read(tokens.sign(uuid4(), uuid4(), "user")) is None
    signing, retired = after.keys
    long_ago = Keyring((signing, Key(retired.id, retired.secret, int(time.time()) - 40)))
    assert AccessTokens(long_ago).read(old) is None, "signed after the key was retired: by a thief"
    assert stat.S_IMODE((tmp_path / "signing.keys").stat().st_mode) == 0o600


def test_a_retired_key_vouches_for_nothing_long(tmp_path: Path) -> None:
    now = int(time.time())
    retired = Keyring((Key("k2", bytes(range(1, 33))), Key("k1", KEYRING.signing.secret, now)))
    assert AccessTokens(retired).read(_forge()) is not None
    assert AccessTokens(retired).read(_forge(claims=_claims(exp=now + 3600))) is None


def test_rotating_at_once_forgets_the_old_key_and_old_ones_go_by_themselves(tmp_path: Path) -> None:
    old = AccessTokens(open_keyring(tmp_path)).sign(uuid4(), uuid4(), "user")
    assert AccessTokens(rotate_keys(tmp_path, at_once=True)).read(old) is None
    assert len(open_keyring(tmp_path).keys) == 1
    for n in range(3):
        assert len(rotate_keys(tmp_path).keys) == 2 + n
    lines = [f"{line.split()[0]} {line.split()[1]} {int(time.time()) - KEPT_S}" if n else line
             for n, line in enumerate((tmp_path / "signing.keys").read_text().splitlines())]  # fmt: skip
    (tmp_path / "signing.keys").write_text("\n".join(lines))
    assert len(rotate_keys(tmp_path).keys) == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lasting.keys", "signing.keys"]


def test_two_rotations_at_once_do_not_lose_a_key(tmp_path: Path) -> None:
    open_keyring(tmp_path)
    (tmp_path / ".signing.keys.rotating").write_text("")
    with pytest.raises(Unavailable, match="already"):
        rotate_keys(tmp_path)
    os.utime(tmp_path / ".signing.keys.rotating", (0, 0))
    assert len(rotate_keys(tmp_path).keys) == 2


async def test_a_process_takes_up_a_key_that_it_does_not_know(tmp_path: Path) -> None:
    gate = Gate.open(tmp_path)
    fresh = AccessTokens(rotate_keys(tmp_path)).sign(uuid4(), uuid4(), "user")
    assert gate.tokens.read(fresh) is None
    assert await gate.read(fresh) is not None
    assert await gate.read(_forge()) is None, "a key that is nobody's"
    gate.close()
