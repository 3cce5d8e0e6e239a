"""From what taggers write to what the catalogue keeps: artists, genres, dates, ids, gains and lyrics from raw text."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from .facts import LyricLine, Lyrics, MusicBrainz, ReplayGain, clean

Fields = Mapping[str, Sequence[str]]
"""Tag values by normalised key: lower case, letters and digits only, so that `MUSICBRAINZ_ALBUMID` (Vorbis),
`MusicBrainz Album Id` (ID3, MP4) and `MusicBrainz/Album Id` (ASF) are one."""

T = TypeVar("T")
_MAX_VALUES = 100
_REMEMBERED = 300
_LYRICS_LIMIT = 200_000
_ARTIST_SPLIT = re.compile(r"\x00|\s*;\s*|\s+/\s+|\s+(?:feat|ft|featuring)\.?\s+", re.IGNORECASE)
_FEATURED = re.compile(r"\s*[(\[](?:feat|ft|featuring)\.?\s+([^)\]]+)[)\]]", re.IGNORECASE)
_COMPOSER_SPLIT = re.compile(r"\x00|\s*;\s*")
_GENRE_SPLIT = re.compile(r"\x00|\s*[;|/,]\s*")
_WHOLE_GENRES = frozenset({"folk, world, & country", "stage & screen", "r&b/swing", "brass & military"})
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
_LRC_STAMP = re.compile(r"\[(\d{1,3}):(\d{2})(?:[.:](\d{1,3}))?\]")
_LRC_WORD = re.compile(r"<\d{1,3}:\d{2}(?:[.:]\d{1,3})?>")
_LRC_HEADER = re.compile(r"^\[(?:ar|ti|al|au|by|length|offset|re|ve|la|tool|#)[^\]]*\]\s*$", re.IGNORECASE)
_R128_TO_REPLAYGAIN_DB = 5.0  # R128 aims at -23 LUFS (RFC 7845), ReplayGain 2 at -18


@functools.lru_cache(maxsize=4096)
def key(name: str) -> str:
    """The normalised form of a tag's name."""
    return "".join(c for c in name[:100].lower() if c.isalnum())


def first(fields: Fields, *names: str, limit: int = 500) -> str | None:
    for name in names:
        if name in fields:
            for value in fields[name]:
                if text := clean(value, limit):
                    return text
    return None


def number(text: str | None) -> int | None:
    """The leading whole number of "3", "03/12" or "3.0"; None for anything else or beyond reason."""
    match = re.match(r"\s*(\d{1,6})", text or "")
    return int(match[1]) if match else None


def unique(values: Iterable[str], limit: int = 300) -> tuple[str, ...]:
    """Cleaned values without repeats (differing in case counts as a repeat), in order."""
    seen: dict[str, str] = {}
    for value in values:
        if text := clean(value, limit):
            seen.setdefault(text.casefold(), text)
            if len(seen) >= _MAX_VALUES:
                break
    return tuple(seen.values())


def _remembered(told: Callable[[tuple[str, ...]], T]) -> Callable[[Sequence[str]], T]:
    """With the last answers kept, for the tracks of an album say the same; long values are not worth the memory."""
    kept = functools.lru_cache(maxsize=1024)(told)

    @functools.wraps(told)
    def call(values: Sequence[str]) -> T:
        key = tuple(values)
        return kept(key) if sum(map(len, key)) < _REMEMBERED else told(key)

    return call


@_remembered
def artists(values: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """(each artist, the wording for display). Several values are taken as the tagger meant them; a single one is split
    at `;`, ` / ` and `feat.`, never at `&`, `,` or a bare `/` ("AC/DC", "Earth, Wind & Fire")."""
    listed = unique(part for value in values for part in value.split("\0"))
    if not listed:
        return (), None
    if len(listed) > 1:
        # Taggers write both ARTIST ("A feat. B") and ARTISTS ("A", "B"): the value that holds all others is the credit.
        for whole in listed:
            others = [name for name in listed if name != whole]
            if all(name.casefold() in whole.casefold() for name in others) and len(others) > 1:
                return tuple(others), whole
        if len(listed) == 2 and _ARTIST_SPLIT.search(listed[0]) and listed[1] in _ARTIST_SPLIT.split(listed[0]):
            return unique(_ARTIST_SPLIT.split(listed[0])), listed[0]
        return listed, ", ".join(listed)
    plain = _FEATURED.sub(r" feat. \1", listed[0])
    return unique(_ARTIST_SPLIT.split(plain)), listed[0]


def featured(title: str) -> tuple[str, ...]:
    """The artists that a title names as featured: "Low Tide (feat. Ada Vale)"; split as `artists` splits one value."""
    return unique(part for match in _FEATURED.findall(title) for part in _ARTIST_SPLIT.split(match))


@_remembered
def genres(values: Sequence[str]) -> tuple[str, ...]:
    parts: list[str] = []
    for value in values:
        parts += [value] if value.casefold() in _WHOLE_GENRES else _GENRE_SPLIT.split(value)
    return unique(parts, 60)


def composers(values: Sequence[str]) -> tuple[str, ...]:
    """Each composer: several values, or one split at `;`."""
    return unique(part for value in values for part in _COMPOSER_SPLIT.split(value))


@functools.lru_cache(maxsize=1024)
def date(text: str | None) -> tuple[str | None, int | None]:
    """("2004-07-09" or as much of it as is known, 2004) from any of the spellings in use."""
    if not text:
        return None, None
    match = _DATE.search(text)
    if match is None:
        return None, None
    year = int(match[1])
    if not 1000 <= year <= 2999:
        return None, None
    written = match[1]
    month, day = int(match[2] or 0), int(match[3] or 0)
    if 1 <= month <= 12:
        written += f"-{month:02d}"
        if 1 <= day <= 31:
            written += f"-{day:02d}"
    return written, year


def truth(text: str | None) -> bool:
    return (text or "").strip().lower() in ("1", "true", "yes", "y")


def _uuids(fields: Fields, *names: str) -> tuple[str, ...]:
    return unique(m.lower() for name in names for value in fields.get(name, ()) for m in _UUID.findall(value[:4000]))


def musicbrainz(fields: Fields) -> MusicBrainz:
    """Ids as Picard writes them; note that `MUSICBRAINZ_TRACKID` holds the recording's id, for historical reasons."""
    names = "\n".join(fields)
    if "musicbrainz" not in names and "ufid" not in names:
        return MusicBrainz()
    recording = _uuids(fields, "musicbrainztrackid", "ufid", "musicbrainzrecordingid")
    track = _uuids(fields, "musicbrainzreleasetrackid")
    release = _uuids(fields, "musicbrainzalbumid", "musicbrainzreleaseid")
    group = _uuids(fields, "musicbrainzreleasegroupid")
    return MusicBrainz(
        recording=recording[0] if recording else None,
        track=track[0] if track else None,
        release=release[0] if release else None,
        release_group=group[0] if group else None,
        artists=_uuids(fields, "musicbrainzartistid"),
        album_artists=_uuids(fields, "musicbrainzalbumartistid"),
    )


def _decimal(text: str | None, low: float, high: float) -> float | None:
    match = _NUMBER.search(text or "")
    value = float(match[0].replace(",", ".")) if match else None
    return value if value is not None and low <= value <= high else None


def replaygain(fields: Fields) -> ReplayGain:
    """Gains in dB and peaks, of the track and of its album; those of R128 told as ReplayGain's."""
    names = "\n".join(fields)
    if "replaygain" not in names and "r128" not in names:
        return ReplayGain()

    def gain(kind: str) -> float | None:
        told = _decimal(first(fields, f"replaygain{kind}gain"), -100, 100)
        if told is None and (raw := _decimal(first(fields, f"r128{kind}gain"), -32768, 32767)) is not None:
            return round(raw / 256 + _R128_TO_REPLAYGAIN_DB, 2)
        return told

    return ReplayGain(
        track_gain=gain("track"),
        track_peak=_decimal(first(fields, "replaygaintrackpeak"), 0, 100),
        album_gain=gain("album"),
        album_peak=_decimal(first(fields, "replaygainalbumpeak"), 0, 100),
    )


def lyrics(raw: str | None) -> Lyrics | None:
    """Embedded lyrics; lines with `[mm:ss.xx]` stamps (LRC, also several stamps before one line) become times."""
    text = (raw or "")[:_LYRICS_LIMIT].replace("\r\n", "\n").replace("\r", "\n").strip("\0 \n")
    if not text:
        return None
    timed: list[LyricLine] = []
    plain: list[str] = []
    for line in text.split("\n"):
        if _LRC_HEADER.match(line):
            continue
        end, stamps = 0, []
        while match := _LRC_STAMP.match(line, end):
            fraction = (match[3] or "0").ljust(3, "0")[:3]
            stamps.append((int(match[1]) * 60 + int(match[2])) * 1000 + int(fraction))
            end = match.end()
        words = clean(_LRC_WORD.sub("", line[end:]), 1000)
        timed += [LyricLine(stamp, words) for stamp in stamps]
        plain.append(words)
    timed.sort(key=lambda line: line.start_ms)
    whole = "\n".join(line.text for line in timed) if timed else "\n".join(plain)
    return Lyrics(whole.strip("\n"), tuple(timed)) if whole.strip() else None
