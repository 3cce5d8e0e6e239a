"""`hearth backup` and `hearth restore`: everything that must be kept, in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hearth.app.cli.options import as_json, print_json, run, with_settings
from hearth.config import Config, Loaded
from hearth.kit.errors import Conflict, Invalid

if TYPE_CHECKING:
    from hearth.db import archive

_ENDING = ".tar.gz"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="The folder for a file named after this moment. Default: backup_dir.")  # fmt: skip
@as_json
@with_settings()
def backup(loaded: Loaded, file: Path | None, folder: Path | None, as_json: bool) -> None:
    """Back up the database, the artwork and the server's keys into FILE (.tar.gz), beside a running server or without.

    Whoever has the file has the server's keys and everybody's password hashes: keep it as you keep those.
    """
    from hearth.app import backups

    if file is not None and folder is not None:
        raise click.UsageError("Name a file or a folder, not both.")
    if file is not None and not file.name.endswith(_ENDING):
        raise Invalid(f"A backup's name ends with {_ENDING}: {file}{_ENDING}")

    target = (file or folder or backups.folder(loaded.config)).absolute()

    async def work(config: Config) -> backups.Made:
        from hearth.app.engines import running_engines

        async with running_engines(config, migrated=False, command="backup") as engines:
            return await backups.make(config, engines.dsn, target)

    made = run(work(loaded.config), loaded.config)
    if as_json:
        print_json(made)
        return
    click.echo(f"{made.path}: {made.rows} rows, {made.files} files, {made.bytes / 2**20:.1f} MB.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", "only_check", is_flag=True, help="Read and compare everything, restore nothing.")
@as_json
@with_settings()
def restore(loaded: Loaded, file: Path, only_check: bool, as_json: bool) -> None:
    """Put the backup FILE into an empty server, of this version or an older one. The server must be stopped."""
    from hearth.db import restore as reading

    path = file.absolute()

    async def work(config: Config) -> archive.Manifest:
        return await _restore(config, path)

    manifest = reading.check(path) if only_check else run(work(loaded.config), loaded.config)
    if as_json:
        print_json(manifest)
        return
    rows = sum(table.rows for table in manifest.tables)
    done = "is whole" if only_check else "was restored"
    click.echo(f"The backup of {manifest.made_at} {done}: {rows} rows, {len(manifest.files)} files.")


async def _restore(config: Config, file: Path) -> archive.Manifest:
    import asyncio

    from hearth.app.engines import DataLock, Embedded, install_queue, prepare_schema
    from hearth.db import restore as putting

    await asyncio.to_thread(putting.check, file)  # before the engines make a data folder for nothing
    lock = DataLock(config.data, "restore")
    embedded = Embedded(config)
    try:
        engines = await embedded.start()
        await _require_alone(engines.dsn)
        manifest = await putting.restore(
            engines.dsn,
            config.data,
            file,
            must_be_empty=("accounts.account", "libraries.library"),
            after_up=install_queue,
        )
        await prepare_schema(engines.dsn)
    finally:
        await embedded.stop()
        lock.release()
    return manifest


async def _require_alone(dsn: str) -> None:
    """An external database may serve a server on another machine."""
    from hearth.db.backup import connected

    async with connected(dsn) as connection:
        others = await connection.fetchval(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
            " and application_name like 'hearth%'"
        )
    if others:
        raise Conflict("A Hearth server is using this database: stop it, then restore.")
