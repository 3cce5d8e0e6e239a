"""Who may do what: the words of permission, and the roles as sets of them.

The one place that knows. Routes name a word, `Viewer.may` asks for it; nothing else compares roles.
"""

from collections.abc import Iterable, Mapping

from hearth.kit.errors import Invalid

GUEST: frozenset[str] = frozenset({"events:read", "items:play", "items:read", "libraries:read", "me:read"})
USER: frozenset[str] = GUEST | {"activity:write", "me:write"}
MODERATOR: frozenset[str] = USER | {"items:write", "jobs:read", "scans:run"}
ADMIN: frozenset[str] = MODERATOR | {
    "jobs:manage",
    "libraries:manage",
    "settings:manage",
    "settings:read",
    "users:manage",
}

PERMISSIONS = ADMIN
"""Every word there is. `activity:write` and `me:*` concern the viewer's own; `me:write` the account's credentials."""

ROLES: Mapping[str, frozenset[str]] = {"admin": ADMIN, "moderator": MODERATOR, "user": USER, "guest": GUEST}

NEVER_BY_KEY: frozenset[str] = frozenset({"me:write"})
"""What no API key may do: a key that leaked must not turn itself into a password, a session or a wider key."""


def check_role(role: str) -> str:
    """The role as it is; Invalid when there is none of that name."""
    if role not in ROLES:
        raise Invalid(f"There is no role of that name: choose one of {', '.join(ROLES)}.", extra={"field": "role"})
    return role


def granted(role: str, scope: Iterable[str] | None = None, *, by_key: bool = False) -> frozenset[str]:
    """What a role may do, cut down to `scope` when there is one. An unknown role may do nothing."""
    words = ROLES.get(role, frozenset())
    if by_key:
        words -= NEVER_BY_KEY
    return words if scope is None else words.intersection(scope)


def check_scope(words: Iterable[str]) -> list[str]:
    """The words of an API key's scope, sorted, each once; Invalid when one is unknown or not for keys."""
    wanted = set(words)
    refused = sorted(wanted - (PERMISSIONS - NEVER_BY_KEY))
    if refused or not wanted:
        allowed = ", ".join(sorted(PERMISSIONS - NEVER_BY_KEY))
        raise Invalid(f"An API key needs permissions out of: {allowed}.", extra={"field": "permissions"})
    return sorted(wanted)
