"""How much a track or an album is to be turned up or down, as its tags say or as it was measured."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from hearth.db import Row, Tx
from hearth.media import loudness

# What has more tracks is no album that anybody hears as one: a folder of single files.
_MOST_TRACKS = 200


class Gain(Struct, frozen=True):
    """Gains in dB towards -18 LUFS (ReplayGain 2), peaks as a fraction of full scale; None where it is not known.

    `source` is where the track's gain comes from, or for an album its own: what tags say wins. An album's is measured
    when each of its tracks is known.
    """

    track_gain: float | None
    track_peak: float | None
    album_gain: float | None
    album_peak: float | None
    source: Literal["tags", "measured"]


class _Track(Struct, frozen=True):
    lufs: float | None
    peak: float | None
    length_ms: int
    known: bool
    tagged: bool
    album_gain: float | None
    album_peak: float | None


async def gain_of(tx: Tx, item_id: UUID) -> Gain | None:
    """The gain of a track or an album; None when nothing is known of it yet."""
    rows = await tx.fetch(
        f"""with album as (select case when kind = 'track' then parent_id else id end as id
                from catalog.item where id = $1 and kind in ('track', 'album')),
            tracks as (
                select i.id, i.duration_ms from catalog.item i
                where i.kind = 'track' and i.parent_id = (select id from album) and (i.available or i.id = $1)
                order by i.id = $1 desc limit {_MOST_TRACKS + 1})
            select distinct on (t.id) t.id, t.duration_ms, f.media -> 'replaygain' as said, l.lufs, l.peak,
                l.file_id is not null as measured
            from tracks t join catalog.version v on v.item_id = t.id join catalog.part p on p.version_id = v.id
                join libraries.file f on f.id = p.file_id
                left join libraries.loudness l on l.file_id = f.id and l.start_ms = coalesce(p.start_ms, 0)
                    and l.end_ms is not distinct from p.end_ms and l.size = f.size and l.mtime_ns = f.mtime_ns
            where f.missing_since is null order by t.id, v.rank, v.id, p.position""",  # noqa: S608
        item_id,
    )
    tracks = {row["id"]: _track(row) for row in rows}
    if not tracks:
        return None
    own = tracks.get(item_id)
    album = _album(list(tracks.values()), own)
    found = Gain(
        _gain(own.lufs) if own else None, own.peak if own else None, album[0], album[1],
        "tags" if (own.tagged if own else all(one.album_gain is not None for one in tracks.values())) else "measured",
    )  # fmt: skip
    return None if found.track_gain is None and found.album_gain is None else found


def _track(row: Row) -> _Track:
    said = row["said"] or {}
    gain = said.get("track_gain")
    lufs, peak = row["lufs"], row["peak"]
    if gain is not None:
        lufs, peak = loudness.REFERENCE_LUFS - gain, said.get("track_peak")
    return _Track(
        lufs, peak, row["duration_ms"] or 0, gain is not None or row["measured"], gain is not None,
        said.get("album_gain"), said.get("album_peak"),
    )  # fmt: skip


def _album(tracks: list[_Track], own: _Track | None) -> tuple[float | None, float | None]:
    """Gain and peak of the whole album: as the track's own tags say, or all tracks' agree, else from all tracks."""
    said = {(one.album_gain, one.album_peak) for one in ([own] if own else tracks)}
    if len(said) == 1 and (told := next(iter(said)))[0] is not None:
        return told
    if len(tracks) > _MOST_TRACKS or not all(one.known for one in tracks):
        return None, None
    whole = loudness.together([(loudness.Loudness(one.lufs, one.peak), one.length_ms) for one in tracks])
    return _gain(whole.lufs), whole.peak


def _gain(lufs: float | None) -> float | None:
    return None if lufs is None else round(loudness.REFERENCE_LUFS - lufs, 2)
