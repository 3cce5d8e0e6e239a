"""How loud files were measured to be. Read by `browse`, measured by `ingest`."""

from uuid import UUID

from msgspec import Struct

from hearth.db import Tx


class Measured(Struct, frozen=True):
    """A file, or the piece of it from `start_ms` to `end_ms` (None: its end), as it was measured when it had this size
    and time. `lufs` is None when it is silent or could not be measured; `peak` is a fraction of full scale."""

    file_id: UUID
    start_ms: int
    end_ms: int | None
    size: int
    mtime_ns: int
    lufs: float | None
    peak: float | None


async def put_loudness(tx: Tx, one: Measured) -> None:
    """Keep what was measured; nothing when the file was forgotten meanwhile."""
    await tx.execute(
        """insert into libraries.loudness (file_id, start_ms, end_ms, size, mtime_ns, lufs, peak)
           select id, $2, $3, $4, $5, $6, $7 from libraries.file where id = $1 for key share
           on conflict (file_id, start_ms) do update set end_ms = excluded.end_ms, size = excluded.size,
               mtime_ns = excluded.mtime_ns, lufs = excluded.lufs, peak = excluded.peak""",
        one.file_id,
        one.start_ms,
        one.end_ms,
        one.size,
        one.mtime_ns,
        one.lufs,
        one.peak,
    )
