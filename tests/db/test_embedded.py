"""The embedded PostgreSQL: first start, interrupted first start, leftovers, long paths, closed folders."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from hearth.db import Database, Postgres, find_programs
from hearth.kit.engine import Account, blocked_at, engine_account, reachable_copy, socket_folder
from hearth.kit.errors import Invalid, Unavailable
from tests.engines import FAST, ends_within, listening_ports, make_folder

ROOT = os.geteuid() == 0


async def ask(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def program(pid: int) -> Path:
    return Path(f"/proc/{pid}/exe").readlink()


async def test_settings_locale_and_reach(data_dir: Path) -> None:
    postgres = Postgres(data_dir, settings=FAST | {"fsync": "on"})
    dsn = await postgres.start()
    try:
        assert postgres.pid is not None
        assert listening_ports(postgres.pid) == []
        assert await ask(dsn, "show listen_addresses") == ""
        assert await ask(dsn, "show fsync") == "on"
        assert await ask(dsn, "show jit") == "off"
        assert (
            await ask(dsn, "select datlocprovider::text || datlocale from pg_database where datname = 'hearth'")
            == "bC.UTF-8"
        )
        assert await ask(dsn, "select lower('ÄÉ')") == "äé"
        extensions = "select count(*) from pg_available_extensions where name in ('pg_trgm', 'unaccent', 'citext')"
        assert await ask(dsn, extensions) == 3
        sockets = data_dir / "run" / "sockets"
        assert mode(sockets) == 0o700
        assert mode(data_dir / "postgres" / "18") == 0o700
        account = engine_account()
        assert owner(postgres.pid) == (account.uid if account else os.geteuid())
        assert await postgres.start() == dsn  # a second call changes nothing
    finally:
        await postgres.stop()
    assert postgres.pid is None


def test_a_kill_during_the_first_start_is_harmless(data_dir: Path) -> None:
    code = (
        "import asyncio, sys, pathlib; from hearth.db import Postgres; "
        "asyncio.run(Postgres(pathlib.Path(sys.argv[1])).start())"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(data_dir)])
    deadline = time.monotonic() + 30
    while not list((data_dir / "postgres").glob(".new-*/base")):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.wait(10)
    assert not (data_dir / "postgres" / "18").exists()

    async def start_again() -> None:
        postgres = Postgres(data_dir, settings=FAST)
        assert await ask(await postgres.start(), "select 1") == 1
        await postgres.stop()

    asyncio.run(start_again())
    assert [entry.name for entry in (data_dir / "postgres").iterdir()] == ["18"]


async def test_leftovers_of_a_killed_server(data_dir: Path) -> None:
    """A postmaster that still runs is ended first; a pid file that names somebody else's process is not believed."""
    first = Postgres(data_dir, settings=FAST)
    await first.start()
    await ask(first.dsn, "create table kept (n int)")
    orphan = first.pid
    assert orphan is not None
    second = Postgres(data_dir, settings=FAST)
    await second.start()
    assert ends_within(orphan, 5)
    assert await ask(second.dsn, "select count(*) from kept") == 0
    assert second.pid is not None
    os.kill(second.pid, signal.SIGKILL)
    await second.wait()
    socket_lock = next((data_dir / "run" / "sockets").glob(".s.PGSQL.*.lock"))
    for pidfile in (data_dir / "postgres" / "18" / "postmaster.pid", socket_lock):
        lines = pidfile.read_text().splitlines()
        pidfile.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    await second.start()
    assert await ask(second.dsn, "select count(*) from kept") == 0
    await second.stop()
    await first.stop()


async def test_a_killed_postmasters_children_are_waited_for(data_dir: Path) -> None:
    """PostgreSQL refuses to start while one of them has its shared memory; a busy one notices late."""
    postgres = Postgres(data_dir, settings={**FAST, "synchronous_commit": "on"})
    await postgres.start()
    await ask(postgres.dsn, "create table kept (n int)")
    connection = await asyncpg.connect(postgres.dsn)
    child = connection.get_server_pid()
    os.kill(child, signal.SIGSTOP)
    assert postgres.pid is not None
    os.kill(postgres.pid, signal.SIGKILL)
    await postgres.wait()
    starting = asyncio.create_task(postgres.start())
    await asyncio.sleep(1)
    assert not starting.done()
    os.kill(child, signal.SIGCONT)
    await starting
    assert await ask(postgres.dsn, "select count(*) from kept") == 0
    connection.terminate()
    await postgres.stop()


async def test_broken_data_says_so_in_postgres_own_words(data_dir: Path) -> None:
    postgres = Postgres(data_dir, settings=FAST)
    await postgres.start()
    await postgres.stop()
    (data_dir / "postgres" / "18" / "PG_VERSION").write_text("9\n")
    with pytest.raises(Unavailable, match=r"PostgreSQL does not start:[\s\S]*incompatible"):
        await postgres.start()


async def test_a_path_too_long_for_a_socket(data_dir: Path) -> None:
    deep = data_dir / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    for folder in (deep, deep.parent):
        folder.chmod(0o711)
    postgres = Postgres(deep, settings=FAST)
    dsn = await postgres.start()
    pool = await Database.connect(dsn)
    async with pool.transaction() as tx:
        sockets = Path(await tx.fetchval("show unix_socket_directories"))
    await pool.close()
    await postgres.stop()
    assert len(os.fsencode(sockets)) < 80
    assert mode(sockets) == 0o700
    again = socket_folder(deep / "run", engine_account())
    assert again == sockets
    shutil.rmtree(sockets)


def test_a_socket_folder_that_somebody_else_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    run = Path("/" + "x" * 100)
    account = engine_account()
    folder = socket_folder(run, account)
    shutil.rmtree(folder)
    folder.symlink_to(tmp_path)
    with pytest.raises(Invalid, match="belongs to another user"):
        socket_folder(run, account)
    folder.unlink()


def test_who_may_pass(data_dir: Path) -> None:
    stranger = Account("stranger", 54321, 54321)
    inner = data_dir / "a" / "b"
    inner.mkdir(parents=True)
    (data_dir / "a").chmod(0o750)
    inner.chmod(0o755)
    assert blocked_at(inner, stranger) == data_dir / "a"
    assert blocked_at(inner / "not there yet", stranger) == data_dir / "a"
    assert blocked_at(inner, Account("group", 54321, (data_dir / "a").stat().st_gid)) is None
    assert blocked_at(inner, None) is None
    (data_dir / "a").chmod(0o711)
    assert blocked_at(inner, stranger) is None


@pytest.mark.skipif(not ROOT, reason="only root's engines run as another account")
def test_programs_out_of_reach_are_copied_once(data_dir: Path) -> None:
    closed = make_folder("hearth-closed-")
    root = closed / "wheel"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "postgres").write_text("#!/bin/sh\n")
    (root / "bin" / "postgres").chmod(0o700)
    (root / "lib").mkdir()
    (root / "lib" / "a.so").write_text("a")
    nobody = engine_account("nobody")
    copy = data_dir / "engines" / "postgres-1"
    parts = ["bin", "lib", "missing"]
    try:
        assert reachable_copy(root, parts, "bin/postgres", copy, None) == root
        closed.chmod(0o700)
        assert reachable_copy(root, parts, "bin/postgres", copy, nobody) == copy
        assert (copy / "bin" / "postgres").stat().st_mode & 0o777 == 0o755
        assert (copy / "lib" / "a.so").stat().st_mode & 0o777 == 0o644
        made = (copy / "lib" / "a.so").stat().st_mtime_ns
        (root / "lib" / "a.so").write_text("changed")
        assert reachable_copy(root, parts, "bin/postgres", copy, nobody) == copy
        assert (copy / "lib" / "a.so").stat().st_mtime_ns == made
        assert [entry.name for entry in copy.parent.iterdir()] == ["postgres-1"]
    finally:
        shutil.rmtree(closed)


@pytest.mark.skipif(not ROOT, reason="only root's engines run as another account")
async def test_from_a_virtual_environment_that_the_engines_cannot_reach(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole PostgreSQL runs from the copy in the data folder."""
    from hearth.db import embedded

    def closed_to_engines(path: Path, account: Account | None) -> Path | None:
        return path if "site-packages" in str(path) else blocked_at(path, account)

    monkeypatch.setattr("hearth.kit.engine.blocked_at", closed_to_engines)
    programs = find_programs(data_dir, engine_account())
    assert programs.is_relative_to(data_dir / "engines")
    assert sum(f.stat().st_size for f in (data_dir / "engines").rglob("*") if f.is_file()) < 80 * 2**20
    postgres = embedded.Postgres(data_dir, settings=FAST)
    assert await ask(await postgres.start(), "select 1") == 1
    assert postgres.pid is not None
    assert program(postgres.pid).is_relative_to(data_dir)
    await postgres.stop()


@pytest.mark.skipif(not ROOT, reason="only root chooses an account")
def test_the_account_that_engines_run_as() -> None:
    account = engine_account()
    assert account is not None
    assert account.name in {"hearth", "nobody"}
    with pytest.raises(Invalid, match="must not be root"):
        engine_account("root")
    with pytest.raises(Invalid, match='"no-such-user"'):
        engine_account("no-such-user")
