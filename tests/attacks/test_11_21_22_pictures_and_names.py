"""Rows 11, 21 and 22 of the attacks: file names in picture routes, sizes without end, fields without end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pyvips

from hearth.db import Database
from hearth.media import images
from tests.browse.house import House, open_house

NAMES = (
    "../config", "..%2Fconfig", "..%2F..%2Fhearth.toml", "%2e%2e%2fsecrets", "..\\config", "%00poster", "poster%00",
    "/etc/passwd", "poster.webp", "POSTER", "file:poster", "poster/..", "config",
)  # fmt: skip


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(database, tmp_path) as opened:
        yield opened


async def _film(house: House) -> str:
    picture: bytes = pyvips.Image.black(900, 1350, bands=3).pngsave_buffer()
    kept = await house.store.keep(picture)
    async with house.shelf() as shelf:
        film = await shelf.movie(await shelf.library())
        await shelf.image(film, "poster", kept.hash)
    return str(film)


async def test_row_11_no_name_leads_to_another_file(house: House, tmp_path: Path) -> None:
    film = await _film(house)
    (tmp_path / "config").write_text("secret")
    for name in NAMES:
        answer = await house.door.call("GET", f"/api/v1/items/{film}/images/{name}", token=house.token)
        assert answer.status == 404, name
        assert b"secret" not in answer.body
    for version in ("../config", "..%2Fconfig"):
        path = f"/api/v1/items/{film}/images/poster?v={version}"
        answer = await house.door.call("GET", path, token=house.token)
        assert (answer.status, answer.body[8:12]) == (200, b"WEBP")


async def test_row_21_sizes_are_a_few_steps_and_made_once(house: House, tmp_path: Path) -> None:
    film = await _film(house)
    sizes = [*range(1, 10_000, 97), 10**9]
    for width in sizes:
        path = f"/api/v1/items/{film}/images/poster?width={width}"
        answer = await house.door.call("GET", path, token=house.token)
        assert answer.status == 200, width
    made = [path for path in (tmp_path / "cache" / "images").rglob("*") if path.is_file()]
    assert 0 < len(made) <= len(images.STEPS)
    before = {path: path.stat().st_mtime_ns for path in made}
    for width in sizes[::10]:
        await house.door.call("GET", f"/api/v1/items/{film}/images/poster?width={width}", token=house.token)
    assert {path: path.stat().st_mtime_ns for path in before} == before


async def test_row_22_fields_without_end_are_refused(house: House) -> None:
    huge = "x" * (2 * 2**20)
    for method, path, body in (
        ("POST", "/playlists", {"name": huge}),
        ("POST", "/collections", {"name": huge}),
        ("POST", "/users", {"username": huge, "password": huge}),
        ("POST", "/auth/login", {"username": huge, "password": huge}),
        ("POST", "/playlists", {"name": "x", "rule": {"kinds": ["movie"], "genre": huge}}),
    ):
        answer = await house.door.call(method, f"/api/v1{path}", body, token=house.token)
        assert answer.status in (400, 413), (path, answer.status)
        assert len(answer.body) < 10_000
    for q in ("x" * 201, "%F0%9F%98%80" * 300):
        assert await house.status(f"/search?q={q}") == 400
        assert await house.status(f"/items?q={q}") == 400
