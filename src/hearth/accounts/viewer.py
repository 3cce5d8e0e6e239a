"""Who is asking, as every other room sees it."""

from uuid import UUID

import msgspec

from hearth.kit.errors import Denied


class Viewer(msgspec.Struct, frozen=True):
    """A signed-in account and what it may do in this request.

    Exactly one of `session_id` and `key_id` is set. `permissions` are the role's, cut down to an API key's scope.
    `libraries` names the libraries that may be seen; None means all. `max_age` limits films and shows to those meant
    for that age; `unrated` lets those through that have no rating.
    """

    account_id: UUID
    username: str
    role: str
    permissions: frozenset[str]
    session_id: UUID | None = None
    key_id: UUID | None = None
    libraries: tuple[UUID, ...] | None = None
    max_age: int | None = None
    unrated: bool = False

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Denied unless the viewer may do that."""
        if permission not in self.permissions:
            raise Denied(f"Your account may not do that (it takes the permission {permission}).")
