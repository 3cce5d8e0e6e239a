"""Accounts: making, listing, changing and deleting them. There is always an administrator who can sign in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from hearth.accounts.names import clean_username, username_key
from hearth.accounts.roles import check_role
from hearth.db import Tx, columns, struct_row, struct_rows
from hearth.kit.errors import Conflict, Invalid, NotFound
from hearth.kit.ids import new_id
from hearth.kit.paging import MAX_LIMIT, Page, pack_cursor, unpack_cursor

_SETUP_LOCK = 0x6865_6172_7468_0001  # an advisory lock of ours alone
MAX_AGE = 21
_GONE = "There is no such user."


class Account(msgspec.Struct, frozen=True):
    """A person who may sign in; never holds the password's hash.

    `max_age` limits films and shows to those meant for that age, `unrated` lets those through that have no rating.
    """

    id: UUID
    username: str
    role: str
    disabled: bool
    created_at: datetime
    updated_at: datetime
    max_age: int | None
    unrated: bool
    second_factor_required: bool


class Presence(msgspec.Struct, frozen=True):
    """What an account has to sign in with and where it is: `second_factor` is an app or a passkey, `seen_at` its last
    live session's."""

    second_factor: bool
    sessions: int
    seen_at: datetime | None


_ACCOUNT = columns(Account, "a")


async def setup_required(tx: Tx) -> bool:
    """Whether there is no user yet."""
    return not await tx.fetchval("select exists (select from accounts.account)")


async def create_first_account(tx: Tx, username: str, password_hash: str) -> Account:
    """The first account, an administrator. Conflict once there is a user; of two at once, one comes second."""
    await tx.execute("select pg_advisory_xact_lock($1)", _SETUP_LOCK)
    if not await setup_required(tx):
        raise Conflict("This server is set up already: sign in instead.")
    return await create_account(tx, username, password_hash, "admin")


async def create_account(tx: Tx, username: str, password_hash: str | None, role: str = "user") -> Account:
    """A new account; `password_hash` comes from `Passwords.make`, None when no password
    opens it. Conflict when the name is taken."""
    row = await tx.fetchrow(
        f"insert into accounts.account as a (id, username, username_key, password_hash, role)"  # noqa: S608
        f" values ($1, $2, $3, $4, $5) on conflict (username_key) do nothing returning {_ACCOUNT}",
        new_id(),
        clean_username(username),
        username_key(username),
        password_hash,
        await check_role(tx, role),
    )
    if row is None:
        raise Conflict("There is a user of that name already.", extra={"field": "username"})
    return struct_row(Account, row)


async def account(tx: Tx, account_id: UUID) -> Account:
    """One account, or NotFound."""
    row = await tx.fetchrow(f"select {_ACCOUNT} from accounts.account a where id = $1", account_id)  # noqa: S608
    if row is None:
        raise NotFound(_GONE)
    return struct_row(Account, row)


async def account_named(tx: Tx, username: str) -> Account:
    """One account by its name, however it is written, or NotFound."""
    row = await tx.fetchrow(
        f"select {_ACCOUNT} from accounts.account a where username_key = $1",  # noqa: S608
        username_key(clean_username(username)),
    )
    if row is None:
        raise NotFound(f"There is no user named {username}.")
    return struct_row(Account, row)


async def accounts_list(tx: Tx, limit: int = 100, after: str | None = None) -> Page[Account]:
    """Accounts by name; `after` is the cursor that the page before gave."""
    limit = max(1, min(limit, MAX_LIMIT))
    start = str(unpack_cursor(after, 1)[0]) if after else ""
    rows = await tx.fetch(
        f"select {_ACCOUNT} from accounts.account a where username_key > $1 order by username_key limit $2",  # noqa: S608
        start.replace("\0", ""),
        limit + 1,
    )
    found = struct_rows(Account, rows[:limit])
    following = pack_cursor(username_key(found[-1].username)) if len(rows) > limit else None
    return Page(found, following, await tx.fetchval("select count(*) from accounts.account"))


async def presence(tx: Tx, account_ids: Sequence[UUID]) -> dict[UUID, Presence]:
    """Account -> how it stands, for those that exist."""
    rows = await tx.fetch(
        """select a.id,
               exists (select from accounts.totp t where t.account_id = a.id and t.confirmed_at is not null)
                   or exists (select from accounts.passkey p where p.account_id = a.id) as second_factor,
               count(s.id) as sessions, max(s.seen_at) as seen_at
           from accounts.account a left join accounts.session s
               on s.account_id = a.id and s.ended_at is null and s.expires_at > now()
           where a.id = any($1::uuid[]) group by a.id""",
        list(account_ids),
    )
    return {row["id"]: Presence(row["second_factor"], row["sessions"], row["seen_at"]) for row in rows}


async def change_account(
    tx: Tx,
    account_id: UUID,
    *,
    username: str | None = None,
    role: str | None = None,
    disabled: bool | None = None,
    max_age: int | UnsetType | None = UNSET,
    unrated: bool | None = None,
    second_factor_required: bool | None = None,
) -> Account:
    """Changes what is given. Conflict when the name is taken or no administrator would remain."""
    if isinstance(max_age, int) and not 0 <= max_age <= MAX_AGE:
        raise Invalid(f"An age limit is 0 to {MAX_AGE}, or none.", extra={"field": "max_age"})
    if role is not None:
        await check_role(tx, role)
    if (role is not None and role != "admin") or disabled:
        await _keep_an_admin(tx, account_id)
    key = None
    if username is not None:
        username = clean_username(username)
        key = username_key(username)
        if await tx.fetchval("select id from accounts.account where username_key = $1 and id <> $2", key, account_id):
            raise Conflict("There is a user of that name already.", extra={"field": "username"})
    row = await tx.fetchrow(
        f"update accounts.account a set username = coalesce($2, username), username_key = coalesce($3, username_key),"  # noqa: S608
        f" role = coalesce($4, role), disabled = coalesce($5, disabled),"
        f" max_age = case when $6 then $7 else max_age end, unrated = coalesce($8, unrated),"
        f" second_factor_required = coalesce($9, second_factor_required), updated_at = now()"
        f" where id = $1 returning {_ACCOUNT}",
        account_id,
        username,
        key,
        role,
        disabled,
        max_age is not UNSET,
        None if max_age is UNSET else max_age,
        unrated,
        second_factor_required,
    )
    if row is None:
        raise NotFound(_GONE)
    return struct_row(Account, row)


async def set_password(tx: Tx, account_id: UUID, password_hash: str) -> None:
    """Replaces the password's hash (from `Passwords.make`); sessions are the caller's to end. NotFound when gone."""
    done = await tx.execute(
        "update accounts.account set password_hash = $2, updated_at = now() where id = $1", account_id, password_hash
    )
    if done == "UPDATE 0":
        raise NotFound(_GONE)


async def delete_account(tx: Tx, account_id: UUID) -> None:
    """Deletes an account with all that is its own. Conflict for the last administrator, NotFound when gone."""
    await _keep_an_admin(tx, account_id)
    if await tx.execute("delete from accounts.account where id = $1", account_id) == "DELETE 0":
        raise NotFound(_GONE)


async def _keep_an_admin(tx: Tx, leaving: UUID) -> None:
    """Conflict when `leaving` is the only administrator who can sign in.

    Locks the administrators' rows in one order, so that two of them who demote each other at once cannot both succeed.
    """
    rows = await tx.fetch(
        "select id from accounts.account where role = 'admin' and not disabled order by id for update"
    )
    if [row["id"] for row in rows] == [leaving]:
        raise Conflict("This is the last administrator: make somebody else one first.")
