"""What administrators may change while the server runs: limits, schedules, its name. Programs, paths, addresses and
encoder options are no settings here (ATTACKS, row 3): they belong to whoever owns the machine.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from litestar import get, patch
from litestar.di import NamedDependency as Given
from litestar.params import JSONBody
from msgspec import UNSET, Struct, UnsetType

from hearth import accounts, jobs
from hearth.api.v1.access import Access, Asked, requires
from hearth.config import CHANGEABLE, Config, Count, Hours, LogLevel, Loudness, ServerName, WholeHours
from hearth.db import Database


class Setting(Struct, frozen=True):
    """One setting: how it is now, how it would be by itself, and what it takes.

    `fixed`: hearth.toml, the environment or the command line decided it, and it can be changed there alone.
    """

    key: str
    about: str
    kind: Literal["number", "choice", "text"]
    value: str | int | float
    default: str | int | float
    fixed: bool
    minimum: float | None = None
    maximum: float | None = None
    choices: list[str] | None = None


class SettingPage(Struct, frozen=True):
    items: list[Setting]


class SettingsChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes, in all processes within a moment; null puts a setting back to its default."""

    server_name: ServerName | UnsetType | None = UNSET
    encode_limit: Count | UnsetType | None = UNSET
    encode_limit_per_user: Count | UnsetType | None = UNSET
    scan_every_h: Hours | UnsetType | None = UNSET
    scan_network_every_h: Hours | UnsetType | None = UNSET
    music_loudness: Loudness | UnsetType | None = UNSET
    backup_every_h: WholeHours | UnsetType | None = UNSET
    backup_keep: Count | UnsetType | None = UNSET
    log_level: LogLevel | UnsetType | None = UNSET


@get("/settings", opt=requires("settings:read"), tags=["server"])
async def settings_list(database: Given[Database], settings: Given[jobs.Settings]) -> SettingPage:
    """Every setting that can be changed while the server runs."""
    async with database.transaction(readonly=True) as tx:
        return _page(await jobs.settings_list(tx, settings.given))


@patch("/settings", opt=requires("settings:manage"), tags=["server"])
async def change_settings(
    data: JSONBody[SettingsChange],
    request: Asked,
    access: Given[Access],
    database: Given[Database],
    settings: Given[jobs.Settings],
) -> SettingPage:
    """Changes some. 409 for one that is fixed where the server was started."""
    changes = {key: value for key in data.__struct_fields__ if (value := getattr(data, key)) is not UNSET}
    async with database.transaction() as tx:
        now = await jobs.change_settings(tx, settings.given, changes)
        if changes:
            said = {key: "default" if value is None else value for key, value in changes.items()}
            await accounts.note(tx, access.by(request), "settings.changed", "settings", **said)
    return _page(now)


def _page(found: list[jobs.Changeable]) -> SettingPage:
    return SettingPage([_view(one) for one in found])


def _view(one: jobs.Changeable) -> Setting:
    shape = _SHAPES[one.key]
    kind: Literal["number", "choice", "text"] = "text"
    choices = low = high = None
    if isinstance(shape, msgspec.inspect.LiteralType):
        kind, choices = "choice", [str(word) for word in shape.values]
    elif isinstance(shape, (msgspec.inspect.IntType, msgspec.inspect.FloatType)):
        kind, low, high = "number", shape.ge, shape.le
    return Setting(one.key, CHANGEABLE[one.key], kind, one.value, one.default, one.fixed, low, high, choices)  # type: ignore[arg-type] # of its field's type


def _shapes() -> dict[str, msgspec.inspect.Type]:
    config = msgspec.inspect.type_info(Config)
    assert isinstance(config, msgspec.inspect.StructType)  # noqa: S101 - what Config is
    return {field.name: field.type for field in config.fields if field.name in CHANGEABLE}


_SHAPES = _shapes()

handlers = [settings_list, change_settings]
