"""Row 3: an encoder's path or options as a setting over HTTP (GHSA-rr9h-w522-cvmr; Plex CVE-2026-96656)."""

from __future__ import annotations

import typing
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hearth.api.v1.settings import SettingsChange
from hearth.config import CHANGEABLE, Config, changed
from hearth.db import Database
from hearth.kit.errors import Invalid
from tests.accounts.door import Door
from tests.api.whole import whole_server


@pytest.fixture
async def server(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    async with whole_server(database, tmp_path, monkeypatch) as door:
        yield door


async def test_no_program_path_address_or_option_is_a_setting(server: Door, database: Database, tmp_path: Path) -> None:
    """Each setting that there is, of any kind, and names that others had: refused, nothing stored, nothing run."""
    admin = (await server.set_up()).json["access_token"]
    canary = tmp_path / "canary"
    script = tmp_path / "ffmpeg"
    script.write_text(f"#!/bin/sh\ntouch {canary}\n")
    script.chmod(0o755)
    names = set(Config.__struct_fields__) - CHANGEABLE.keys()
    names |= {"encoder_path", "EncoderAppPath", "x264_options", "ffmpeg.path", "../ffmpeg", "__class__"}
    for name in sorted(names):
        for value in (str(script), None):
            body = {"backup_keep": 9, name: value}
            answer = await server.call("PATCH", "/api/v1/settings", body, token=admin)
            assert answer.status == 400, (body, answer.body)
    listed = (await server.call("GET", "/api/v1/settings", token=admin)).json["items"]
    assert {one["key"] for one in listed} == set(CHANGEABLE)
    assert not [one for one in listed if one["value"] != one["default"]]
    async with database.transaction(readonly=True) as tx:
        assert await tx.fetchval("select count(*) from jobs.setting") == 0
    assert not canary.exists()


async def test_what_was_put_into_the_table_by_hand_is_left_out(database: Database) -> None:
    """A row that no route writes: a restored backup of another make, or somebody's SQL."""
    from hearth import jobs

    given = Config(data=Path("/d"), cache=Path("/c"))
    settings = jobs.Settings(given)
    async with database.transaction() as tx:
        for key, value in (("ffmpeg", "/tmp/x"), ("encode_limit", "many"), ("backup_keep", 7), ("no_such", 1)):
            await tx.execute("insert into jobs.setting (key, value) values ($1, $2)", key, value)
    async with settings.following(database):
        assert settings.config == msgspec.structs.replace(given, backup_keep=7)


def test_what_can_be_changed_is_a_short_written_list() -> None:
    """A setting that takes a path, or that reaches a command line, does not get into the list by accident."""
    assert set(CHANGEABLE) == {
        "server_name", "encode_limit", "encode_limit_per_user", "scan_every_h", "scan_network_every_h",
        "music_loudness", "backup_every_h", "backup_keep", "log_level",
    }  # fmt: skip
    assert set(CHANGEABLE) == set(SettingsChange.__struct_fields__)
    types = typing.get_type_hints(Config)
    words = {typing.Literal["debug", "info", "warning", "error"], typing.Literal["measured", "tags"]}
    assert {types[key] for key in CHANGEABLE} <= {int, float, str, *words}
    for key in Config.__struct_fields__:
        if key not in CHANGEABLE:
            given: dict[str, Any] = {key: "x"}
            with pytest.raises(Invalid, match="cannot be changed while the server runs"):
                changed(Config(data=Path("/d"), cache=Path("/c")), given)
