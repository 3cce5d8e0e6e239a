"""`hearth library`: libraries without the web interface."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import click
import msgspec

from hearth import jobs, libraries
from hearth.app.cli.engines import Engines, running_engines
from hearth.app.cli.options import as_json, print_json, run, with_settings
from hearth.app.engines import read_note
from hearth.config import Config, Loaded
from hearth.db import Database, Tx
from hearth.kit.errors import Conflict, NotFound

_POLL_S = 0.3
Work = Callable[[Database, Config, Engines], Awaitable[None]]


@click.group()
def library() -> None:
    """Add, list, scan and remove libraries."""


@library.command()
@click.argument("name")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=bytes))
@click.option("--kind", type=click.Choice(libraries.KINDS), required=True, help="What the folders hold.")
@click.option("--scan/--no-scan", default=True, help="Scan it at once (the default).")
@with_settings("log_level")
def add(loaded: Loaded, name: str, paths: tuple[bytes, ...], kind: libraries.Kind, scan: bool) -> None:
    """Make the library NAME over one folder or several."""
    full = [os.path.abspath(path) for path in paths]

    async def work(database: Database, config: Config, engines: Engines) -> None:
        async with database.transaction() as tx:
            made = await libraries.create(tx, name, kind, full)
        click.echo(f"Added {made.name} ({made.kind}).")
        if scan:
            await _scan(database, config, engines, made, accept_missing=False)

    run(_with_database(loaded.config, work), loaded.config)


@library.command("list")
@as_json
@with_settings("log_level")
def list_(loaded: Loaded, as_json: bool) -> None:
    """Show all libraries with their folders."""

    async def work(database: Database, config: Config, engines: Engines) -> None:
        async with database.transaction(readonly=True) as tx:
            found = await libraries.libraries(tx)
        if as_json:
            print_json(
                [
                    {
                        "id": one.id,
                        "name": one.name,
                        "kind": one.kind,
                        "paths": [libraries.text(r.path) for r in one.roots],
                    }
                    for one in found
                ]
            )
            return
        if not found:
            click.echo("There are no libraries yet. Make one: hearth library add Films --kind movies /srv/films")
        for one in found:
            click.echo(f"{one.name} ({one.kind})")
            for root in one.roots:
                click.echo(f"    {libraries.text(root.path)}" + (f"  ! {root.problem}" if root.problem else ""))

    run(_with_database(loaded.config, work), loaded.config)


@library.command()
@click.argument("name")
@click.option("--accept-missing", is_flag=True, help="Files that are gone are meant to be gone, even if they are many.")
@click.option("--folder", type=click.Path(), help="Only this folder of the library and what lies below it.")
@with_settings("log_level")
def scan(loaded: Loaded, name: str, accept_missing: bool, folder: str | None) -> None:
    """Scan the library NAME and show how it goes."""

    below = None if folder is None else os.fsencode(os.path.abspath(folder))

    async def work(database: Database, config: Config, engines: Engines) -> None:
        target = await _named(database, name)
        await _scan(database, config, engines, target, accept_missing=accept_missing, folder=below)

    run(_with_database(loaded.config, work), loaded.config)


@library.command()
@click.argument("name")
@as_json
@with_settings("log_level")
def history(loaded: Loaded, name: str, as_json: bool) -> None:
    """Show the last scans of the library NAME: when, how they ended, what they did."""

    async def work(database: Database, config: Config, engines: Engines) -> None:
        target = await _named(database, name)
        async with database.transaction(readonly=True) as tx:
            found = (await libraries.scans(tx, target.id, limit=20)).items
        if as_json:
            print_json(found)
            return
        if not found:
            click.echo(f"{target.name} was not scanned yet: hearth library scan {target.name}")
        for one in found:
            part = "" if one.folders is None else f" of {', '.join(one.folders[:2])}"
            click.echo(f"{one.created_at.astimezone():%Y-%m-%d %H:%M}  {one.state:<9}  {_did(one.counts)}{part}")
            if one.message:
                click.echo(f"    {one.message}")

    run(_with_database(loaded.config, work), loaded.config)


@library.command()
@click.argument("name")
@with_settings("log_level")
def cancel(loaded: Loaded, name: str) -> None:
    """Stop the scan of the library NAME that waits or runs; what it found is kept."""

    async def work(database: Database, config: Config, engines: Engines) -> None:
        target = await _named(database, name)
        async with database.transaction() as tx:
            newest = (await libraries.latest_scans(tx, [target.id])).get(target.id)
            if newest is None or newest.state not in ("queued", "running"):
                raise Conflict(f"No scan of {target.name} is under way.")
            ended = await libraries.cancel_scan(tx, newest.id)
        click.echo("Cancelled." if ended.state == "cancelled" else "It stops within moments.")

    run(_with_database(loaded.config, work), loaded.config)


@library.command()
@click.argument("name")
@click.confirmation_option(prompt="Forget this library and all that was found in it? The files on disk stay.")
@with_settings("log_level")
def remove(loaded: Loaded, name: str) -> None:
    """Forget the library NAME; its files stay where they are."""

    async def work(database: Database, config: Config, engines: Engines) -> None:
        found = await _named(database, name)
        async with database.transaction() as tx:
            await libraries.delete(tx, found.id)
        click.echo(f"Removed {found.name}.")

    run(_with_database(loaded.config, work), loaded.config)


async def _with_database(config: Config, work: Work) -> None:
    from hearth.app.reactions import REACTIONS

    jobs.react_with(REACTIONS)
    async with running_engines(config) as engines:
        database = await Database.connect(engines.dsn, max_size=4, application_name="hearth command")
        try:
            await work(database, config, engines)
        finally:
            await database.close()


async def _named(database: Database, name: str) -> libraries.Library:
    async with database.transaction(readonly=True) as tx:
        return await named(tx, name)


async def named(tx: Tx, name: str) -> libraries.Library:
    """A library by its name, however it is written, or NotFound with the names that there are."""
    found = await libraries.libraries(tx)
    for one in found:
        if one.name.casefold() == name.casefold():
            return one
    known = ", ".join(one.name for one in found) or "none yet"
    raise NotFound(f"There is no library named {name}. There are: {known}.")


async def _scan(
    database: Database,
    config: Config,
    engines: Engines,
    target: libraries.Library,
    *,
    accept_missing: bool,
    folder: bytes | None = None,
) -> None:
    async with _working(config, engines) as worker:
        async with database.transaction() as tx:
            folders = None if folder is None else await libraries.folders_below(tx, target.id, folder)
            asked = await libraries.request_scan(tx, target.id, accept_missing=accept_missing, folders=folders)
        following = asyncio.ensure_future(_follow(database, asked.id))
        await asyncio.wait({following, worker} if worker else {following}, return_when=asyncio.FIRST_COMPLETED)
        if worker is not None and worker.done():
            following.cancel()
            await worker  # it ended before the scan did: its error says why
        ended = await following
    click.echo(f"{target.name}: {ended.state}. {_did(ended.counts)}.")
    if ended.message:
        click.echo(ended.message)
    async with database.transaction(readonly=True) as tx:
        problems, total = await libraries.problems(tx, ended.id, limit=20)
    for problem in problems:
        click.echo(f"    {libraries.text(problem.path)}: {problem.reason}")
    if total > len(problems):
        click.echo(f"    ... and {total - len(problems)} more: see the library's page.")
    if ended.state == "failed":
        raise click.exceptions.Exit(1)


def _did(counts: libraries.ScanCounts) -> str:
    return (
        f"{counts.files} files: {counts.new} new, {counts.changed} changed, {counts.moved} moved,"
        f" {counts.missing} missing, {counts.refused} refused"
    )


@contextlib.asynccontextmanager
async def _working(config: Config, engines: Engines) -> AsyncIterator[asyncio.Task[None] | None]:
    """A worker of our own for the length of the block when no server runs one."""
    if config.database_url is not None or read_note(config.data) is not None:
        yield None
        return
    from hearth.app.worker import run as work

    settings = msgspec.structs.replace(config, database_url=engines.dsn, cache_url=engines.cache_url)
    worker = asyncio.create_task(work(settings))
    try:
        yield worker
        await _pictures_made(engines)
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def _follow(database: Database, scan_id: UUID) -> libraries.Scan:
    """Show a scan's progress until its end."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as progress:
        bar = progress.add_task("Looking", total=None)
        while True:
            async with database.transaction(readonly=True) as tx:
                found = await libraries.scan(tx, scan_id)
            if found.state not in ("queued", "running"):
                return found
            what = "Waiting for a worker" if found.state == "queued" else "Scanning" if found.progress else "Looking"
            progress.update(bar, description=what, total=found.counts.to_file, completed=found.counts.filed)
            await asyncio.sleep(_POLL_S)


async def _pictures_made(engines: Engines) -> None:
    """Wait for the posters that the scan asked for, ten minutes at most; a later server makes the rest."""
    database = await Database.connect(engines.dsn, max_size=1, application_name="hearth command")
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(600):
                while True:
                    async with database.transaction(readonly=True) as tx:
                        counts = await jobs.counts(tx)
                    if not any(count.queue == "artwork" and count.waiting + count.running for count in counts):
                        return
                    await asyncio.sleep(_POLL_S)
    finally:
        await database.close()
