"""Who may do what: the words of permission, and the roles as sets of them.

The one place that knows. Model and policies are Casbin's (`model.conf`, `policy.csv`, and the roles of one's own from
the database); they are compiled once to frozensets, because asking Casbin costs milliseconds and a set nothing. Routes
name a word, `Viewer.may` asks for it; nothing else compares roles.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from importlib import resources

from hearth.accounts.viewer import Viewer
from hearth.kit.errors import Denied, Invalid


def _data(name: str) -> str:
    return resources.files("hearth.accounts").joinpath(name).read_text("ascii")


def _policies() -> tuple[list[list[str]], list[list[str]]]:
    """The lines of `policy.csv`: what roles are given, and whom they inherit."""
    given: list[list[str]] = []
    inherited: list[list[str]] = []
    for line in _data("policy.csv").splitlines():
        kind, *words = [word.strip() for word in line.partition("#")[0].split(",")]
        if kind:
            {"p": given, "g": inherited}[kind].append(words)
    return given, inherited


_GIVEN, _INHERITED = _policies()
PERMISSIONS: frozenset[str] = frozenset(f"{thing}:{act}" for _, thing, act in _GIVEN)
"""Every word there is. `activity:write` and `me:*` concern the viewer's own; `me:write` the account's credentials,
`me:enrol` its second factor, `session:*` who one is and signing out."""

BUILT_IN: tuple[str, ...] = ("admin", "moderator", "user", "guest")
"""The roles to begin with. They stay as they are; `admin` may do everything, and somebody always has it."""

NEVER_BY_KEY: frozenset[str] = frozenset({"me:write", "me:enrol", "session:end"})
"""What no API key may do: a key that leaked must not turn itself into a password, a session or a wider key."""

UNTIL_ENROLLED: frozenset[str] = frozenset({"session:read", "session:end", "me:enrol"})
"""All that an account may do which has to have a second factor and has none yet."""


def compile_roles(own: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """What each role may do, those of one's own (name -> words) among them. Blocks for some milliseconds.

    Of a word that is no permission (any more) nothing follows.
    """
    import casbin

    logging.getLogger("casbin").setLevel(logging.WARNING)  # it tells every model and policy it reads
    model = casbin.Model()
    model.load_model_from_text(_data("model.conf"))
    enforcer = casbin.Enforcer(model)
    enforcer.add_policies(_GIVEN)
    enforcer.add_grouping_policies(_INHERITED)
    for name, words in own.items():
        rules = [[name, *word.split(":", 1)] for word in sorted(PERMISSIONS.intersection(words))]
        if rules and name not in BUILT_IN:
            enforcer.add_policies(rules)
    return {
        name: frozenset(f"{thing}:{act}" for _, thing, act in enforcer.get_implicit_permissions_for_user(name))
        for name in dict.fromkeys((*BUILT_IN, *own))
    }


class Roles:
    """The compiled roles of this process; replaced as a whole when one changes."""

    def __init__(self, own: Mapping[str, Iterable[str]] | None = None) -> None:
        self._words = compile_roles(own or {})

    def replace(self, compiled: Mapping[str, frozenset[str]]) -> None:
        """Takes what `compile_roles` gave."""
        self._words = dict(compiled)

    def granted(
        self, role: str, scope: Iterable[str] | None = None, *, by_key: bool = False, enrols: bool = False
    ) -> frozenset[str]:
        """What a role may do, cut down to `scope` when there is one. An unknown role may do nothing.

        `enrols`: the account lacks the second factor that it must have, and may do nothing but get one.
        """
        words = self._words.get(role, frozenset())
        if enrols:
            words &= UNTIL_ENROLLED
        if by_key:
            words -= NEVER_BY_KEY
        return words if scope is None else words.intersection(scope)

    def check_reach(self, viewer: Viewer, *roles: str) -> None:
        """Denied when one of the roles may do what the viewer may not: nobody makes or changes somebody above them.

        A viewer's permissions may be cut down by an API key's scope; that counts too.
        """
        may = viewer.permissions | NEVER_BY_KEY if viewer.key_id is not None else viewer.permissions
        for role in roles:
            if beyond := sorted(self.granted(role) - may):
                raise Denied(f"The role {role} may do more than you may ({beyond[0]}): ask an administrator.")


def check_words(words: Iterable[str]) -> list[str]:
    """Permissions of a role, sorted, each once; Invalid when one is unknown."""
    wanted = set(words)
    if unknown := sorted(wanted - PERMISSIONS):
        raise Invalid(
            f"There is no permission {unknown[0][:64]!r}: there are {', '.join(sorted(PERMISSIONS))}.",
            extra={"field": "permissions"},
        )
    return sorted(wanted)


def check_scope(words: Iterable[str]) -> list[str]:
    """The words of an API key's scope, sorted, each once; Invalid when one is unknown or not for keys."""
    wanted = set(words)
    refused = sorted(wanted - (PERMISSIONS - NEVER_BY_KEY))
    if refused or not wanted:
        allowed = ", ".join(sorted(PERMISSIONS - NEVER_BY_KEY))
        raise Invalid(f"An API key needs permissions out of: {allowed}.", extra={"field": "permissions"})
    return sorted(wanted)
