"""Who may see which library: everybody, or the roles and users named. `Viewer.libraries` is what comes of it.

The rule itself is the function `accounts.libraries_of` in the database, asked whenever a credential is recognised.
Administrators see every library but the hidden ones: what is in those only the users named see.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from asyncpg import ForeignKeyViolationError

from hearth.accounts.roles import check_role, tell
from hearth.db import Tx
from hearth.kit.errors import Invalid, NotFound

MAX_NAMED = 10_000


class LibraryAccess(msgspec.Struct, frozen=True):
    """Who may see a library. `roles` and `users` count when `everyone` is false; of a hidden one `users` alone."""

    everyone: bool = True
    hidden: bool = False
    roles: tuple[str, ...] = ()
    users: tuple[UUID, ...] = ()


async def library_access(tx: Tx, library_ids: Sequence[UUID]) -> dict[UUID, LibraryAccess]:
    """Library -> who may see it."""
    rows = await tx.fetch(
        """select r.library_id, r.everyone, r.hidden,
               coalesce(array_agg(g.role order by g.role) filter (where g.role is not null), '{}') as roles,
               coalesce(array_agg(g.account_id order by g.account_id) filter (where g.account_id is not null), '{}')
                   as users
           from accounts.library_rule r left join accounts.library_grant g on g.library_id = r.library_id
           where r.library_id = any($1::uuid[]) group by r.library_id""",
        list(library_ids),
    )
    found = {
        row["library_id"]: LibraryAccess(row["everyone"], row["hidden"], tuple(row["roles"]), tuple(row["users"]))
        for row in rows
    }
    return {library_id: found.get(library_id, LibraryAccess()) for library_id in library_ids}


async def set_library_access(tx: Tx, library_id: UUID, wanted: LibraryAccess) -> LibraryAccess:
    """Replaces who may see a library; Invalid for a role or user that does not exist. Call `Gate.access_changed` after
    the commit, with `live_credentials`."""
    if len(wanted.roles) + len(wanted.users) > MAX_NAMED:
        raise Invalid(f"At most {MAX_NAMED} roles and users can be named: make a role for them.")
    for role in wanted.roles:
        await check_role(tx, role)
    known = await tx.fetchval("select count(*) from accounts.account where id = any($1::uuid[])", list(wanted.users))
    if known != len(set(wanted.users)):
        raise Invalid("One of the users does not exist (any more).", extra={"field": "users"})
    await tx.execute("delete from accounts.library_rule where library_id = $1", library_id)
    try:
        await tx.execute(
            "insert into accounts.library_rule (library_id, everyone, hidden) values ($1, $2, $3)",
            library_id,
            wanted.everyone,
            wanted.hidden,
        )
    except ForeignKeyViolationError as error:
        raise NotFound("There is no such library. It may have been removed.") from error
    await tx.execute(
        """insert into accounts.library_grant (library_id, account_id, role)
           select $1::uuid, u, null::text from unnest($2::uuid[]) u
           union select $1::uuid, null::uuid, r from unnest($3::text[]) r""",
        library_id,
        list(wanted.users),
        list(wanted.roles),
    )
    await tell(tx, "access")
    return (await library_access(tx, [library_id]))[library_id]


async def live_credentials(tx: Tx) -> list[UUID | bytes]:
    """All that speaks for anybody now: what `Gate.access_changed` is told after a change that concerns many."""
    sessions = await tx.fetch("select id from accounts.session where ended_at is null and expires_at > now()")
    keys = await tx.fetch("select hash from accounts.api_key")
    return [row[0] for row in (*sessions, *keys)]
