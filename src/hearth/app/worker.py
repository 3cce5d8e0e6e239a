"""The worker process: the handlers of all tasks, on the queues it was asked to serve."""

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from hearth import jobs
from hearth.app.backups_by_clock import BACKUP, HOURLY, Keeper
from hearth.app.tidy import EVERY_TEN_MINUTES, TIDY, Tidier
from hearth.app.wiring import build_house, connected
from hearth.config import Config
from hearth.ingest import ILLUSTRATE, LOUDNESS, SCAN, Illustrator, Meter, Scanner, Watcher
from hearth.kit.errors import DiskFull
from hearth.kit.process import end_start, give_way
from hearth.media import ffmpeg
from hearth.media.prober import Prober
from hearth.playback import ENCODE, KEYFRAMES, Ahead, Encoder, playing

# Jobs at once by queue; config.concurrency changes them. An encode job also waits for its player most of the time: how
# many encoders really run is bounded when a play begins (encode_limit), remuxes among them cost next to nothing. Facts
# that nobody waits for are found one at a time.
QUEUES: Mapping[str, int] = {"scan": 2, "artwork": 2, "encode": 16, "facts": 1, "tidy": 1}
_NO_ROOM_S = 5.0
# Pages are waited for, scans are not. Lists beside a scan took 2.2 times as long (p95) as idle with 5, 2.0 with 10, 1.7
# with 15, and the scan as long with each. Who encodes for a player gives way less.
_NICENESS = 15
# Notices wake the queues; looking without one finds the job of a worker that died, half a minute after it did.
_POLL_S = 10.0


async def run(config: Config, queues: Sequence[str] | None = None) -> None:
    """Work until cancelled, then end what can end within the grace period; the rest goes back to its queue."""
    async with contextlib.AsyncExitStack() as stack:
        await asyncio.to_thread(give_way, os.getpid(), _NICENESS)
        house = await asyncio.to_thread(build_house, config, "worker", niceness=_NICENESS)
        await stack.enter_async_context(connected(house))
        prober = await stack.enter_async_context(Prober())
        scanner = Scanner(house.database, prober, links=config.allow_links, settle_s=config.scan_settle_s)
        program = await asyncio.to_thread(ffmpeg.find, config.ffmpeg)
        # A prober of its own: a scan's thousands of files are not to wait behind a cover, nor the other way round.
        illustrator = Illustrator(house.store, program, await stack.enter_async_context(Prober()))
        encoder = Encoder(
            house.database,
            config.cache,
            program,
            allow_links=config.allow_links,
            threads=config.encode_threads,
            max_bytes=_share(house.settings.config),
        )
        house.settings.tell(lambda now: encoder.allow(_share(now)))
        tidier = Tidier(config.cache)
        meter = Meter(program, lambda: house.settings.config.music_loudness == "measured", playing)
        handlers: dict[jobs.Task[Any], jobs.Handler] = {
            SCAN: scanner.scan,
            ILLUSTRATE: illustrator.illustrate,
            ENCODE: encoder.encode,
            KEYFRAMES: Ahead(config.cache).seek,
            LOUDNESS: meter.measure,
            TIDY: tidier.tidy,
            BACKUP: Keeper(house.settings).keep,
        }
        concurrency = {
            queue: config.concurrency.get(queue, slots)
            for queue, slots in QUEUES.items()
            if queues is None or queue in queues
        }
        periodic: list[jobs.Periodic[Any]] = [EVERY_TEN_MINUTES, HOURLY] if "tidy" in concurrency else []
        handlers = {task: _patient(handler) for task, handler in handlers.items()}
        worker = jobs.Worker(house.database, handlers, concurrency, periodic, poll_s=_POLL_S)
        await stack.enter_async_context(worker.running(grace_s=config.shutdown_grace_s - 5))
        if "scan" in concurrency:
            watcher = Watcher(
                house.database,
                settle_s=config.scan_settle_s,
                every_h=house.settings.config.scan_every_h,
                network_every_h=house.settings.config.scan_network_every_h,
                links=config.allow_links,
            )
            house.settings.tell(lambda now: watcher.scan_every(now.scan_every_h, now.scan_network_every_h))
            await stack.enter_async_context(watcher.running())
            # It stays for as long as the worker does, and takes a tenth of a second that no scan has to wait for.
            await prober.warm()
        end_start()
        await asyncio.Event().wait()


def _share(config: Config) -> int:
    """How many bytes of the segments' room one encode may take."""
    return config.segment_cache_mb * 2**20 // config.encode_limit


def _patient(handler: jobs.Handler) -> jobs.Handler:
    """The handler, made to wait for room on a full disk however long that takes: such a try does not count."""

    async def handle(args: Any, run: jobs.Run) -> None:
        try:
            await handler(args, run)
        except DiskFull as error:
            raise jobs.Later(_NO_ROOM_S, error.detail) from error

    return handle
