"""Pictures for items: the first place that yields one, cleaned, stored and shown."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import structlog

from hearth import artwork, catalog, jobs, libraries
from hearth.artwork import Image, Store
from hearth.ingest.tasks import IllustrateArgs, PictureWork
from hearth.kit.errors import DiskFull, HearthError, NotFound
from hearth.media import covers, ffmpeg, images
from hearth.media.facts import Unreadable

log = structlog.get_logger(__name__)
_MAX_LOCAL = images.MAX_BYTES
_PORTRAIT = (480, 720)


class Illustrator:
    """Makes pictures with the configured ffmpeg and keeps them in the store."""

    def __init__(self, store: Store, ffmpeg_path: str) -> None:
        self._store = store
        self._ffmpeg = ffmpeg_path

    async def illustrate(self, args: IllustrateArgs, run: jobs.Run) -> None:
        """The job: choose pictures item by item; what is as it was is passed over."""
        by_item: dict[UUID, dict[str, list[PictureWork]]] = defaultdict(lambda: defaultdict(list))
        for work in args.works:
            by_item[work.item_id][work.type].append(work)
        async with run.database.transaction(readonly=True) as tx:
            have = await artwork.sources(tx, list(by_item))
        changed = False
        for done, (item_id, types) in enumerate(by_item.items()):
            await run.progress(done, len(by_item))
            if await _removed(run, args.library_id):
                return  # thousands of frames would be made for nobody
            made = []
            frames: dict[bytes, bytes] = {}
            for kind, works in types.items():
                one = await self._first(works, have.get((item_id, kind)), frames)
                made += [] if one is None else [one]
            if made:
                changed = True
                async with run.database.transaction() as tx:
                    for image, kept in made:
                        await artwork.put_image(tx, image, kept)
        if changed:
            async with run.database.transaction() as tx:
                await jobs.announce(tx, catalog.ItemsChanged(args.library_id))

    async def _first(
        self, works: Sequence[PictureWork], have: Image | None, frames: dict[bytes, bytes]
    ) -> tuple[Image, artwork.Kept] | None:
        for work in works:
            key = await asyncio.to_thread(_source_key, work)
            if have is not None and (have.source == "uploaded" or have.source_key == key):
                return None
            try:
                data = await self._take(work, frames)
                if data is not None:
                    return Image(work.item_id, work.type, work.source, key), await self._store.keep(data)
            except DiskFull:
                raise  # no fault of the picture: the job is made again when there is room
            except (HearthError, Unreadable, ffmpeg.Failed, OSError, TimeoutError) as error:
                # A broken cover must not keep an item from the next best one; the log says which it was.
                log.info("picture refused", path=work.path.decode("utf-8", "replace"), reason=str(error))
        return None

    async def _take(self, work: PictureWork, frames: dict[bytes, bytes]) -> bytes | None:
        """The picture's bytes from its place. `frames` keeps what was taken for one item: poster and still share it."""
        if work.source == "local":
            return await asyncio.to_thread(_read, work.path)
        if work.source == "embedded":
            return await asyncio.to_thread(covers.cover, work.path)
        if work.path not in frames:
            frames[work.path] = await ffmpeg.frame(self._ffmpeg, work.path, duration_ms=work.duration_ms)
        if work.type == "poster":
            return await asyncio.to_thread(images.resize, frames[work.path], *_PORTRAIT)
        return frames[work.path]


async def _removed(run: jobs.Run, library_id: UUID) -> bool:
    async with run.database.transaction(readonly=True) as tx:
        try:
            await libraries.library(tx, library_id)
        except NotFound:
            return True
    return False


def _read(path: bytes) -> bytes | None:
    with open(path, "rb") as file:
        data = file.read(_MAX_LOCAL + 1)
    return data if len(data) <= _MAX_LOCAL else None


def _source_key(work: PictureWork) -> str:
    """What a picture was made from: the same key means that there is nothing to make again."""
    try:
        facts = os.stat(work.path)
    except OSError:
        return f"{work.source}:gone"
    name = os.path.basename(work.path).decode("utf-8", "backslashreplace")
    return f"{work.source}:{name}:{facts.st_size}:{facts.st_mtime_ns}"
