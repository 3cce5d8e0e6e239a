"""`hearth demo`: a small library of real, playable media, made here and served."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click
import msgspec

from hearth.app.cli.options import with_settings
from hearth.config import Config, Loaded, default_data


@click.command()
@click.option(
    "--media", type=click.Path(path_type=Path), help="Where to make the media; in the data folder if not given."
)
@click.option("--make-only", is_flag=True, help="Make the media and end.")
@with_settings("host", "port", "log_level")
def demo(loaded: Loaded, media: Path | None, make_only: bool) -> None:
    """Make a small library of films, shows and music with ffmpeg, once, and serve it.

    It has a data folder of its own, so that a real installation beside it is never touched.
    """
    config = loaded.config
    if config.data == default_data():
        own = config.data.with_name(f"{config.data.name}-demo")
        config = msgspec.structs.replace(config, data=own, cache=own / "cache")
    folder = media or config.data / "media"
    _make(config, folder)
    if make_only:
        click.echo(f"The demo's media lie in {folder}.")
        return
    asyncio.run(_serve(config, folder))


def _make(config: Config, folder: Path) -> None:
    from rich.progress import Progress

    from hearth.app.demo import make_demo
    from hearth.app.engines import prepare_folders

    prepare_folders(config.data)
    with Progress(transient=True) as progress:
        bar = progress.add_task("Making films, shows and music", total=None)
        make_demo(
            folder,
            lambda what, done, total: progress.update(bar, description=f"Made {what}", completed=done, total=total),
        )


async def _serve(config: Config, folder: Path) -> None:
    from hearth.app.cli.serve import serve_until_stopped

    await _add_libraries(config, folder)
    await serve_until_stopped(config)


async def _add_libraries(config: Config, folder: Path) -> None:
    """The demo's libraries, added once and scanned by the server that starts next."""
    from hearth import jobs, libraries
    from hearth.app.cli.engines import running_engines
    from hearth.app.demo import make_demo
    from hearth.app.reactions import REACTIONS
    from hearth.db import Database

    jobs.react_with(REACTIONS)
    made = await asyncio.to_thread(make_demo, folder)
    wanted: tuple[tuple[str, libraries.Kind, Path], ...] = (
        ("Films", "movies", made.films),
        ("Shows", "shows", made.shows),
        ("Music", "music", made.music),
    )
    async with running_engines(config) as engines:
        database = await Database.connect(engines.dsn, max_size=2, application_name="hearth demo")
        try:
            async with database.transaction() as tx:
                known = {one.name for one in await libraries.libraries(tx)}
                for name, kind, path in wanted:
                    if name not in known:
                        one = await libraries.create(tx, name, kind, [os.fsencode(path)])
                        await libraries.request_scan(tx, one.id)
        finally:
            await database.close()
