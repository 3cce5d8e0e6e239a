"""The server, accounts, sessions and tokens."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from hearth.api.v1.views.words import Password, Token, Username, Word


class Server(Struct, frozen=True):
    """What anybody may know: enough for a client to decide between set-up and login."""

    name: str
    version: str
    setup_required: bool


class User(Struct, frozen=True):
    """An account; `permissions` are `thing:act` words that follow from its role."""

    id: UUID
    username: str
    role: str
    permissions: list[str]
    created_at: datetime


class Credentials(Struct, frozen=True, forbid_unknown_fields=True):
    """A name and a password; `cookie` asks for the browser's cookies beside the tokens."""

    username: Username
    password: Annotated[str, Meta(min_length=1, max_length=1024)]
    totp: Annotated[str, Meta(max_length=16)] | None = None
    device: Annotated[str, Meta(max_length=200)] | None = None
    cookie: bool = False


class FirstAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """The first account, an administrator; refused once there is a user."""

    username: Username
    password: Password
    device: Annotated[str, Meta(max_length=200)] | None = None
    cookie: bool = False


class RefreshRequest(Struct, frozen=True, forbid_unknown_fields=True):
    refresh_token: Token


class Tokens(Struct, frozen=True):
    """`access_token` goes into `Authorization: Bearer` for `expires_in` seconds; then `refresh_token`, once."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: User


class Session(Struct, frozen=True):
    """A signed-in device."""

    id: UUID
    device: str | None
    client: str | None
    address: str | None
    created_at: datetime
    seen_at: datetime
    current: bool


class PasswordChange(Struct, frozen=True, forbid_unknown_fields=True):
    current: Annotated[str, Meta(min_length=1, max_length=1024)]
    new: Password


class NewUser(Struct, frozen=True, forbid_unknown_fields=True):
    username: Username
    password: Password
    role: Word = "user"
