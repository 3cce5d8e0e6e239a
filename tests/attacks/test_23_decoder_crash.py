"""Row 23: files that break decoders are labelled with their reasons, and the scan and the server go on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from hearth import jobs, libraries
from hearth.app.reactions import REACTIONS
from hearth.db import Database
from hearth.ingest import ILLUSTRATE, SCAN, Scanner
from hearth.media.prober import Prober
from tests import media_files as make
from tests.ingest.conftest import Shelf, films, root, worker  # noqa: F401 - fixtures

CORRUPT = 50


def corrupt(folder: Path) -> set[str]:
    """Fifty files that are no films any more, each broken in its own way: their names."""
    make.video(folder / "whole.mp4")
    make.old_video(folder / "whole.mkv")
    mp4, mkv = (folder / "whole.mp4").read_bytes(), (folder / "whole.mkv").read_bytes()
    for name in ("whole.mp4", "whole.mkv"):
        (folder / name).unlink()
    chance = random.Random(23)
    broken: list[bytes] = [b"", b"\0" * 5000, b"\x1a\x45\xdf\xa3", b"RIFF", b"OggS", b"\x47" * 188, b"just words " * 50]
    broken += [mp4[:length] for length in (1, 8, 40, 200, 1000)]  # nothing that could be played was copied yet
    broken += [mkv[:length] for length in (1, 4, 12, 30)]
    while len(broken) < CORRUPT:
        whole = mp4 if len(broken) % 2 else mkv
        head = bytearray(whole[:4096])
        # The first bytes still promise a film; what follows is noise.
        head[chance.randrange(8, 32) :] = chance.randbytes(4096)
        broken.append(bytes(head))
    names = set()
    for number, data in enumerate(broken):
        name = f"Broken {number:02} (2001).{('mp4', 'mkv', 'avi', 'webm')[number % 4]}"
        (folder / name).write_bytes(data)
        names.add(name)
    return names


async def test_fifty_corrupt_files_are_each_labelled(films: Shelf, root: Path) -> None:  # noqa: F811
    names = corrupt(root)
    make.video(root / "Glass (2017).mp4")
    scan = await films.scan()
    assert (scan.state, scan.counts.refused) == ("done", CORRUPT)
    assert await films.titles("movie") == ["Glass"]
    reasons = await films.problems(scan)
    assert set(reasons) == names
    assert all(reason.endswith(".") and len(reason) > 15 for reason in reasons.values())
    # They stay listed as long as they lie there, and are not read again.
    again = await films.scan()
    assert (again.counts.to_file, set(await films.problems(again))) == (0, names)


@pytest.mark.parametrize("death", [signal.SIGSEGV, signal.SIGKILL])
async def test_a_dying_decoder_costs_the_file_it_was_at(database: Database, root: Path, death: signal.Signals) -> None:  # noqa: F811
    films_made = {f"Film {number}" for number in range(60)}
    for title in films_made:
        make.video(root / f"{title} (2001)" / f"{title} (2001).mp4")

    async def skip(_: object, __: jobs.Run) -> None:
        return

    killed: set[int] = set()
    async with Prober() as prober:

        async def kill() -> None:
            while len(killed) < 3:
                if prober.pid and prober.pid not in killed:
                    await asyncio.sleep(0.02)
                    with contextlib.suppress(ProcessLookupError, TypeError):
                        os.kill(prober.pid, death)
                        killed.add(prober.pid or 0)
                await asyncio.sleep(0.001)

        handlers: dict[jobs.Task[Any], jobs.Handler] = {SCAN: Scanner(database, prober).scan, ILLUSTRATE: skip}
        async with database.transaction() as tx:
            shelf = Shelf(database, root, await libraries.create(tx, "Films", "movies", [os.fsencode(root)]))
        with jobs.reacting_with(REACTIONS):
            async with jobs.Worker(database, handlers, {"scan": 1, "artwork": 1}).running():
                killing = asyncio.create_task(kill())
                scan = await shelf.scan()
                killing.cancel()
    assert scan.state == "done"
    assert killed, "nothing died, so nothing was shown"
    found, labelled = set(await shelf.titles("movie")), await shelf.problems(scan)
    assert found | {name.partition(" (")[0] for name in labelled} == films_made
    assert len(labelled) <= len(killed)
    # One that dies as it starts has not looked at any file: the next scan reads the one that waited for it.
    assert all("crashed" in reason or "could not be started" in reason for reason in labelled.values())
