"""The migration runner: five at once, killed half-way, edited, newer, back and forth."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import asyncpg
import pytest

from hearth.db import Database, Tx, migrate
from hearth.db.migrate import Applied
from hearth.kit.errors import Conflict, Invalid, Unavailable

STEPS = {
    "0001_film": ("create table film (id int primary key);\ninsert into film values (1);", "drop table film;"),
    "0002_title": ("alter table film add title text;", "alter table film drop title;"),
    "0003_index": (
        "-- no-transaction\n-- two statements\ncreate index concurrently if not exists film_title on film (title);\n"
        "create index concurrently if not exists film_both on film (title, id);\n",
        "drop index film_title; drop index film_both;",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, (up, down) in STEPS.items():
        add(tmp_path, name, up, down)
    return tmp_path


def add(folder: Path, name: str, up: str, down: str = "select 1") -> None:
    (folder / f"{name}.up.sql").write_text(up)
    (folder / f"{name}.down.sql").write_text(down)


async def query(dsn: str, sql: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def test_five_at_once_apply_each_step_once(empty_dsn: str, folder: Path) -> None:
    hooks: list[int] = []

    async def hook(connection: Tx) -> None:
        hooks.append(await connection.fetchval("select count(*) from migrations.applied"))

    counts = await asyncio.gather(*(migrate.up(empty_dsn, folder=folder, after_up=hook) for _ in range(5)))
    assert sorted(counts) == [0, 0, 0, 0, 3]
    assert hooks == [3] * 5
    assert await query(empty_dsn, "select id, title from film") == [(1, None)]
    indexes = await query(empty_dsn, "select indexname from pg_indexes where tablename = 'film' order by 1")
    assert indexes == [("film_both",), ("film_pkey",), ("film_title",)]


async def test_up_to_and_down_and_status(empty_dsn: str, folder: Path) -> None:
    assert [(s.version, s.applied_at) for s in await migrate.status(empty_dsn, folder=folder)] == [
        (1, None),
        (2, None),
        (3, None),
    ]
    assert await migrate.up(empty_dsn, 2, folder=folder) == 2
    found = await migrate.status(empty_dsn, folder=folder)
    assert [s.applied_at is not None for s in found] == [True, True, False]
    assert found[0].name == "film"
    assert await migrate.up(empty_dsn, folder=folder) == 1
    assert await migrate.down(empty_dsn, 1, folder=folder) == 2
    assert await query(empty_dsn, "select * from film") == [(1,)]
    assert await migrate.down(empty_dsn, 0, folder=folder) == 1
    assert await query(empty_dsn, "select to_regclass('film')::text") == [(None,)]
    assert await migrate.up(empty_dsn, folder=folder) == 3


async def test_a_failing_step_leaves_nothing_and_names_itself(empty_dsn: str, folder: Path) -> None:
    add(folder, "0004_broken", "create table half (id int); select 1/0;")
    with pytest.raises(asyncpg.DivisionByZeroError) as caught:
        await migrate.up(empty_dsn, folder=folder)
    assert caught.value.__notes__ == ["in migration 0004 broken"]
    assert await query(empty_dsn, "select to_regclass('half')::text, max(version) from migrations.applied") == [
        (None, 3)
    ]
    add(folder, "0004_broken", "create table half (id int);")
    assert await migrate.up(empty_dsn, folder=folder) == 1


async def test_killed_half_way_the_rerun_succeeds(empty_dsn: str, folder: Path) -> None:
    """kill -9 while a step runs: the step is undone, the lock is free, a rerun finishes the work."""
    add(folder, "0004_slow", "create table slow (id int);\nselect pg_sleep(60);")
    code = (
        "import asyncio, sys, pathlib; from hearth.db import migrate; "
        "asyncio.run(migrate.up(sys.argv[1], folder=pathlib.Path(sys.argv[2])))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, empty_dsn, str(folder))
    try:
        async with asyncio.timeout(30):
            sleeping = (
                "select 1 from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)%'"
            )
            while len(await query(empty_dsn, sleeping)) < 2:  # noqa: ASYNC110 - the step, and this query itself
                await asyncio.sleep(0.02)
    finally:
        process.kill()
        await process.wait()
    add(folder, "0004_slow", "create table slow (id int);")
    connection = await asyncpg.connect(empty_dsn)
    # PostgreSQL notices a client's death at its next write; the sleeper is woken here instead of after a minute.
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and query like '%pg_sleep%' and pid <> pg_backend_pid()"
    )
    await connection.close()
    assert await query(empty_dsn, "select to_regclass('slow')::text, max(version) from migrations.applied") == [
        (None, 3)
    ]
    assert await migrate.up(empty_dsn, folder=folder, wait_s=10) == 1


async def test_an_edited_step_is_refused(empty_dsn: str, folder: Path) -> None:
    await migrate.up(empty_dsn, folder=folder)
    add(folder, "0002_title", "alter table film add title text not null;")
    with pytest.raises(Conflict, match="0002 title was edited after it was applied"):
        await migrate.up(empty_dsn, folder=folder)
    with pytest.raises(Conflict, match="edited"):
        await migrate.down(empty_dsn, 0, folder=folder)


async def test_a_newer_database_is_refused(empty_dsn: str, folder: Path) -> None:
    await migrate.up(empty_dsn, folder=folder)
    for half in ("up", "down"):
        (folder / f"0003_index.{half}.sql").unlink()
    with pytest.raises(Conflict, match=r"newer than this version of Hearth \(it knows 0003 index\)"):
        await migrate.up(empty_dsn, folder=folder)
    assert (await migrate.status(empty_dsn, folder=folder))[-1].name == "index"


async def test_a_lock_held_for_too_long(empty_dsn: str, folder: Path) -> None:
    holder = asyncio.Event()
    go_on = asyncio.Event()

    async def hook(_connection: Tx) -> None:
        holder.set()
        await go_on.wait()

    first = asyncio.create_task(migrate.up(empty_dsn, folder=folder, after_up=hook))
    await holder.wait()
    with pytest.raises(Unavailable, match="still migrating"):
        await migrate.up(empty_dsn, folder=folder, wait_s=0.2)
    go_on.set()
    assert await first == 3


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["0001_a.up.sql"], "0001 a needs both"),
        (["1_a.up.sql"], "1_a.up.sql is no migration"),
        (
            ["0001_a.up.sql", "0001_a.down.sql", "0001_b.up.sql", "0001_b.down.sql"],
            "0001 b has the number of a",
        ),
    ],
)
def test_a_folder_out_of_order(tmp_path: Path, names: list[str], wanted: str) -> None:
    for name in names:
        (tmp_path / name).write_text("select 1")
    with pytest.raises(Invalid, match=wanted):
        migrate.read(tmp_path)


async def test_an_unreachable_database(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        await migrate.up(f"postgresql://hearth@/hearth?host={tmp_path}")


async def test_ours_go_up_and_down_and_up(empty_dsn: str) -> None:
    """Every step of Hearth itself can be taken back and applied again."""
    from hearth.app.engines import prepare_schema

    count = len(migrate.read())
    assert await prepare_schema(empty_dsn) == count
    schemas = "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1"
    whole = await query(empty_dsn, schemas)
    assert await migrate.down(empty_dsn, 0) == count
    assert await query(empty_dsn, schemas) == [("migrations",), ("public",)]
    assert await prepare_schema(empty_dsn) == count
    assert await query(empty_dsn, schemas) == whole
    assert await prepare_schema(empty_dsn) == 0
    assert {type(step) for step in await migrate.status(empty_dsn)} == {Applied}


async def test_the_template_is_migrated(database: Database, tx: Tx) -> None:
    steps = len(migrate.read())
    assert await tx.fetchval("select count(*) from migrations.applied") == steps
    async with database.transaction() as mine:
        assert await mine.fetchval("select count(*) from migrations.applied") == steps
