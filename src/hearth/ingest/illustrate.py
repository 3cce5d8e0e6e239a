"""Pictures for items: the first place that yields one, cleaned, stored and shown."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from urllib.parse import quote_from_bytes, unquote_to_bytes
from uuid import UUID

import structlog

from hearth import artwork, catalog, jobs, libraries
from hearth.artwork import Image, ImageType, Source, Store
from hearth.ingest.tasks import IllustrateArgs, PictureWork
from hearth.kit.errors import DiskFull, HearthError, NotFound
from hearth.media import ffmpeg, images
from hearth.media.facts import Unreadable
from hearth.media.prober import Prober

log = structlog.get_logger(__name__)
_MAX_LOCAL = images.MAX_BYTES
_PORTRAIT = (480, 720)
# What a person chose beats what lies beside the file, and so on down to a frame of the film.
_RANK: dict[Source, int] = {"uploaded": 5, "local": 4, "provider": 3, "embedded": 2, "frame": 1}
_Made = tuple[Image, artwork.Kept]


class Illustrator:
    """Makes pictures with the configured ffmpeg and keeps them in the store; covers inside foreign files are taken out
    by the prober's child process."""

    def __init__(self, store: Store, ffmpeg_path: str, prober: Prober) -> None:
        self._store = store
        self._ffmpeg = ffmpeg_path
        self._prober = prober

    async def illustrate(self, args: IllustrateArgs, run: jobs.Run) -> None:
        """The job: choose pictures item by item; what is as it was is passed over, what lost its file goes."""
        by_item: dict[UUID, dict[ImageType, list[PictureWork]]] = defaultdict(lambda: defaultdict(list))
        for work in args.works:
            by_item[work.item_id][work.type].append(work)
        async with run.database.transaction(readonly=True) as tx:
            have = await artwork.sources(tx, list(by_item))
        changed = False
        for done, (item_id, types) in enumerate(by_item.items()):
            await run.progress(done, len(by_item))
            if await _removed(run, args.library_id):
                return  # thousands of frames would be made for nobody
            shown = {image.type: image for image in have.values() if image.item_id == item_id}
            made = await self._choose(types, shown)
            lost = [
                kind
                for kind, image in shown.items()
                if kind not in {one.type for one, _ in made} and await asyncio.to_thread(_lost, image)
            ]
            if made or lost:
                changed = True
                async with run.database.transaction() as tx:
                    for kind in lost:
                        await artwork.remove_image(tx, item_id, kind)
                    for image, kept in made:
                        await artwork.put_image(tx, image, kept)
        if changed:
            async with run.database.transaction() as tx:
                await jobs.announce(tx, catalog.ItemsChanged(args.library_id))

    async def _choose(
        self, types: Mapping[ImageType, Sequence[PictureWork]], shown: Mapping[ImageType, Image]
    ) -> list[_Made]:
        """The pictures of one item that are to be shown anew. Its poster and its still may share one frame."""
        frames: dict[bytes, bytes] = {}
        made = []
        for kind, works in types.items():
            image = shown.get(kind)
            if image is not None and not await asyncio.to_thread(self._stands, image):
                image = None
            one = await self._first(works, image, frames)
            made += [] if one is None else [one]
        return made

    def _stands(self, image: Image) -> bool:
        """Whether a picture is still in the store, and what it was made from is still as it was."""
        if image.hash is None or not self._store.holds(image.hash):
            return False
        return image.source == "uploaded" or _key_now(image) == image.source_key

    async def _first(
        self, works: Sequence[PictureWork], shown: Image | None, frames: dict[bytes, bytes]
    ) -> _Made | None:
        for work in works:
            if shown is not None and _RANK[shown.source] >= _RANK[work.source]:
                return None
            try:
                key = await asyncio.to_thread(_source_key, work.source, work.path)
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
        """The picture's bytes from its place."""
        if work.source == "local":
            return await asyncio.to_thread(_read, work.path)
        if work.source == "embedded":
            return await self._prober.cover(work.path)
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


def _source_key(source: Source, path: bytes) -> str:
    """What a picture was made from, its path in a spelling that comes back: the same key means nothing changed."""
    facts = os.stat(path)
    return f"{source}:{facts.st_size}:{facts.st_mtime_ns}:{quote_from_bytes(path)}"


def _key_now(image: Image) -> str | None:
    """The key that the picture's source has now; None when it is gone."""
    path = unquote_to_bytes(image.source_key.split(":", 3)[-1])
    try:
        return _source_key(image.source, path)
    except (OSError, ValueError):
        return None


def _lost(image: Image) -> bool:
    """Whether a picture was taken from a file that is not there any more."""
    return image.source in ("local", "embedded", "frame") and _key_now(image) is None
