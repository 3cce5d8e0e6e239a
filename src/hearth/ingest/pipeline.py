"""The work of a scan side by side: batches are read and identified ahead of filing, and what has nothing in common is
filed at the same time."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from types import TracebackType

from msgspec import Struct

from hearth.ingest.file import fold_texts
from hearth.ingest.findings import Findings, Key, Unit
from hearth.ingest.read import Folders, Read, Reader
from hearth.ingest.roots import Walked
from hearth.ingest.units import Disk

# Small batches keep all busy, and keep the transactions short that lists are read beside (their p95 is 2.2 times idle
# with 300, 3 with 800). Each costs some twenty statements whatever its size.
_SMALLEST_BATCH, _FIRST_BATCH, _LARGEST_BATCH = 50, 100, 300
_BATCH_GOAL_S = 1.0
_AHEAD = 2


class Batch(Struct, frozen=True):
    """Units that are filed in one transaction: as they were read, and what they are."""

    reads: list[Read]
    findings: list[Findings]

    def keys(self) -> set[Key]:
        """Every item that filing this writes or hangs something on."""
        drafts = [draft for found in self.findings for draft in found.drafts]
        return {key for draft in drafts for key in (draft.key, draft.parent, draft.top) if key is not None}


async def batches(
    walked: Walked, reader: Reader, identify: Callable[[Unit], Findings], *, links: bool
) -> AsyncGenerator[Batch, None]:
    """The units of a root in their order; while the caller has one batch, the next are read and identified."""
    position, size, read_at = 0, _FIRST_BATCH, 0.0
    under_way: deque[asyncio.Task[Batch]] = deque()
    # Batches are read in the order they are filed in: one that overtook the other here kept it from being filed.
    turn = asyncio.Lock()

    def begin() -> None:
        nonlocal position
        # How large batches may be is known once the first was read: until then it is the only one.
        ahead = _AHEAD if read_at else 1
        while len(under_way) < ahead and (units := _take(walked, position, size)):
            position += len(units)
            under_way.append(asyncio.create_task(prepare(units)))

    async def prepare(units: Sequence[Folders]) -> Batch:
        nonlocal size, read_at
        began = time.monotonic()
        async with turn:
            reads = await reader.read(units)
        # Batches grow and shrink towards their goal: progress moves, and round trips are shared.
        began, read_at = max(began, read_at), time.monotonic()
        factor = max(0.5, min(4.0, _BATCH_GOAL_S / max(read_at - began, 0.01)))
        size = max(_SMALLEST_BATCH, min(_LARGEST_BATCH, int(size * factor)))
        begin()
        return Batch(reads, await asyncio.to_thread(_identified, walked, reads, identify, links=links))

    try:
        begin()
        while under_way:
            ready = await under_way[0]
            under_way.popleft()
            begin()
            yield ready
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _identified(
    walked: Walked, reads: list[Read], identify: Callable[[Unit], Findings], *, links: bool
) -> list[Findings]:
    disk = Disk(walked.root, links=links)
    findings = disk.identify(reads, identify)
    for first in reads[:1]:
        first.problems += disk.problems
    fold_texts(findings)
    return findings


def _take(walked: Walked, position: int, size: int) -> list[Folders]:
    """Units from `position` on with about `size` files, one at least. Where that leaves half of them, they end with an
    artist's or show's folder: whose albums are in two batches keeps these from being filed side by side."""
    batch: list[Folders] = []
    files = whole = whole_files = 0
    for unit in walked.units[position:]:
        if batch and _top(unit) != _top(batch[-1]):
            whole, whole_files = len(batch), files
        files += sum(walked.seen[path].files for path in unit.all)
        if batch and files > size:
            return batch[:whole] if whole_files >= size / 2 else batch
        batch.append(unit)
    return batch


def _top(unit: Folders) -> bytes:
    return unit.main.partition(b"/")[0]


class SideBySide:
    """At most `most` things at a time, begun in their order; those that share a key one after the other.

    Leaving the block waits for all, or ends them when it is left by an error. What befalls one is raised at the next
    `begin` or there.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way: dict[asyncio.Task[None], Collection[Key]] = {}

    async def __aenter__(self) -> "SideBySide":
        return self

    async def begin(self, act: Callable[[], Awaitable[None]], keys: set[Key]) -> None:
        """Begin it once there is room and nothing under way has one of its keys."""
        while len(self._under_way) >= self._most or not all(map(keys.isdisjoint, self._under_way.values())):
            await self._next()

        async def acting() -> None:
            await act()

        self._under_way[asyncio.create_task(acting())] = keys

    async def _next(self) -> None:
        done, _ = await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
            del self._under_way[task]

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while self._under_way and error is None:
                await self._next()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
