"""Fixtures that every test may use: the real engines, a database of its own, a transaction, a cache, folders."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hearth.db import Database, Tx
from tests.engines import TEMPLATE, Engines, database_dsn, make_folder, run_sql, shared_engines

if TYPE_CHECKING:
    from hearth.kit.cache import Cache

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    # The cache's client leaves modules behind that warn whoever looks at them, as hypothesis does at all modules.
    config.addinivalue_line("filterwarnings", "ignore:Importing from 'glide:DeprecationWarning")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests share something costly, and long tests, come first: none is left to one worker at the end."""
    first = {item.path for item in items if _is_long(item) or _shares(item)}
    items.sort(key=lambda item: item.path not in first)


def _shares(item: pytest.Item) -> bool:
    definitions: dict[str, Sequence[pytest.FixtureDef[object]]] = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    return any(found[-1].scope == "module" for found in definitions.values())


def _is_long(item: pytest.Item) -> bool:
    """Whether its time limit was raised: what may take minutes."""
    limit = item.get_closest_marker("timeout")
    return limit is not None and bool(limit.args) and limit.args[0] > 120


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest, testrun_uid: str, worker_id: str) -> Engines:
    """The run's PostgreSQL and Valkey, shared by all its workers."""
    owner = os.getpid() if worker_id == "master" else os.getppid()
    return shared_engines(testrun_uid, owner)


@pytest.fixture
async def empty_dsn(engines: Engines) -> AsyncIterator[str]:
    """The DSN of a fresh database with nothing in it."""
    name = f"e_{uuid.uuid4().hex[:16]}"
    await run_sql(engines.dsn, f"create database {name} strategy file_copy")
    yield database_dsn(engines.dsn, name)
    await run_sql(engines.dsn, f"drop database {name} with (force)")


@pytest.fixture
async def database_url(engines: Engines) -> AsyncIterator[str]:
    """The DSN of a fresh, migrated database (a clone of the template)."""
    name = await _clone(engines)
    yield database_dsn(engines.dsn, name)
    await run_sql(engines.dsn, f"drop database {name} with (force)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A `Database` on a fresh, migrated database of the test's own."""
    pool = await Database.connect(database_url, max_size=5)
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
def _worker_database() -> dict[str, str]:
    return {}


@pytest.fixture
async def tx(engines: Engines, _worker_database: dict[str, str]) -> AsyncIterator[Tx]:
    """A transaction on a migrated database, rolled back at the end: the fast way to test what rooms do."""
    if "name" not in _worker_database:
        _worker_database["name"] = await _clone(engines)
    pool = await Database.connect(database_dsn(engines.dsn, _worker_database["name"]), max_size=1)
    try:
        async with pool.connection() as connection:
            transaction = connection.transaction()
            await transaction.__aenter__()
            try:
                yield connection
            finally:
                await transaction.__aexit__(RuntimeError, RuntimeError("rolled back"), None)
    finally:
        await pool.close()


async def _clone(engines: Engines) -> str:
    if engines.problem:
        pytest.fail(f"the template database could not be migrated: {engines.problem}")
    name = f"t_{uuid.uuid4().hex[:16]}"
    # Copying files costs a seventh of copying through the log (measured: 38 against 266 ms of processor time).
    await run_sql(engines.dsn, f"create database {name} template {TEMPLATE} strategy file_copy")
    return name


@pytest.fixture
async def cache(engines: Engines) -> AsyncIterator[Cache]:
    """A `Cache` on the shared Valkey, with keys of the test's own."""
    from hearth.kit.cache import Cache

    client = Cache(engines.cache_url, prefix=f"{uuid.uuid4().hex[:12]}:")
    yield client
    await client.close()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty data folder, short enough for sockets, that the engines' account may pass through."""
    folder = make_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder of measured examples beside the repository; tests that read it skip where it is absent."""
    folder = Path(os.environ.get("HEARTH_SHARED") or REPOSITORY.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"the shared example folder is not on this machine ({folder.name}); set HEARTH_SHARED to it")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test logged of names that are not UTF-8 must not keep its report from xdist's controller."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "replace").decode()) for name, text in report.sections]
    return report
