"""The worker process: the handlers of all tasks, on the queues it was asked to serve."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from hearth import jobs
from hearth.app.wiring import open_house
from hearth.config import Config
from hearth.ingest import ILLUSTRATE, SCAN, Illustrator, Scanner
from hearth.media import ffmpeg
from hearth.media.prober import Prober

# Jobs at once by queue on two cores; config.concurrency changes them.
QUEUES: Mapping[str, int] = {"scan": 2, "artwork": 2}


async def run(config: Config, queues: Sequence[str] | None = None) -> None:
    """Work until cancelled, then end what can end within the grace period; the rest goes back to its queue."""
    async with contextlib.AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(config, "worker"))
        prober = await stack.enter_async_context(Prober())
        scanner = Scanner(house.database, prober, links=config.allow_links)
        illustrator = Illustrator(house.store, ffmpeg.find(config.ffmpeg))
        handlers: dict[jobs.Task[Any], jobs.Handler] = {
            SCAN: scanner.scan,
            ILLUSTRATE: illustrator.illustrate,
        }
        concurrency = {
            queue: config.concurrency.get(queue, slots)
            for queue, slots in QUEUES.items()
            if queues is None or queue in queues
        }
        worker = jobs.Worker(house.database, handlers, concurrency)
        await stack.enter_async_context(worker.running(grace_s=config.shutdown_grace_s - 5))
        await asyncio.Event().wait()
