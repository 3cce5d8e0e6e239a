"""Roles of one's own, in the database. Whoever changes them needs what the role gives: nobody hands out more than that.

A change is announced on the channel `accounts`; every process then compiles its roles anew (`Gate.following`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

from hearth.accounts.permissions import BUILT_IN, check_words, compile_roles
from hearth.accounts.viewer import Viewer
from hearth.db import Tx
from hearth.kit.errors import Conflict, Denied, Invalid, NotFound

CHANNEL = "accounts"
MAX_ROLES = 100
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Role(msgspec.Struct, frozen=True):
    """A role. `second_factor`: whoever has it must have one. `accounts` is how many have it; built-in ones stay."""

    name: str
    built_in: bool
    permissions: list[str]
    second_factor: bool
    accounts: int
    updated_at: datetime | None


async def own_roles(tx: Tx) -> dict[str, list[str]]:
    """Name -> words of the roles of one's own: what `compile_roles` takes."""
    return {row["name"]: row["permissions"] for row in await tx.fetch("select name, permissions from accounts.role")}


async def roles_list(tx: Tx) -> list[Role]:
    """All roles, the built-in ones first, from the greatest."""
    own = {row["name"]: row for row in await tx.fetch("select * from accounts.role order by name")}
    must = {row["role"] for row in await tx.fetch("select role from accounts.role_rule where second_factor")}
    counts = {row[0]: row[1] for row in await tx.fetch("select role, count(*) from accounts.account group by role")}
    compiled = compile_roles({name: row["permissions"] for name, row in own.items()})
    return [
        Role(
            name,
            name in BUILT_IN,
            sorted(words),
            name in must,
            counts.get(name, 0),
            own[name]["updated_at"] if name in own else None,
        )
        for name, words in compiled.items()
    ]


async def put_role(
    tx: Tx, viewer: Viewer | None, name: str, words: Iterable[str] | None, second_factor: bool | None = None
) -> Role:
    """Makes a role or changes what is given of it. Conflict for the words of a built-in role, Denied for a permission
    that the viewer does not have (None: the command line, which may give all). Call `Gate.roles_changed` after commit.
    """
    if name not in BUILT_IN:
        if _NAME.fullmatch(name) is None:
            raise Invalid("A role's name is made of a-z, 0-9, - and _, up to 64 of them.", extra={"field": "name"})
        await tx.execute("lock table accounts.role in share row exclusive mode")
        before = await tx.fetchval("select permissions from accounts.role where name = $1", name)
        if before is None and words is None:
            raise NotFound("There is no role of that name.")
        kept = check_words(before if words is None else words)
        _check_within(viewer, {*kept, *(before or ())})
        if before is None and await tx.fetchval("select count(*) from accounts.role") >= MAX_ROLES:
            raise Conflict(f"There are at most {MAX_ROLES} roles: delete one that is not used.")
        await tx.execute(
            "insert into accounts.role (name, permissions) values ($1, $2)"
            " on conflict (name) do update set permissions = excluded.permissions, updated_at = now()",
            name,
            kept,
        )
    elif words is not None and set(words) != compile_roles({})[name]:
        raise Conflict("The built-in roles stay as they are: make a role of your own.")
    if second_factor is not None:
        await tx.execute(
            "insert into accounts.role_rule (role, second_factor) values ($1, $2)"
            " on conflict (role) do update set second_factor = excluded.second_factor",
            name,
            second_factor,
        )
    await tell(tx, "roles")
    return next(role for role in await roles_list(tx) if role.name == name)


async def delete_role(tx: Tx, viewer: Viewer | None, name: str) -> None:
    """Deletes a role that nobody has. Conflict for built-in roles and those in use."""
    if name in BUILT_IN:
        raise Conflict("The built-in roles stay.")
    before = await tx.fetchval("select permissions from accounts.role where name = $1 for update", name)
    if before is None:
        raise NotFound("There is no role of that name.")
    _check_within(viewer, before)
    if await tx.fetchval("select exists (select from accounts.account where role = $1)", name):
        raise Conflict("Some users have this role: give them another one first.")
    await tx.execute("delete from accounts.role where name = $1", name)
    await tx.execute("delete from accounts.role_rule where role = $1", name)
    await tx.execute("delete from accounts.library_grant where role = $1", name)
    await tell(tx, "roles")


async def check_role(tx: Tx, name: str) -> str:
    """The role as it is; Invalid when there is none of that name. Locks it, so that it is not deleted meanwhile."""
    if name not in BUILT_IN and not await tx.fetchval(
        "select true from accounts.role where name = $1 for key share", name
    ):
        own = [row["name"] for row in await tx.fetch("select name from accounts.role order by name")]
        known = ", ".join([*BUILT_IN, *own])
        raise Invalid(f"There is no role of that name: choose one of {known}.", extra={"field": "role"})
    return name


async def keys_changed(tx: Tx) -> None:
    """Makes running processes read the keys again, after a rotation."""
    await tell(tx, "keys")


async def tell(tx: Tx, what: str) -> None:
    """Makes every process look again after the commit: `roles`, `access` or `keys`."""
    await tx.execute("select pg_notify($1, $2)", CHANNEL, what)


def _check_within(viewer: Viewer | None, words: Iterable[str]) -> None:
    if viewer is not None and (beyond := sorted(set(words) - viewer.permissions)):
        raise Denied(f"You cannot give or take {beyond[0]}, which you do not have yourself.")
