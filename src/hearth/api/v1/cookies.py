"""The browser's two cookies: the session, which no script can read, and the CSRF token, which ours must."""

from __future__ import annotations

from litestar.datastructures import Cookie

from hearth.accounts import SignedIn
from hearth.api.v1.access import CSRF_COOKIE, SESSION_COOKIE

_YEAR_S = 365 * 24 * 3600


def session_cookies(signed_in: SignedIn, *, secure: bool) -> list[Cookie]:
    """What a sign-in with `cookie: true` sets; `secure` when the browser speaks TLS."""
    if signed_in.cookie is None or signed_in.csrf is None:
        return []
    return _cookies(signed_in.cookie, signed_in.csrf, _YEAR_S, secure)


def no_cookies(*, secure: bool) -> list[Cookie]:
    """What a sign-out sets: both gone."""
    return _cookies("", "", 0, secure)


def _cookies(session: str, csrf: str, max_age_s: int, secure: bool) -> list[Cookie]:
    return [
        Cookie(SESSION_COOKIE, "/", session, max_age_s, httponly=True, samesite="lax", secure=secure),
        Cookie(CSRF_COOKIE, "/", csrf, max_age_s, httponly=False, samesite="lax", secure=secure),
    ]
