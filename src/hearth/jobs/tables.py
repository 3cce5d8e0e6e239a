"""The queue's own tables, made and kept current by pgqueuer itself, in the schema `jobs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from hearth.db import Tx

if TYPE_CHECKING:
    from pgqueuer.queries import Queries

SCHEMA = "jobs"
Q = TypeVar("Q", bound="Queries")


def queries(driver: Any, kind: type[Q]) -> Q:
    """pgqueuer's statements over a driver, with the names we chose.

    The settings are built by hand: read from the environment they would follow variables as common as CHANNEL and
    TRIGGER. Only the log and the statistics, which nobody reads here, are spared the write-ahead log.
    """
    from pgqueuer.adapters.persistence import qb
    from pgqueuer.domain.settings import DBSettings, Durability

    settings = DBSettings.model_construct(
        prefix="",
        db_schema=SCHEMA,
        channel="jobs_changed",
        function="fn_pgqueuer_changed",
        statistics_table="pgqueuer_statistics",
        queue_status_type="pgqueuer_status",
        queue_table="pgqueuer",
        queue_table_log="pgqueuer_log",
        trigger="tg_pgqueuer_changed",
        schedules_table="pgqueuer_schedules",
        durability=Durability.balanced,
        widen_id=True,
    )
    return kind(
        driver,
        qb.QueryBuilderEnvironment(settings),
        qb.QueryQueueBuilder(settings),
        qb.QuerySchedulerBuilder(settings),
    )


async def install(connection: Tx) -> None:
    """Makes or updates the queue's tables; the migrations' `after_up`. Outside a transaction; running it again is free.

    Does nothing below migration 0007, where there is no queue.
    """
    if not await connection.fetchval("select to_regclass('jobs.job') is not null"):
        return
    from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
    from pgqueuer.queries import Queries

    pgqueuer = queries(AsyncpgDriver(connection), Queries)
    await pgqueuer.apply_upgrade()
    if await connection.fetchval("select reloptions is null from pg_class where oid = 'jobs.pgqueuer'::regclass"):
        await pgqueuer.optimize_autovacuum()  # a table of few rows and much change: dead ones slow each claim down
